"""Streets at night: lamps far brighter than a sensor can hold, windows, signs, reflections."""

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw

from keras_blur.synthesis.camera import LAMP_COLOURS, add_lamps
from tfds_builders.field_scenes.fonts import Face
from tfds_builders.field_scenes.pages import Writer
from tfds_builders.field_scenes.surfaces import noise

LAMP_RADII = (0.7, 2.8)  # pixels of 640
GLARE = (
    (3.0, 0.02),
    (14.0, 0.008),
)  # deviation in pixels of 640 and share of the light that the lens scatters


def street(rng: np.random.Generator, faces: Sequence[Face], height: int, width: int) -> np.ndarray:
    """A sharp night scene, `(H, W, 3)` float32 linear light; lamps exceed 1."""
    scale = max(height, width) / 640
    radii = LAMP_RADII[0] * scale, LAMP_RADII[1] * scale
    horizon = round(height * rng.uniform(0.45, 0.8))
    sky = np.float32(np.exp(rng.uniform(*np.log((0.001, 0.03))))) * np.array([0.8, 0.9, 1.2], np.float32)
    scene = (
        np.broadcast_to(sky, (height, width, 3))
        * np.linspace(0.5, 1.6, height, dtype=np.float32)[:, None, None]
    )
    scene = np.ascontiguousarray(scene)
    _houses(rng, scene, horizon, scale)
    if rng.random() < 0.5:
        _shop_sign(rng, scene, faces, horizon)
    add_lamps(rng, scene[horizon // 2 : horizon], int(rng.integers(5, 30)), radii)
    add_lamps(rng, scene[:horizon], int(rng.integers(0, 8)), radii)
    _road(rng, scene, horizon)
    add_lamps(rng, scene[horizon - 2 :], int(rng.integers(0, 10)), radii)
    scene = cv2.GaussianBlur(scene, (0, 0), 0.5)  # the lens and the sensor
    return scene + _glare(scene, scale)


def _houses(rng: np.random.Generator, scene: np.ndarray, horizon: int, scale: float) -> None:
    left, width = 0, scene.shape[1]
    while left < width:
        right = left + round(rng.uniform(40, 170) * scale)
        top = round(horizon * rng.uniform(0.15, 0.85))
        wall = np.float32(np.exp(rng.uniform(*np.log((0.004, 0.12))))) * np.array(
            [1.1, 1.0, 0.85], np.float32
        )
        house = scene[top:horizon, left:right]
        house[:] = wall * np.exp(0.15 * noise(rng, len(house), house.shape[1], octaves=3))[..., None]
        step, size = round(rng.uniform(12, 30) * scale), rng.uniform(0.35, 0.65)
        for row in range(top + step // 2, horizon - step, step):
            for column in range(left + step // 3, min(right, width) - step, step):
                pane = scene[row : row + round(size * step), column : column + round(size * step)]
                if rng.random() < 0.4:
                    warmth = np.array([1, rng.uniform(0.65, 0.95), rng.uniform(0.3, 0.9)], np.float32)
                    pane[:] = np.exp(rng.uniform(*np.log((0.05, 1.2)))) * warmth
                    pane[:, pane.shape[1] // 2 : pane.shape[1] // 2 + 1] *= 0.1
                else:
                    pane *= 0.5
        left = right


def _shop_sign(rng: np.random.Generator, scene: np.ndarray, faces: Sequence[Face], horizon: int) -> None:
    """Letters that shine by themselves."""
    height = round(scene.shape[1] * rng.uniform(0.03, 0.1))
    width = round(scene.shape[1] * rng.uniform(0.2, 0.5))
    letters = Image.new("L", (width, round(1.5 * height)))
    Writer(rng, faces, height).line(ImageDraw.Draw(letters), (2, 2), width - 4, 255)
    rows = min(letters.height, horizon // 2)
    top, left = rng.integers(0, horizon - rows), rng.integers(0, scene.shape[1] - width)
    shine = np.asarray(letters, np.float32)[:rows, :, None] / 255
    scene[top : top + rows, left : left + width] += (
        shine
        * np.array(LAMP_COLOURS[rng.integers(len(LAMP_COLOURS))], np.float32)
        * np.float32(rng.uniform(0.5, 5))
    )


def _road(rng: np.random.Generator, scene: np.ndarray, horizon: int) -> None:
    """A wet or dry road that mirrors what stands above it."""
    below = scene.shape[0] - horizon
    mirrored = cv2.resize(scene[:horizon][::-1], (scene.shape[1], below), interpolation=cv2.INTER_AREA)
    smeared = cv2.blur(np.minimum(mirrored, 4), (1, max(3, below // 10) | 1))
    rough = np.exp(0.5 * noise(rng, below, scene.shape[1]))[..., None]
    scene[horizon:] = (
        smeared * np.float32(rng.uniform(0, 0.2)) + np.float32(rng.uniform(0.004, 0.05))
    ) * rough


def _glare(scene: np.ndarray, scale: float) -> np.ndarray:
    """The light that the lens scatters around lamps, `(H, W, 3)` float32."""
    height, width = scene.shape[:2]
    small = cv2.resize(scene, (max(1, width // 4), max(1, height // 4)), interpolation=cv2.INTER_AREA)
    spread = sum(share * cv2.GaussianBlur(small, (0, 0), sigma * scale / 4) for sigma, share in GLARE)
    return cv2.resize(spread, (width, height), interpolation=cv2.INTER_LINEAR)
