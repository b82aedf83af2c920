import numpy as np
import pytest

from keras_blur.contract import Contract
from keras_blur.data import batches, catalog
from keras_blur.data.augmentation import AugmentationConfig


@pytest.fixture(scope="module")
def split(tiny_data):
    return catalog.load("tiny_blur", "train", tiny_data)


def contents(dataset):
    return [dataset[i] for i in range(len(dataset))]


def test_shapes_and_types(split):
    images, masks = batches.Batches(split, 32, 48, 5)[0]
    assert images.shape == (5, 32, 48, 3) and images.dtype == np.uint8
    assert masks.shape == (5, 32, 48) and masks.dtype == np.uint8
    assert set(np.unique(masks)) <= {0, 1, 2, 255}


def test_unshuffled_batches_hold_every_photo_once(split):
    data = batches.Batches(split, 64, 80, 5)
    assert [len(images) for images, _ in contents(data)] == [5, 5, 2]
    np.testing.assert_array_equal(np.concatenate([i for i, _ in contents(data)]), [e.image for e in split])


def test_shuffled_epochs_differ_and_repeat_from_their_number(split):
    def epoch(number):
        data = batches.Batches(split, 32, 32, 4, shuffle=True, augmentation_config=AugmentationConfig(), seed=3)
        for _ in range(number):
            data.on_epoch_end()
        return np.concatenate([images for images, _ in contents(data)])

    np.testing.assert_array_equal(epoch(2), epoch(2))
    assert (epoch(1) != epoch(2)).any()


def test_batches_do_not_depend_on_the_order_they_are_asked_for(split):
    make = lambda: batches.Batches(split, 32, 32, 4, shuffle=True, augmentation_config=AugmentationConfig())  # noqa: E731
    forwards, backwards = make(), make()
    last = backwards[2][0]
    np.testing.assert_array_equal(contents(forwards)[2][0], last)


def test_motion_share_is_exact(split):
    data = batches.Batches(split, 64, 80, 10, shuffle=True, motion_share=0.7, samples=40)
    types = np.array(split.types)[data._order()]
    assert (types == "motion").sum() == 28
    counts = np.bincount(data._order(), minlength=12)
    motion = np.array(split.types) == "motion"
    assert counts[motion].tolist() == [7] * 4
    assert set(counts[~motion]) == {1, 2}


def test_every_output_gets_the_mask(split):
    masks = batches.Batches(split, 32, 32, 2, outputs=4)[0][1]
    assert len(masks) == 4
    np.testing.assert_array_equal(masks[0], masks[3])


def test_training_size_is_the_contracts_or_the_crop():
    assert batches.training_size(Contract("a", height=96, width=64), 256) == (96, 64)
    assert batches.training_size(Contract("a", resize="pad", multiple=16), 256) == (256, 256)
