"""Park 2017 (DHDE) without its network: edge pixels, the features of patches, and the dense map.

Park, Tai, Cho & Kweon, "A unified approach of multi-scale deep and hand-crafted features for defocus
estimation" (CVPR 2017): a network (`models/park2017.py`) tells the blur of edge pixels from the patches
around them; from there it spreads over the photo.
"""

import functools

import cv2
import numpy as np

from keras_blur.classical import images
from keras_blur.classical.matting import propagate
from keras_blur.classical.rolling_guidance import rolling_guidance
from keras_blur.classical.weighted_median import weighted_median

SIGMAS = tuple(np.linspace(0.5, 2.0, 11).round(2).tolist())
"""The classes: standard deviations in pixels of the Gaussian that a patch is blurred with."""

LARGE, SMALL = 27, 15
"""Sides in pixels of the patches at weak and at strong edges."""

BINS = {LARGE: 25, SMALL: 13}
"""Values that each of the three features has for a patch of that side."""

SLOTS = sum(BINS.values()) + len(BINS)
"""Values of a feature: a large patch's and a 1, a small patch's and a 1; the unused ones are 0."""

FEATURES = 3 * SLOTS

WEAK, STRONG = (0.117, 0.176), (0.234, 0.351)
"""Hysteresis of the two Canny detectors, in shares of the photo's greatest slope."""

GUIDE_SIGMA, GUIDE_RANGE, GUIDE_ITERATIONS = 1.5, 0.1, 3
STRENGTH, EPSILON, LEVELS = 0.005, 1e-5, 2
MEDIAN_RADIUS, MEDIAN_SIGMA = 5, 0.25

_TRANSFORM = {LARGE: 32, SMALL: 16}  # sides that patches are padded to with zeros
_WIDENED = 0.1  # of a ring's width
_STEPS = 2**14  # of a slope, in the 16 bits that OpenCV's Canny takes


def grey(image: np.ndarray) -> np.ndarray:
    """The value channel of HSV, on which all is measured: `(..., 3)` uint8 RGB to `(...)` float32 in 0..1."""
    return image.max(axis=-1).astype(np.float32) / 255


