"""The median of a map in windows, where pixels that look like the centre count more.

Zhang, Xu & Jia, "100+ times faster weighted median filter", CVPR 2014, whose joint histogram this is, made of
box filters instead of a sliding window.
"""

import cv2
import numpy as np

GREYS = 9  # bins of the guide
LEVELS = 33  # of the map


def weighted_median(values: np.ndarray, guide: np.ndarray, radius: int, sigma: float) -> np.ndarray:
    """Weighted medians, to within 1/32 of the map's range.

    Args:
        values: `(H, W)` float32, finite.
        guide: `(H, W)` float32 in 0..1.
        radius: Half the windows' side, in pixels.
        sigma: Standard deviation of the weight over the guide's difference.

    Returns:
        `(H, W)` float32: the least level at which half of the weight in the window is reached.
    """
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return values.copy()
    levels = np.rint((values - low) / (high - low) * (LEVELS - 1)).astype(np.uint8)
    greys = np.rint(np.clip(guide, 0, 1) * (GREYS - 1)).astype(np.uint8)
    centres = np.arange(GREYS) / (GREYS - 1)
    affinity = np.exp(-np.square(centres[:, None] - centres) / (2 * sigma**2)).astype(np.float32)
    side = (2 * radius + 1,) * 2
    weights = [affinity[grey][greys] for grey in range(GREYS)]  # of a window's pixels of that grey

    def reached(level: int) -> np.ndarray:
        """The weight of all pixels up to a level, in the window around every pixel."""
        sums = np.zeros(values.shape, np.float32)
        for grey, weight in enumerate(weights):
            members = ((greys == grey) & (levels <= level)).astype(np.float32)
            sums += weight * cv2.boxFilter(members, -1, side, normalize=False, borderType=cv2.BORDER_CONSTANT)
        return sums

    half = reached(LEVELS - 1) / 2
    median = np.zeros(values.shape, np.float32)
    for level in range(LEVELS - 1):
        median += reached(level) < half
    return low + median * np.float32((high - low) / (LEVELS - 1))
