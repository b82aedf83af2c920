import time

import numpy as np
import pytest

from keras_blur.labels import DEFOCUS, MOTION, SHARP, VOID
from keras_blur.synthesis import augment

SEEDS = range(12)


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)


def mask_of(outer):
    """A sharp square in the middle of `outer`."""
    mask = np.full((64, 96), outer, np.uint8)
    mask[20:44, 30:66] = SHARP
    return mask


def detail(image, box):
    return np.abs(np.diff(image[box].astype(float), axis=1)).mean()


INSIDE, OUTSIDE = np.s_[28:36, 42:54], np.s_[:10, :]


@pytest.mark.parametrize("augmented", [augment.whole_frame_blur, augment.object_blur])
def test_shapes_dtypes_and_determinism(augmented, image):
    mask = mask_of(DEFOCUS)
    before = image.copy(), mask.copy()
    first = augmented(image, mask, np.random.default_rng(5), (1, 8))
    again = augmented(image, mask, np.random.default_rng(5), (1, 8))
    for one, other, original in zip(first, again, (image, mask), strict=True):
        assert one.dtype == np.uint8 and one.shape == original.shape
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(image, before[0])
    np.testing.assert_array_equal(mask, before[1])
    assert set(np.unique(first[1])) <= {SHARP, MOTION, DEFOCUS, VOID}


def test_whole_frame_blur_has_one_class_and_void(image):
    seen = set()
    for seed in SEEDS:
        mask = mask_of(DEFOCUS)
        mask[0, 0] = VOID
        result, after = augment.whole_frame_blur(image, mask, np.random.default_rng(seed))
        blur_class = int(after[32, 48])
        seen.add(blur_class)
        assert (after[mask == SHARP] == blur_class).all()
        assert (after[mask == DEFOCUS] == (DEFOCUS if blur_class == DEFOCUS else VOID)).all()
        assert after[0, 0] == VOID
        assert detail(result, np.s_[:]) < 0.7 * detail(image, np.s_[:])
    assert seen == {MOTION, DEFOCUS}


def test_object_blur_blurs_what_its_mask_says(image):
    moved = strengthened = 0
    for seed in range(24):
        result, after = augment.object_blur(image, mask_of(DEFOCUS), np.random.default_rng(seed))
        inside, outside = after[INSIDE], after[OUTSIDE]
        if (inside == SHARP).all():
            strengthened += 1
            assert detail(result, INSIDE) > 0.95 * detail(image, INSIDE)
            assert detail(result, OUTSIDE) < 0.8 * detail(image, OUTSIDE)
            assert set(np.unique(outside)) <= {DEFOCUS, VOID}
        else:
            moved += 1
            assert detail(result, INSIDE) < 0.8 * detail(image, INSIDE)
            np.testing.assert_array_equal(result[OUTSIDE], image[OUTSIDE])
            assert (outside == DEFOCUS).all()
            assert not (after == SHARP).any()
    assert moved and strengthened


def test_void_lies_between_object_and_background(image):
    for seed in SEEDS:
        _, after = augment.object_blur(image, mask_of(DEFOCUS), np.random.default_rng(seed))
        if (after[INSIDE] == MOTION).all():
            assert (after == VOID).any()
            rows, columns = np.nonzero(after == VOID)
            assert rows.min() > 8 and rows.max() < 56 and columns.min() > 18 and columns.max() < 78
            return
    pytest.fail("no seed moved the object")


@pytest.mark.parametrize("share", [0, 0.02, 0.75, 1])
def test_photos_without_a_clear_object_are_left_alone(share, image):
    mask = np.full((64, 96), MOTION, np.uint8)
    mask.reshape(-1)[: round(share * mask.size)] = SHARP
    result = augment.object_blur(image, mask, np.random.default_rng(0))
    assert result[0] is image and result[1] is mask


def test_kernels_grow_with_the_photo_and_keep_to_their_radii():
    for blur_class in (MOTION, DEFOCUS):
        small, large = (
            [
                augment.random_kernel(np.random.default_rng(s), blur_class, (2, 4), scale).shape[0]
                for s in SEEDS
            ]
            for scale in (1, 4)
        )
        assert all(a < b for a, b in zip(small, large, strict=True))
        assert max(small) <= augment.SHAKE_PER_RADIUS * 4 + 3


def test_slight_blur_is_as_frequent_as_strong_blur():
    extents = [
        augment.random_kernel(np.random.default_rng(seed), DEFOCUS, (1, 16)).shape[0] for seed in range(200)
    ]
    assert 0.35 < np.mean(np.array(extents) <= 9) < 0.65  # radius 4 is the middle of 1 to 16


def test_augmentation_is_fast_enough_for_training():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (320, 320, 3), dtype=np.uint8)
    mask = np.full((320, 320), DEFOCUS, np.uint8)
    mask[80:240, 100:250] = SHARP
    for augmented in (augment.whole_frame_blur, augment.object_blur):
        times = []
        for _ in range(8):
            start = time.perf_counter()
            augmented(image, mask, rng)
            times.append(time.perf_counter() - start)
        assert min(times) < 0.06  # about 10 ms on a free core
