"""Blurred or sharp: everything that the field reports, from one small histogram per photo.

A photo's *histogram* is `(2, 256)` int64: its known pixels by truth (row 0 sharp, row 1 blurred) and by
P(blurred) in 256 levels. All figures follow from it, exactly for 8-bit maps and to 1/510 of probability
for others, so a whole data set is scored in one pass and bounded memory. Functions take one histogram
or a stack `(N, 2, 256)`.

Conventions, where papers differ:
    Averaging: "mean" averages a figure over photos, each photo counting the same (the field's usual one,
        and the primary one here); "pooled" counts all pixels of all photos together.
    Sizes: maps are resized bilinearly to the mask's size, then thresholded at 0.5. Measured by us, the maps
        that Kim et al. (CGF 2018) published so have accuracy 0.884, F1 0.858 and mIoU 0.764, as means over
        100 photos. Some of them are cut to a multiple of 16. Compared with the mask's upper left part alone
        they have 0.890, 0.864 and 0.779 (pooled: 0.886, 0.906, 0.787). We resize: so a user meets such a map.
    Undefined ratios (0 / 0): recall is 1 where there is nothing to find; all others are 1 where moreover
        nothing was found, else 0. So a photo without a blurred pixel has F1 and IoU of blurred 1 if none
        is called blurred and 0 otherwise, and precision is 0 where nothing is called blurred though
        something is.
    Curve: at threshold t = 0 ... 255, the pixels of level t or more are called positive; t = 0 calls all.
        The mean curve is that of the photos with a pixel of the positive class; at each threshold
        precision is averaged over those of them where something is called positive.
"""

import dataclasses

import numpy as np

from keras_blur import labels

LEVELS = 256
BETA_SQUARED = 0.3  # of F-beta: the saliency and defocus communities' weight of recall against precision
Figures = dict[str, float | None]
POSITIVES = ("blurred", "sharp")
CURVE_FIGURES = ("average_precision", "ods_", "ois_")  # how the names of figures of the curve begin


