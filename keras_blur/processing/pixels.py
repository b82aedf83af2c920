"""Pixels of any depth and number of channels as 8-bit RGB."""

import numpy as np

from keras_blur.errors import UsageError

DEPTHS = (8, 10, 12, 14, 16)
"""Bits that a number in a 16-bit file or array may use: see `bit_depth`."""

ACCEPTED = (
    "an array of uint8, uint16, bool, or of floats from 0 to 1, "
    "of shape (H, W), (H, W, 1), (H, W, 3) RGB or (H, W, 4) RGBA"
)
"""What `as_rgb` takes, in words."""


def bit_depth(largest: int) -> int:
    """Returns how many bits a 16-bit photo uses: the least of `DEPTHS` that hold its largest number.

    Cameras and scanners store 10, 12 and 14 bit in 16 without saying so. Taken as 16 bit, such a photo would
    be nearly black. A true 16-bit photo that is so dark becomes brighter, which changes no blur.

    Args:
        largest: The photo's largest number, 0..65535.
    """
    return next(depth for depth in DEPTHS if largest < 2**depth)


def to_8_bit(values: np.ndarray, depth: int) -> np.ndarray:
    """Scales whole numbers of `depth` bits to uint8, rounded; the shape stays.

    A table of all numbers takes less memory than numbers that aren't whole.
    """
    table = (
        np.rint(np.arange(2**16, dtype=np.uint16) / np.float32((2**depth - 1) / 255))
        .clip(0, 255)
        .astype(np.uint8)
    )
    return table[values]


def as_rgb(values: np.ndarray) -> np.ndarray:
    """Makes an 8-bit RGB photo of an array.

    uint16 is scaled by its `bit_depth`, floats by 255, and True is white. Grey is repeated. Transparent parts
    are laid on white.

    Args:
        values: uint8, uint16, bool, or floats in 0..1, `(H, W)`, `(H, W, 1)`, RGB `(H, W, 3)` or RGBA
            `(H, W, 4)`, with at least one pixel.

    Returns:
        uint8 `(H, W, 3)`; the array itself if it is that.

    Raises:
        UsageError: it is none of these.
    """
    values = np.asarray(values)  # no matrix, no masked array
    channels = 1 if values.ndim == 2 else values.shape[2] if values.ndim == 3 else 0
    if channels not in (1, 3, 4) or not values.size:
        raise UsageError(f"photo: expected {ACCEPTED}, received shape {values.shape}")
    values = _checked_range(values).reshape(*values.shape[:2], channels)
    if values.dtype == np.uint16:
        values = _from_16_bit(values)
    elif values.dtype != np.uint8:
        values = np.rint(values.astype(np.float32) * 255).astype(np.uint8)
    if channels == 4:
        return _over_white(values)
    return values if channels == 3 else np.repeat(values, 3, axis=2)


def _checked_range(values: np.ndarray) -> np.ndarray:
    if values.dtype in (np.uint8, np.uint16, np.bool_):
        return values
    if values.dtype.kind != "f":
        raise UsageError(f"photo: expected {ACCEPTED}, received {values.dtype}")
    least, largest = values.min(), values.max()
    if not (least >= 0 and largest <= 1):  # NaN is neither
        raise UsageError(f"photo: expected {ACCEPTED}, received {values.dtype} from {least:g} to {largest:g}")
    return values


def _from_16_bit(values: np.ndarray) -> np.ndarray:
    """uint16 `(H, W, C)` as uint8; alpha may use more bits than the colours do."""
    depth = bit_depth(int(values[..., :3].max()))
    scaled = to_8_bit(values[..., :3], depth)
    if values.shape[2] < 4:
        return scaled
    alpha = values[..., 3:]
    return np.concatenate([scaled, to_8_bit(alpha, max(depth, bit_depth(int(alpha.max()))))], axis=2)


def _over_white(pixels: np.ndarray) -> np.ndarray:
    """uint8 RGBA laid on white, uint8 RGB; row by row, because numbers that aren't whole take more memory."""
    laid = np.empty((*pixels.shape[:2], 3), np.uint8)
    for row, result in zip(pixels, laid, strict=True):
        colours, alpha = row[:, :3].astype(np.float32), row[:, 3:].astype(np.float32) / 255
        result[:] = np.rint(255 + alpha * (colours - 255))
    return laid
