"""Figures of binary blur maps against values derived by hand."""

import subprocess
import sys

import numpy as np
import pytest

from keras_blur.labels import DEFOCUS, MOTION, SHARP, VOID
from keras_blur.metrics import binary

# Blurred pixels (2 motion, 2 defocus) at levels 250, 200, 100, 20; sharp ones at 220, 50, 10, 0, 0, 0.
LEVELS = np.array([[250, 200, 100, 20, 220, 50, 10, 0, 0, 0, 255]], "uint8")
MASK = np.array([[MOTION, MOTION, DEFOCUS, DEFOCUS, 0, 0, 0, 0, 0, 0, VOID]], "uint8")
# At 0.5: tp = 2 (250, 200), fp = 1 (220), fn = 2, tn = 5.


@pytest.fixture
def photo():
    return binary.histogram(LEVELS, MASK)


def single(level, truth, size=4):
    """A photo of one level and one truth."""
    return binary.histogram(np.full((1, size), level, "uint8"), np.full((1, size), truth, "uint8"))


def test_histogram_counts_known_pixels(photo):
    assert photo.shape == (2, 256) and photo.sum() == 10
    assert photo[1].nonzero()[0].tolist() == [20, 100, 200, 250]
    assert photo[0].nonzero()[0].tolist() == [0, 10, 50, 220] and photo[0, 0] == 3


def test_histogram_of_floats_equals_that_of_their_levels(photo):
    np.testing.assert_array_equal(binary.histogram(LEVELS / np.float32(255), MASK), photo)


def test_a_probability_of_one_half_does_not_exceed_one_half():
    probability = np.array([[0.5, np.nextafter(np.float32(0.5), np.float32(1))]], "float32")
    found = binary.counts(binary.histogram(probability, np.ones((1, 2), "uint8")))
    assert (found.true_positive, found.false_negative) == (1, 1)


def test_scores_at_one_half(photo):
    figures = binary.scores(binary.counts(photo))
    assert figures["accuracy"] == pytest.approx(7 / 10)
    assert figures["precision"] == pytest.approx(2 / 3)
    assert figures["recall"] == pytest.approx(2 / 4)
    assert figures["f1"] == pytest.approx(4 / 7)  # 2 tp / (2 tp + fp + fn) = 4 / (4 + 1 + 2)
    assert figures["f_beta"] == pytest.approx(2.6 / 4.2)  # 1.3 * 2 / (1.3 * 2 + 0.3 * 2 + 1)
    assert figures["iou"] == pytest.approx(2 / 5)
    assert figures["iou_negative"] == pytest.approx(5 / 8)
    assert figures["miou"] == pytest.approx((2 / 5 + 5 / 8) / 2)


def test_threshold_moves_the_counts(photo):
    # Above 0.3 * 255 = 76.5 also the blurred 100: tp = 3.
    assert binary.counts(photo, 0.3).true_positive == 3
    assert binary.counts(photo, 0.9).true_positive == 1


def test_sharp_positive_swaps_the_counts(photo):
    found = binary.counts(photo, positive="sharp")
    assert (found.true_positive, found.false_positive, found.false_negative, found.true_negative) == (
        5,
        2,
        1,
        2,
    )
    figures = binary.summary(photo[None], positive="sharp")["mean"]
    assert figures["f1"] == pytest.approx(10 / 13)
    assert figures["iou_sharp"] == pytest.approx(5 / 8) and figures["iou_blurred"] == pytest.approx(2 / 5)


def test_sharp_positive_curve_agrees_with_its_counts(photo):
    # P(sharp) >= 128/255 is P(blurred) <= 127/255, the complement of "exceeds 0.5".
    curve = binary.curve(binary.with_sharp_positive(photo))
    assert curve.precision[128] == pytest.approx(5 / 7) and curve.recall[128] == pytest.approx(5 / 6)


def test_mean_absolute_error(photo):
    # Blurred miss 5 + 55 + 155 + 235 = 450, sharp 220 + 50 + 10 = 280: 730 levels over 10 pixels.
    assert binary.mean_absolute_error(photo) == pytest.approx(730 / 255 / 10)


def test_curve(photo):
    curve = binary.curve(photo)
    assert (curve.precision[0], curve.recall[0]) == (pytest.approx(0.4), 1)  # everything is called blurred
    assert (curve.precision[100], curve.recall[100]) == (pytest.approx(3 / 4), pytest.approx(3 / 4))
    assert (curve.precision[101], curve.recall[101]) == (pytest.approx(2 / 3), pytest.approx(2 / 4))
    assert (curve.precision[255], curve.recall[255]) == (0, 0)
    assert np.all(np.diff(curve.recall) <= 0)


def test_average_precision(photo):
    # By falling level: 250 b, 220 s, 200 b, 100 b, 50 s, 20 b: precision 1, 2/3, 3/4, 4/6 at the four hits.
    expected = (1 + 2 / 3 + 3 / 4 + 4 / 6) / 4
    assert binary.curve(photo).average_precision() == pytest.approx(expected)


def test_average_precision_equals_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, (20, 30)).astype("uint8")
    level = np.clip(rng.normal(100 + 60 * truth, 60), 0, 255).astype("uint8")
    expected = metrics.average_precision_score(truth.ravel(), level.ravel())
    assert binary.curve(binary.histogram(level, truth)).average_precision() == pytest.approx(expected)


