"""What apps put around or onto a photo after it was taken: captions, frames, bars, dates. Always sharp."""

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw

from keras_blur.labels import SHARP, VOID
from tfds_builders.field_scenes.fonts import Face
from tfds_builders.field_scenes.pages import Writer

Picture = tuple[np.ndarray, np.ndarray]  # (H, W, 3) uint8 sRGB and (H, W) uint8 class ids


def add_caption(
    rng: np.random.Generator, faces: Sequence[Face], image: np.ndarray, mask: np.ndarray
) -> Picture:
    """Adds one kind of graphics to a photo.

    Args:
        rng: the source of randomness.
        faces: fonts.
        image: `(H, W, 3)` uint8.
        mask: `(H, W)` uint8 class ids.

    Returns:
        Both, perhaps larger. What was added is sharp; a strip that lets the photo through, and the ground
        around letters that stand on the photo itself, are void.
    """
    kinds = (strip, strip, frame, status_bar, letterbox, stamp)
    return kinds[rng.integers(len(kinds))](rng, faces, image, mask)


def _write(
    rng: np.random.Generator,
    faces: Sequence[Face],
    image: np.ndarray,
    box: tuple[int, int, int, int],
    size: float,
    ink: tuple,
) -> np.ndarray:
    """Writes lines of text into a box (left, top, right, bottom) of a picture."""
    picture = Image.fromarray(image)
    draw, writer = ImageDraw.Draw(picture), Writer(rng, faces, size)
    left, top, right, bottom = box
    for row in np.arange(top, max(top + 1, bottom - size), 1.35 * size):
        writer.line(draw, (left, row), (right - left) * rng.uniform(0.5, 1), ink)
    return np.array(picture)


def strip(rng: np.random.Generator, faces: Sequence[Face], image: np.ndarray, mask: np.ndarray) -> Picture:
    """A strip with text at the top or bottom, solid or half transparent."""
    height, width = mask.shape
    rows = round(height * rng.uniform(0.08, 0.25))
    at = np.s_[:rows] if rng.random() < 0.3 else np.s_[height - rows :]
    dark = rng.random() < 0.6
    opacity = 1.0 if rng.random() < 0.7 else rng.uniform(0.4, 0.7)
    ground = np.array((20, 22, 30) if dark else (245, 245, 245), np.float32)
    image, mask = image.copy(), mask.copy()
    image[at] = np.rint((1 - opacity) * image[at] + opacity * ground)
    mask[at] = SHARP if opacity == 1 else VOID
    size = rows / rng.uniform(1.6, 3.5)
    top = at.start or 0
    ink = (250, 250, 250) if dark else (20, 20, 20)
    box = (round(0.04 * width), top + round(0.12 * rows), round(0.96 * width), top + rows)
    return _write(rng, faces, image, box, size, ink), mask


def frame(rng: np.random.Generator, faces: Sequence[Face], image: np.ndarray, mask: np.ndarray) -> Picture:
    """A plain frame around the photo, wider below and written on half of the times."""
    edge = round(min(mask.shape) * rng.uniform(0.02, 0.08))
    below = edge if rng.random() < 0.5 else round(edge + 0.14 * mask.shape[0])
    ground = (250, 250, 248) if rng.random() < 0.6 else tuple(int(value) for value in rng.integers(0, 256, 3))
    sides = (edge, below, edge, edge)
    framed = cv2.copyMakeBorder(image, *sides, cv2.BORDER_CONSTANT, value=ground)
    ids = cv2.copyMakeBorder(mask, *sides, cv2.BORDER_CONSTANT, value=SHARP)
    if below > edge:
        size = 0.4 * below
        top = framed.shape[0] - below + round(0.2 * below)
        ink = (30, 30, 40) if sum(ground) > 380 else (240, 240, 240)
        framed = _write(
            rng, faces, framed, (2 * edge, top, framed.shape[1] - edge, top + round(size)), size, ink
        )
    return framed, ids


def status_bar(
    rng: np.random.Generator, faces: Sequence[Face], image: np.ndarray, mask: np.ndarray
) -> Picture:
    """A screenshot: a bar with a clock above the photo, a bar with round buttons below it."""
    height, width = mask.shape
    rows, buttons = max(14, round(0.05 * max(height, width))), max(20, round(0.1 * max(height, width)))
    dark = rng.random() < 0.5
    ground, ink = ((16, 16, 18), (235, 235, 235)) if dark else ((250, 250, 250), (25, 25, 25))
    image = cv2.copyMakeBorder(image, rows, buttons, 0, 0, cv2.BORDER_CONSTANT, value=ground)
    mask = cv2.copyMakeBorder(mask, rows, buttons, 0, 0, cv2.BORDER_CONSTANT, value=SHARP)
    image = _write(rng, faces, image, (8, rows // 5, width // 3, rows), 0.6 * rows, ink)
    for number in range(4):
        right, level = width - 8 - number * rows, rows // 2
        cv2.rectangle(
            image, (right - rows // 2, level - rows // 5), (right, level + rows // 5), ink, 1 + number % 2
        )
        middle = (round(width * (number + 0.5) / 4), rows + height + buttons // 2)
        cv2.circle(image, middle, buttons // 4, ink, 2, cv2.LINE_AA)
    return image, mask


def letterbox(
    rng: np.random.Generator, faces: Sequence[Face], image: np.ndarray, mask: np.ndarray
) -> Picture:
    """Black bars above and below, with a subtitle half of the times."""
    rows = round(mask.shape[0] * rng.uniform(0.06, 0.18))
    image = cv2.copyMakeBorder(image, rows, rows, 0, 0, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    mask = cv2.copyMakeBorder(mask, rows, rows, 0, 0, cv2.BORDER_CONSTANT, value=SHARP)
    if rng.random() < 0.5:
        height, width = mask.shape
        box = (width // 5, height - round(0.75 * rows), width - width // 6, height - rows // 4)
        image = _write(rng, faces, image, box, 0.5 * rows, (240, 240, 220))
    return image, mask


def stamp(rng: np.random.Generator, faces: Sequence[Face], image: np.ndarray, mask: np.ndarray) -> Picture:
    """A date or a name on the photo itself."""
    height, width = mask.shape
    size = round(max(12, rng.uniform(0.035, 0.07) * max(height, width)))
    left, top = round(rng.uniform(0.05, 0.5) * width), height - round(1.8 * size)
    right = min(width, left + 9 * size)
    ink = ((255, 140, 30), (250, 250, 250), (250, 230, 40))[rng.integers(3)]
    mask = mask.copy()
    mask[top - 2 : top + round(1.4 * size), max(0, left - 2) : right + 2] = VOID
    return _write(rng, faces, image, (left, top, right, top + size), size, ink), mask
