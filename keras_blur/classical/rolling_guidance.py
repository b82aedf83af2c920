"""The rolling guidance filter: takes small structures away and keeps the edges of large ones.

Zhang, Shen, Xu & Jia, "Rolling guidance filter", ECCV 2014, section 3.
"""

import cv2
import numpy as np


def rolling_guidance(
    image: np.ndarray, sigma_space: float = 1.5, sigma_range: float = 0.1, iterations: int = 3
) -> np.ndarray:
    """A Gaussian filter, then joint bilateral filters of the photo, each guided by the last result.

    Args:
        image: `(H, W)` or `(H, W, C)` float32 in 0..1.
        sigma_space: Size in pixels of the structures that vanish.
        sigma_range: Difference of the guide, 0 to 1, beyond which pixels are not mixed.
        iterations: The Gaussian filter is the first.

    Returns:
        float32 of the same shape, between the photo's least and greatest value.
    """
    result = cv2.GaussianBlur(image, (0, 0), sigma_space, borderType=cv2.BORDER_REFLECT_101)
    for _ in range(iterations - 1):
        result = joint_bilateral(image, result.reshape(image.shape), sigma_space, sigma_range)
    return result.reshape(image.shape)


def joint_bilateral(
    values: np.ndarray, guide: np.ndarray, sigma_space: float, sigma_range: float
) -> np.ndarray:
    """Means of the pixels around each one, weighted by their distance and the guide's difference.

    Args:
        values: `(H, W)` or `(H, W, C)` float32.
        guide: `(H, W)` or `(H, W, C')` float32.
        sigma_space: Standard deviation of the weight over distance, in pixels; windows reach twice as far.
        sigma_range: Standard deviation of the weight over the guide's difference, in its units.

    Returns:
        float32 like `values`. Pixels outside the picture have no weight.
    """
    radius = int(np.ceil(2 * sigma_space))
    # Planes first: sums over a last axis of three are slow.
    planes, guides = (
        np.ascontiguousarray(np.moveaxis(np.atleast_3d(part), -1, 0)) for part in (values, guide)
    )
    height, width = planes.shape[1:]
    total, weights = planes.copy(), np.ones((height, width), np.float32)
    for down in range(radius + 1):
        for right in range(-radius, radius + 1):
            if (down, right) <= (0, 0):
                continue  # of each pair of opposite offsets one is enough
            here, there = _overlap((height, width), down, right)
            exponent = np.square(guides[:, *here] - guides[:, *there]).sum(axis=0)
            exponent /= -2 * sigma_range**2
            exponent -= (down**2 + right**2) / (2 * sigma_space**2)
            weight = np.exp(exponent, out=exponent)
            for one, other in ((here, there), (there, here)):
                total[:, *one] += weight * planes[:, *other]
                weights[one] += weight
    return np.moveaxis(total / weights, 0, -1).reshape(values.shape)


def _overlap(shape: tuple[int, int], down: int, right: int) -> tuple[tuple, tuple]:
    """Slices of the pixels that have a neighbour at an offset, and of those neighbours."""
    height, width = shape
    leftwards, rightwards = max(0, -right), max(0, right)
    here = np.s_[: max(0, height - down), leftwards : max(0, width - rightwards)]
    there = np.s_[down:, rightwards : max(0, width - leftwards)]
    return here, there
