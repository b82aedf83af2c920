"""Sharp, motion or defocus: figures from a confusion matrix, and the type of a photo's blur."""

from collections.abc import Sequence

import numpy as np

from keras_blur import labels

NUM_CLASSES = len(labels.CLASS_NAMES)


def confusion(answer: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Known pixels by truth (rows) and answer (columns).

    Args:
        answer: `(H, W)` ids 0, 1, 2.
        mask: `(H, W)` ids; void pixels are left out.

    Returns:
        `(3, 3)` int64.

    Raises:
        ValueError: the shapes differ, or an id is none of these.
    """
    answer, mask = np.asarray(answer), np.asarray(mask)
    if answer.shape != mask.shape:
        raise ValueError(f"answer, mask: expected the same shape, received {answer.shape} and {mask.shape}")
    known = mask != labels.VOID
    answer, mask = answer[known].astype(np.int64), mask[known].astype(np.int64)
    if max(answer.max(initial=0), mask.max(initial=0)) >= NUM_CLASSES:
        raise ValueError(f"answer, mask: expected ids below {NUM_CLASSES} or void in the mask")
    return np.bincount(NUM_CLASSES * mask + answer, minlength=NUM_CLASSES**2).reshape(
        NUM_CLASSES, NUM_CLASSES
    )


def scores(matrix: np.ndarray, names: Sequence[str] = labels.CLASS_NAMES) -> dict[str, float | None]:
    """BDNet's four figures and the IoU of every class, from a confusion matrix.

    Args:
        matrix: `(C, C)` pixels by truth (rows) and answer (columns).
        names: Those of the C classes; `labels.BINARY_NAMES` for sharp and blurred.

    With n_ij pixels of class i called j and t_i = sum_j n_ij (Long et al., CVPR 2015, section 5):
    `pixel_accuracy` = sum_i n_ii / sum_i t_i; `mean_accuracy` = mean_i n_ii / t_i;
    `iou_i` = n_ii / (t_i + sum_j n_ji - n_ii); `mean_iou` their mean; `frequency_weighted_iou` =
    sum_i t_i iou_i / sum_i t_i.

    A class that has neither truth nor answers has no IoU (None) and is left out of the mean; so is one
    without truth out of `mean_accuracy`. Without a known pixel all are None.
    """
    matrix = np.asarray(matrix, float)
    hits, truth, called = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    union = truth + called - hits
    with np.errstate(invalid="ignore"):
        iou, accuracy = hits / union, hits / truth
    total = truth.sum()
    figures = {
        "pixel_accuracy": hits.sum() / total if total else None,
        "mean_accuracy": accuracy[truth > 0].mean() if total else None,
        "mean_iou": iou[union > 0].mean() if total else None,
        "frequency_weighted_iou": (truth[union > 0] @ iou[union > 0]) / total if total else None,
    }
    for name, value, seen in zip(names, iou, union > 0, strict=True):
        figures[f"iou_{name}"] = value if seen else None
    return {name: None if value is None else float(value) for name, value in figures.items()}


def type_of_blur(blur_map: np.ndarray, mask: np.ndarray) -> str | None:
    """The type that a map gives to the pixels that are truly blurred.

    Only those count, so that finding the blur and naming it are judged apart.

    Args:
        blur_map: `(H, W, 3)` probabilities.
        mask: `(H, W)` ids.

    Returns:
        "motion" or "defocus", whichever has the larger sum of probability over the blurred pixels; None if
        no known pixel is blurred.
    """
    blurred = (mask != labels.SHARP) & (mask != labels.VOID)
    if not blurred.any():
        return None
    mass = blur_map[blurred].sum(axis=0, dtype=np.float64)
    return "motion" if mass[labels.MOTION] > mass[labels.DEFOCUS] else "defocus"
