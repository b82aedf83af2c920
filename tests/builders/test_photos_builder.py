"""A user's folders of photos and masks, from the folder to training and cross-validation."""

import shutil

import cv2
import numpy as np
import pytest

pytest.importorskip("tensorflow_datasets")

from PIL import Image

from keras_blur.commands import evaluate, show, train
from keras_blur.data import catalog
from keras_blur.errors import BlurError, UsageError
from keras_blur.labels import DEFOCUS, MOTION, SHARP, VOID
from tfds_builders import __main__ as command
from tfds_builders.building import build
from tfds_builders.photo_folder import MaskedPhoto
from tfds_builders.photos import dummy_photos
from tfds_builders.photos.folders import Options, class_mask, encoded


@pytest.fixture
def mine(tmp_path):
    return dummy_photos.make(tmp_path / "mine")


def prepare(mine, tmp_path, name="photos", **options):
    folders = {"images": mine / "images", "masks": mine / "masks"}
    return build(name, tmp_path / "data", options={**folders, **options})


def load(tmp_path, split, name="photos"):
    return catalog.load(name, split, tmp_path / "data")


def test_photos_are_divided_by_their_names(mine, tmp_path):
    prepare(mine, tmp_path)
    names = {split: load(tmp_path, split).names for split in ("train", "validation", "test")}
    assert [len(part) for part in names.values()] == [8, 1, 1]
    assert len({name for part in names.values() for name in part}) == 10
    assert load(tmp_path, "train").feature("photo") == names["train"]


def test_photos_in_sub_folders_are_counted(mine, tmp_path, capsys):
    within = mine / "images" / "more" / "yet more"
    within.mkdir(parents=True)
    for path in (mine / "images").glob("*.jpg"):
        shutil.copy(path, within / path.name)
    prepare(mine, tmp_path)
    assert f"  10 photos in sub-folders of {mine / 'images'} left out\n" in capsys.readouterr().out
    with pytest.raises(BlurError, match="has 10 pictures in sub-folders alone: expected files in it"):
        prepare(mine, tmp_path, "photos/other", images=within.parent)


def test_masks_are_read_as_told(mine, tmp_path):
    levels = np.uint8([[0, 127, 128, 255], [100, 100, 0, 255]])
    path = mine / "masks" / "photo00.png"
    cv2.imwrite(str(path), levels)
    photo = MaskedPhoto(mine / "images" / "photo00.jpg", path)
    assert class_mask(photo, Options()).tolist() == [[0, 0, 2, 2], [0, 0, 0, 2]]
    assert class_mask(photo, Options(blurred="black", type="motion")).tolist() == [[1, 1, 0, 0], [1, 1, 1, 0]]
    assert class_mask(photo, Options(void=100)).tolist() == [[0, 0, 2, 2], [VOID, VOID, 0, 2]]
    assert (SHARP, MOTION, DEFOCUS) == (0, 1, 2)


def test_files_are_stored_as_they_are_or_upright(mine, tmp_path):
    path = mine / "images" / "photo00.jpg"
    assert encoded(path) == path.read_bytes()
    upright = Image.open(path)
    turned = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.save(turned, exif=exif, quality=95)
    deep = tmp_path / "deep.png"
    cv2.imwrite(str(deep), np.arange(48 * 64, dtype=np.uint16).reshape(48, 64) * 21)
    for photo, shape in ((turned, (64, 48)), (deep, (48, 64))):
        stored = cv2.imdecode(np.frombuffer(encoded(photo), np.uint8), cv2.IMREAD_UNCHANGED)
        assert stored.shape == (*shape, 3) and stored.dtype == np.uint8


def test_a_part_can_be_left_out_and_sets_have_names(mine, tmp_path):
    prepare(mine, tmp_path, "photos/mine", split=(0.7, 0.3, 0.0))
    prepare(mine, tmp_path, "photos/moved", type="motion")
    assert len(load(tmp_path, "train", "photos/mine")) == 7
    assert load(tmp_path, "train", "photos/moved").types[0] == "motion"
    with pytest.raises(UsageError, match="unknown split 'test' of photos/mine"):
        load(tmp_path, "test", "photos/mine")


def test_another_folder_or_meaning_is_not_taken_for_the_same(mine, tmp_path):
    folder = prepare(mine, tmp_path)
    assert prepare(mine, tmp_path) == build("photos", tmp_path / "data") == folder
    with pytest.raises(BlurError, match=r"blurred: expected white, with which .*, received black"):
        prepare(mine, tmp_path, blurred="black")
    shutil.copy(mine / "images" / "photo00.jpg", mine / "images" / "photo01.jpg")
    with pytest.raises(BlurError, match="images: expected"):
        prepare(mine, tmp_path)


