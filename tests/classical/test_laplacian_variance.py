"""The variance of the Laplacian, by property and by hand."""

import itertools

import cv2
import numpy as np
import pytest

from keras_blur.classical.laplacian_variance import laplacian_variance, local_variance, variance_of_laplacian


@pytest.fixture
def noise():
    return np.random.default_rng(0).integers(0, 256, (96, 128), dtype=np.uint8)


def test_checkerboard_by_hand():
    # Each pixel differs by 10 from its four neighbours: Laplacian +40 or -40 everywhere, mean 0.
    board = np.uint8(100 + 10 * (np.indices((8, 8)).sum(0) % 2))
    assert variance_of_laplacian(board) == pytest.approx(1600)


def test_a_constant_image_has_none():
    flat = np.full((20, 30, 3), 90, np.uint8)
    assert variance_of_laplacian(flat) == 0
    assert np.all(local_variance(flat) == 0)
    np.testing.assert_allclose(laplacian_variance(flat), 1 / (1 + 560**-0.64), rtol=1e-6)


def test_falls_with_blur(noise):
    images = [noise, *(cv2.GaussianBlur(noise, (0, 0), sigma) for sigma in (0.6, 1, 2))]
    for sharper, softer in itertools.pairwise(images):
        assert variance_of_laplacian(sharper) > variance_of_laplacian(softer)
        assert (laplacian_variance(sharper) < laplacian_variance(softer)).all()


def test_finds_the_blurred_half(noise):
    half = noise.copy()
    half[:, 64:] = cv2.GaussianBlur(noise, (0, 0), 3)[:, 64:]
    blurred = laplacian_variance(half, window=15)
    assert blurred[:, :56].max() < 0.5 < blurred[:, 72:].min()


def test_local_equals_the_definition(noise):
    inside = cv2.filter2D(noise, cv2.CV_64F, np.array([[0, 1.0, 0], [1, -4, 1], [0, 1, 0]]))
    expected = inside[40 - 4 : 40 + 5, 60 - 4 : 60 + 5].var()
    assert local_variance(noise, window=9)[40, 60] == pytest.approx(expected, rel=1e-4)


def test_grey_equals_its_rgb(noise):
    np.testing.assert_array_equal(laplacian_variance(noise), laplacian_variance(np.dstack([noise] * 3)))


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1, 3), (8, 8, 3)])
def test_any_size(shape):
    found = laplacian_variance(np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8))
    assert found.shape == shape[:2] and found.dtype == np.float32
    assert np.isfinite(found).all() and found.min() > 0 and found.max() < 1


def test_bad_arguments_are_named(noise):
    with pytest.raises(ValueError, match="uint8"):
        laplacian_variance(noise / 255)
    with pytest.raises(ValueError, match="window"):
        laplacian_variance(noise, window=0)
