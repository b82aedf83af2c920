"""What the defocus and saliency communities report: adaptive F, E-measure and S-measure, sharp positive.

Every map is stretched to 0..1 first, as these communities' evaluation code does; a constant map stays as it
is. Sources: Achanta et al., CVPR 2009 (the adaptive threshold, twice the map's mean, and beta^2 = 0.3); Fan
et al., ICCV 2017 (S-measure) and IJCAI 2018 (E-measure). Maps are P(sharp) and truth is where it is sharp.
"""

import numpy as np

from keras_blur.metrics import binary

OBJECT_SHARE = 0.5  # alpha of the S-measure
TINY = 1e-12  # keeps 0 / 0 from being undefined


def adaptive_counts(histograms: np.ndarray) -> binary.Counts:
    """Counts of pixels where those of at least twice a stretched map's mean are called positive.

    Args:
        histograms: `(N, 2, 256)`, the positive class in row 1.

    Returns:
        Counts of shape `(N,)`. A threshold above 1 is 1.
    """
    histograms = np.asarray(histograms)
    levels = _stretched_levels(histograms)
    pixels = np.maximum(histograms.sum((-1, -2)), 1)
    mean = (histograms.sum(-2) * levels).sum(-1) / pixels
    called = levels >= np.asarray(np.minimum(2 * mean, 1))[:, None]
    positive = (histograms * called[:, None]).sum(-1)
    negative = histograms.sum(-1) - positive
    return binary.Counts(positive[:, 1], positive[:, 0], negative[:, 1], negative[:, 0])


def _stretched_levels(histograms: np.ndarray) -> np.ndarray:
    """What the levels of every map become when it is stretched to 0..1: `(N, 256)`."""
    used = np.asarray(histograms.any(axis=-2))
    low = used.argmax(axis=-1)
    high = binary.LEVELS - 1 - used[:, ::-1].argmax(axis=-1)
    constant = low >= high
    low, high = np.where(constant, 0, low), np.where(constant, binary.LEVELS - 1, high)
    return (np.arange(binary.LEVELS) - low[:, None]) / (high - low)[:, None]


def e_measure(counts: binary.Counts) -> np.ndarray:
    """Mean of the enhanced alignment of binary maps with their truth, `(N,)` floats from 0 to 1.

    The alignment of a pixel compares how far map and truth lie from their means there. Where all of the
    truth is of one class, it is the share of pixels that are called so.
    """
    parts = (counts.true_positive, counts.false_positive, counts.false_negative, counts.true_negative)
    tp, fp, fn, tn = (np.asarray(part, float) for part in parts)
    pixels = np.maximum(tp + fp + fn + tn, 1)
    called, true = (tp + fp) / pixels, (tp + fn) / pixels
    total = np.zeros_like(pixels)
    for number, answer, truth in ((tp, 1, 1), (fp, 1, 0), (fn, 0, 1), (tn, 0, 0)):
        a, b = answer - called, truth - true
        alignment = 2 * a * b / (a * a + b * b + TINY)
        total += number * (1 + alignment) ** 2 / 4
    plain = np.where(true == 1, called, 1 - called)
    return np.where((true == 0) | (true == 1), plain, total / pixels)


def summary(histograms: np.ndarray) -> binary.Figures:
    """F-beta and E-measure at the adaptive threshold, means over photos.

    Args:
        histograms: `(N, 2, 256)`, the positive class in row 1.

    Returns:
        "f_beta_adaptive" and "e_measure", floats from 0 to 1.
    """
    counts = adaptive_counts(histograms)
    return {
        "f_beta_adaptive": float(binary.scores(counts)["f_beta"].mean()),
        "e_measure": float(e_measure(counts).mean()),
    }


def s_measure(probability: np.ndarray, truth: np.ndarray) -> float:
    """How alike the structures of a map and its truth are, from 0 to 1.

    Half of it compares the two classes, half the four parts around the centre of the true pixels.

    Args:
        probability: `(H, W)` floats from 0 to 1.
        truth: `(H, W)` bool.
    """
    probability = np.asarray(probability, float)
    if np.ptp(probability) > 0:
        probability = (probability - probability.min()) / np.ptp(probability)
    share = float(truth.mean())
    if share in (0.0, 1.0):
        mean = float(probability.mean())
        return mean if share else 1 - mean
    classes = share * _object(probability[truth]) + (1 - share) * _object(1 - probability[~truth])
    structure = OBJECT_SHARE * classes + (1 - OBJECT_SHARE) * _regions(probability, truth)
    return max(0.0, structure)


def _object(values: np.ndarray) -> float:
    """How near to 1, and how even, the values of one class are."""
    mean = values.mean()
    deviation = values.std(ddof=1) if values.size > 1 else 0.0
    return float(2 * mean / (mean * mean + 1 + deviation + TINY))


def _regions(probability: np.ndarray, truth: np.ndarray) -> float:
    """Similarity of the four parts around the truth's centre, weighted by their areas."""
    rows, columns = np.nonzero(truth)
    row, column = round(float(rows.mean())) + 1, round(float(columns.mean())) + 1
    total = 0.0
    for part in (np.s_[:row, :column], np.s_[:row, column:], np.s_[row:, :column], np.s_[row:, column:]):
        if truth[part].size:
            total += truth[part].size / truth.size * _similarity(probability[part], truth[part].astype(float))
    return total


def _similarity(x: np.ndarray, y: np.ndarray) -> float:
    """Structural similarity of two pictures `(h, w)` as wholes."""
    freedom = max(x.size - 1, 1)
    dx, dy = x - x.mean(), y - y.mean()
    above = 4 * x.mean() * y.mean() * (dx * dy).sum() / freedom
    below = (x.mean() ** 2 + y.mean() ** 2) * ((dx * dx).sum() + (dy * dy).sum()) / freedom
    if above != 0:
        return float(above / (below + TINY))
    return 1.0 if below == 0 else 0.0
