"""Blur from singular values, and its type from the gradients of a matte.

Su, Lu & Tan, "Blurred image region detection and classification", ACM Multimedia 2011,
doi:10.1145/2072298.2072024.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from keras_blur.classical.images import grey

WINDOW = 15
ROWS = 8  # rows of windows at a time, so that they fit into the cache


def su2011(image: np.ndarray) -> np.ndarray:
    """How blurred each pixel is: the first singular value's share of all of them in its window.

    Blur leaves little but the first few. As in the maps that the authors published, windows are 15x15 pixels,
    one value counts, the map is stretched to 0..1, and the border of 7 pixels is repeated.

    Args:
        image: uint8 RGB `(H, W, 3)` or grey `(H, W)`, of any size. Below 15 pixels the window is as large
            as the photo.

    Returns:
        `(H, W)` float32 in 0..1, bright = blurred; where the share is the same everywhere, the share.

    Raises:
        ValueError: the image is not of that kind.
    """
    return stretch_share(singular_share(grey(image)))


def stretch_share(shares: np.ndarray) -> np.ndarray:
    """The map of `su2011` from the shares that `singular_share` found, `(H, W)` float32."""
    low, high = shares.min(), shares.max()
    return np.clip((shares - low) / (high - low), 0, 1) if high > low else shares


def singular_share(image: np.ndarray, window: int = WINDOW, count: int = 1) -> np.ndarray:
    """beta of the paper: the sum of the `count` largest singular values over the sum of all.

    Args:
        image: `(H, W)` uint8.
        window: Side of the square window around each pixel. Repeated at the borders, where none fits.
        count: How many count as large.

    Returns:
        `(H, W)` float32 in (0, 1]; 1 where all is black.
    """
    height, width = image.shape
    sides = min(window, height), min(window, width)
    # Singular values are the roots of the eigenvalues of W W'. Its entries are whole numbers below 2^24, so
    # single precision holds them exactly.
    windows = sliding_window_view(image.astype(np.float32), sides)
    shares = np.empty(windows.shape[:2], np.float32)
    for top in range(0, len(windows), ROWS):
        some = np.ascontiguousarray(windows[top : top + ROWS])
        squares = np.linalg.eigvalsh(some @ some.swapaxes(-1, -2))
        values = np.sqrt(np.maximum(squares, 0))
        total = values.sum(axis=-1)
        large = values[..., -count:].sum(axis=-1)
        shares[top : top + ROWS] = np.where(total > 0, large / np.where(total > 0, total, 1), 1)
    missing = height - len(shares), width - len(shares[0])
    return np.pad(shares, [(lost // 2, lost - lost // 2) for lost in missing], "edge")
