"""Blur from five features of a window, at three scales.

Shi, Xu & Jia, "Discriminative blur detection features", CVPR 2014, doi:10.1109/CVPR.2014.379. The constants
are those of the published programme; the two learnt filters are ours (`python benchmarks/fit_shi2014.py`).
"""

import dataclasses
import functools
from pathlib import Path

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from keras_blur import sources
from keras_blur.classical.field import beliefs
from keras_blur.classical.images import grey, stretch
from keras_blur.spec import MethodSpec

WINDOWS = (11, 15, 21)
PRIORS = 0.337, 0.663  # sharp, blurred: in this order the maps come nearest to the published ones
# Mean and standard deviation of f1, f2 and f3 where it is sharp, then where it is blurred.
PUBLISHED = {
    11: [
        [(1.291, 0.415), (0.0982, 0.0982), (-66.4, 21.9)],
        [(1.114, 0.362), (0.0284, 0.0357), (-77.9, 34.7)],
    ],
    15: [
        [(1.447, 0.477), (0.1064, 0.0986), (-97.6, 16.3)],
        [(1.212, 0.399), (0.0300, 0.0351), (-110.6, 22.0)],
    ],
    21: [
        [(1.619, 0.541), (0.1167, 0.0984), (-116.2, 32.1)],
        [(1.304, 0.434), (0.0316, 0.0356), (-131.5, 40.3)],
    ],
}
FILTERS = Path(__file__).with_name("shi2014_filters.npz")
TINY, LEAST = 1e-12, 1e-30  # against division by 0
CLIP = 3, 97  # percentiles

STRIDE = 2  # f2 and f3 hardly change from one pixel to the next: they are found at every second
SLOPES = 32  # bins of the gradient's magnitude
LEAST_SLOPE = 0.5 / 255  # below it there is none in 8 bits
EM_START = 0.5, 1e-4  # variances
EM_ITERATIONS, EM_CHANGE = 100, 1e-3
RING = 0.2  # width of the spectrum's rings, in log radius
FLOOR = 1e-33  # of the spectrum: what rounding leaves of it in a flat window


def shi2014(image: np.ndarray) -> np.ndarray:
    """How blurred each pixel is: a naive Bayes posterior at three window sizes, joined in a field.

    Args:
        image: uint8 RGB `(H, W, 3)` or grey `(H, W)`, of any size.

    Returns:
        `(H, W)` float32 in (0, 1), bright = blurred.

    Raises:
        ValueError: the image is not of that kind.
    """
    values = grey(image).astype(np.float64) / 255
    return beliefs(np.stack([stretch(posterior(values, window)) for window in WINDOWS]))[-1]


def posterior(values: np.ndarray, window: int) -> np.ndarray:
    """P(blurred) by the five features: Gaussian naive Bayes.

    Args:
        values: `(H, W)` float64, grey in 0..1.
        window: One of `WINDOWS`.

    Returns:
        `(H, W)` float64 in 0..1.
    """
    learnt = learnt_filters(window)
    features = [kurtosis(values, window), slope_spread(values, window), spectrum(values, window)]
    features += [filter_windows(values, kernel) for kernel in learnt.kernels]
    sharp, blurred = (np.log(prior) for prior in PRIORS)
    for index, feature in enumerate(features):
        sharp = sharp + _log_normal(feature, *learnt.normals[0, index])
        blurred = blurred + _log_normal(feature, *learnt.normals[1, index])
    return 1 / (1 + np.exp(np.clip(sharp - blurred, -500, 500)))


def _log_normal(values: np.ndarray, mean: float, deviation: float) -> np.ndarray:
    return -0.5 * ((values - mean) / deviation) ** 2 - np.log(deviation)


def kurtosis(values: np.ndarray, window: int) -> np.ndarray:
    """f1: the log of the gradients' kurtosis in a window, the smaller of the two directions.

    Args:
        values: `(H, W)` float64, grey in 0..1.
        window: Side in pixels.

    Returns:
        `(H, W)` float64, at least 0 but for rounding; 0 where nothing varies.
    """
    return np.minimum(*(_log_kurtosis(slope, window) for slope in _slopes(values)))


