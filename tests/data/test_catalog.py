import numpy as np
import pytest
import tiny_blur

from keras_blur.data import catalog
from keras_blur.errors import BlurError, UsageError
from tfds_builders import features


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
    with pytest.raises(UsageError, match=r"is not there; .*tfds_builders blur_demo"):
        catalog.load("blur_demo", "train", tmp_path / "nowhere")
    with pytest.raises(UsageError, match="no dataset is prepared"):
        catalog.load("blur_demo", "train", tmp_path)


class TestFolds:
    def test_every_photo_is_held_out_once(self, tiny_data):
        whole = catalog.load("tiny_blur", "train+validation", tiny_data)
        parts = [catalog.fold(whole, number, 3) for number in range(3)]
        held_out = [name for _, part in parts for name in part.names]
        assert sorted(held_out) == sorted(whole.names)
        for others, part in parts:
            assert sorted(others.names + part.names) == sorted(whole.names)
            assert len(part) in (5, 6) and part.types.count("motion") == 2
            assert part[0].name == part.names[0] and others.fingerprint != part.fingerprint

    def test_crops_of_a_photo_stay_together(self):
        names = [f"motion{photo:04d}_{crop:02d}" for photo in range(7) for crop in range(3)]
        records = [{"name": name, "image": b"", "mask": b"", "type": 1} for name in names]
        others, part = catalog.fold(catalog.PreparedSplit(records, "crops", "train"), 0, 2)
        photos = [{name.split("_")[0] for name in split.names} for split in (others, part)]
        assert not photos[0] & photos[1] and {len(p) for p in photos} == {3, 4}

    @pytest.mark.parametrize("number", [-1, 3])
    def test_parts_that_are_not_there_are_named(self, tiny_data, number):
        with pytest.raises(UsageError, match=f"received part {number} of 3"):
            catalog.fold(catalog.load("tiny_blur", "train", tiny_data), number, 3)

    def test_more_folds_than_photos_are_refused(self, tiny_data):
        with pytest.raises(UsageError, match="expected at most 12"):
            catalog.fold(catalog.load("tiny_blur", "train", tiny_data), 0, 13)
