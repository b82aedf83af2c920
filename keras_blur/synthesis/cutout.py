"""Cutting objects out of photos by their masks, and putting them into other frames."""

import dataclasses

import cv2
import numpy as np

from keras_blur.synthesis.composite import fill_hole
from keras_blur.synthesis.light import to_linear

RIM = 2  # pixels inside a hand-drawn outline that may hold light of the old background
SOFTNESS = 0.8  # pixels: standard deviation of a sharp photo's own edges


@dataclasses.dataclass(frozen=True)
class Cutout:
    """An object in its bounding box.

    Attributes:
        colours: `(h, w, 3)` float32 linear light, complete also outside of the object.
        matte: `(h, w)` float32, 0 to 1, soft at its edge.
        cut: the sides ("top", "bottom", "left", "right") at which the photo's frame cut the object.
    """

    colours: np.ndarray
    matte: np.ndarray
    cut: frozenset[str] = frozenset()


def cut_out(image: np.ndarray, mask: np.ndarray) -> Cutout | None:
    """Cuts an object out softly, without a halo of its old background.

    Of several parts of the mask the largest is taken. Its colours come from the inside: the outline's rim
    is replaced by what lies within.

    Args:
        image: `(H, W, 3)` uint8 RGB.
        mask: `(H, W)` bool, True = object.

    Returns:
        The object, or None if nothing of it is left without its rim.
    """
    whole = largest_part(mask)
    if not _shrunk(whole, RIM).any():
        return None
    linear, matte = lift(image, whole)
    left, top, width, height = cv2.boundingRect((matte > 0).astype(np.uint8))
    box = np.s_[top : top + height, left : left + width]
    inside = _shrunk(whole, 1)
    touched = {
        "top": inside[0].any(),
        "bottom": inside[-1].any(),
        "left": inside[:, 0].any(),
        "right": inside[:, -1].any(),
    }
    return Cutout(linear[box], matte[box], frozenset(side for side, value in touched.items() if value))


def lift(image: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Separates all that a mask covers from its background, in the photo's own frame.

    Args:
        image: `(H, W, 3)` uint8 RGB.
        mask: `(H, W)` bool, or uint8 0 and 1.

    Returns:
        Colours `(H, W, 3)` float32 linear light, complete also outside of the mask and free of its rim's,
        and a matte `(H, W)` float32, 0 to 1, soft at its edge.
    """
    # Where the frame cuts the object there is no rim: the mask goes on outside.
    inside, core = (_shrunk(mask.astype(np.uint8), steps).astype(np.float32) for steps in (1, RIM))
    matte = cv2.GaussianBlur(inside, (0, 0), SOFTNESS, borderType=cv2.BORDER_REPLICATE)
    return fill_hole(to_linear(image), core), matte


def largest_part(mask: np.ndarray) -> np.ndarray:
    """The largest connected part of a mask `(H, W)` bool or uint8, as uint8 0 and 1."""
    _, parts, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if len(statistics) == 1:
        return np.zeros(mask.shape, np.uint8)
    return (parts == 1 + statistics[1:, cv2.CC_STAT_AREA].argmax()).astype(np.uint8)


def _shrunk(mask: np.ndarray, steps: int) -> np.ndarray:
    return cv2.erode(
        mask, np.ones((3, 3), np.uint8), iterations=steps, borderType=cv2.BORDER_CONSTANT, borderValue=1
    )


def placed(
    rng: np.random.Generator,
    cutout: Cutout,
    height: int,
    width: int,
    share: float,
    largest_scale: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Puts an object at a random place of an empty frame, mirrored half of the times.

    A side at which its own photo cut it ends at the same side of the new frame, so no straight cut shows.

    Args:
        rng: the source of randomness.
        cutout: the object.
        height: rows of the frame.
        width: columns of the frame.
        share: its longer extent, as a share of the frame's side in that direction; 0 to 1.
        largest_scale: the most by which it is enlarged: enlarging blurs.

    Returns:
        Colours `(H, W, 3)` and matte `(H, W)`, float32.
    """
    rows, columns = cutout.matte.shape
    scale = min(share * min(height / rows, width / columns), largest_scale)
    rows, columns = max(1, round(rows * scale)), max(1, round(columns * scale))
    top = _position(rng, height - rows, "top" in cutout.cut, "bottom" in cutout.cut)
    left = _position(rng, width - columns, "left" in cutout.cut, "right" in cutout.cut)
    parts = [_resized(part, rows, columns) for part in (cutout.colours, cutout.matte)]
    if rng.random() < 0.5:
        parts, left = [part[:, ::-1] for part in parts], width - columns - left
    colours, matte = np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.float32)
    for frame, part in zip((colours, matte), parts, strict=True):
        frame[top : top + rows, left : left + columns] = part
    return colours, matte


def _position(rng: np.random.Generator, free: int, at_start: bool, at_end: bool) -> int:
    place = int(rng.integers(free + 1))
    return 0 if at_start else free if at_end else place


def _resized(part: np.ndarray, rows: int, columns: int) -> np.ndarray:
    shrinks = rows < part.shape[0]
    return cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
