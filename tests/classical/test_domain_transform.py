"""The recursive filter, against a literal loop and by property."""

import numpy as np
import pytest

from keras_blur.classical.domain_transform import recursive_filter


def literal(values, guide, sigma_space, sigma_range, iterations):
    """Equations 11, 14 and 21 of the paper, pixel by pixel."""
    result = values.astype(float)
    for turn in range(1, iterations + 1):
        sigma = sigma_space * 3**0.5 * 2 ** (iterations - turn) / (4**iterations - 1) ** 0.5
        a = np.exp(-(2**0.5) / sigma)
        for axis in (1, 0):
            lines = result if axis else result.T
            guides = guide if axis else guide.swapaxes(0, 1)
            for line, colours in zip(lines, guides, strict=True):
                steps = 1 + sigma_space / sigma_range * np.abs(np.diff(colours, axis=0)).sum(-1)
                for i in range(1, len(line)):
                    line[i] = (1 - a ** steps[i - 1]) * line[i] + a ** steps[i - 1] * line[i - 1]
                for i in range(len(line) - 2, -1, -1):
                    line[i] = (1 - a ** steps[i]) * line[i] + a ** steps[i] * line[i + 1]
    return result


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_equals_the_literal_loop(rng):
    values, guide = rng.random((9, 13)), rng.random((9, 13, 3))
    found = recursive_filter(values, guide, 4.0, 0.5, iterations=2)
    np.testing.assert_allclose(found, literal(values, guide, 4.0, 0.5, 2), atol=1e-5)


def test_keeps_edges_of_the_guide(rng):
    truth = np.repeat([[0.0] * 20 + [1.0] * 20], 30, axis=0)
    noisy = truth + 0.2 * rng.standard_normal(truth.shape)
    kept = recursive_filter(noisy, truth, 10.0, 0.05)
    washed = recursive_filter(noisy, np.zeros_like(truth), 10.0, 0.05)
    assert np.abs(kept - truth).mean() < 0.06 < 0.15 < np.abs(washed - truth).mean()


def test_is_wider_with_sigma(rng):
    noise, flat = rng.random((40, 40)), np.zeros((40, 40))
    spreads = [recursive_filter(noise, flat, sigma, 0.1).std() for sigma in (1.0, 3.0, 9.0)]
    assert noise.std() > spreads[0] > spreads[1] > spreads[2]


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1)])
def test_stays_in_range_at_any_size(shape, rng):
    values = rng.random(shape)
    before = values.copy()
    found = recursive_filter(values, rng.random(shape), 15.0, 0.25)
    assert found.shape == shape and found.dtype == np.float32
    assert values.min() - 1e-6 <= found.min() and found.max() <= values.max() + 1e-6
    np.testing.assert_array_equal(values, before)


def test_a_guide_of_another_size_is_named():
    with pytest.raises(ValueError, match="guide"):
        recursive_filter(np.zeros((4, 5)), np.zeros((5, 4)), 1.0, 1.0)
