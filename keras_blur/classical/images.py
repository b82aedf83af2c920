"""What the hand-made methods share: reading a photo, and stretching a map."""

import cv2
import numpy as np


def grey(image: np.ndarray) -> np.ndarray:
    """A photo's grey values (ITU-R BT.601 luma).

    Args:
        image: uint8 RGB `(H, W, 3)` or grey `(H, W)`, of any size from 1x1.

    Returns:
        `(H, W)` uint8.

    Raises:
        ValueError: the image is not of that kind.
    """
    check(image)
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image


def check(image: np.ndarray) -> None:
    """Raises ValueError unless it is a photo: uint8 RGB `(H, W, 3)` or grey `(H, W)`, not empty."""
    shape, dtype = np.shape(image), np.asarray(image).dtype
    if dtype != np.uint8 or len(shape) not in (2, 3) or shape[2:] not in ((), (3,)) or 0 in shape:
        raise ValueError(f"image: expected uint8 of shape (H, W) or (H, W, 3), received {dtype} of {shape}")


def stretch(values: np.ndarray) -> np.ndarray:
    """Maps values `(H, W)` linearly so that the least is 0 and the greatest 1; all 0 if they are equal.

    Returns:
        `(H, W)` float32.
    """
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.zeros(values.shape, np.float32)
    return np.clip((values.astype(np.float64) - low) / (high - low), 0, 1).astype(np.float32)


def cosines(side: int) -> np.ndarray:
    """The orthonormal cosine transform as a matrix, frequencies by places: `(side, side)` float32."""
    places = np.arange(side)
    basis = np.cos(np.pi / side * places[:, None] * (places + 0.5)) * np.sqrt(2 / side)
    basis[0] /= np.sqrt(2)
    return basis.astype(np.float32)
