"""What a camera does to light: highlights that saturate, noise, JPEG."""

import functools

import cv2
import numpy as np


def expand_highlights(linear: np.ndarray, gain: float = 4.0, threshold: float = 0.9) -> np.ndarray:
    """Gives clipped highlights back some of the light that the sensor could not hold.

    Blurring a clipped lamp makes it dull; real lamps draw bright streaks and discs. Apply before a blur.

    Args:
        linear: `(H, W, 3)` float32 linear light, 0 to 1.
        gain: brightness of what was fully clipped, above 1.
        threshold: where the expansion begins, 0 to 1; judged by a pixel's darkest channel, because
            only white is surely clipped.

    Returns:
        float32 of the same shape, 0 to `gain`.
    """
    # NumPy reduces a short last axis ten times more slowly than it compares three arrays.
    darkest = functools.reduce(np.minimum, np.moveaxis(linear, -1, 0))[..., None]
    excess = (darkest - threshold) / (1 - threshold)
    return linear * (1 + (gain - 1) * np.clip(excess, 0, 1) ** 2)


def saturate(linear: np.ndarray, exposure: float = 1.0) -> np.ndarray:
    """Multiplies light by `exposure` and clips it to 0..1, as a sensor does."""
    return np.clip(linear * np.float32(exposure), 0, 1)


def noise(linear: np.ndarray, rng: np.random.Generator, shot: float, read: float) -> np.ndarray:
    """Adds sensor noise in linear light: normal, with variance `shot` * light + `read`^2.

    Args:
        linear: float32 linear light, 0 to 1, any shape.
        rng: the source of randomness.
        shot: variance of the photon noise at full light; a phone by day has about 1e-4, by night 1e-2.
        read: standard deviation of the noise in the dark; about 1e-3 to 1e-2.

    Returns:
        float32 of the same shape; not clipped.
    """
    if shot < 0 or read < 0:
        raise ValueError(f"expected shot and read from 0, received shot {shot!r} and read {read!r}")
    deviation = np.sqrt(shot * np.maximum(linear, 0) + read**2, dtype=np.float32)
    return linear + deviation * rng.standard_normal(linear.shape, dtype=np.float32)


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """Codes a photo as JPEG and decodes it again.

    Args:
        image: `(H, W, 3)` uint8 RGB.
        quality: 1 (worst) to 100.

    Returns:
        uint8 of the same shape.
    """
    if not 1 <= quality <= 100:
        raise ValueError(f"quality: expected 1 to 100, received {quality!r}")
    data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1]
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])