def histogram(probability: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The histogram of one photo.

    Args:
        probability: `(H, W)` floats in [0, 1], P(blurred); or uint8, 255 = certainly blurred.
        mask: `(H, W)` uint8 ids; void pixels are left out.

    Returns:
        `(2, 256)` int64. Floats go to the nearest level; half-way ones to the lower, so that a
        probability of exactly 0.5 does not exceed 0.5.

    Raises:
        ValueError: the shapes differ, or a probability is not finite.
    """
    probability, mask = np.asarray(probability), np.asarray(mask)
    if probability.shape != mask.shape or mask.ndim != 2:
        raise ValueError(
            f"probability, mask: expected one shape (H, W), received {probability.shape} and {mask.shape}"
        )
    if not np.isfinite(probability).all():
        raise ValueError("probability: expected finite values, received NaN or infinity")
    if probability.dtype == np.uint8:
        level = probability.astype(np.int64)
    else:
        level = np.ceil(np.clip(probability, 0, 1) * (LEVELS - 1) - 0.5).astype(np.int64)
    known = mask != labels.VOID
    index = level[known] + LEVELS * (mask[known] != labels.SHARP)
    return np.bincount(index, minlength=2 * LEVELS).reshape(2, LEVELS)


def with_sharp_positive(histograms: np.ndarray) -> np.ndarray:
    """Swaps blurred and sharp, as the defocus community counts: sharp is positive, levels are P(sharp)."""
    return np.asarray(histograms)[..., ::-1, ::-1]


@dataclasses.dataclass(frozen=True)
class Counts:
    """Pixels by truth and answer; each field an integer or an array of them."""

    true_positive: np.ndarray
    false_positive: np.ndarray
    false_negative: np.ndarray
    true_negative: np.ndarray


def counts(histograms: np.ndarray, threshold: float = 0.5, positive: str = "blurred") -> Counts:
    """Counts `(...)` where a pixel is called blurred if its P(blurred) exceeds `threshold`.

    Raises:
        ValueError: `positive` is not in `POSITIVES`.
    """
    if positive not in POSITIVES:
        raise ValueError(f"positive: expected one of {POSITIVES}, received {positive!r}")
    histograms = np.asarray(histograms)
    called = np.arange(LEVELS) > threshold * (LEVELS - 1)
    blurred = histograms[..., called].sum(-1)
    sharp = histograms[..., ~called].sum(-1)
    if positive == "sharp":
        return Counts(sharp[..., 0], sharp[..., 1], blurred[..., 0], blurred[..., 1])
    return Counts(blurred[..., 1], blurred[..., 0], sharp[..., 1], sharp[..., 0])


def confusion(histograms: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    """Pixels by truth (rows) and answer (columns), `(..., 2, 2)`, sharp first: for `three_class.scores`."""
    c = counts(histograms, threshold)
    rows = [[c.true_negative, c.false_positive], [c.false_negative, c.true_positive]]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def scores(c: Counts) -> dict[str, np.ndarray]:
    """Accuracy, precision, recall, F1, F-beta and IoU of counts: floats in [0, 1], shaped as the counts.

    `iou` is that of the positive class, `iou_negative` of the other, `miou` their mean.
    """
    tp, fp, fn, tn = (np.asarray(x, float) for x in dataclasses.astuple(c))
    nothing = (tp + fp + fn) == 0
    iou = _ratio(tp, tp + fp + fn, nothing)
    iou_negative = _ratio(tn, tn + fp + fn, (tn + fp + fn) == 0)
    return {
        "accuracy": _ratio(tp + tn, tp + fp + fn + tn, nothing),
        "precision": _ratio(tp, tp + fp, nothing),
        "recall": _ratio(tp, tp + fn, True),
        "f1": _f(tp, fp, fn, 1.0),
        "f_beta": _f(tp, fp, fn, BETA_SQUARED),
        "iou": iou,
        "iou_negative": iou_negative,
        "miou": (iou + iou_negative) / 2,
    }


def mean_absolute_error(histograms: np.ndarray) -> np.ndarray:
    """Mean of |P(blurred) - truth| over known pixels, `(...)` floats in [0, 1]; 0 where none is known."""
    histograms = np.asarray(histograms)
    blurred = np.arange(LEVELS) / (LEVELS - 1)
    error = histograms[..., 0, :] @ blurred + histograms[..., 1, :] @ (1 - blurred)
    return error / np.maximum(histograms.sum((-1, -2)), 1)


@dataclasses.dataclass(frozen=True)
class Curve:
    """Precision and recall at the thresholds 0 ... 255, `(..., 256)` each."""

    precision: np.ndarray
    recall: np.ndarray

    def f(self, beta_squared: float = 1.0) -> np.ndarray:
        """F-measure at every threshold, `(..., 256)`; 0 where precision and recall are."""
        weighted = beta_squared * self.precision + self.recall
        return (1 + beta_squared) * self.precision * self.recall / np.where(weighted > 0, weighted, 1)

    def average_precision(self) -> np.ndarray:
        """Area under the curve, `(...)`: each step of recall times the precision that it is reached with."""
        steps = -np.diff(self.recall, append=0.0, axis=-1)
        return np.sum(steps * self.precision, axis=-1)


def curve(histograms: np.ndarray) -> Curve:
    """The precision-recall curve of every histogram."""
    tp, fp, fn = _counts_at_every_threshold(histograms)
    return Curve(_ratio(tp, tp + fp, tp + fp + fn == 0), _ratio(tp, tp + fn, True))


def mean_curve(histograms: np.ndarray) -> Curve | None:
    """Precision and recall of `(N, 2, 256)` histograms, each averaged over photos at every threshold.

    None if no photo has a pixel of the positive class.
    """
    histograms = _with_positives(histograms)
    if not len(histograms):
        return None
    tp, fp, _ = _counts_at_every_threshold(histograms)
    answers = np.count_nonzero(tp + fp, axis=0)
    each = curve(histograms)
    return Curve(each.precision.sum(axis=0) / np.maximum(answers, 1), each.recall.mean(axis=0))


def pooled_curve(histograms: np.ndarray) -> Curve | None:
    """Precision and recall of all pixels of `(N, 2, 256)` histograms together; None if none is positive."""
    pool = np.sum(histograms, axis=0)
    return curve(pool) if pool[1].any() else None


def _with_positives(histograms: np.ndarray) -> np.ndarray:
    """The photos that have a pixel of the positive class: only these have a curve."""
    histograms = np.asarray(histograms)
    return histograms[histograms[:, 1].any(axis=-1)]


def summary(histograms: np.ndarray, threshold: float = 0.5, positive: str = "blurred") -> dict[str, Figures]:
    """All figures of a set of photos.

    Args:
        histograms: `(N, 2, 256)`, N at least 1.
        threshold: P(blurred) above which a pixel is called blurred.
        positive: The class that precision, recall, F and the curve are about.

    Returns:
        "mean" (over photos with a known pixel) and "pooled" (over pixels), each a dict of floats: those of
        `scores`, with `iou_blurred` and `iou_sharp` by name, `mae`, and from the curve `average_precision`,
        `ods_f1` and `ods_f_beta` (best threshold for the whole set) and `ois_f1` and `ois_f_beta` (best
        threshold for each photo, averaged; in "mean" only). Figures of the curve are None if no photo
        has a pixel of the positive class.
    """
    histograms = np.asarray(histograms)
    known = histograms.any(axis=(-2, -1))
    histograms = histograms[known] if known.any() else histograms
    pool = histograms.sum(axis=0)
    ranked = with_sharp_positive(histograms) if positive == "sharp" else histograms
    mean = _named(counts(histograms, threshold, positive), positive)
    mean["mae"] = float(mean_absolute_error(histograms).mean())
    mean.update(_curve_figures(mean_curve(ranked)))
    pooled = _named(counts(pool, threshold, positive), positive)
    pooled["mae"] = float(mean_absolute_error(pool))
    pooled.update(_curve_figures(pooled_curve(ranked)))
    each = curve(_with_positives(ranked))
    for name, beta_squared in (("ois_f1", 1.0), ("ois_f_beta", BETA_SQUARED)):
        mean[name] = float(each.f(beta_squared).max(axis=-1).mean()) if len(each.recall) else None
    return {"mean": mean, "pooled": pooled}


def _named(c: Counts, positive: str) -> Figures:
    """Means of `scores`, with both IoU by the names of their classes."""
    figures: Figures = {name: float(np.mean(values)) for name, values in scores(c).items()}
    names = ("iou_blurred", "iou_sharp") if positive == "blurred" else ("iou_sharp", "iou_blurred")
    for name, old in zip(names, ("iou", "iou_negative"), strict=True):
        figures[name] = figures.pop(old)
    return figures


def _curve_figures(c: Curve | None) -> Figures:
    return {
        "average_precision": None if c is None else float(c.average_precision()),
        "ods_f1": None if c is None else float(c.f().max()),
        "ods_f_beta": None if c is None else float(c.f(BETA_SQUARED).max()),
    }


def _counts_at_every_threshold(histograms):
    """True positives, false positives and false negatives, `(..., 256)` each."""
    at_least = np.cumsum(np.asarray(histograms)[..., ::-1], axis=-1, dtype=float)[..., ::-1]
    fp, tp = at_least[..., 0, :], at_least[..., 1, :]
    return tp, fp, tp[..., :1] - tp


def _f(tp, fp, fn, beta_squared):
    hits = (1 + beta_squared) * tp
    return _ratio(hits, hits + beta_squared * fn + fp, (tp + fp + fn) == 0)


def _ratio(part, whole, nothing):
    """`part / whole`; where `whole` is 0, 1 where there was `nothing` to find or found, else 0."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1), np.where(nothing, 1.0, 0.0))
