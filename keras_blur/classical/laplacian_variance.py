"""The variance of the Laplacian: the blur test that everybody knows, for a photo and as a map.

Its use for a whole image is due to Pech-Pacheco et al., ICPR 2000 (doi:10.1109/ICPR.2000.903548). A blurred
patch has little of it, but so has a sharp patch of sky: a baseline, not a good method.
"""

import cv2
import numpy as np

from keras_blur.classical.images import grey
from keras_blur.spec import MethodSpec

KERNEL = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.float32)

# P(blurred) = 1 / (1 + ((1 + v) / HALF)^EXPONENT). Both by logistic regression of the truth on ln(1 + v), on
# 300 random pixels of each of the 800 photos of Kim's training split (CUHK); the window is the one among 31,
# 51, 81 and 121 with the best likelihood there (0.503 nats a pixel; the others 0.507, 0.506 and 0.517).
WINDOW = 51
HALF = 560.0
EXPONENT = 0.64


def laplacian_variance(image: np.ndarray, window: int = WINDOW) -> np.ndarray:
    """The probability that a pixel is blurred, from the variance v of the Laplacian around it.

    `1 / (1 + ((1 + v) / 560)^0.64)`: falls as v rises, 0.5 at v = 559, 0.983 where nothing varies. The
    constants were fitted to photos of about 640x450 pixels; larger photos of the same scene have a smaller v.

    Args:
        image: uint8 RGB `(H, W, 3)` or grey `(H, W)`, of any size.
        window: Side of the square window in pixels, at least 1; it is reflected at the borders.

    Returns:
        `(H, W)` float32 in (0, 1).

    Raises:
        ValueError: the image or the window is not of that kind.
    """
    return 1 / (1 + ((1 + local_variance(image, window)) / HALF) ** EXPONENT)


def local_variance(image: np.ndarray, window: int = WINDOW) -> np.ndarray:
    """The variance of the Laplacian in a window around every pixel.

    Args and raises: as `laplacian_variance`.

    Returns:
        `(H, W)` float32, at least 0, in squared grey levels (0-255).
    """
    if window < 1:
        raise ValueError(f"window: expected at least 1 pixel, received {window}")
    response = _laplacian(image)
    mean, mean_square = (
        cv2.boxFilter(values, -1, (window, window), borderType=cv2.BORDER_REFLECT_101)
        for values in (response, response * response)
    )
    return np.maximum(mean_square - mean * mean, 0)


def variance_of_laplacian(image: np.ndarray) -> float:
    """The variance of the Laplacian of a whole image; apps call a photo blurred below about 100.

    Args:
        image: uint8 RGB `(H, W, 3)` or grey `(H, W)`.

    Returns:
        At least 0, in squared grey levels; 0 for a constant image. The limit of 100 means photos of about
        a megapixel: shrinking a photo raises it.
    """
    return float(_laplacian(image).var(dtype=np.float64))


def _laplacian(image: np.ndarray) -> np.ndarray:
    return cv2.filter2D(grey(image), cv2.CV_32F, KERNEL, borderType=cv2.BORDER_REFLECT_101)


SPECS = (
    MethodSpec(
        name="laplacian_variance",
        method=laplacian_variance,
        citation="Pech-Pacheco et al.: Diatom autofocusing in brightfield microscopy: a comparative study. "
        "ICPR 2000",
    ),
)
