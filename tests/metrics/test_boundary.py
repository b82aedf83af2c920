"""The boundary F-measure against borders that are moved by a known distance."""

import numpy as np
import pytest

from keras_blur.metrics.boundary import boundary_f

SIDE = 100  # the tolerance is 2 pixels: 0.008 of a diagonal of 141, rounded up


def half(column):
    mask = np.zeros((SIDE, SIDE), bool)
    mask[:, column:] = True
    return mask


@pytest.mark.parametrize(("shift", "expected"), [(0, 1.0), (2, 1.0), (-2, 1.0), (3, 0.0), (40, 0.0)])
def test_a_border_may_be_off_by_the_tolerance(shift, expected):
    assert boundary_f(half(50 + shift), half(50)) == expected


def test_half_of_a_border_halves_the_recall():
    called = half(50)
    called[50:] = False  # the border turns right at row 50: 50 pixels down, 50 to the right
    found = boundary_f(called, half(50))
    precision, recall = 53 / 100, 52 / 100  # and what lies within 2 pixels of the corner
    assert found == pytest.approx(2 * precision * recall / (precision + recall), abs=0.01)


def test_without_a_true_border_there_is_no_figure():
    assert boundary_f(half(50), np.ones((SIDE, SIDE), bool)) is None
    assert boundary_f(np.zeros((SIDE, SIDE), bool), half(50)) == 0


def test_borders_of_unknown_pixels_do_not_count():
    known = np.ones((SIDE, SIDE), bool)
    known[:, 40:60] = False
    assert boundary_f(half(50), half(50), known) is None
    called = half(50)
    called[:, 20] = True  # two borders of a line where nothing is
    truth = half(50)
    truth[:, 80] = False
    assert boundary_f(called, truth, known) == 0
