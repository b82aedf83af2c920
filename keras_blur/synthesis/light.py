"""Between stored pixels (sRGB, uint8) and linear light (float32, 0 to 1, where blur happens)."""

import numpy as np


def _decode(encoded: np.ndarray) -> np.ndarray:
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _encode(linear: np.ndarray) -> np.ndarray:
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


# Tables make both ways many times faster than powers; 16 bits are finer than any sRGB step.
_TO_LINEAR = _decode(np.arange(256) / 255).astype(np.float32)
_LEVELS = 65535
_TO_SRGB = np.rint(_encode(np.arange(_LEVELS + 1) / _LEVELS) * 255).astype(np.uint8)


def to_linear(image: np.ndarray) -> np.ndarray:
    """Decodes sRGB (IEC 61966-2-1).

    Args:
        image: uint8, any shape.

    Returns:
        float32 of the same shape, 0 to 1.
    """
    if image.dtype != np.uint8:
        raise ValueError(f"image: expected uint8, received {image.dtype}")
    return _TO_LINEAR[image]


def to_srgb(linear: np.ndarray) -> np.ndarray:
    """Encodes linear light as sRGB; what is below 0 or above 1 is clipped, as a camera does.

    Args:
        linear: float, any shape.

    Returns:
        uint8 of the same shape.
    """
    levels = np.multiply(linear, _LEVELS, dtype=np.float32)
    levels += 0.5
    return _TO_SRGB[np.clip(levels, 0, _LEVELS, out=levels).astype(np.uint16)]
