"""The rolling guidance filter and the weighted median, against literal loops."""

import numpy as np
import pytest

from keras_blur.classical.rolling_guidance import joint_bilateral, rolling_guidance
from keras_blur.classical.weighted_median import weighted_median


def literal_bilateral(values, guide, sigma_space, sigma_range):
    radius = int(np.ceil(2 * sigma_space))
    height, width = values.shape[:2]
    result = np.zeros_like(values)
    for y in range(height):
        for x in range(width):
            total, weights = 0, 0
            for v in range(max(0, y - radius), min(height, y + radius + 1)):
                for u in range(max(0, x - radius), min(width, x + radius + 1)):
                    distance = ((y - v) ** 2 + (x - u) ** 2) / sigma_space**2
                    difference = np.square(guide[y, x] - guide[v, u]).sum() / sigma_range**2
                    weight = np.exp(-(distance + difference) / 2)
                    total, weights = total + weight * values[v, u], weights + weight
            result[y, x] = total / weights
    return result


@pytest.mark.parametrize("shape", [(9, 12, 3), (7, 8), (1, 1, 3), (2, 9)])
def test_joint_bilateral_is_the_literal_loop(shape):
    rng = np.random.default_rng(0)
    values, guide = rng.random(shape, np.float32), rng.random(shape, np.float32)
    found = joint_bilateral(values, guide, 1.5, 0.3)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, literal_bilateral(values, guide, 1.5, 0.3), atol=1e-5)


def test_rolling_guidance_takes_texture_away_and_keeps_edges():
    image = np.zeros((40, 60), np.float32)
    image[:, 30:] = 0.8
    textured = image + 0.1 * (np.indices(image.shape).sum(axis=0) % 2).astype(np.float32)
    found = rolling_guidance(textured)
    assert np.ptp(found[5:35, 5:24]) < 0.01 and np.ptp(found[5:35, 36:55]) < 0.01
    steps = np.abs(np.diff(found[20]))
    assert steps.max() > 0.5, "a Gaussian of 1.5 pixels leaves .21"
    assert textured.min() - 1e-6 <= found.min() and found.max() <= textured.max() + 1e-6


def literal_median(values, guide, radius, sigma):
    result = np.zeros_like(values)
    for y, x in np.ndindex(*values.shape):
        box = np.s_[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1]
        order = np.argsort(values[box].ravel())
        weights = np.exp(-np.square(guide[box] - guide[y, x]) / (2 * sigma**2)).ravel()[order]
        result[y, x] = values[box].ravel()[order][np.searchsorted(weights.cumsum(), weights.sum() / 2)]
    return result


def test_weighted_median_is_the_literal_loop():
    rng = np.random.default_rng(1)
    values = rng.integers(0, 33, (12, 15)).astype(np.float32) / 32  # exactly the levels
    values[0, 0], values[0, 1] = 0, 1
    guide = rng.integers(0, 9, (12, 15)).astype(np.float32) / 8
    np.testing.assert_allclose(
        weighted_median(values, guide, 2, 0.25), literal_median(values, guide, 2, 0.25), atol=1e-6
    )


def test_weighted_median_drops_outliers_and_keeps_the_guides_edges():
    values = np.zeros((30, 40), np.float32)
    values[:, 20:] = 1
    guide = values.copy()
    values[10, 10] = 1
    found = weighted_median(values, guide, 5, 0.25)
    np.testing.assert_array_equal(found, guide)


def test_weighted_median_of_an_even_map_is_that_map():
    even = np.full((3, 4), 0.7, np.float32)
    np.testing.assert_array_equal(weighted_median(even, even, 5, 0.25), even)
