"""Outlines for objects that are not in the photo: antialiased mattes, float32 `(H, W)`, 0 to 1."""

import cv2
import numpy as np

SUBPIXEL_BITS = 4  # OpenCV draws at 1/16 pixel
SUPERSAMPLING = 4


def polygon(points: np.ndarray, height: int, width: int) -> np.ndarray:
    """Fills a closed outline.

    Args:
        points: `(N, 2)` float of row and column in pixels, from pixel centres; may leave the frame.
        height: rows of the matte.
        width: columns of the matte.
    """
    large = np.zeros((height * SUPERSAMPLING, width * SUPERSAMPLING), np.uint8)
    corners = ((points + 0.5) * SUPERSAMPLING - 0.5) * 2**SUBPIXEL_BITS
    cv2.fillPoly(large, [np.rint(corners[:, ::-1]).astype(np.int32)], 255, shift=SUBPIXEL_BITS)
    return cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def blob(
    rng: np.random.Generator,
    height: int,
    width: int,
    centre: tuple[float, float],
    radius: float,
    roughness: float = 0.2,
) -> np.ndarray:
    """A smooth random shape: a circle whose radius varies with a few random harmonics.

    Args:
        rng: the source of randomness.
        height: rows of the matte.
        width: columns of the matte.
        centre: row and column in pixels.
        radius: mean radius in pixels.
        roughness: standard deviation of the radius, as a share of it; 0 is a circle.
    """
    turn = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    harmonics = np.arange(2, 8)
    strength = rng.normal(size=harmonics.size) / harmonics
    strength *= roughness * np.sqrt(2) / max(np.sqrt((strength**2).sum()), 1e-9)
    waves = np.cos(np.outer(turn, harmonics) + rng.uniform(0, 2 * np.pi, harmonics.size)) @ strength
    reach = radius * np.maximum(1 + waves, 0.2)
    outline = np.stack([centre[0] + reach * np.sin(turn), centre[1] + reach * np.cos(turn)], axis=-1)
    return polygon(outline, height, width)


def ellipse(
    height: int, width: int, centre: tuple[float, float], radii: tuple[float, float], angle: float = 0.0
) -> np.ndarray:
    """An ellipse.

    Args:
        height: rows of the matte.
        width: columns of the matte.
        centre: row and column in pixels.
        radii: half axes in pixels; the first lies along growing columns before the turn.
        angle: of the turn, in degrees anticlockwise.
    """
    turn, radians = np.linspace(0, 2 * np.pi, 180, endpoint=False), np.radians(angle)
    across, along = radii[0] * np.cos(turn), radii[1] * np.sin(turn)
    rows = centre[0] - across * np.sin(radians) - along * np.cos(radians)
    columns = centre[1] + across * np.cos(radians) - along * np.sin(radians)
    return polygon(np.stack([rows, columns], axis=-1), height, width)
