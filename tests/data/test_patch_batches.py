"""What patch networks learn from: patches as stored, and patches blurred by known motions."""

import numpy as np
import pytest
from made_up import PLAIN, TURNS, make_moving_photos, make_patches

from keras_blur import data, labels
from keras_blur.errors import BlurError
from keras_blur.synthesis import motions


def test_patches_are_only_mirrored_and_turned_and_labelled_by_their_middle():
    examples = make_patches()
    known = {
        np.ascontiguousarray(turned[:, ::mirror]).tobytes(): example.mask[15, 15]
        for example in examples
        for turned in (example.image, np.rot90(example.image), example.image[::-1, ::-1],
                       np.rot90(example.image, 3))
        for mirror in (1, -1)
    }  # fmt: skip
    batches = data.make_training_batches(examples, 31, 31, 4, kind="patches", config=TURNS)
    seen = set()
    for number in range(30):
        batches.epoch = number
        images, classes = batches[0]
        assert images.shape == (4, 31, 31, 3) and classes.shape == (4, 1, 1)
        for image, label in zip(images, classes, strict=True):
            assert known[image.tobytes()] == label
            seen.add(image.tobytes())
    assert len(seen) == 32  # all eight orientations of every patch


def test_what_fills_the_last_batch_counts_nowhere():
    images, classes = data.make_validation_batches(make_patches(count=3), 31, 31, 4, kind="patches")[0]
    assert classes[3].item() == labels.VOID and (classes[:3] < 3).all() and not images[3].any()


def test_smaller_patches_are_not_resized():
    with pytest.raises(BlurError, match="expected patches of at least 31x31 pixels, found 30x30"):
        data.make_validation_batches(make_patches(side=30), 31, 31, 4, kind="patches")[0]


def test_of_larger_patches_the_middle_is_taken():
    examples = make_patches()
    images, classes = data.make_validation_batches(examples, 21, 21, 4, kind="patches")[0]
    for image, label, example in zip(images, classes, examples, strict=False):
        np.testing.assert_array_equal(image, example.image[5:26, 5:26])
        assert label.item() == example.mask[15, 15]


def moving(augmentation=PLAIN, **options):
    photos = make_moving_photos()
    return data.make_training_batches(
        photos, 30, 30, 64, kind="motion_patches", config=augmentation, **options
    )


def test_motions_come_equally_often_from_sharp_parts_only():
    batches = moving(samples=640)
    drawn = [batches[number] for number in range(10)]
    images, classes = (np.concatenate(part) for part in zip(*drawn, strict=True))
    assert images.shape == (640, 30, 30, 3) and images.dtype == np.uint8
    assert classes.shape == (640, 1, 1) and classes.max() < motions.COUNT
    assert np.bincount(classes.ravel(), minlength=motions.COUNT).max() < 25  # 9 on average
    assert not (images == 7).all(axis=-1).any()  # no pixel, blurred or not, from the blurred parts


def test_patches_vary_least_along_their_motion():
    """Horizontal and vertical motions of some length, by the mean slopes along and across."""
    batches = moving(samples=2048)
    drawn = [batches[number] for number in range(32)]
    images, classes = (np.concatenate(part) for part in zip(*drawn, strict=True))
    right, down = (np.abs(np.diff(images.astype(float), axis=axis)).mean(axis=(1, 2, 3)) for axis in (2, 1))
    lengths, angles = np.array(motions.MOTIONS)[classes.ravel()].T
    for angle, along, across in ((0, right, down), (90, down, right)):
        of_angle = (angles == angle) & (lengths >= 11)
        assert of_angle.sum() > 50 and (along < 0.7 * across)[of_angle].mean() > 0.95


def test_turns_of_the_augmentation_do_not_turn_motions():
    def slanted(config):
        batches = moving(config, samples=2048)
        drawn = [batches[number] for number in range(16)]
        images, classes = (np.concatenate(part) for part in zip(*drawn, strict=True))
        down, right = np.gradient(images.mean(axis=-1), axis=(1, 2))
        lengths, angles = np.array(motions.MOTIONS)[classes.ravel()].T
        return (down * right).mean(axis=(1, 2))[(angles == 30) & (lengths >= 11)]

    # Along 30 degrees anticlockwise grey values rise to the right as they rise downwards.
    assert (slanted(PLAIN) > 0).mean() > 0.95 and (slanted(TURNS) > 0).mean() > 0.95


def test_photos_without_a_sharp_part_are_named():
    with pytest.raises(BlurError, match="made_up, split train: no photo has a sharp part of 56x56"):
        data.make_validation_batches(make_moving_photos(sharp=(0, 0)), 30, 30, 4, kind="motion_patches")


def test_samples_depend_on_their_place_alone():
    one, other = moving(samples=128), moving(samples=128, workers=3)
    one[0]
    for a, b in zip(one[1], other[1], strict=True):
        np.testing.assert_array_equal(a, b)