def edges(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Finds the edge pixels whose patches are classified.

    Args:
        image: uint8 RGB `(H, W, 3)` of any size.

    Returns:
        `(N, 2)` int of rows and columns, in row-major order, and the side of each one's patch, `(N,)` int:
        `SMALL` at strong edges, `LARGE` at the others.
    """
    smooth = cv2.GaussianBlur(image.max(axis=-1).astype(np.float32), (0, 0), np.sqrt(2))
    slopes = [cv2.Sobel(smooth, cv2.CV_32F, *order) for order in ((1, 0), (0, 1))]
    greatest = np.hypot(*slopes).max()
    if greatest < 1:  # an eighth of a grey level a pixel: nothing but rounding
        return np.zeros((0, 2), int), np.zeros(0, int)
    down, right = (np.rint(slope / greatest * _STEPS).astype(np.int16) for slope in slopes)
    weak, strong = (
        cv2.Canny(down, right, low * _STEPS, high * _STEPS, L2gradient=True) > 0
        for low, high in (WEAK, STRONG)
    )
    places = np.argwhere(weak | strong)
    return places, np.where(strong[tuple(places.T)], SMALL, LARGE)


def patches(image: np.ndarray, places: np.ndarray, side: int) -> np.ndarray:
    """Cuts out the patches around pixels; the photo is mirrored at its borders.

    Args:
        image: `(H, W, ...)` of any dtype.
        places: `(N, 2)` int of rows and columns.
        side: Odd side of the patches in pixels.

    Returns:
        `(N, side, side, ...)`, a copy.
    """
    half = side // 2
    padded = np.pad(image, [(half, half)] * 2 + [(0, 0)] * (image.ndim - 2), mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(0, 1))
    return np.moveaxis(windows, (-2, -1), (2, 3))[tuple(places.T)]


def inputs(image: np.ndarray, places: np.ndarray, sides: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The network's inputs for pixels of a photo.

    Args:
        image: uint8 RGB `(H, W, 3)`.
        places: `(N, 2)` int of rows and columns.
        sides: `(N,)` int, the side of each one's patch: `LARGE` or `SMALL`.

    Returns:
        Patches, float32 `(N, 27, 27, 3)` in 0..255, small ones widened by repeating their borders, and
        features, float32 `(N, FEATURES)`.
    """
    pictures = np.zeros((len(places), LARGE, LARGE, 3), np.float32)
    measured = np.zeros((len(places), FEATURES), np.float32)
    for side in np.unique(sides):
        chosen = np.flatnonzero(sides == side)
        cut = patches(image, places[chosen], side)
        border = (LARGE - side) // 2
        pictures[chosen] = np.pad(cut, [(0, 0), (border, border), (border, border), (0, 0)], mode="edge")
        measured[chosen] = features(grey(cut))
    return pictures, measured


def features(values: np.ndarray) -> np.ndarray:
    """The three hand-made features of patches (section 3.2, equations 1 to 5).

    Mean sizes of the cosine transform in rings of equal frequency, a histogram of slopes, and the largest
    singular values; of each `log(1 + x)`, divided by its sum, and a constant 1.

    Args:
        values: `(N, n, n)` float32 in 0..1 with n `LARGE` or `SMALL`.

    Returns:
        `(N, FEATURES)` float32 in 0..1; finite for every patch.
    """
    side = values.shape[1]
    if values.ndim != 3 or side not in BINS or values.shape[2] != side:
        raise ValueError(f"values: expected shape (N, n, n) with n in {tuple(BINS)}, received {values.shape}")
    result = np.zeros((len(values), 3, SLOTS), np.float32)
    first = 0 if side == LARGE else BINS[LARGE] + 1
    for row, raw in enumerate((ring_means(values), slope_histogram(values), singular_values(values))):
        logs = np.log1p(raw)
        shares = logs / np.maximum(logs.sum(axis=-1, keepdims=True), 1e-6)
        result[:, row, first : first + BINS[side]] = shares
        result[:, row, first + BINS[side]] = 1
    return result.reshape(len(values), FEATURES)


def ring_means(values: np.ndarray) -> np.ndarray:
    """Mean absolute cosine coefficients in rings of radial frequency: `(N, n, n)` to `(N, bins)` float32."""
    basis, rings = _cosines(values.shape[1])
    coefficients = np.abs(basis @ values @ basis.T)
    return coefficients.reshape(len(values), basis.shape[0] ** 2) @ rings.T


@functools.cache
def _cosines(side: int) -> tuple[np.ndarray, np.ndarray]:
    """The orthonormal cosine transform of a zero-padded patch `(P, side)`, and the rings `(bins, P * P)`."""
    size, bins = _TRANSFORM[side], BINS[side]
    frequency = np.arange(size)
    radius = np.hypot(*np.meshgrid(frequency, frequency)) / np.hypot(size - 1, size - 1) * bins
    inner = np.arange(bins)[:, None, None]
    members = (radius >= inner - _WIDENED) & (radius <= inner + 1 + _WIDENED)
    rings = members.reshape(bins, -1) / members.sum(axis=(1, 2))[:, None]
    return images.cosines(size)[:, :side], rings.astype(np.float32)


def slope_histogram(values: np.ndarray) -> np.ndarray:
    """How many pixels have a slope of each size, 0 to 1: `(N, n, n)` to `(N, bins)` float32.

    A slope is the length of the forward differences over sqrt 2; the last row and column have none.
    """
    count, side = values.shape[:2]
    bins = BINS[side]
    down = values[:, 1:, :-1] - values[:, :-1, :-1]
    right = values[:, :-1, 1:] - values[:, :-1, :-1]
    slopes = np.hypot(down, right).reshape(count, (side - 1) ** 2) / np.sqrt(2)
    index = np.minimum((slopes * bins).astype(int), bins - 1) + bins * np.arange(count)[:, None]
    return np.bincount(index.ravel(), minlength=count * bins).reshape(count, bins).astype(np.float32)


def singular_values(values: np.ndarray) -> np.ndarray:
    """The largest singular values, in descending order: `(N, n, n)` to `(N, bins)` float32."""
    return np.linalg.svd(values, compute_uv=False)[:, : BINS[values.shape[1]]]


def dense_map(
    image: np.ndarray, places: np.ndarray, sigmas: np.ndarray, confidences: np.ndarray
) -> np.ndarray:
    """Spreads the blur of edge pixels over the photo (section 3.4).

    The means of the values in windows, weighted by confidence, are propagated by the matting Laplacian of the
    photo without its small structures, and the map is smoothed by a weighted median.

    Args:
        image: uint8 RGB `(H, W, 3)`.
        places: `(N, 2)` int of rows and columns, N from 1.
        sigmas: `(N,)` the blur there, in pixels.
        confidences: `(N,)` above 0.

    Returns:
        `(H, W)` float32 in the range of `sigmas`.
    """
    weights, totals = np.zeros((2, *image.shape[:2]), np.float32)
    weights[tuple(places.T)] = confidences
    totals[tuple(places.T)] = confidences * sigmas
    total, weight = (
        cv2.boxFilter(part, -1, (LARGE, LARGE), borderType=cv2.BORDER_CONSTANT) for part in (totals, weights)
    )
    known = weights > 0
    values = np.divide(total, weight, out=np.zeros_like(totals), where=known)
    guide = rolling_guidance(image.astype(np.float32) / 255, GUIDE_SIGMA, GUIDE_RANGE, GUIDE_ITERATIONS)
    spread = propagate(guide, values, known, STRENGTH, epsilon=EPSILON, levels=LEVELS)
    spread = np.clip(spread, sigmas.min(), sigmas.max())
    return weighted_median(spread, guide.max(axis=-1), MEDIAN_RADIUS, MEDIAN_SIGMA)
