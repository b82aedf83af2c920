"""From a network's output back to the photo: cut the padding off, resize, decide."""

import numpy as np

from keras_blur.labels import MOTION, SHARP, blurred_probability
from keras_blur.processing.prepare import Placement
from keras_blur.processing.sizes import resize


def restore(probabilities: np.ndarray, placement: Placement) -> np.ndarray:
    """Cuts the padding off a network's output, so that the map covers exactly the photo.

    The map stays as coarse as the network made it. Where the photo ends within an output pixel, the map
    is resampled linearly by that fraction of a pixel, so nothing is shifted and no padding is left.

    Args:
        probabilities: float32 `(h', w', C)`, the output for the whole input, padding included.
        placement: What `prepare` returned with the input.

    Returns:
        The blur map, float32 `(h, w, C)` with h <= h' and w <= w'; sums to 1 where `probabilities` do.
    """
    if probabilities.ndim != 3:
        raise ValueError(f"probabilities: expected shape (h, w, C), received {probabilities.shape}")
    blur_map = _cut(probabilities, placement.height, placement.input_height)
    blur_map = _cut(blur_map.swapaxes(0, 1), placement.width, placement.input_width).swapaxes(0, 1)
    return np.ascontiguousarray(blur_map, dtype=np.float32)


def _cut(values: np.ndarray, covered: int, total: int) -> np.ndarray:
    """The part of the first axis that belongs to the first `covered` of `total` input pixels."""
    length = len(values)
    rows = -(-length * covered // total)
    if rows * total == length * covered:
        return values[:rows]
    extent = length * covered / total
    centres = np.clip((np.arange(rows) + 0.5) * extent / rows - 0.5, 0, length - 1)
    above = centres.astype(int)
    below = np.minimum(above + 1, length - 1)
    weight = (centres - above).astype(np.float32)[:, None, None]
    return values[above] * (1 - weight) + values[below] * weight


def resize_map(blur_map: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resizes a blur map: bilinear where it grows, averaged where it shrinks, so it still sums to 1.

    Args:
        blur_map: float32 `(h, w, C)`.
        height, width: The new size in pixels, for example the photo's or the mask's.

    Returns:
        float32 `(height, width, C)`.
    """
    return resize(np.asarray(blur_map, np.float32), height, width)


def blurred_picture(blur_map: np.ndarray, height: int, width: int) -> np.ndarray:
    """P(blurred) as a picture of the photo's size: 0 = certainly sharp, 255 = certainly blurred.

    The coarse map is rounded to 8 bit before it is enlarged, so a 50-megapixel picture takes 50 MB;
    that costs at most one and a half grey levels.

    Args:
        blur_map: float32 `(h, w, C)`.
        height, width: Size of the picture in pixels.

    Returns:
        uint8 `(height, width)`.
    """
    grey = np.rint(255 * np.clip(blurred_probability(blur_map), 0, 1)).astype(np.uint8)
    return resize(grey, height, width)


def argmax_mask(blur_map: np.ndarray, blurred_threshold: float | None = None) -> np.ndarray:
    """The class of every pixel.

    Args:
        blur_map: float32 `(h, w, 3)`.
        blurred_threshold: If given, a pixel is blurred if P(motion) + P(defocus) exceeds it, and then of
            the likelier type. If None, the likeliest of the three classes wins.

    Returns:
        uint8 `(h, w)` of class ids.
    """
    if blur_map.ndim != 3 or blur_map.shape[2] != 3:
        raise ValueError(f"blur_map: expected shape (h, w, 3), received {blur_map.shape}")
    if blurred_threshold is None:
        return blur_map.argmax(axis=-1).astype(np.uint8)
    blurred = blurred_probability(blur_map) > blurred_threshold
    blur_type = blur_map[..., MOTION:].argmax(axis=-1) + MOTION
    return np.where(blurred, blur_type, SHARP).astype(np.uint8)
