import shutil

import cv2
import numpy as np
import pytest

pytest.importorskip("tensorflow_datasets")

import tensorflow_datasets as tfds

from keras_blur.data import catalog
from keras_blur.errors import BlurError, UsageError
from keras_blur.labels import DEFOCUS, SHARP, VOID
from tfds_builders.__main__ import build
from tfds_builders.lfsd_focus import dummy_photos


@pytest.fixture
def manual(tmp_path):
    return dummy_photos.make(tmp_path / "manual")


def test_labels_become_classes_and_scenes_stay_together(manual, tmp_path):
    folder = build("lfsd_focus", tmp_path / "data", manual)
    train, validation = (
        catalog.load("lfsd_focus", split, tmp_path / "data") for split in ("train", "validation")
    )
    assert sorted(train.names) == ["lfsd_001_01", "lfsd_001_03", "lfsd_002_00", "lfsd_004_05"]
    assert sorted(validation.names) == ["lfsd_005_02", "lfsd_010_07"]
    example = train[0]
    assert example.type == "defocus"
    assert [np.unique(part).tolist() for part in np.split(example.mask, 4, axis=1)] == [
        [SHARP], [VOID], [DEFOCUS], [DEFOCUS],
    ]  # fmt: skip
    raw = {"image": tfds.decode.SkipDecoding(), "mask": tfds.decode.SkipDecoding()}
    source = tfds.builder_from_directory(folder).as_data_source(split="train", decoders=raw)
    for record in source:
        name = bytes(record["name"]).decode()
        assert bytes(record["image"]) == (manual / "image" / f"{name}.jpg").read_bytes()
        assert bytes(record["photo"]).decode() == name[:8]


def test_there_is_no_test_split(manual, tmp_path):
    build("lfsd_focus", tmp_path / "data", manual)
    with pytest.raises(UsageError, match="unknown split 'test' of lfsd_focus"):
        catalog.load("lfsd_focus", "test", tmp_path / "data")


def write_label(folder, label):
    cv2.imwrite(str(folder / "label" / "lfsd_001_03.png"), label)


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda folder: shutil.rmtree(folder / "label"), "label is not a folder"),
        (
            lambda folder: (folder / "label" / "lfsd_001_03.png").unlink(),
            "lfsd_001_03.jpg. without a mask in label",
        ),
        (lambda folder: write_label(folder, np.zeros((9, 9), np.uint8)), "mask of another size"),
        (
            lambda folder: write_label(folder, np.full(dummy_photos.SIZE, 7, np.uint8)),
            "found also 7; save it",
        ),
        (
            lambda folder: [
                (folder / part / f"lfsd_001_03{ending}").rename(folder / part / f"first{ending}")
                for part, ending in (("image", ".jpg"), ("label", ".png"))
            ],
            r"1 photo \(first.jpg\) not called lfsd_SCENE_SLICE",
        ),
        (
            lambda folder: [path.unlink() for path in folder.glob("*/lfsd_0[01][05]_*")],
            "no photo is left for the validation split",
        ),
        (
            lambda folder: cv2.imwrite(
                str((folder / "image" / "lfsd_001_03.jpg").replace(folder / "image" / "lfsd_001_03.png")),
                np.zeros((*dummy_photos.SIZE, 3), np.uint8),
            ),
            r"lfsd_001_03.png\) not a .jpg",
        ),
    ],
)
def test_unfit_folders_are_one_clear_error(damage, expected, manual, tmp_path):
    damage(manual)
    with pytest.raises(BlurError, match=expected) as error:
        build("lfsd_focus", tmp_path / "data", manual)
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "data").rglob("*.array_record*"))


@pytest.mark.realdata
def test_the_real_folder_has_the_documented_counts(real_data, tmp_path):
    from tfds_builders.lfsd_focus.lfsd_focus_dataset_builder import divided_by_scene, find_photos

    splits = divided_by_scene(find_photos(real_data / "lfsd_focus_labels"))
    assert {split: len(photos) for split, photos in splits.items()} == {"train": 165, "validation": 43}
    scenes = {split: {photo.name[:8] for photo in photos} for split, photos in splits.items()}
    assert {split: len(part) for split, part in scenes.items()} == {"train": 59, "validation": 15}
