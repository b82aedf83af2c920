"""The defocus map: the blur of made-up edges is measured, smoothed as a literal loop does, and spread."""

import numpy as np
import pytest
from scipy import ndimage

from keras_blur.classical.zhuo2011 import RANGE, SPACE, blur_at_edges, smooth_at_edges, zhuo2011


def step(sigma, side=48):
    """A vertical step of grey levels, blurred with sigma pixels and rounded to 8 bits."""
    sharp = np.full((side, side), 30.0)
    sharp[:, side // 2 :] = 220
    return np.rint(ndimage.gaussian_filter(sharp, (0, sigma))).astype(np.uint8)


def squares(sigma):
    """Squares of random colours, 14 pixels wide, blurred."""
    rng = np.random.default_rng(0)
    sharp = np.kron(rng.integers(0, 256, (4, 4, 3)), np.ones((14, 14, 1))).astype(float)
    return np.rint(ndimage.gaussian_filter(sharp, (sigma, sigma, 0))).astype(np.uint8)


@pytest.mark.parametrize("sigma", [0.5, 1, 1.5, 2, 2.5])
@pytest.mark.parametrize("turned", [False, True])
def test_measures_the_blur_of_a_step(sigma, turned):
    photo = step(sigma).T if turned else step(sigma)
    found, known = blur_at_edges(photo.astype(np.float32) / 255)
    rows, columns = np.nonzero(known.T if turned else known)
    assert len(np.unique(rows)) == 48 and np.all(np.abs(columns - 23.5) < 2)
    np.testing.assert_allclose(found[known], sigma, atol=0.16)
    assert np.all(found[~known] == 0)


def test_contrast_does_not_matter():
    faint = np.rint(100 + (step(1.5).astype(float) - 30) * 0.3).astype(np.uint8)
    found, known = blur_at_edges(faint.astype(np.float32) / 255)
    np.testing.assert_allclose(found[known], 1.5, atol=0.2)


def test_smoothing_equals_the_literal_loop():
    rng = np.random.default_rng(0)
    known = rng.random((14, 25)) < 0.2
    sigma = np.where(known, 3 * rng.random(known.shape), 0).astype(np.float32)
    grey = rng.random(known.shape, np.float32)
    expected = np.zeros(known.shape)
    for r, c in np.argwhere(known):
        total = norm = 0.0
        for y, x in np.argwhere(known):
            if max(abs(y - r), abs(x - c)) <= 2 * SPACE:
                distance = (y - r) ** 2 + (x - c) ** 2
                difference = (grey[y, x] - grey[r, c]) ** 2
                share = np.exp(-distance / (2 * SPACE**2) - difference / (2 * RANGE**2) - sigma[y, x])
                total, norm = total + share * sigma[y, x], norm + share
        expected[r, c] = total / norm
    np.testing.assert_allclose(smooth_at_edges(sigma, known, grey), expected, atol=1e-5)


def test_rises_with_blur():
    means = [3 * zhuo2011(squares(sigma)).mean() for sigma in (0.5, 1, 1.5, 2)]
    np.testing.assert_allclose(means, (0.5, 1, 1.5, 2), atol=0.2)


def test_finds_the_blurred_half():
    half = squares(0.5)
    half[:, 28:] = squares(2.5)[:, 28:]
    blurred = zhuo2011(half)
    assert blurred[:, :20].max() < 0.4 < 0.5 < blurred[:, 36:].min()


def test_without_edges_all_is_blurred():
    assert np.all(zhuo2011(np.full((12, 9, 3), 50, np.uint8)) == 1)


def test_grey_equals_its_rgb():
    photo = squares(1)[..., 0]
    np.testing.assert_allclose(zhuo2011(photo), zhuo2011(np.dstack([photo] * 3)), atol=0.03)


@pytest.mark.parametrize("shape", [(1, 1), (1, 20), (20, 1, 3), (2, 2), (5, 6, 3)])
def test_any_size(shape):
    found = zhuo2011(np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8))
    assert found.shape == shape[:2] and found.dtype == np.float32
    assert np.isfinite(found).all() and found.min() >= 0 and found.max() <= 1


def test_bad_images_are_named():
    with pytest.raises(ValueError, match="uint8"):
        zhuo2011(squares(1) / 255)


def test_coarser_levels_are_an_approximation():
    half = squares(0.5)
    half[:, 28:] = squares(2.5)[:, 28:]
    assert np.corrcoef(zhuo2011(half).ravel(), zhuo2011(half, levels=2).ravel())[0, 1] > 0.9
