"""HiFST against a literal loop and by property."""

import cv2
import numpy as np
import pytest
from scipy.fft import dctn

from keras_blur.classical import hifst2017 as module
from keras_blur.classical.hifst2017 import (
    LAYERS,
    SIDES,
    fuse,
    gradient,
    hifst2017,
    local_entropy,
    smallest,
    sorted_coefficients,
)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def noise(rng):
    return rng.integers(0, 256, (48, 64), dtype=np.uint8)


def literal(magnitude):
    """The definition, window by window."""
    result = np.empty((*magnitude.shape, LAYERS))
    for row, column in np.ndindex(magnitude.shape):
        kept = []
        for side in SIDES:
            padded = np.pad(magnitude.astype(float), side // 2)
            spectrum = dctn(padded[row : row + side, column : column + side], norm="ortho")
            u, v = np.indices(spectrum.shape)
            kept.append(np.abs(spectrum[u + v >= side - 1]))
        result[row, column] = np.sort(np.concatenate(kept))[:LAYERS]
    return result


def test_equals_the_literal_loop(rng):
    magnitude = 100 * rng.random((9, 11), np.float32)
    found = sorted_coefficients(magnitude)
    assert found.shape == (9, 11, 117)
    np.testing.assert_allclose(found, literal(magnitude), atol=1e-3)


def test_a_stride_leaves_pixels_out(rng):
    magnitude = 100 * rng.random((9, 11), np.float32)
    some = sorted_coefficients(magnitude, stride=3)
    np.testing.assert_allclose(some, sorted_coefficients(magnitude)[[1, 4, 7]][:, [1, 4, 7, 10]], atol=1e-3)


@pytest.mark.parametrize("guess", [0.0, 0.01, 0.05, 0.5, 9.0])
def test_guesses_change_nothing(guess, rng):
    values = rng.random((40, 700), np.float32)
    values[7] = 0  # more candidates than is worth listing
    bounds = np.full(40, guess, np.float32) * rng.random(40, np.float32)
    np.testing.assert_array_equal(smallest(values, 20, bounds), np.sort(values, axis=1)[:, :20])


def test_fusion_by_hand():
    # Two layers of three pixels: (0, 1, 2) -> (0, 0.5, 1), and (6, 3, 3) -> (1, 0, 0).
    layers = np.array([[[0, 6], [1, 3], [2, 3]]], np.float32)
    np.testing.assert_allclose(fuse(layers), [[1, 0.5, 1]])


def test_entropy_by_hand():
    levels = np.zeros((7, 7), np.uint8)
    assert local_entropy(levels, 7)[3, 3] == pytest.approx(0, abs=1e-6)
    levels[:, :3] = 9  # in the middle 21 of 49
    share = 21 / 49
    expected = -share * np.log2(share) - (1 - share) * np.log2(1 - share)
    assert local_entropy(levels, 7)[3, 3] == pytest.approx(expected, abs=1e-5)
    levels[:] = np.arange(49).reshape(7, 7)
    assert local_entropy(levels, 7)[3, 3] == pytest.approx(np.log2(49), abs=1e-5)


def test_finds_the_blurred_half(noise):
    half = noise.copy()
    half[:, 32:] = cv2.GaussianBlur(noise, (0, 0), 3)[:, 32:]
    blurred = hifst2017(half)
    assert blurred[:, :24].mean() < 0.5 < 0.8 < blurred[:, 40:].mean()


def test_coefficients_fall_with_blur(noise):
    means = [
        sorted_coefficients(gradient(cv2.GaussianBlur(noise, (0, 0), sigma)), stride=8).mean()
        for sigma in (0.3, 1, 2, 4)
    ]
    assert means == sorted(means, reverse=True)


def test_a_stride_is_an_approximation(noise):
    half = noise.copy()
    half[:, 32:] = cv2.GaussianBlur(noise, (0, 0), 3)[:, 32:]
    assert np.corrcoef(hifst2017(half).ravel(), hifst2017(half, stride=2).ravel())[0, 1] > 0.97


@pytest.mark.parametrize("stride", [1, 4])
def test_a_constant_photo_is_blurred(stride):
    assert np.all(hifst2017(np.full((10, 13, 3), 77, np.uint8), stride) == 1)


def test_grey_equals_its_rgb(noise):
    small = noise[:16, :16]
    np.testing.assert_allclose(hifst2017(small), hifst2017(np.dstack([small] * 3)), atol=1e-3)


@pytest.mark.parametrize("stride", [1, 3])
@pytest.mark.parametrize("shape", [(1, 1), (1, 20), (20, 1, 3), (5, 6, 3)])
def test_any_size(shape, stride, rng):
    found = hifst2017(rng.integers(0, 256, shape, dtype=np.uint8), stride)
    assert found.shape == shape[:2] and found.dtype == np.float32
    assert np.isfinite(found).all() and found.min() >= 0 and found.max() <= 1


def test_bad_arguments_are_named(noise):
    with pytest.raises(ValueError, match="uint8"):
        module.hifst2017(noise / 255)
    with pytest.raises(ValueError, match="stride"):
        hifst2017(noise, stride=0)


def test_rounding_is_not_stretched():
    layers = np.array([[[1.0 + 1e-7, 2.0]], [[1.0, 3.0]]], np.float32)
    np.testing.assert_allclose(fuse(layers)[:, 0], [0, 1], atol=1e-6)
