"""From a blur map to an answer: is this photo blurred, how, and is it worth a warning?

The definition, with its reasons, is in `docs/verdict.md`. It is written in plain array arithmetic, because
Kotlin and JavaScript repeat it.
"""

import dataclasses
from typing import Any

import numpy as np

from keras_blur.labels import DEFOCUS, MOTION, SHARP

GRID = 30
"""The photo, or the region, is averaged onto a grid of this many cells a side."""

WINDOW = 6
"""A subject is sharp if a window of this many cells a side is: a fifth of the photo's sides."""

WARN_SCORE = 0.5
"""A warning is given above this score. Provisional: not yet calibrated on photos."""

BOTH_SHARE = 1 / 3
"""The reason is "both" if the rarer type has at least this share of the blur."""

REASONS = ("none", "motion", "defocus", "both", "blur")


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a blur map says about a photo.

    Attributes:
        score: 0 = a subject is certainly sharp, 1 = nothing is sharp.
        warn: Whether `score` exceeds `WARN_SCORE`.
        reason: One of `REASONS`: "none" without a warning; "blur" if the system can't tell the types apart.
        blurred_share, motion_share, defocus_share: Shares of the whole photo's area, 0..1; the last two add
            up to the first, and are None if the system can't tell the types apart.
        sharp_box: Box around the sharp parts that hang together with the sharpest window: (row, column,
            height, width) as fractions of the photo's sides; None if that window is not sharp anywhere.
    """

    score: float
    warn: bool
    reason: str
    blurred_share: float
    motion_share: float | None
    defocus_share: float | None
    sharp_box: tuple[float, float, float, float] | None

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain values, ready for JSON."""
        return dataclasses.asdict(self)


def assess(
    blur_map: np.ndarray,
    region: tuple[float, float, float, float] | None = None,
    blurred_threshold: float = 0.5,
) -> Verdict:
    """Judges a photo by its blur map.

    A sharp subject is enough: the score is 1 - the mean P(sharp) of the sharpest window, which is a fifth of
    the photo's sides wide and high. So a blurred background does not count, however large. If a
    region is given, it is the subject, and the score is 1 - its mean P(sharp).

    Args:
        blur_map: `(h, w, 2)` or `(h, w, 3)` probabilities that sum to 1, of any size.
        region: (row, column, height, width) as fractions of the photo's sides, or None.
        blurred_threshold: A pixel counts to the shares as blurred if P(blurred) exceeds this.

    Raises:
        ValueError: the map is no blur map, or the region is empty or lies outside the photo.
    """
    blur_map = _checked(blur_map)
    box = (0.0, 0.0, 1.0, 1.0) if region is None else _checked_region(region)
    cells = _grid(blur_map, box)
    windows = _window_means(cells[..., SHARP])
    best = windows.max() if region is None else cells[..., SHARP].mean()
    score = float(np.clip(1 - best, 0, 1))
    warn = score > WARN_SCORE
    shares = _shares(blur_map, blurred_threshold)
    return Verdict(
        score=score,
        warn=warn,
        reason=_reason(cells) if warn else "none",
        blurred_share=shares[0],
        motion_share=shares[1],
        defocus_share=shares[2],
        sharp_box=_sharp_box(cells[..., SHARP], windows, box),
    )


def _checked(blur_map: np.ndarray) -> np.ndarray:
    blur_map = np.asarray(blur_map, np.float64)
    if blur_map.ndim != 3 or blur_map.shape[2] not in (2, 3) or not blur_map.size:
        raise ValueError(f"blur_map: expected shape (h, w, 2) or (h, w, 3), received {blur_map.shape}")
    if not np.isfinite(blur_map).all():
        raise ValueError("blur_map: expected finite probabilities, received NaN or infinity")
    return blur_map


