import json
import shutil

import numpy as np
import pytest
import tiny_blur

from keras_blur.data import catalog
from keras_blur.errors import BlurError, UsageError
from tfds_builders import features


def make_split(photos, dataset):
    records = [
        {"name": f"{photo}_{number}", "photo": photo, "image": b"", "mask": b"", "type": 1}
        for number, photo in enumerate(photos)
    ]
    return catalog.PreparedSplit(records, dataset, "train")


def test_examples_are_those_that_were_prepared(tiny_data):
    split = catalog.load("tiny_blur", "train", tiny_data)
    assert len(split) == 12
    by_name = {e.name: e for e in split}
    assert by_name.keys() == {f"train{i}" for i in range(12)} == set(split.names)
    for name, found in by_name.items():
        made = tiny_blur.example(name, found.type)
        np.testing.assert_array_equal(found.mask, made["mask"][..., 0])
        np.testing.assert_array_equal(found.image, made["image"])
    assert split.types == [e.type for e in split]
    assert split.types.count("motion") == 4


def test_splits_combine_and_have_fingerprints_of_their_own(tiny_data):
    both = catalog.load("tiny_blur", "train+validation", tiny_data)
    assert len(both) == 17
    assert len(catalog.load("tiny_blur", "train[:3]", tiny_data)) == 3
    train = catalog.load("tiny_blur", "train", tiny_data)
    assert both.fingerprint != train.fingerprint
    assert train.fingerprint == catalog.load("tiny_blur", "train", tiny_data).fingerprint


def test_index_out_of_range_ends_iteration(tiny_data):
    split = catalog.load("tiny_blur", "test", tiny_data)
    with pytest.raises(IndexError):
        split[3]
    assert split[-1].name == split[2].name
    assert len(list(split)) == 3


@pytest.mark.parametrize(
    ("dataset", "split", "message"),
    [
        ("tiny_blurr", "train", "did you mean 'tiny_blur'"),
        ("tiny_blur", "tain", "did you mean 'train'"),
        ("tiny_blur", "train+tests", "did you mean 'test'"),
        ("tiny_blur", "train[:2]+tests", "did you mean 'test'"),
        ("tiny_blur", "train[:2", r"expected parts such as .* received 'train\[:2'"),
        ("tiny_blur", "train[:0]", "expected parts such as"),
        ("tiny_blur", "train[5:2]", "expected parts such as"),
        ("tiny_blur", "test+train[2:1]", "expected parts such as"),
    ],
)
def test_unknown_names_get_the_nearest(tiny_data, dataset, split, message):
    with pytest.raises(UsageError, match=message):
        catalog.load(dataset, split, tiny_data)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mask": b""}, "tiny: mask of one is not a readable picture"),
        ({"image": b"no picture"}, "tiny: image of one is not a readable picture"),
        (
            {"mask": features.png(np.zeros((9, 80), np.uint8))},
            r"a mask of the size of the image one, \(64, 80\)",
        ),
    ],
)
def test_damaged_records_are_named(change, message):
    record = {**tiny_blur.encoded(tiny_blur.example("one", "motion")), "type": 1, **change}
    with pytest.raises(BlurError, match=message):
        catalog.PreparedSplit([record], "tiny", "train")[0]


