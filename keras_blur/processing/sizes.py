"""Changing the size of photos, maps and masks."""

import cv2
import numpy as np


def resize(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resizes an array: an axis that shrinks is averaged over areas, one that grows is interpolated linearly.

    Pixel centres lie at half-integers, so the picture's edges stay where they are. uint8 stays uint8
    (rounded), and only the result is allocated beside the input.

    Args:
        values: `(H, W)` or `(H, W, C)` with C up to 4, uint8 or float32.
        height, width: The new size in pixels, at least 1.

    Returns:
        `(height, width)` or `(height, width, C)` of the same dtype.
    """
    old_height, old_width = values.shape[:2]
    # OpenCV averages areas only if no axis grows, so the axes that shrink come first.
    shrunk = (min(height, old_height), min(width, old_width))
    for size, rule in ((shrunk, cv2.INTER_AREA), ((height, width), cv2.INTER_LINEAR)):
        if size != values.shape[:2]:
            channels = values.shape[2:]
            values = cv2.resize(values, size[::-1], interpolation=rule).reshape(*size, *channels)
    return values


def resize_mask(mask: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resizes class ids `(H, W)` uint8 to `(height, width)`: each pixel takes the id at its centre.

    OpenCV's INTER_NEAREST would take it at the pixel's corner, which shifts the mask against its photo.
    """
    return cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)


def limit_side(image: np.ndarray, max_side: int) -> np.ndarray:
    """Shrinks a picture `(H, W, ...)` until its longer side is at most `max_side` pixels (0 = never)."""
    height, width = image.shape[:2]
    return resize(image, *limited_size(height, width, max_side))


def limited_size(height: int, width: int, max_side: int) -> tuple[int, int]:
    """The size whose longer side is at most `max_side` (0 = never), same aspect ratio, halves rounded up."""
    longer = max(height, width)
    if not max_side or longer <= max_side:
        return height, width
    # In whole numbers, so that every language agrees on the halves.
    height, width = ((2 * side * max_side + longer) // (2 * longer) for side in (height, width))
    return max(1, height), max(1, width)
