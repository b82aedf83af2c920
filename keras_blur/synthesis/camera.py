"""What a camera does to light: highlights that saturate, noise, JPEG."""

import functools

import cv2
import numpy as np

from keras_blur.synthesis.kernels import disc

LAMP_BRIGHTNESS = (1.5, 60.0)  # in units of what saturates the sensor
LAMP_COLOURS = (
    (1.0, 0.75, 0.4),
    (1.0, 0.9, 0.75),
    (0.8, 0.9, 1.0),
    (1.0, 0.1, 0.08),
    (0.1, 1.0, 0.35),
    (0.3, 0.4, 1.0),
)  # linear light: of sodium, bulbs, daylight lamps, rear and traffic lights


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


def add_lamps(
    rng: np.random.Generator,
    linear: np.ndarray,
    count: int,
    radii: tuple[float, float],
    brightness: tuple[float, float] = LAMP_BRIGHTNESS,
) -> None:
    """Adds small round lamps at random places, in place. Blurred afterwards they draw discs and streaks.

    Args:
        rng: the source of randomness.
        linear: `(H, W, 3)` float32 linear light.
        count: of the lamps.
        radii: least and greatest radius in pixels.
        brightness: least and greatest, in units of what saturates the sensor.
    """
    for _ in range(count):
        bulb = disc(rng.uniform(*radii))
        bright = np.exp(rng.uniform(*np.log(brightness)))
        colour = np.array(LAMP_COLOURS[rng.integers(len(LAMP_COLOURS))], np.float32)
        side = bulb.shape[0]
        if min(linear.shape[:2]) <= side:
            return
        top, left = rng.integers(0, linear.shape[0] - side), rng.integers(0, linear.shape[1] - side)
        linear[top : top + side, left : left + side] += (bulb / bulb.max())[..., None] * bright * colour


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
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    return np.ascontiguousarray(decoded[..., ::-1])
