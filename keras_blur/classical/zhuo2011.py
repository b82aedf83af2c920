"""A defocus map from a single photo: blur measured at edges and spread between them.

Zhuo & Sim, "Defocus map estimation from a single image", Pattern Recognition 44 (2011),
doi:10.1016/j.patcog.2011.03.009.
"""

import cv2
import numpy as np
from scipy import ndimage

from keras_blur import sources
from keras_blur.classical import images, matting
from keras_blur.spec import MethodSpec

SIGMAS = 1.0, 1.5
"""The photo is blurred again with these, in pixels."""

RATIOS = 1.01, 1.5
"""Ratios of gradients that are believed: below, the edge is not sharper than noise; above, no blur fits."""

LARGEST = 3.0
"""Standard deviation in pixels that counts as wholly blurred."""

EDGE_SIGMA, EDGE_LOW, EDGE_HIGH = 1.0, 0.04, 0.1  # Canny's, shares of the photo's greatest slope
SPACE, RANGE = 5.0, 0.3  # of the joint bilateral filter, in pixels and in 0..1 of grey
STRENGTH = 1e-3  # of what is known at edges against the matting Laplacian


def zhuo2011(image: np.ndarray, levels: int = 1) -> np.ndarray:
    """How blurred each pixel is: a third of its blur's standard deviation in pixels.

    Args:
        image: uint8 RGB `(H, W, 3)` or grey `(H, W)`, of any size.
        levels: 1 = spread at the photo's size, 2 = at half of it, and so on: see `matting.propagate`. On 14
            training photos of CUHK the area under the ROC curve was 0.887, 0.893 and 0.848 for 1, 2 and 3
            levels; a photo takes 1.0, 0.3 and 0.2 seconds of one busy core.

    Returns:
        `(H, W)` float32 in [0, 1]: 0 is sharp, 1 a standard deviation of 3 pixels or more. A photo without
        edges is 1.

    Raises:
        ValueError: the image is not of that kind.
    """
    grey = images.grey(image).astype(np.float32) / 255
    sigma, known = blur_at_edges(grey)
    if not known.any():
        return np.ones(grey.shape, np.float32)
    sigma = smooth_at_edges(sigma, known, grey)
    spread = matting.propagate(image, sigma, known, STRENGTH, levels=levels)
    return (spread / LARGEST).clip(0, 1)


def blur_at_edges(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measures the blur of edges.

    A step that a Gaussian of sigma has blurred has R times the gradient after blurring it with the first
    of `SIGMAS`, a, as after the second, b: `R^2 = (sigma^2 + b^2) / (sigma^2 + a^2)`.

    Args:
        grey: `(H, W)` float32 in 0..1.

    Returns:
        sigma, `(H, W)` float32 in 0..3 pixels, 0 where it is not known; and `(H, W)` bool, where it is.
    """
    first, second = (_slope(grey, sigma) for sigma in SIGMAS)
    ratio = np.divide(first, second, out=np.zeros_like(first), where=second > 0)
    known = _edges(grey) & (ratio > RATIOS[0]) & (ratio <= RATIOS[1])
    a, b = SIGMAS
    squared = ratio[known] ** 2
    sigma = np.zeros_like(grey)
    sigma[known] = np.minimum(np.sqrt((b**2 - a**2 * squared).clip(0) / (squared - 1)), LARGEST)
    return sigma, known


def smooth_at_edges(sigma: np.ndarray, known: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """The joint bilateral filter of what is known at edges; less blurred neighbours count more.

    Args:
        sigma: `(H, W)` float32, in pixels.
        known: `(H, W)` bool, where it is known.
        grey: `(H, W)` float32 in 0..1, the guide.

    Returns:
        `(H, W)` float32, 0 where it is not known.
    """
    reach = int(2 * SPACE)
    width = sigma.shape[1] + 2 * reach
    # Padded, so that a neighbour is a fixed number of places away.
    weight = np.pad(np.where(known, np.exp(-sigma), 0), reach).ravel()
    guide, values = (np.pad(plane, reach).ravel() for plane in (grey, sigma))
    places = np.flatnonzero(np.pad(known, reach))
    total, norm = (np.zeros(len(places), np.float32) for _ in range(2))
    for down, right in np.ndindex(2 * reach + 1, 2 * reach + 1):
        down, right = down - reach, right - reach
        other = places + down * width + right
        difference = guide[other] - guide[places]
        share = weight[other] * np.exp(-(difference**2) / (2 * RANGE**2))
        share *= np.exp(-(down**2 + right**2) / (2 * SPACE**2))
        total += share * values[other]
        norm += share
    result = np.zeros_like(sigma)
    result[known] = total / norm
    return result


def _slope(grey: np.ndarray, sigma: float) -> np.ndarray:
    """Magnitude of the gradient of the photo blurred with sigma pixels."""
    across, down = (ndimage.gaussian_filter(grey, sigma, order, mode="nearest") for order in ((0, 1), (1, 0)))
    return np.hypot(across, down)


def _edges(grey: np.ndarray) -> np.ndarray:
    """Canny's edges, `(H, W)` bool."""
    slopes = [ndimage.gaussian_filter(grey, EDGE_SIGMA, order, mode="nearest") for order in ((0, 1), (1, 0))]
    greatest = np.hypot(*slopes).max()
    if greatest < 1e-6:
        return np.zeros(grey.shape, bool)
    scale = 1e4  # OpenCV takes whole numbers, whose squares must fit in 32 bits
    across, down = (np.rint(slope * (scale / greatest)).astype(np.int16) for slope in slopes)
    return cv2.Canny(across, down, EDGE_LOW * scale, EDGE_HIGH * scale, L2gradient=True) > 0


SPECS = (
    MethodSpec(
        name="zhuo2011",
        method=zhuo2011,
        threshold=0.239,
        citation="Zhuo & Sim: Defocus map estimation from a single image. Pattern Recognition 44 (2011)",
        published=sources.thousand_photos(0.788, 0.773),
    ),
)
