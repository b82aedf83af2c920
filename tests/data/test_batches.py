import numpy as np
import pytest

from keras_blur.contract import Contract
from keras_blur.data import batches, catalog
from keras_blur.data.augmentation import AugmentationConfig


@pytest.fixture(scope="module")
def split(tiny_data):
    return catalog.load("tiny_blur", "train", tiny_data)


def contents(data, epoch=0):
    first = epoch * data.batches_per_epoch
    return [data[i] for i in range(first, first + data.batches_per_epoch)]


def test_shapes_and_types(split):
    images, masks = batches.Batches(split, 32, 48, 5)[0]
    assert images.shape == (5, 32, 48, 3) and images.dtype == np.uint8
    assert masks.shape == (5, 32, 48) and masks.dtype == np.uint8
    assert set(np.unique(masks)) <= {0, 1, 2, 255}


def test_unshuffled_batches_hold_every_photo_once(split):
    data = batches.Batches(split, 64, 80, 5)
    images, masks = (np.concatenate(parts) for parts in zip(*contents(data), strict=True))
    assert len(images) == len(masks) == 15
    np.testing.assert_array_equal(images[:12], [e.image for e in split])
    np.testing.assert_array_equal(masks[:12], [e.mask for e in split])
    assert (masks[12:] == 255).all()


def shuffled(split, **options):
    return batches.Batches(
        split, 32, 32, 4, shuffle=True, augmentation_config=AugmentationConfig(), **options
    )


def images_of(data, epoch=0):
    return np.concatenate([images for images, _ in contents(data, epoch)])


def test_shuffled_epochs_differ_and_do_not_end(split):
    data = shuffled(split)
    assert data.num_batches is None and data.batches_per_epoch == 3
    assert (images_of(data, 0) != images_of(data, 1)).any()
    assert (images_of(data) != images_of(shuffled(split, seed=1))).any()


def test_a_batch_depends_on_its_number_alone(split):
    forwards, backwards = shuffled(split), shuffled(split, workers=3)
    expected = [forwards[i][0] for i in range(6)]
    for i in (5, 2, 0, 1, 4, 3):
        np.testing.assert_array_equal(backwards[i][0], expected[i])


def test_first_batch_goes_on_where_another_stopped(split):
    resumed = shuffled(split)
    resumed.first_batch = 2 * resumed.batches_per_epoch
    np.testing.assert_array_equal(images_of(resumed), images_of(shuffled(split), epoch=2))


def test_motion_share_is_exact(split):
    data = batches.Batches(split, 64, 80, 10, shuffle=True, motion_share=0.7, samples=40)
    order = data.order(0)
    motion = np.array(split.types) == "motion"
    assert motion[order].sum() == 28
    counts = np.bincount(order, minlength=12)
    assert counts[motion].tolist() == [7] * 4
    assert set(counts[~motion]) == {1, 2}


def test_extra_examples_get_their_share(split, tiny_data):
    extra = catalog.load("tiny_blur", "validation", tiny_data)
    data = batches.Batches(
        split, 64, 80, 10, shuffle=True, motion_share=0.5, extra=extra, extra_share=0.25, samples=40
    )
    order = data.order(0)
    assert (order >= 12).sum() == 10 and set(order) <= set(range(17))
    assert (np.array(split.types) == "motion")[order[order < 12]].sum() == 15
    photos = {e.image.tobytes() for e in extra}
    drawn = [image.tobytes() for images, _ in contents(data) for image in images]
    assert sum(image in photos for image in drawn) == 10


@pytest.mark.parametrize(("size", "samples", "share"), [(16, 0, None), (5, 5, 0.5), (1, 1, 0.5)])
def test_every_batch_that_is_learnt_from_is_full_of_photos(size, samples, share, split):
    data = batches.Batches(split, 64, 80, size, shuffle=True, samples=samples, motion_share=share)
    images, masks = data[0]
    assert data.batches_per_epoch == 1 and len(images) == size
    assert images.any(axis=(1, 2, 3)).all() and (masks != 255).any(axis=(1, 2)).all()
    counts = np.bincount(data.order(0), minlength=12)
    assert counts.sum() == size and (share or set(counts) == {1, 2})


def test_every_output_gets_the_mask(split):
    masks = batches.Batches(split, 32, 32, 2, outputs=4)[0][1]
    assert len(masks) == 4
    np.testing.assert_array_equal(masks[0], masks[3])


def test_training_size_is_the_contracts_or_the_crop():
    assert batches.training_size(Contract("a", height=96, width=64), 256) == (96, 64)
    assert batches.training_size(Contract("a", resize="pad", multiple=16), 256) == (256, 256)
