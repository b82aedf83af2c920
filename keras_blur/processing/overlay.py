"""Blur drawn over the photo, for people."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from keras_blur.labels import COLOURS, DEFOCUS, MOTION, blurred_probability
from keras_blur.processing.prepare import check_image
from keras_blur.processing.restore import resize_map

UNTYPED = (204, 121, 167)
"""RGB colour of blur whose type the system can't tell; from the same palette as `labels.COLOURS`."""

LEGEND_WIDTH = 360  # Narrower pictures get no legend: it would not fit, in pixels.

STRENGTH = 0.5  # Share of the colour where blur is certain: the photo must stay recognisable.
SURE_SHARP, SURE_BLURRED = 0.3, 0.8  # Below, nothing is drawn; above, full strength.


def overlay(image: np.ndarray, blur_map: np.ndarray, blurred_threshold: float = 0.5) -> np.ndarray:
    """Draws a blur map over its photo: motion orange, defocus blue, sharp parts as they are.

    The tint grows with the probability of blur, and a thin line runs where it crosses the threshold.
    Memory is some 40 bytes a pixel: shrink large photos first (`limit_side`).

    Args:
        image: uint8 RGB `(H, W, 3)`.
        blur_map: `(h, w, C)` of any size; with C = 2 all blur is drawn in `UNTYPED`.
        blurred_threshold: Where the line is drawn.

    Returns:
        uint8 RGB `(H, W, 3)`.
    """
    check_image(image)
    full = resize_map(blur_map, *image.shape[:2])
    blurred = blurred_probability(full)
    ramp = np.clip((blurred - SURE_SHARP) / (SURE_BLURRED - SURE_SHARP), 0, 1)
    alpha = STRENGTH * ramp * ramp * (3 - 2 * ramp)
    colours = _colours(full)
    drawn = image + alpha[..., None] * (colours - image)
    line = _line(blurred > blurred_threshold)[..., None]
    drawn += line * (0.5 * colours + 127.5 - drawn)  # The line is the colour, half way to white.
    return np.rint(np.clip(drawn, 0, 255)).astype(np.uint8)


def _colours(blur_map: np.ndarray) -> np.ndarray:
    """RGB of every pixel's blur, float32 `(H, W, 3)`: types mix as their probabilities do."""
    if blur_map.shape[2] == 2:
        return np.broadcast_to(np.array(UNTYPED, np.float32), (*blur_map.shape[:2], 3))
    types = blur_map[..., MOTION:]
    palette = np.array([COLOURS["motion"], COLOURS["defocus"]], np.float32)
    share = types[..., DEFOCUS - MOTION] / np.maximum(types.sum(axis=-1), 1e-6)
    # Steep around one half: mixed orange and blue is a grey that says nothing.
    share = np.clip((share - 0.5) * 4 + 0.5, 0, 1)[..., None]
    return palette[0] * (1 - share) + palette[1] * share


def _line(mask: np.ndarray) -> np.ndarray:
    """A smooth thin outline of a boolean mask, not drawn along the photo's edges: float32 in 0..1."""
    thickness = 1 + max(mask.shape) // 800
    mask = mask.astype(np.uint8)
    edge = cv2.dilate(mask, np.ones((3, 3), np.uint8), iterations=thickness) - mask
    return cv2.GaussianBlur(edge.astype(np.float32), (0, 0), 0.6)


def add_legend(picture: np.ndarray, entries: dict[str, str], note: str) -> np.ndarray:
    """Puts a strip below a picture: a coloured square and a text for each entry, and a note at the right.

    Args:
        picture: uint8 RGB `(H, W, 3)`.
        entries: Text by class name: a key of `labels.COLOURS`, or "blurred".
        note: Left out where there is no room for it.

    Returns:
        uint8 RGB, some rows higher; the picture itself if it is narrower than `LEGEND_WIDTH`.
    """
    height, width = picture.shape[:2]
    if width < LEGEND_WIDTH:
        return picture
    size = int(np.clip(width / 50, 12, 26))
    font = ImageFont.load_default(size)
    canvas = Image.new("RGB", (width, height + 2 * size), (24, 24, 24))
    canvas.paste(Image.fromarray(picture))
    draw = ImageDraw.Draw(canvas)
    middle, left = height + size, size
    for name, text in entries.items():
        colour = COLOURS.get(name, UNTYPED)
        draw.rectangle((left, middle - size // 2, left + size, middle + size // 2), fill=colour)
        left += size + size // 2
        draw.text((left, middle), text, font=font, fill="white", anchor="lm")
        left += int(draw.textlength(text, font)) + 2 * size
    if left + draw.textlength(note, font) + size <= width:
        draw.text((width - size, middle), note, font=font, fill="white", anchor="rm")
    return np.asarray(canvas)
