"""Three-class figures against values derived by hand."""

import numpy as np
import pytest

from keras_blur.labels import BINARY_NAMES, DEFOCUS, MOTION, SHARP, VOID
from keras_blur.metrics import binary, three_class

# Truth: 4 sharp (3 right, 1 called motion), 4 motion (2 right, 2 called defocus), 2 defocus (both right).
TRUTH = np.array([[0, 0, 0, 0, 1, 1, 1, 1, 2, 2, VOID, VOID]], "uint8")
ANSWER = np.array([[0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 0, 1]], "uint8")
MATRIX = [[3, 1, 0], [0, 2, 2], [0, 0, 2]]


def test_confusion():
    assert three_class.confusion(ANSWER, TRUTH).tolist() == MATRIX


def test_scores():
    # IoU: sharp 3 / (4 + 3 - 3), motion 2 / (4 + 3 - 2), defocus 2 / (2 + 4 - 2).
    figures = three_class.scores(np.array(MATRIX))
    assert figures["iou_sharp"] == pytest.approx(3 / 4)
    assert figures["iou_motion"] == pytest.approx(2 / 5)
    assert figures["iou_defocus"] == pytest.approx(1 / 2)
    assert figures["mean_iou"] == pytest.approx((3 / 4 + 2 / 5 + 1 / 2) / 3)
    assert figures["pixel_accuracy"] == pytest.approx(7 / 10)
    assert figures["mean_accuracy"] == pytest.approx((3 / 4 + 2 / 4 + 1) / 3)
    assert figures["frequency_weighted_iou"] == pytest.approx(0.4 * 3 / 4 + 0.4 * 2 / 5 + 0.2 / 2)


def test_perfect_and_worst():
    assert set(three_class.scores(np.diag([5, 7, 1])).values()) == {1.0}
    assert set(three_class.scores(np.roll(np.diag([5, 7, 1]), 1, axis=1)).values()) == {0.0}


def test_a_class_that_is_nowhere_has_no_iou():
    figures = three_class.scores(np.array([[3, 0, 1], [0, 0, 0], [0, 0, 4]]))
    assert figures["iou_motion"] is None
    assert figures["mean_iou"] == pytest.approx((3 / 4 + 4 / 5) / 2)
    assert figures["mean_accuracy"] == pytest.approx((3 / 4 + 1) / 2)


def test_a_class_that_is_only_called_has_iou_zero():
    figures = three_class.scores(np.array([[3, 1, 0], [0, 0, 0], [0, 0, 4]]))
    assert figures["iou_motion"] == 0
    assert figures["mean_accuracy"] == pytest.approx((3 / 4 + 1) / 2)  # motion has no truth to be found


def test_nothing_known():
    assert set(three_class.scores(np.zeros((3, 3))).values()) == {None}


def test_type_of_blur_weighs_the_blurred_pixels_only():
    mask = np.array([[SHARP, MOTION, DEFOCUS, VOID]], "uint8")
    blur_map = np.array([[[0, 0, 1], [0.2, 0.7, 0.1], [0.5, 0.1, 0.4], [0, 0, 1]]], "float32")
    assert three_class.type_of_blur(blur_map, mask) == "motion"  # 0.8 of motion against 0.5 of defocus
    mask[0, 0] = DEFOCUS
    assert three_class.type_of_blur(blur_map, mask) == "defocus"
    assert three_class.type_of_blur(blur_map, np.zeros_like(mask)) is None


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="same shape"):
        three_class.confusion(ANSWER[:, :3], TRUTH)
    with pytest.raises(ValueError, match="ids below 3"):
        three_class.confusion(np.full_like(ANSWER, 3), TRUTH)


def literal_figures(answer, truth, classes):
    """Long et al., section 5, pixel by pixel."""
    pixels = [(t, a) for t, a in zip(truth.ravel(), answer.ravel(), strict=True) if t != VOID]
    n = {(i, j): sum(p == (i, j) for p in pixels) for i in range(classes) for j in range(classes)}
    t = [sum(n[i, j] for j in range(classes)) for i in range(classes)]
    iou = [n[i, i] / (t[i] + sum(n[j, i] for j in range(classes)) - n[i, i]) for i in range(classes)]
    return {
        "pixel_accuracy": sum(n[i, i] for i in range(classes)) / sum(t),
        "mean_accuracy": sum(n[i, i] / t[i] for i in range(classes)) / classes,
        "mean_iou": sum(iou) / classes,
        "frequency_weighted_iou": sum(t[i] * iou[i] for i in range(classes)) / sum(t),
    }


@pytest.mark.parametrize("seed", range(3))
def test_scores_are_those_of_the_definition(seed):
    rng = np.random.default_rng(seed)
    truth = rng.choice(np.array([0, 1, 2, VOID], "uint8"), (9, 11), p=(0.5, 0.3, 0.1, 0.1))
    answer = rng.integers(0, 3, truth.shape).astype("uint8")
    figures = three_class.scores(three_class.confusion(answer, truth))
    for name, value in literal_figures(answer, truth, 3).items():
        assert figures[name] == pytest.approx(value)


def test_two_classes_from_a_histogram_are_those_of_the_definition():
    rng = np.random.default_rng(0)
    truth = rng.choice(np.array([0, 1, 2, VOID], "uint8"), (9, 11))
    blurred = rng.random(truth.shape)
    matrix = binary.confusion(binary.histogram(blurred, truth), 0.3)
    figures = three_class.scores(matrix, BINARY_NAMES)
    merged = np.where(truth == VOID, VOID, truth > 0)
    for name, value in literal_figures(blurred > 0.3, merged, 2).items():
        assert figures[name] == pytest.approx(value)
    assert {"iou_sharp", "iou_blurred"} < figures.keys()
