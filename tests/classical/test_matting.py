"""The matting Laplacian against the paper's formula, and the solver against a direct one."""

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse import linalg

from keras_blur.classical.matting import ColourBlocks, enlarge, laplacian, propagate


def literal(colours, radius, epsilon):
    """Equation 12, window by window."""
    height, width = colours.shape[:2]
    flat, index = colours.reshape(height * width, -1), np.arange(height * width).reshape(height, width)
    matrix = np.zeros((height * width,) * 2)
    for row in range(radius, height - radius):
        for column in range(radius, width - radius):
            window = index[row - radius : row + radius + 1, column - radius : column + radius + 1].ravel()
            away, count = flat[window] - flat[window].mean(axis=0), window.size
            covariance = away.T @ away / count + epsilon / count * np.eye(flat.shape[1])
            affinity = (1 + away @ np.linalg.inv(covariance) @ away.T) / count
            matrix[np.ix_(window, window)] += np.eye(count) - affinity
    return matrix


@pytest.mark.parametrize(("shape", "radius"), [((7, 9, 3), 1), ((8, 7, 1), 2), ((3, 5, 3), 1)])
def test_laplacian_equals_the_formula(shape, radius):
    colours = np.random.default_rng(0).random(shape)
    found = laplacian(colours, radius, epsilon=1e-3).toarray()
    np.testing.assert_allclose(found, literal(colours, radius, 1e-3), atol=1e-9)


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (2, 2, 3), (6, 1, 3), (5, 8, 3)])
def test_laplacian_of_any_size(shape):
    guide = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    matrix = laplacian(guide).toarray()
    assert matrix.shape == (shape[0] * shape[1],) * 2
    np.testing.assert_allclose(matrix, matrix.T)
    np.testing.assert_allclose(matrix.sum(axis=1), 0, atol=1e-9)
    assert np.linalg.eigvalsh(matrix).min() > -1e-9


def test_linear_functions_of_the_colour_are_free():
    colours = np.random.default_rng(2).random((9, 9, 3))
    free = colours @ [0.2, -0.5, 0.1] + 0.3
    assert np.abs(laplacian(colours, epsilon=1e-9) @ free.ravel()).max() < 1e-6


def scene(size=60):
    """Two regions of grainy colour, and one known value in each."""
    guide = np.random.default_rng(3).integers(0, 20, (size, size, 3), dtype=np.uint8)
    guide[:, size // 2 :] += 150
    values, weights = np.zeros((size, size)), np.zeros((size, size))
    values[5, -5] = 1
    weights[5, 5] = weights[5, -5] = 1
    return guide, values, weights


def test_known_values_flow_up_to_the_edge():
    guide, values, weights = scene()
    found = propagate(guide, values, weights, strength=100, epsilon=1e-3)
    assert found.dtype == np.float32
    assert found[:, :28].max() < 0.3 and found[:, 32:].min() > 0.7


@pytest.mark.parametrize("strength", [1e-3, 100])
def test_solution_equals_a_direct_one(strength):
    guide, values, _ = scene()
    rng = np.random.default_rng(4)
    values, weights = 5 + 3 * rng.random(values.shape), rng.random(values.shape) < 0.02
    found = propagate(guide, values, weights, strength, tolerance=1e-6)
    matrix = laplacian(guide) + strength * sparse.diags_array(weights.ravel().astype(float))
    direct = linalg.spsolve(sparse.csc_array(matrix), strength * (weights * values).ravel())
    np.testing.assert_allclose(found.ravel(), direct, atol=1e-3)


def test_the_preconditioner_is_symmetric_and_positive():
    guide, _, weights = scene()
    matrix = laplacian(guide) + sparse.diags_array(weights.ravel())
    inverse = ColourBlocks(matrix, guide / 255)
    one, other = np.random.default_rng(5).normal(size=(2, weights.size))
    assert one @ inverse(other) == pytest.approx(other @ inverse(one), rel=1e-4)
    assert one @ inverse(one) > 0


def test_fewer_pixels_give_about_the_same():
    guide, values, weights = scene(64)
    fine, coarse = (propagate(guide, values, weights, 1, epsilon=1e-3, levels=levels) for levels in (1, 3))
    assert coarse.shape == fine.shape and coarse.dtype == np.float32
    assert np.abs(fine - coarse).mean() < 0.1


def test_enlarging_finds_the_guides_edge():
    """The map is linear in the colours, so the large guide's colours give the large map."""
    large = np.random.default_rng(6).random((40, 60, 3))
    small = large.reshape(20, 2, 30, 2, 3).mean(axis=(1, 3))
    mix = [0.3, 0.2, 0.4]
    np.testing.assert_allclose(enlarge(small @ mix, small, large), large @ mix, atol=1e-4)


def test_special_cases():
    guide, values, weights = scene(20)
    assert not propagate(guide, values, 0 * weights, 1).any()
    one = np.zeros(weights.shape)
    one[3, 4] = 1
    np.testing.assert_allclose(propagate(guide, np.full(values.shape, 0.7), one, 1), 0.7, atol=1e-6)
    np.testing.assert_allclose(
        propagate(guide[:1, :1], np.array([[0.3]]), np.array([[True]]), 1), 0.3, atol=1e-6
    )
    flat = propagate(np.full((30, 30, 3), 90, np.uint8), *scene(30)[1:], strength=1)
    assert np.isfinite(flat).all() and flat.min() > -0.01 and flat.max() < 1.01
