"""Draws single photos with truth, answer and errors."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from keras_blur import labels
from keras_blur.data.catalog import Example
from keras_blur.processing import overlay, resize, resize_map

COLUMN_WIDTH, COLUMN_HEIGHT = 360, 360  # pixels that a photo is fitted into
GAP = 6
MISSED, FALSE_ALARM = (240, 228, 66), (204, 121, 167)  # yellow and pink of the palette of labels.COLOURS
UNKNOWN = (128, 128, 128)
TITLES = ("photo", "truth", "answer", "errors")
LEGEND = (
    ("motion", labels.COLOURS["motion"]),
    ("defocus", labels.COLOURS["defocus"]),
    ("blurred, type not told", FALSE_ALARM),
    ("errors: missed blur", MISSED),
    ("errors: false alarm", FALSE_ALARM),
    ("errors: truth unknown", UNKNOWN),
)
INK, PAPER = (40, 40, 40), (255, 255, 255)


def row(example: Example, blur_map: np.ndarray, threshold: float) -> np.ndarray:
    """The photo, its truth, the answer and the errors side by side.

    Args:
        example: The photo and its mask.
        blur_map: `(h, w, 2 or 3)`, of any size.
        threshold: P(blurred) above which a pixel is called blurred.

    Returns:
        `(h, w, 3)` uint8, 4 columns of `COLUMN_WIDTH`, at most `COLUMN_HEIGHT` high.
    """
    scale = min(COLUMN_WIDTH / example.image.shape[1], COLUMN_HEIGHT / example.image.shape[0])
    height, width = (max(1, round(side * scale)) for side in example.image.shape[:2])
    image = resize(example.image, height, width)
    pictures = [
        image,
        paint_truth(image, example.mask),
        overlay(image, blur_map, threshold),
        errors(image, example.mask, blur_map, threshold),
    ]
    canvas = np.full((height, 4 * COLUMN_WIDTH + 3 * GAP, 3), PAPER, np.uint8)
    for column, picture in enumerate(pictures):
        left = column * (COLUMN_WIDTH + GAP) + (COLUMN_WIDTH - width) // 2
        canvas[:, left : left + width] = picture
    return canvas


def paint_truth(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Returns a photo with its mask painted over it as a blur map is, `(h, w, 3)` uint8.

    Args:
        image: `(h, w, 3)` uint8, of any size, which the result has.
        mask: `(H, W)` uint8 class ids; void counts as sharp.
    """
    truth = np.eye(len(labels.CLASS_NAMES), dtype=np.float32)[np.where(mask < 3, mask, 0)]
    return overlay(image, resize_map(truth, *image.shape[:2]))


def errors(image: np.ndarray, mask: np.ndarray, blur_map: np.ndarray, threshold: float) -> np.ndarray:
    """Paints missed blur `MISSED`, false alarms `FALSE_ALARM` and void `UNKNOWN` over the photo in pale grey.

    Args:
        image: `(h, w, 3)` uint8, of any size, which the result has.
        mask: `(H, W)` ids; errors are found at its size.
        blur_map: `(h', w', 2 or 3)`.
        threshold: P(blurred) above which a pixel is called blurred.
    """
    called = labels.blurred_probability(resize_map(blur_map, *mask.shape)) > threshold
    blurred = mask != labels.SHARP
    paint = np.zeros((*mask.shape, 4), np.float32)  # RGB and whether it is painted
    for where, colour in (
        (blurred & ~called, MISSED),
        (called & ~blurred, FALSE_ALARM),
        (mask == labels.VOID, UNKNOWN),
    ):
        paint[where] = (*colour, 1)
    paint = resize(paint, *image.shape[:2])
    grey = image.mean(axis=-1, keepdims=True) * 0.6 + 255 * 0.3
    strength = 0.75 * paint[..., 3:]
    colour = paint[..., :3] / np.maximum(paint[..., 3:], 1e-6)
    return np.rint(grey * (1 - strength) + colour * strength).astype(np.uint8)


def sheet(rows: Sequence[np.ndarray], captions: Sequence[str], title: str) -> np.ndarray:
    """Stacks rows with a caption above each, under a title, the columns' titles and a legend of colours.

    Returns:
        `(H, W, 3)` uint8.
    """
    width = rows[0].shape[1]
    heads = [
        _text([(0, title, INK)], width, 20),
        _legend(width),
        write_titles(TITLES, COLUMN_WIDTH + GAP, width),
    ]
    parts = [np.full((GAP, width, 3), PAPER, np.uint8), *heads]
    for picture, caption in zip(rows, captions, strict=True):
        parts += [_text([(0, caption, INK)], width, 15), picture, np.full((GAP, width, 3), PAPER, np.uint8)]
    return np.pad(np.vstack(parts), ((0, 0), (GAP, GAP), (0, 0)), constant_values=255)


def write_titles(titles: Sequence[str], step: int, width: int) -> np.ndarray:
    """Returns a strip `(h, width, 3)` uint8 with a title at every `step` pixels."""
    return _text([(i * step, title, INK) for i, title in enumerate(titles)], width, 15)


def _legend(width: int) -> np.ndarray:
    lefts = [i * width // len(LEGEND) for i in range(len(LEGEND))]
    texts = [(left + 20, text, INK) for left, (text, _) in zip(lefts, LEGEND, strict=True)]
    strip = _text(texts, width, 15).copy()
    for left, (_, colour) in zip(lefts, LEGEND, strict=True):
        strip[6:20, left : left + 14] = colour
    return strip


def _text(entries: Sequence[tuple[int, str, tuple[int, int, int]]], width: int, size: int) -> np.ndarray:
    """A strip with texts: (left edge in pixels, text, colour) each."""
    strip = Image.new("RGB", (width, round(1.7 * size)), PAPER)
    draw = ImageDraw.Draw(strip)
    for left, text, colour in entries:
        draw.text((left, round(0.25 * size)), text, fill=colour, font=ImageFont.load_default(size))
    return np.asarray(strip)
