"""Scenes whose depth changes gently, and lenses that focus at one distance of them."""

import cv2
import numpy as np

from keras_blur.synthesis.blur import blur
from keras_blur.synthesis.kernels import disc


def tilted_plane(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A plane that leads away, as ground or walls do, slightly uneven.

    Args:
        rng: the source of randomness.
        height: rows.
        width: columns.

    Returns:
        `(H, W)` float32 disparity (1 / distance, up to scale), 0 to 1. Three in four lead upwards.
    """
    radians = rng.normal(np.pi / 2, 0.25) if rng.random() < 0.75 else rng.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j].astype(np.float32)
    plane = rows * np.float32(np.sin(radians)) + columns * np.float32(np.cos(radians))
    rough = cv2.resize(
        rng.normal(size=(4, 5)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    plane = plane + 0.06 * rough
    return (plane - plane.min()) / max(plane.max() - plane.min(), 1e-6)


def varying_defocus(linear: np.ndarray, radius: np.ndarray, steps: int = 5) -> np.ndarray:
    """Defocuses every pixel by a disc of its own radius.

    The picture is blurred with a few radii, and each pixel is mixed from the two next to its own. Right
    for depth without jumps; objects before a background are layers (`composite`).

    Args:
        linear: `(H, W, 3)` float32 linear light.
        radius: `(H, W)` float32 in pixels, from 0.
        steps: blurs that are made besides the sharp picture.

    Returns:
        `(H, W, 3)` float32.
    """
    largest = float(radius.max())
    if largest < 0.5:
        return linear
    # Small radii differ more to the eye than large ones do.
    radii = largest * np.linspace(0, 1, steps + 1) ** 1.5
    position = np.interp(radius, radii, np.arange(steps + 1)).astype(np.float32)
    result = np.zeros_like(linear)
    for step, value in enumerate(radii):
        weight = np.maximum(1 - np.abs(position - step), 0)
        if weight.any():
            result += weight[..., None] * blur(linear, disc(value))
    return result
