"""The graph cut, against every labelling of a tiny photo, and what it must do on larger ones."""

import itertools
import sys

import numpy as np
import pytest

from keras_blur.errors import BlurError
from keras_blur.graph_cut import GraphCut, energy, graph_cut

pytest.importorskip("maxflow")


def random_case(height, width, seed):
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 1, (height, width)), rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def with_a_wrong_pixel(image):
    probability = np.full(image.shape[:2], 0.2)
    probability[4, 4] = 0.9
    return probability


@pytest.mark.parametrize("weight", [0.1, 0.6, 3.0])
@pytest.mark.parametrize("seed", range(3))
def test_no_labelling_has_less_energy(seed, weight):
    probability, image = random_case(3, 3, seed)
    answer = graph_cut(probability, image, weight)
    labellings = (np.reshape(bits, (3, 3)) for bits in itertools.product((False, True), repeat=9))
    least = min(labellings, key=lambda labelling: energy(labelling, probability, image, weight))
    np.testing.assert_array_equal(answer, least)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 3)])
def test_any_size_will_do(shape):
    probability, image = random_case(*shape, 0)
    assert graph_cut(probability, image, 1.0).shape == shape


def test_later_cuts_equal_first_ones():
    _, image = random_case(20, 30, 0)
    cut = GraphCut(image, 0.7)
    for seed in range(4):
        probability, _ = random_case(20, 30, seed)
        np.testing.assert_array_equal(cut(probability), graph_cut(probability, image, 0.7))


def test_without_weight_every_pixel_decides_for_itself():
    probability, image = random_case(20, 30, 1)
    np.testing.assert_array_equal(graph_cut(probability, image, 0), probability > 0.5)


def test_energy_is_not_above_the_thresholds():
    for seed in range(5):
        probability, image = random_case(20, 30, seed)
        answer = graph_cut(probability, image, 0.7)
        assert energy(answer, probability, image, 0.7) <= energy(probability > 0.5, probability, image, 0.7)


def test_the_energy_is_the_formulas():
    image = np.zeros((1, 3, 3), np.uint8)
    image[0, 2] = 30  # squared difference 2700; the mean over both pairs is 1350
    probability = np.array([[0.25, 0.5, 0.9]])
    blurred = np.array([[False, True, False]])
    expected = -np.log(0.75) - np.log(0.5) - np.log(0.1) + 2 * (1 + np.exp(-1))
    assert energy(blurred, probability, image, 2.0) == pytest.approx(expected)
    diagonal = np.eye(2, dtype=bool)  # four sides of length 1 differ, both diagonals agree
    flat = np.zeros((2, 2, 3), np.uint8)
    assert energy(diagonal, np.full((2, 2), 0.5), flat, 1.0) == pytest.approx(4 * np.log(2) + 4)
    corner = np.array([[True, False], [False, False]])  # two sides and a diagonal
    assert energy(corner, np.full((2, 2), 0.5), flat, 1.0) == pytest.approx(4 * np.log(2) + 2 + 0.5**0.5)


def test_smoothing_removes_single_pixels():
    image = np.full((9, 9, 3), 100, np.uint8)
    probability = with_a_wrong_pixel(image)
    assert graph_cut(probability, image, 0.1).sum() == 1
    assert not graph_cut(probability, image, 2.0).any()


def test_more_weight_makes_no_longer_borders():
    probability, _ = random_case(24, 24, 3)
    flat = np.zeros((24, 24, 3), np.uint8)
    half = np.full((24, 24), 0.5)
    lengths = [energy(graph_cut(probability, flat, weight), half, flat, 1.0) for weight in (0, 0.2, 0.5, 2)]
    assert lengths == sorted(lengths, reverse=True) and lengths[0] > lengths[-1]


def test_borders_move_to_the_photos_edges():
    image = np.zeros((12, 20, 3), np.uint8)
    image[:, 9:] = 200
    truth = np.zeros((12, 20), bool)
    truth[:, 9:] = True
    probability = np.full((12, 20), 0.5)
    probability[:, :4], probability[:, 16:] = 0.05, 0.95  # nothing is known between
    np.testing.assert_array_equal(graph_cut(probability, image, 1.0), truth)


def test_certainty_is_finite():
    image = np.zeros((4, 4, 3), np.uint8)
    probability = np.eye(4)
    np.testing.assert_array_equal(graph_cut(probability, image, 0.01), probability > 0.5)
    assert np.isfinite(energy(probability < 0.5, probability, image, 1.0))


def test_wrong_arguments_are_named():
    probability, image = random_case(4, 5, 0)
    with pytest.raises(ValueError, match=r"expected \(H, W\) and \(H, W, 3\), received \(4, 4\)"):
        graph_cut(probability[:, :4], image, 1.0)
    with pytest.raises(ValueError, match=r"image: expected \(H, W, 3\), received \(4, 5\)"):
        GraphCut(image[..., 0], 1.0)
    with pytest.raises(ValueError, match="weight: expected 0 or more"):
        graph_cut(probability, image, -1.0)


def test_without_pymaxflow_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "maxflow", None)
    with pytest.raises(BlurError, match=r"keras-blur\[graphcut\]"):
        graph_cut(*random_case(3, 3, 0), 1.0)
