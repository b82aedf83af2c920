"""Singular values, one window at a time; and types of blur that are known."""

import cv2
import numpy as np
import pytest

from keras_blur.classical.su2011 import singular_share, su2011
from keras_blur.classical.su2011_type import anisotropy, matte, su2011_classes, su2011_type
from keras_blur.synthesis import kernels
from keras_blur.synthesis.blur import blur_photo


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize(("window", "count"), [(15, 1), (11, 3)])
def test_share_equals_singular_values_in_a_loop(window, count):
    image = noise(19, 23)
    found = singular_share(image, window, count)
    half = window // 2
    for row in range(20 - window):
        for column in range(24 - window):
            values = np.linalg.svd(image[row : row + window, column : column + window].astype(float))[1]
            expected = values[:count].sum() / values.sum()
            assert found[row + half, column + half] == pytest.approx(expected, abs=1e-5)
    assert found.shape == image.shape


def test_borders_are_repeated():
    share = singular_share(noise(40, 50))
    np.testing.assert_array_equal(share[:7], share[7:8].repeat(7, axis=0))
    np.testing.assert_array_equal(share[:, -7:], share[:, -8:-7].repeat(7, axis=1))


def test_rises_with_blur():
    image = noise(60, 60)
    shares = [singular_share(cv2.GaussianBlur(image, (0, 0), sigma)).mean() for sigma in (0.5, 1, 2, 4)]
    assert np.all(np.diff(shares) > 0)


def test_finds_the_blurred_half():
    image = noise(60, 100, 3)
    image[:, 50:] = cv2.GaussianBlur(image, (0, 0), 3)[:, 50:]
    found = su2011(image)
    assert found[:, :40].max() < 0.3 and found[:, 60:].min() > 0.6
    assert found.min() == 0 and found.max() == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (9, 3, 3), (14, 16, 3)])
def test_any_size(shape):
    found = su2011(noise(*shape))
    assert found.shape == shape[:2] and found.dtype == np.float32
    assert np.isfinite(found).all() and found.min() >= 0 and found.max() <= 1


@pytest.mark.parametrize("level", [0, 1, 255])
def test_nothing_to_see_is_blurred(level):
    np.testing.assert_allclose(su2011(np.full((20, 30, 3), level, np.uint8)), 1, atol=1e-3)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="uint8"):
        su2011(np.zeros((4, 4)))


def cells(seed, size=240):
    """Flat patches of random shades with edges in all directions."""
    rng = np.random.default_rng(seed)
    seeds = rng.integers(0, size, (120, 2))
    near = ((np.indices((size, size))[:, None] - seeds.T[:, :, None, None]) ** 2).sum(axis=0).argmin(axis=0)
    return np.repeat(rng.integers(0, 256, 120, dtype=np.uint8)[near][..., None], 3, axis=2)


@pytest.mark.parametrize("angle", [0, 30, 90, 135])
@pytest.mark.parametrize("size", [7, 13])
def test_tells_motion_from_defocus(angle, size):
    everywhere = np.ones(cells(0).shape[:2], bool)
    moved = su2011_type(blur_photo(cells(0), kernels.line(size, angle)), everywhere)
    defocused = su2011_type(blur_photo(cells(0), kernels.disc(size / 2)), everywhere)
    assert defocused < 0.4 and moved > 0.6


def test_type_of_the_part_that_is_asked_for():
    image = cells(1)
    image[:, :120] = blur_photo(image, kernels.line(13, 60))[:, :120]
    image[:, 120:] = blur_photo(image, kernels.disc(6))[:, 120:]
    left = np.zeros(image.shape[:2], bool)
    left[:, :110] = True
    assert su2011_type(image, left) > su2011_type(image, left[:, ::-1]) + 0.2


def test_matte_ignores_brightness_and_contrast():
    image = cells(2)[..., 0]
    darker = np.rint(image * 0.5 + 20).astype(np.uint8)
    assert np.abs(matte(image) - matte(darker)).mean() < 0.02


def test_nothing_to_tell():
    flat = np.full((30, 40, 3), 90, np.uint8)
    assert su2011_type(flat) == 0.5 and su2011_type(flat[:1, :1]) == 0.5
    assert anisotropy(np.zeros((9, 9), np.float32), np.zeros((9, 9), bool)) is None


def test_three_classes_sum_to_one():
    image = blur_photo(cells(3), kernels.line(13, 20))[:80, :100]
    classes, motion = su2011_classes(image), su2011_type(image)
    assert classes.shape == (80, 100, 3) and classes.dtype == np.float32
    np.testing.assert_allclose(classes.sum(axis=-1), 1, atol=1e-6)
    np.testing.assert_allclose(classes[..., 1], motion * su2011(image), atol=1e-6)
