import cv2
import numpy as np
import pytest

from keras_blur.classical import zeng2019
from keras_blur.synthesis import kernels
from keras_blur.synthesis.blur import blur_photo

ACROSS = np.zeros((7, 7), np.float32)
ACROSS[3, 2:5] = [1, -2, 1]
FILTERS = np.stack([ACROSS, ACROSS.T])


def photo(height=160, width=200, seed=0):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height // 4, width // 4, 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST)


def test_the_components_are_what_the_kernels_vary_in():
    rng = np.random.default_rng(1)
    patterns = np.linalg.qr(rng.normal(size=(49, 2)))[0].T
    weights = rng.normal(size=(2, 30)) * [[5], [2]]
    kernels_ = (patterns.T @ weights + 3 + 0.01 * rng.normal(size=(49, 30))).reshape(7, 7, 1, 30)
    found = zeng2019.learnt_filters(kernels_)
    assert found.shape == (2, 7, 7) and found.dtype == np.float32
    rows = found.reshape(2, 49)
    np.testing.assert_allclose(rows @ rows.T, np.eye(2), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(patterns @ rows.T, axis=0), 1, atol=1e-2)  # the same plane
    variances = [(component @ kernels_.reshape(49, 30)).var() for component in rows]
    assert variances[0] > variances[1]
    assert all(row[np.abs(row).argmax()] > 0 for row in rows)


def test_the_kernels_order_and_sign_of_all_do_not_matter():
    kernels_ = np.random.default_rng(2).normal(size=(5, 5, 8))
    expected = zeng2019.learnt_filters(kernels_)
    np.testing.assert_allclose(zeng2019.learnt_filters(-kernels_[:, :, ::-1]), expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(7, 7, 3, 16), (7, 5, 16), (7, 7, 1)])
def test_other_kernels_are_refused(shape):
    with pytest.raises(ValueError, match="kernels: expected"):
        zeng2019.learnt_filters(np.ones(shape))


def test_blur_lowers_the_answers():
    sharp = photo()
    blurred = [blur_photo(sharp, kernels.gaussian(sigma)) for sigma in (0, 1, 2, 4)]
    beside = [np.hstack([sharp, image]) for image in blurred]  # the map is relative to the photo's greatest
    levels = [zeng2019.sharpness(image, FILTERS)[:, 60:].mean() for image in beside[1:]]
    assert levels == sorted(levels, reverse=True) and levels[0] > 2 * levels[1] > 2 * levels[2]


def test_the_metric_is_of_cells_in_0_to_1_and_the_same_in_grey():
    image = photo(41, 66)
    values = zeng2019.sharpness(image, FILTERS)
    assert values.shape == (10, 16) and values.min() >= 0 and values.max() == 1
    np.testing.assert_array_equal(
        zeng2019.sharpness(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), FILTERS), values
    )


def test_brightness_does_not_count():
    image = photo() // 2
    biased = FILTERS + 0.3  # filters that answer to an even patch too
    np.testing.assert_allclose(
        zeng2019.sharpness(image + 50, biased), zeng2019.sharpness(image, FILTERS), atol=1e-3
    )


def literally_refined(values):
    """The same, pixel by pixel."""
    half, (height, width) = zeng2019.NEIGHBOURHOOD // 2, values.shape
    threshold, current, combined = values.mean(), values.astype(float), 0
    for iteration in range(1, 101):
        padded = np.pad(current, half, mode="symmetric")
        following = np.zeros_like(current)
        for y in range(height):
            for x in range(width):
                if padded[y : y + 2 * half + 1, x : x + 2 * half + 1].mean() >= threshold:
                    following[y, x] = np.tanh(current[y, x])
        current = following / following.max()
        combined = combined + {10: 0.3, 50: 0.2, 100: 0.5}.get(iteration, 0) * current
    return combined


def test_refinement_is_the_papers_loop():
    values = 0.3 * np.random.default_rng(3).random((20, 24), np.float32)
    values[2:15, 5:20] += 0.7
    np.testing.assert_allclose(zeng2019.refine(values), literally_refined(values), atol=1e-3)


def test_refinement_parts_a_sharp_region_from_the_rest():
    values = np.full((40, 60), 0.2, np.float32)
    values[:, :30] = 0.7
    found = zeng2019.refine(values)
    assert (found[:, :24] == 1).all() and (found[:, 36:] == 0).all()


def test_half_of_a_photo_is_called_blurred():
    sharp = photo()
    image = np.hstack([sharp, blur_photo(sharp, kernels.disc(5))])
    found = zeng2019.zeng2019(image, FILTERS)
    assert found.shape == image.shape[:2] and found.dtype == np.float32
    assert (found[:, :170] < 0.5).mean() > 0.95 and (found[:, 230:] > 0.5).mean() > 0.95


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (5, 2), (3, 300)])
def test_small_and_even_photos_have_an_answer(shape):
    noise = np.random.default_rng(4).integers(0, 256, (*shape, 3), dtype=np.uint8)
    found = zeng2019.zeng2019(noise, FILTERS)
    assert found.shape == shape and np.isfinite(found).all() and 0 <= found.min() <= found.max() <= 1
    assert (zeng2019.zeng2019(np.full((*shape, 3), 200, np.uint8), FILTERS) == 1).all()
