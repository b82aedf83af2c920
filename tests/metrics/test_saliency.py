"""Adaptive F, E-measure and S-measure against values derived by hand from the papers' formulas."""

import numpy as np
import pytest

from keras_blur import labels
from keras_blur.metrics import binary, saliency

TRUTH = np.zeros((4, 4), bool)
TRUTH[:, :2] = True


def histograms(probability, truth=TRUTH):
    """With sharp positive, of P(sharp)."""
    mask = np.where(truth, np.uint8(labels.SHARP), np.uint8(labels.DEFOCUS))
    return binary.with_sharp_positive(binary.histogram(1 - np.asarray(probability, float), mask))[None]


def test_the_adaptive_threshold_is_twice_the_mean():
    probability = np.zeros((4, 4))
    probability[0, :2], probability[1, :2], probability[0, 2] = 1.0, 0.2, 0.4  # mean 0.175
    counts = saliency.adaptive_counts(histograms(probability))
    assert (int(counts.true_positive[0]), int(counts.false_positive[0])) == (2, 1)  # 0.2 is below 0.35
    assert (int(counts.false_negative[0]), int(counts.true_negative[0])) == (6, 7)
    precision, recall = 2 / 3, 2 / 8
    expected = 1.3 * precision * recall / (0.3 * precision + recall)
    assert saliency.summary(histograms(probability))["f_beta_adaptive"] == pytest.approx(expected)


def test_maps_are_stretched_first():
    counts = saliency.adaptive_counts(histograms(np.where(TRUTH, 0.8, 0.2)))  # stretched: mean 1/2
    assert int(counts.true_positive[0]) == 8 and int(counts.false_positive[0]) == 0
    assert saliency.s_measure(np.where(TRUTH, 0.8, 0.2), TRUTH) == pytest.approx(1)


def test_a_constant_map_below_one_calls_nothing():
    counts = saliency.adaptive_counts(histograms(np.full((4, 4), 0.6)))
    assert int(counts.true_positive[0]) == int(counts.false_positive[0]) == 0


@pytest.mark.parametrize(("answer", "expected"), [(TRUTH, 1.0), (~TRUTH, 0.0)])
def test_e_measure_of_right_and_wrong(answer, expected):
    counts = saliency.adaptive_counts(histograms(answer))
    assert saliency.e_measure(counts)[0] == pytest.approx(expected, abs=1e-9)


def test_e_measure_by_hand():
    counts = binary.Counts(*(np.array([number]) for number in (1, 0, 1, 2)))  # means: called 1/4, true 1/2
    hit = 2 * 0.75 * 0.5 / (0.75**2 + 0.5**2)
    miss = 2 * -0.25 * 0.5 / (0.25**2 + 0.5**2)
    right = 2 * -0.25 * -0.5 / (0.25**2 + 0.5**2)
    expected = ((1 + hit) ** 2 + (1 + miss) ** 2 + 2 * (1 + right) ** 2) / 4 / 4
    assert saliency.e_measure(counts)[0] == pytest.approx(expected)


@pytest.mark.parametrize(("counts", "expected"), [((3, 0, 1, 0), 0.75), ((0, 1, 0, 3), 0.75)])
def test_e_measure_of_a_truth_of_one_class(counts, expected):
    parts = (np.array([number]) for number in counts)
    assert saliency.e_measure(binary.Counts(*parts))[0] == pytest.approx(expected)


def test_s_measure_of_the_truth_itself_is_one():
    assert saliency.s_measure(TRUTH.astype(float), TRUTH) == pytest.approx(1)


def test_s_measure_by_hand():
    # Constant 1/2: each class scores 2 (1/2) / (1/4 + 1) = 0.8. The truth's centre is (row 1.5, column 0.5);
    # halves are rounded to even, plus 1: rows 3, columns 1. No part of a constant map varies with the truth:
    # a part scores 1 where the truth is constant too, and 0 elsewhere.
    probability = np.full((4, 4), 0.5)
    constant = (3 * 1 + 1 * 1) / 16  # the parts of the first column
    assert saliency.s_measure(probability, TRUTH) == pytest.approx(0.5 * 0.8 + 0.5 * constant)


@pytest.mark.parametrize(("share", "expected"), [(1.0, 0.3), (0.0, 0.7)])
def test_s_measure_of_a_truth_of_one_class(share, expected):
    truth = np.full((3, 5), share == 1.0)
    assert saliency.s_measure(np.full((3, 5), 0.3), truth) == pytest.approx(expected)