def test_means_and_pooled():
    # A small right photo and one three times as large that is wrong: accuracy 1/2 per photo, 1/4 pooled.
    right, wrong = single(255, MOTION, 4), single(0, MOTION, 12)
    found = binary.summary(np.stack([right, wrong]))
    assert found["mean"]["accuracy"] == 0.5 and found["pooled"]["accuracy"] == 0.25
    assert found["mean"]["mae"] == 0.5 and found["pooled"]["mae"] == 0.75


def test_photos_without_a_known_pixel_have_no_part_in_the_means():
    wrong = binary.histogram(LEVELS, MASK)[::-1]
    assert binary.summary(np.stack([wrong, single(0, VOID)])) == binary.summary(wrong[None])


def test_ois_chooses_a_threshold_per_photo_and_ods_one_for_all():
    # Photo A separates at level 200 (blurred 200, sharp 150), photo B at 100 (blurred 100, sharp 50).
    # Each alone: F1 = 1. One threshold: at t <= 50 all: P = 1/2, R = 1, F = 2/3; 51-100: P = (1/2 + 1)/2,
    # R = 1: F = 6/7; 151-200: P = 1 (of A; B calls nothing), R = 1/2: F = 2/3. The best is 6/7.
    def pair(blurred, sharp):
        return binary.histogram(np.array([[blurred, sharp]], "uint8"), np.array([[1, 0]], "uint8"))

    photos = np.stack([pair(200, 150), pair(100, 50)])
    assert binary.mean_curve(photos).f()[[0, 75, 175]] == pytest.approx([2 / 3, 6 / 7, 2 / 3])
    found = binary.summary(photos)
    assert found["mean"]["ois_f1"] == pytest.approx(1)
    assert found["mean"]["ods_f1"] == pytest.approx(6 / 7)
    assert found["pooled"]["ods_f1"] == pytest.approx(4 / 5)  # at 51-100: tp = 2, fp = 1, fn = 0


@pytest.mark.parametrize("positive", binary.POSITIVES)
def test_perfect_and_worst(positive):
    mask = np.array([[MOTION, DEFOCUS, SHARP, SHARP, VOID]], "uint8")
    perfect = binary.histogram(np.array([[255, 255, 0, 0, 0]], "uint8"), mask)
    worst = binary.histogram(np.array([[0, 0, 255, 255, 0]], "uint8"), mask)
    best, least = (binary.summary(h[None], positive=positive) for h in (perfect, worst))
    for average in ("mean", "pooled"):
        assert best[average].pop("mae") == 0 and least[average].pop("mae") == 1
        assert all(value == 1 for value in best[average].values())
        fixed = {n: v for n, v in least[average].items() if not n.startswith(("ods", "ois", "average"))}
        assert all(value == 0 for value in fixed.values())


def test_a_photo_without_blur():
    found, clean = (binary.scores(binary.counts(single(level, SHARP))) for level in (255, 0))
    assert clean["f1"] == clean["iou"] == clean["precision"] == clean["recall"] == clean["accuracy"] == 1
    assert found["f1"] == found["iou"] == found["precision"] == 0
    assert found["iou_negative"] == 0 and clean["iou_negative"] == 1


def test_a_photo_without_sharpness_all_called_blurred():
    figures = binary.scores(binary.counts(single(255, DEFOCUS)))
    assert figures["miou"] == figures["iou_negative"] == figures["accuracy"] == 1


def test_nothing_called_blurred_though_something_is():
    figures = binary.scores(binary.counts(single(0, MOTION)))
    assert figures["precision"] == figures["recall"] == figures["f1"] == figures["miou"] == 0


@pytest.mark.parametrize("truth", [VOID, SHARP])
def test_without_a_positive_pixel_there_is_no_curve(truth):
    found = binary.summary(single(200, truth)[None])
    for figures in found.values():
        curve = {name: figures.pop(name) for name in list(figures) if name.startswith(binary.CURVE_FIGURES)}
        assert set(curve.values()) == {None} and len(curve) >= 3
        assert all(np.isfinite(value) for value in figures.values())


def test_bad_arguments_are_named(photo):
    with pytest.raises(ValueError, match="one shape"):
        binary.histogram(np.zeros((2, 3)), np.zeros((3, 2), "uint8"))
    with pytest.raises(ValueError, match="probability: expected finite values"):
        binary.histogram(np.full((2, 3), np.nan), np.zeros((2, 3), "uint8"))
    with pytest.raises(ValueError, match="positive"):
        binary.counts(photo, positive="blurry")


def test_importing_the_numpy_half_loads_no_keras():
    code = "import sys; from keras_blur.metrics import binary, three_class; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_photos_without_a_positive_pixel_have_no_part_in_the_mean_curve():
    blurred = binary.histogram(np.array([[200, 150]], "uint8"), np.array([[1, 0]], "uint8"))
    alone, beside = (binary.mean_curve(np.stack(h)) for h in ([blurred], [blurred, single(255, SHARP)]))
    np.testing.assert_array_equal(alone.precision, beside.precision)
    np.testing.assert_array_equal(alone.recall, beside.recall)
