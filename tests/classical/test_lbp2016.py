"""Local binary patterns, one pixel at a time."""

import cv2
import numpy as np
import pytest

from keras_blur.classical.lbp2016 import lbp2016, matte, rare_patterns, sharpness


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def literal(image):
    """Codes by the definition, with SciPy's idea of bilinear interpolation."""
    from scipy.ndimage import map_coordinates

    height, width = image.shape
    rare = np.zeros(image.shape, bool)
    for row in range(height):
        for column in range(width):
            angles = np.arange(8) * np.pi / 4
            places = [row + np.sin(angles), column + np.cos(angles)]
            around = map_coordinates(image.astype(float), places, order=1, mode="nearest")
            bits = around - image[row, column] > 0.016 * 255
            transitions = sum(bits[i] != bits[i - 1] for i in range(8))
            rare[row, column] = (bits.sum() if transitions <= 2 else 9) >= 6
    return rare


@pytest.mark.parametrize("shape", [(13, 17), (1, 6), (2, 2)])
def test_patterns_equal_a_loop(shape):
    # Even steps, so that no difference lies on the threshold by rounding.
    image = noise(*shape) // 16 * 16
    np.testing.assert_array_equal(rare_patterns(image), literal(image))


def test_a_dip_of_five_grey_levels_counts_and_one_of_four_does_not():
    image = np.full((5, 5), 100, np.uint8)
    image[2, 2] = 96
    assert not rare_patterns(image)[2, 2]
    # All eight neighbours exceed it; the diagonals lie at (sqrt(1/2), sqrt(1/2)): 1 - 0.0858 of the step.
    image[2, 2] = 95
    assert rare_patterns(image)[2, 2]


def test_sharpness_is_the_share_in_the_window():
    rare = np.random.default_rng(1).random((30, 30)) < 0.3
    shares = np.array(
        [[rare[r - 5 : r + 6, c - 5 : c + 6].mean() for c in range(10, 20)] for r in range(10, 20)]
    )
    found = sharpness(rare, 11)[10:20, 10:20]
    # Stretched: equal up to a scale and an offset.
    assert np.corrcoef(found.ravel(), shares.ravel())[0, 1] == pytest.approx(1, abs=1e-5)


def half_blurred():
    image = noise(80, 120, 3)
    image[:, 60:] = cv2.GaussianBlur(image, (0, 0), 5)[:, 60:]
    return image


def test_finds_the_blurred_half():
    found = lbp2016(half_blurred())
    assert found[:, :45].max() < 0.5 < found[:, 75:].min()


def test_matte_goes_from_known_to_unknown():
    image = half_blurred()
    sharp = np.full(image.shape[:2], 0.1, np.float32)
    sharp[30:50, 10:40], sharp[30:50, 80:110] = 1, 0
    found = matte(image, sharp)
    assert found.min() >= 0 and found.max() <= 1
    assert found[30:50, 12:38].mean() > 0.9 and found[30:50, 82:108].mean() < 0.1


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (9, 3, 3), (14, 30, 3)])
def test_any_size(shape):
    found = lbp2016(noise(*shape))
    assert found.shape == shape[:2] and found.dtype == np.float32
    assert np.isfinite(found).all() and found.min() > 0 and found.max() < 1


def test_a_constant_image_is_blurred_everywhere():
    found = lbp2016(np.full((20, 30, 3), 90, np.uint8))
    assert found.min() > 0.5
    np.testing.assert_allclose(found, lbp2016(np.full((20, 30), 200, np.uint8)), atol=1e-6)
