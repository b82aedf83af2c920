"""How well the borders between sharp and blurred are met: the boundary F-measure.

Source: Perazzi et al., "A benchmark dataset and evaluation methodology for video object segmentation",
CVPR 2016, section 4, after Martin et al., PAMI 2004.
"""

import cv2
import numpy as np

TOLERANCE = 0.008  # of the picture's diagonal: how far a border may be off, as in the source


def boundary_f(called: np.ndarray, truth: np.ndarray, known: np.ndarray | None = None) -> float | None:
    """Returns the boundary F-measure of a photo, from 0 to 1; None if its truth has no border.

    Precision is the share of called border pixels that have a true one within the tolerance; recall is the
    reverse; F is their harmonic mean. If nothing is called a border, F is 0.

    Args:
        called: `(H, W)` bool, where the photo is called blurred.
        truth: `(H, W)` bool, where it is.
        known: `(H, W)` bool; borders that touch other pixels don't count. None = all are known.
    """
    known = np.ones(truth.shape, bool) if known is None else known
    found, true = _borders(called, known), _borders(truth, known)
    if not true.any():
        return None
    if not found.any():
        return 0.0
    reach = max(1.0, np.ceil(TOLERANCE * np.hypot(*truth.shape)))
    precision = float((_distances(true)[found] <= reach).mean())
    recall = float((_distances(found)[true] <= reach).mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _borders(mask: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The pixels whose right or lower neighbour is of the other class."""
    borders = np.zeros(mask.shape, bool)
    borders[:, :-1] |= (mask[:, 1:] != mask[:, :-1]) & known[:, 1:] & known[:, :-1]
    borders[:-1] |= (mask[1:] != mask[:-1]) & known[1:] & known[:-1]
    return borders


def _distances(borders: np.ndarray) -> np.ndarray:
    """How far every pixel is from the nearest border, in pixels."""
    return cv2.distanceTransform((~borders).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
