import itertools

import numpy as np
import pytest

from keras_blur.processing.mean_field import smooth

VECTORS = np.array([[0, 0], [5, 0], [0, 5], [9, 9]], np.float32)


def free_energy(beliefs, probabilities, vectors, weight):
    """What `smooth` lowers: the expected energy of `beliefs`, less their entropy."""
    log = np.log(np.maximum(beliefs, 1e-30))
    total = (beliefs * (log - np.log(np.maximum(probabilities, 1e-12)))).sum(dtype=np.float64)
    means, squares = beliefs @ vectors, beliefs @ (vectors**2).sum(axis=-1)
    for one, other in ((np.s_[:-1], np.s_[1:]), (np.s_[:, :-1], np.s_[:, 1:])):
        differences = squares[one] + squares[other] - 2 * (means[one] * means[other]).sum(axis=-1)
        total += weight * differences.sum(dtype=np.float64)
    return total


def beliefs(height=7, width=9, seed=0, strength=2.0):
    odds = np.exp(strength * np.random.default_rng(seed).normal(size=(height, width, len(VECTORS))))
    return (odds / odds.sum(axis=-1, keepdims=True)).astype(np.float32)


def test_without_weight_nothing_changes():
    probabilities = beliefs()
    np.testing.assert_allclose(smooth(probabilities, VECTORS, 0.0), probabilities, atol=1e-6)


def test_results_are_probabilities():
    smoothed = smooth(beliefs(), VECTORS, 0.05)
    assert smoothed.dtype == np.float32 and smoothed.min() >= 0
    np.testing.assert_allclose(smoothed.sum(axis=-1), 1, atol=1e-5)


@pytest.mark.parametrize("weight", [0.002, 0.02, 0.2])
def test_every_round_lowers_the_free_energy(weight):
    probabilities = beliefs()
    energies = [
        free_energy(smooth(probabilities, VECTORS, weight, rounds), probabilities, VECTORS, weight)
        for rounds in range(6)
    ]
    assert all(later <= earlier + 1e-3 for earlier, later in itertools.pairwise(energies))
    assert energies[-1] < energies[0] - 0.1


def test_no_small_change_lowers_it_further():
    probabilities, weight = beliefs(), 0.02
    best = smooth(probabilities, VECTORS, weight, rounds=60)
    least = free_energy(best, probabilities, VECTORS, weight)
    rng = np.random.default_rng(1)
    for _ in range(20):
        other = best * np.exp(rng.normal(scale=0.2, size=best.shape))
        other /= other.sum(axis=-1, keepdims=True)
        assert free_energy(other, probabilities, VECTORS, weight) > least


def test_an_odd_cell_follows_its_neighbours_unless_it_is_sure():
    probabilities = np.full((5, 5, 4), 0.02, np.float32)
    probabilities[..., 1] = 0.94
    for odd, follows in ((0.6, True), (1 - 1e-9, False)):
        probabilities[2, 2] = (1 - odd) / 3
        probabilities[2, 2, 3] = odd
        assert (smooth(probabilities, VECTORS, 0.01)[2, 2].argmax() == 1) == follows


@pytest.mark.parametrize("size", [(1, 1), (1, 6), (6, 1)])
def test_narrow_fields_are_smoothed_too(size):
    assert np.isfinite(smooth(beliefs(*size), VECTORS, 0.1)).all()