def test_folders_without_data_say_how_to_prepare(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere is not there; .*KERAS_BLUR_DATASETS.*prepare blur_demo"):
        catalog.load("blur_demo", "train", tmp_path / "nowhere")
    with pytest.raises(UsageError, match=r"is not prepared in .*: nothing is; prepare it with"):
        catalog.load("blur_demo", "train", tmp_path)


@pytest.fixture
def prepared(tiny_data, tmp_path):
    """A function that puts a copy of `tiny_blur` at a place of a data folder, which it returns."""

    def copy(*names):
        for name in names:
            shutil.copytree(tiny_data / "tiny_blur/1.0.0", tmp_path / name)
        return tmp_path

    return copy


def test_a_data_set_that_is_not_prepared_is_told_the_nearest_and_the_command(prepared, monkeypatch):
    folder = prepared("blur_demo/1.0.0")
    with pytest.raises(UsageError, match=r"'blur_dmo' is not .*: did you mean 'blur_demo'\? If not, prepare"):
        catalog.load("blur_dmo", "train", folder)
    with pytest.raises(UsageError, match=r"it has blur_demo; prepare it with 'keras-blur prepare xyz "):
        catalog.load("xyz", "train", folder)
    (folder / "my photos").mkdir()
    with pytest.raises(UsageError, match=r"prepare photos/NAME --images .*my photos --masks FOLDER"):
        catalog.load(str(folder / "my photos"), "train", folder)


@pytest.mark.parametrize(
    ("file", "kept"),
    [
        ("tiny_blur-train.array_record-00000-of-00001", None),
        ("tiny_blur-train.array_record-00000-of-00001", 0),
        ("tiny_blur-train.array_record-00000-of-00001", 70_000),
        ("dataset_info.json", 100),
        ("features.json", None),
        ("features.json", 100),
    ],
)
def test_a_damaged_folder_is_named(prepared, file, kept):
    folder = prepared("tiny_blur/1.0.0") / "tiny_blur/1.0.0"
    content = (folder / file).read_bytes()
    (folder / file).unlink()
    if kept is not None:
        (folder / file).write_bytes(content[:kept])
    for read in (list, lambda split: split.names):
        with pytest.raises(BlurError, match=f"{folder}: .*; remove it and build again"):
            read(catalog.load("tiny_blur", "train", folder.parents[1]))


def test_the_newest_version_is_read_and_leftovers_are_not(prepared):
    folder = prepared(
        "set/1.9.0",
        "set/1.10.0",
        "set/incomplete.ABCDEF_2.0.0",
        "set/by/1.0.0",
        "set/by/incomplete.XYZ_1.0.0",
    )
    (folder / "set/2.0.0").mkdir()
    assert catalog._find_folder("set", folder) == folder / "set/1.10.0"
    assert catalog._find_folder("set/by", folder) == folder / "set/by/1.0.0"


def test_a_config_is_never_chosen_for_the_user(prepared):
    folder = prepared("blur_db1/paper/1.0.0")
    with pytest.raises(UsageError, match=r"'blur_db1' has configs: name one; .*: blur_db1/paper$"):
        catalog.load("blur_db1", "train", folder)
    assert len(catalog.load("blur_db1/paper", "train", folder)) == 12


def select(split, number, count, part="held_out"):
    return catalog.select_fold(split, catalog.Fold(number, count, part))


class TestFolds:
    def test_every_photo_is_held_out_once(self, tiny_data):
        whole = catalog.load("tiny_blur", "train+validation", tiny_data)
        parts = [select(whole, number, 3) for number in range(3)]
        assert sorted(name for part in parts for name in part.names) == sorted(whole.names)
        for part in parts:
            assert len(part) in (5, 6) and part.types.count("motion") == 2
            assert part[0].name == part.names[0]

    def test_what_chooses_the_best_epoch_is_neither_learnt_from_nor_reported(self, tiny_data):
        whole = catalog.load("tiny_blur", "train+validation", tiny_data)
        for number in range(3):
            found = {part: select(whole, number, 3, part) for part in catalog.PARTS}
            names = {part: set(split.names) for part, split in found.items()}
            assert not names["training"] & names["validation"] and not names["held_out"] & names["others"]
            assert names["training"] | names["validation"] == names["others"]
            assert names["held_out"] | names["others"] == set(whole.names)
            assert len(names["validation"]) == 2  # of 11 or 12
            assert len({split.fingerprint for split in found.values()}) == 4

    def test_a_split_is_opened_again_by_its_identity(self, tiny_data):
        whole = catalog.load("tiny_blur", "train+validation", tiny_data)
        for split in (whole, select(whole, 1, 3), select(whole, 1, 3, "training")):
            again = catalog.load_identity(json.loads(json.dumps(split.identity)), tiny_data)
            assert again.fingerprint == split.fingerprint and again.identity == split.identity

    def test_what_was_made_of_a_photo_stays_together(self):
        photos = [f"beach{number}" for number in range(7)]
        split = make_split([photo for photo in photos for _ in range(3)], "blur_db1/by_photo")
        assert split.photos == [name for name in photos for _ in range(3)]
        parts = [set(select(split, number, 2).photos) for number in range(2)]
        assert not parts[0] & parts[1] and {len(part) for part in parts} == {3, 4}

    def test_composites_are_refused(self):
        split = make_split([f"object{number}+background" for number in range(7)], "kim_composites")
        with pytest.raises(
            UsageError, match=r"received kim_composites, whose composites .* leave `folds` out"
        ):
            select(split, 0, 2)

    def test_data_of_an_earlier_version_says_what_to_do(self):
        split = make_split(["one", "other"], "cuhk_blur/kim2018")
        for example in split._source:
            del example["photo"]
        with pytest.raises(BlurError, match=r"cuhk_blur/kim2018 has no feature 'photo'.* prepare it again"):
            select(split, 0, 2)

    @pytest.mark.parametrize("number", [-1, 3])
    def test_parts_that_are_not_there_are_named(self, number):
        with pytest.raises(UsageError, match=f"received part {number} of 3"):
            catalog.Fold(number, 3, "held_out")

    def test_more_folds_than_photos_are_refused(self, tiny_data):
        with pytest.raises(UsageError, match="expected fewer than the 12"):
            select(catalog.load("tiny_blur", "train", tiny_data), 0, 13)