def _checked_region(region: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    row, column, height, width = (float(value) for value in region)
    inside = row >= 0 and column >= 0 and row + height <= 1 + 1e-9 and column + width <= 1 + 1e-9
    if not (inside and height > 0 and width > 0):
        raise ValueError(
            f"region: expected (row, column, height, width) as fractions inside the photo, received {region}"
        )
    return row, column, height, width


def _grid(blur_map: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """The box's area averages on `GRID` x `GRID` cells: a pixel counts as far as it lies in a cell."""
    row, column, height, width = box
    rows = _overlaps(blur_map.shape[0], row, height)
    columns = _overlaps(blur_map.shape[1], column, width)
    return np.einsum("ih,hwc,jw->ijc", rows, blur_map, columns, optimize=True)


def _overlaps(length: int, start: float, extent: float) -> np.ndarray:
    """`(GRID, length)`: which share of each cell each of the map's `length` pixels covers."""
    cells = (start + extent * np.arange(GRID + 1) / GRID) * length
    pixels = np.arange(length)
    overlap = np.minimum(cells[1:, None], pixels + 1) - np.maximum(cells[:-1, None], pixels)
    overlap = np.maximum(overlap, 0)
    return overlap / overlap.sum(axis=1, keepdims=True)


def _window_means(sharp: np.ndarray) -> np.ndarray:
    """The mean of every `WINDOW` x `WINDOW` window of the grid, indexed by its top left cell."""
    sums = np.lib.stride_tricks.sliding_window_view(sharp, (WINDOW, WINDOW)).mean(axis=(2, 3))
    return sums.round(9)  # so that equal windows are equal, in whichever order they are added up


def _shares(blur_map: np.ndarray, threshold: float) -> tuple[float, float | None, float | None]:
    """The shares of the photo's area that are blurred, by motion and by defocus."""
    blurred = 1 - blur_map[..., SHARP] > threshold
    if blur_map.shape[2] == 2:
        return float(blurred.mean()), None, None
    motion = blurred & (blur_map[..., MOTION] >= blur_map[..., DEFOCUS])
    return float(blurred.mean()), float(motion.mean()), float((blurred & ~motion).mean())


def _reason(cells: np.ndarray) -> str:
    """What blurs the photo or the region: each cell's probability of blur counts for its likelier type.

    So an uncertain type is not mistaken for two types in different places.
    """
    if cells.shape[2] == 2:
        return "blur"
    blurred = 1 - cells[..., SHARP]
    is_motion = cells[..., MOTION] >= cells[..., DEFOCUS]
    motion, defocus = blurred[is_motion].sum(), blurred[~is_motion].sum()
    if min(motion, defocus) >= BOTH_SHARE * (motion + defocus):
        return "both"
    return "motion" if motion > defocus else "defocus"


def _sharp_box(
    sharp: np.ndarray, windows: np.ndarray, box: tuple[float, float, float, float]
) -> tuple[float, float, float, float] | None:
    """The box around the sharp cells that are connected to the sharpest window (first in reading order)."""
    top, left = np.unravel_index(windows.argmax(), windows.shape)
    is_sharp = sharp > 0.5
    reached = np.zeros_like(is_sharp)
    reached[top : top + WINDOW, left : left + WINDOW] = True
    reached &= is_sharp
    while True:
        wider = reached.copy()
        wider[1:] |= reached[:-1]
        wider[:-1] |= reached[1:]
        wider[:, 1:] |= reached[:, :-1]
        wider[:, :-1] |= reached[:, 1:]
        wider &= is_sharp
        if (wider == reached).all():
            break
        reached = wider
    if not reached.any():
        return None
    rows, columns = np.flatnonzero(reached.any(axis=1)), np.flatnonzero(reached.any(axis=0))
    row, column, height, width = box
    return (
        row + height * float(rows[0]) / GRID,
        column + width * float(columns[0]) / GRID,
        height * float(rows[-1] + 1 - rows[0]) / GRID,
        width * float(columns[-1] + 1 - columns[0]) / GRID,
    )