def _log_kurtosis(slope: np.ndarray, window: int) -> np.ndarray:
    first, second, third, fourth = (_mean(slope**power, window) for power in (1, 2, 3, 4))
    variance = np.maximum(second - first**2, 0)
    moment = np.maximum(fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4, 0)
    return np.log((moment + TINY) / (variance**2 + TINY))


def slope_spread(values: np.ndarray, window: int) -> np.ndarray:
    """f2: the greater deviation of two zero-mean Gaussians mixed to fit a window's gradients.

    By expectation maximisation over a histogram of the gradient's size, in 32 logarithmic bins.

    Args:
        values: `(H, W)` float64, grey in 0..1.
        window: Side in pixels.

    Returns:
        `(H, W)` float64, above 0. Found at every second pixel, interpolated between.
    """
    size = np.hypot(*_slopes(values))
    bins = np.digitize(size, np.geomspace(LEAST_SLOPE, np.sqrt(2), SLOPES))
    squares, shares = [], []
    for index in np.unique(bins):
        inside = bins == index
        squares.append(np.mean(size[inside] ** 2))
        shares.append(_mean(inside.astype(np.float32), window)[::STRIDE, ::STRIDE].ravel())
    variances = mixture(np.array(squares, np.float32), np.stack(shares))
    found = np.sqrt(variances.max(axis=0), dtype=np.float64)
    return _fill(found.reshape([-(-side // STRIDE) for side in values.shape]), values.shape)


def mixture(squares: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Fits two zero-mean Gaussians to each of many histograms.

    Starts with the variances 0.5 and 1e-4 at equal weights; ends when the log-likelihood changes by less than
    a thousandth, or after 100 rounds.

    Args:
        squares: `(B,)` float32, the squared values that the bins stand for.
        shares: `(B, N)` float32, N histograms, each of sum 1.

    Returns:
        `(2, N)` float32, the variances, at least 1e-12.
    """
    count = shares.shape[1]
    variances = np.repeat(np.array(EM_START, np.float32)[:, None], count, axis=1)
    weights, fits = np.full(count, 0.5, np.float32), np.full(count, -np.inf, np.float32)
    squares, active = squares[:, None], np.arange(count)
    for _ in range(EM_ITERATIONS):
        share, weight, (wide, narrow) = shares[:, active], weights[active], variances[:, active]
        owned = weight / np.sqrt(2 * np.pi * wide) * np.exp(squares / (-2 * wide))
        density = owned + (1 - weight) / np.sqrt(2 * np.pi * narrow) * np.exp(squares / (-2 * narrow))
        density = np.maximum(density, LEAST)
        fit = (share * np.log(density)).sum(axis=0)
        owned *= share / density
        mass, energy = owned.sum(axis=0), (owned * squares).sum(axis=0)
        rest, rest_energy = (share - owned).sum(axis=0), ((share - owned) * squares).sum(axis=0)
        weights[active] = np.clip(mass, LEAST, 1)
        variances[0, active] = np.maximum(energy / np.maximum(mass, LEAST), TINY)
        variances[1, active] = np.maximum(rest_energy / np.maximum(rest, LEAST), TINY)
        moving = np.abs(fit - fits[active]) >= EM_CHANGE * np.abs(fit)
        fits[active] = fit
        active = active[moving]
        if not active.size:
            break
    return variances


def spectrum(values: np.ndarray, window: int) -> np.ndarray:
    """f3: the sum of the log power of a window's spectrum over rings of its radius.

    Of the window over its sum; the first h x h frequencies, h = (window - 1) / 2, of which the first (0, 0)
    has the radius of (1, 1). Powers are averaged per rounded radius and summed per ring of 0.2 in log radius;
    the outermost ring is dropped.

    Args:
        values: `(H, W)` float64, grey in 0..1.
        window: Side in pixels.

    Returns:
        `(H, W)` float64. Found at every second pixel, interpolated between.
    """
    height, width = values.shape
    padded = np.pad(values.astype(np.float32), window // 2, "symmetric")
    count = (window - 1) // 2
    turns = -2 * np.pi / window * np.outer(np.arange(window), np.arange(count))
    cosine, sine = np.cos(turns).astype(np.float32), np.sin(turns).astype(np.float32)
    across = sliding_window_view(padded, window, axis=1)[:, ::STRIDE]
    across = sliding_window_view(across @ np.hstack([cosine, sine]), window, axis=0)
    rings, found = _rings(count), np.empty([-(-side // STRIDE) for side in values.shape])
    for row, windows in enumerate(across[::STRIDE]):  # (W / 2, 2 count, window)
        by_cosine, by_sine = windows @ cosine, windows @ sine
        real = by_cosine[:, :count] - by_sine[:, count:]
        imaginary = by_cosine[:, count:] + by_sine[:, :count]
        power = (real**2 + imaginary**2).reshape(len(windows), -1)
        power /= np.maximum(power[:, :1], LEAST) * count**2
        found[row] = np.log(power @ rings + FLOOR).sum(axis=-1)
    # Single precision leaves more than the floor in a flat window.
    square = np.ones((window, window), np.uint8)
    flat = cv2.dilate(values, square) == cv2.erode(values, square)
    found[flat[::STRIDE, ::STRIDE]] = rings.shape[1] * np.log(FLOOR)
    return _fill(found, (height, width))


def _rings(count: int) -> np.ndarray:
    """What each frequency counts in each ring, `(count * count, rings)`."""
    radii = np.rint(np.hypot(*(np.indices((count, count)) + 1))).astype(int).ravel()
    ring = np.rint(np.log(radii) / RING)
    weights = 1 / np.bincount(radii)[radii]
    return np.stack([(ring == index) * weights for index in np.unique(ring)[:-1]], axis=1)


def filter_windows(values: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """f4 and f5: the answer of a learnt filter, clipped to its 3rd to 97th percentile.

    Args:
        values: `(H, W)` float64, grey in 0..1.
        kernel: `(p, p)`.

    Returns:
        `(H, W)` float64.
    """
    answer = cv2.filter2D(values, cv2.CV_64F, kernel, borderType=cv2.BORDER_REFLECT)
    return np.clip(answer, *np.percentile(answer, CLIP))


@dataclasses.dataclass(frozen=True)
class Learnt:
    """What was learnt for a window size.

    Attributes:
        kernels: `(2, p, p)` float64, the filters.
        normals: `(2, 5, 2)`: sharp and blurred, f1 to f5, mean and standard deviation.
    """

    kernels: np.ndarray
    normals: np.ndarray


@functools.cache
def learnt_filters(window: int) -> Learnt:
    """The published statistics of f1 to f3, and our filters for f4 and f5 with theirs."""
    with np.load(FILTERS) as arrays:
        kernels, normals = arrays[f"kernels_{window}"], arrays[f"normals_{window}"]
    return Learnt(kernels, np.concatenate([PUBLISHED[window], normals], axis=1))


def _slopes(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Forward differences along rows and along columns, `(H, W)` each; 0 in the last row or column."""
    return _difference(values, 1), _difference(values, 0)


def _difference(values: np.ndarray, axis: int) -> np.ndarray:
    return np.diff(values, axis=axis, append=values.take([-1], axis))


def _mean(values: np.ndarray, window: int) -> np.ndarray:
    return cv2.blur(values, (window, window), borderType=cv2.BORDER_REFLECT)


def _fill(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Interpolates what was found at every second row and column."""
    for axis, size in enumerate(shape):
        values = np.repeat(values, STRIDE, axis)
        between = np.moveaxis(values, axis, 0)
        between[1:-1:STRIDE] = (between[1:-1:STRIDE] + between[2::STRIDE]) / 2
        values = values.take(np.arange(size), axis)
    return values


SPECS = (
    MethodSpec(
        name="shi2014",
        method=shi2014,
        threshold=0.065,
        citation="Shi, Xu & Jia: Discriminative blur detection features. CVPR 2014, 2965-2972",
        published=(*sources.thousand_photos(0.799, 0.785), sources.schuster_table_2(0.49)),
    ),
)
