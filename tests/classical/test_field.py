"""Belief propagation against exact marginals, where it is exact: on a chain."""

import itertools

import cv2
import numpy as np
import pytest

from keras_blur.classical.field import beliefs


def exact(scores, coupling):
    """Marginals of a chain by listing all states; 1 = blurred."""
    states = np.array(list(itertools.product([0, 1], repeat=len(scores))))
    energy = np.abs(states - scores).sum(axis=1) + coupling * np.abs(np.diff(states)).sum(axis=1)
    weights = np.exp(-energy)
    return weights @ states / weights.sum()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_exact_on_a_chain(axis):
    values = np.array([0.1, 0.9, 0.4, 0.5, 0.2, 0.95])
    shape = np.ones(3, int)
    shape[axis] = len(values)
    scores = (values - values.mean()) / values.std()
    found = beliefs(values.reshape(shape), coupling=0.5)
    assert found.shape == tuple(shape) and found.dtype == np.float32
    np.testing.assert_allclose(found.ravel(), exact(scores, 0.5), atol=1e-4)


def test_without_coupling_only_the_own_map_counts():
    values = np.random.default_rng(0).random((3, 4, 5))
    scores = (values - values.mean()) / values.std()
    expected = 1 / (1 + np.exp(-np.clip(2 * scores - 1, -1, 1)))
    np.testing.assert_allclose(beliefs(values, coupling=0), expected, atol=1e-5)


def test_neighbours_outvote_a_speck():
    maps = np.zeros((3, 20, 20))
    maps[:, :, 10:] = 1
    maps[1, 5, 15] = 0
    found = beliefs(maps)
    assert (found[:, :, 10:] > 0.5).all() and (found[:, :, :10] < 0.5).all()


def test_smooths_and_keeps_the_order():
    noise = np.random.default_rng(1).random((3, 30, 30)).astype(np.float32)
    ramp = np.linspace(0, 4, 30, dtype=np.float32) + noise
    found = beliefs(ramp)[-1]
    assert np.abs(np.diff(found, axis=0)).mean() < np.abs(np.diff(ramp[-1], axis=0)).mean()
    columns = cv2.blur(found, (5, 1)).mean(axis=0)[3:-3]
    assert columns[-1] - columns[0] > 0.7


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 1), (3, 1, 7), (3, 5, 1)])
def test_maps_without_contrast(shape):
    found = beliefs(np.full(shape, 0.3))
    assert found.shape == shape and np.isfinite(found).all()
    assert found.min() > 0 and found.max() < 0.5
