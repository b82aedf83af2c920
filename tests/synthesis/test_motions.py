"""The motions of Sun 2015: as many as the paper says, each with its kernel and vector."""

import numpy as np
import pytest

from keras_blur.synthesis import motions


def covariance(kernel):
    """Of the kernel's mass: x to the right, y downwards, in squared pixels."""
    y, x = np.indices(kernel.shape) - (np.array(kernel.shape) // 2)[:, None, None]
    return np.array([[(kernel * a * b).sum() for a in (x, y)] for b in (x, y)])


def test_there_are_73_different_kernels():
    assert motions.COUNT == len(set(motions.MOTIONS)) == 73
    kernels = [motions.kernel(label) for label in range(73)]
    assert all(abs(k.sum() - 1) < 1e-5 and min(k.shape) % 2 for k in kernels)
    assert len({k.tobytes() for k in kernels}) == 73


def test_no_motion_changes_nothing():
    assert motions.kernel(0).size == 1 and motions.MOTIONS[0][0] == 1


@pytest.mark.parametrize("label", range(1, 73, 5))
def test_kernels_run_along_their_vectors(label):
    length, _ = motions.MOTIONS[label]
    values, directions = np.linalg.eigh(covariance(motions.kernel(label)))
    vector = motions.vectors(np.array(motions.MOTIONS[label], np.float32))
    assert np.hypot(*vector) == pytest.approx(length, rel=1e-5)
    assert abs(directions[:, 1] @ vector) / length == pytest.approx(1, abs=1e-3)
    assert values[1] == pytest.approx(length**2 / 12, abs=0.3)


def test_turned_photos_make_361_motions_on_a_grid_of_6_degrees():
    fine = motions.finer()
    assert len(fine) == len({tuple(row) for row in fine.tolist()}) == 361
    assert {angle for length, angle in fine[1:].tolist()} == set(range(0, 180, 6))


def test_without_turns_they_are_the_classes():
    np.testing.assert_array_equal(motions.finer((0,)), np.array(motions.MOTIONS, np.float32))