def test_all_problems_are_listed_at_once(mine, tmp_path):
    (mine / "masks" / "photo00.png").unlink()
    (mine / "masks" / "photo01.png").unlink()
    cv2.imwrite(str(mine / "masks" / "photo02.png"), np.zeros((9, 9), np.uint8))
    (mine / "images" / "photo03.jpg").write_bytes(b"no photo")
    (mine / "masks" / "photo04.png").write_bytes(b"no mask")
    with pytest.raises(BlurError) as error:
        prepare(mine, tmp_path)
    message = str(error.value)
    for expected in (
        "2 photos (photo00.jpg, photo01.jpg) without a mask in masks",
        "1 photo (photo02.jpg) with a mask of another size",
        "1 photo (photo03.jpg) unreadable",
        "1 photo (photo04.jpg) with an unreadable mask",
    ):
        assert expected in message
    assert "\n" not in message and not list((tmp_path / "data").rglob("*.array_record*"))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"images": None}, "images: expected a folder of photos"),
        ({"masks": None}, "masks: expected a folder of masks"),
        ({"blurred": "grey"}, "blurred: expected white or black, received 'grey'"),
        ({"type": "both"}, "type: expected motion or defocus"),
        ({"void": 300}, "void: expected a grey level from 0 to 255"),
        ({"split": (0.5, 0.2)}, "split: expected shares of train, validation, test .* received 0.5,0.2"),
        ({"split": (0.5, 0.2, 0.2)}, "that sum to 1"),
        ({"split": (0.0, 0.5, 0.5)}, "that sum to 1"),
        ({"split": (1.2, -0.1, -0.1)}, "that sum to 1"),
        ({"count": 3}, "count: photos takes no such option"),
    ],
)
def test_wrong_options_are_named(options, expected, mine, tmp_path):
    with pytest.raises(UsageError, match=expected):
        prepare(mine, tmp_path, **options)


def test_empty_parts_and_classes_are_errors(mine, tmp_path):
    with pytest.raises(BlurError, match=r"split: .* no blurred one for train from .*masks"):
        prepare(mine, tmp_path, void=255)
    for path in sorted((mine / "images").iterdir())[2:]:
        path.unlink()
    with pytest.raises(
        BlurError, match=r"one photo at least for each of train, validation, test, received 2"
    ):
        prepare(mine, tmp_path)
    shutil.rmtree(mine / "images")
    shutil.rmtree(mine / "masks")
    with pytest.raises(BlurError, match=r"images is not a folder; .*masks is not a folder"):
        prepare(mine, tmp_path)


def test_wrong_usage_of_the_command_is_one_line(mine, tmp_path, capsys):
    folders = ["--images", str(mine / "images"), "--data-dir", str(tmp_path / "data")]
    assert command.main(["photos", *folders]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: --masks: expected a folder") and error.count("\n") == 1
    with pytest.raises(SystemExit):
        command.main(["photos", *folders, "--split", "most"])
    assert "expected three numbers such as 0.8,0.1,0.1" in capsys.readouterr().err


def test_from_the_folder_to_training_evaluation_and_folds(mine, tmp_path, monkeypatch):
    pytest.importorskip("tensorflow")
    monkeypatch.chdir(tmp_path)
    arguments = ["--images", str(mine / "images"), "--masks", str(mine / "masks"), "--split", ".6,.2,.2"]
    assert command.main(["photos/mine", *arguments, "--data-dir", "data"]) == 0
    data = ["--data-dir", "data"]
    tiny = ("model.filters=2", "model.depth=2", "data.crop=32", "data.workers=1", "training.batch_size=2")
    settings = [f"--set={setting}" for setting in (*tiny, "data.motion_share=none")]
    run = ["--config=unet", "--dataset=photos/mine", "--epochs=1", *settings]
    assert train.main([*run, *data, "--run-dir", "run"]) == 0
    measured = ["--system", "run", "--dataset", "photos/mine", *data]
    assert evaluate.main([*measured, "--output-dir", "report"]) == 0
    assert show.main(["photos/mine", *data, "--output", "sheet.png"]) == 0
    assert train.main([*run, *data, "--run-dir", "folds", "--folds", "2"]) == 0
    for made in ("report/metrics.json", "sheet.png", "folds/summary.json"):
        assert (tmp_path / made).exists()


@pytest.mark.realdata
def test_lfsd_is_read_as_it_is(real_data, tmp_path):
    folder = real_data / "lfsd_focus_labels"
    options = Options(images=folder / "image", masks=folder / "label", void=128)
    photo = MaskedPhoto(folder / "image" / "lfsd_001_01.jpg", folder / "label" / "lfsd_001_01.png")
    assert set(np.unique(class_mask(photo, options))) == {SHARP, DEFOCUS, VOID}
    assert encoded(photo.image) == photo.image.read_bytes()


def test_unlabelled_photos_are_all_void_and_teach_what_a_teacher_says(mine, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BLUR_RUNS", str(tmp_path / "runs"))
    prepare(mine, tmp_path)
    build("photos/more", tmp_path / "data", options={"images": mine / "images", "unlabelled": True})
    more = load(tmp_path, "train", "photos/more")
    assert len(more) == 10 and (more[0].mask == VOID).all()
    run = tmp_path / "runs" / "taught"
    values = {
        "data.dataset": "photos",
        "data.extras": "(('photos/more', 0.9),)",
        "training.procedure": "distillation",
        "distillation.teacher": "mobile",
        "model.input_size": 64,
        "training.epochs": 1,
        "training.batch_size": 4,
    }
    settings = [f"--set={name}={value}" for name, value in values.items()]
    places = ["--data-dir", str(tmp_path / "data"), "--run-dir", str(run)]
    assert train.main(["--config", "demo", *places, *settings]) == 0
    assert "teacher_loss" in (run / "log.csv").read_text()


def test_unlabelled_photos_are_checked(mine, tmp_path):
    (mine / "images" / "broken.jpg").write_bytes(b"no photo")
    with pytest.raises(BlurError, match=r"1 photo \(broken.jpg\) unreadable"):
        build("photos/more", tmp_path / "data", options={"images": mine / "images", "unlabelled": True})
    with pytest.raises(UsageError, match="masks: expected none of unlabelled photos"):
        prepare(mine, tmp_path, unlabelled=True)
