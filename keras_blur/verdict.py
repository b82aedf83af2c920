"""Judges blur maps: is this photo blurred, how, and is it worth a warning? The same over frames.

The definition, with its reasons and what was measured, is in `docs/verdict.md`. It is written in plain array
arithmetic, because Kotlin and JavaScript repeat it; `tests/golden` holds the cases that all three run.
"""

import dataclasses
import itertools
import math
from typing import Any

import numpy as np

from keras_blur.contract import Calibration
from keras_blur.errors import UsageError
from keras_blur.labels import DEFOCUS, MOTION, SHARP
from keras_blur.processing import limit_side

GRID = 30
"""The photo, or the region, is averaged onto a grid of this many cells a side."""

WINDOW = 3
"""A subject is sharp if a window of this many cells a side is: a tenth of the photo's sides."""

WARN_SCORE = 0.5
"""A warning is given above this score."""

TYPES = ("motion", "defocus", "blur")
"""What blurs a photo; "blur" if the system can't tell the types apart."""

NOTHING_TO_JUDGE, TOO_SMALL = "nothing to judge", "too small"
"""Why a photo is not judged."""

REASONS = ("none", *TYPES, NOTHING_TO_JUDGE, TOO_SMALL)

CELLS, BLOCK = 48, 3
"""Detail is looked for in blocks of BLOCK cells a side, of which the photo has CELLS: a 16th of its sides."""

LEAST_CONTRAST = 16.0
"""Grey levels: a photo, or a region, with less contrast between its blocks holds nothing to judge."""

SAMPLES, LONGEST_STRIP = 240, 72
"""Frames, bars and captions are looked for on SAMPLES x SAMPLES pixels of the photo. They have fewer lines
than the second, 30 % of a side."""

EVEN_LEVELS = 6
"""Grey levels: what differs by no more from the colour in a strip's corner is its ground."""

FINE_SIDE = 640
"""Pixels: fineness is measured on the photo shrunk to this longer side; a smaller photo stays as it is."""

FINE_WINDOW = 5
"""Fineness is that of a window of this many cells a side, a tenth of the photo's sides: the finest one."""

FINE_NOISE = 48
"""What noise of half a grey level adds to a pixel's squared second differences: so much is no detail."""

TEXTURE, LEAST_TEXTURED = 320, 0.4
"""A window is textured if the squared second differences over two pixels are at least the first on average,
4.5 grey levels. If fewer than the second of the windows are, fineness says nothing: a few lines may be drawn
smoothly."""

SHARP_FINENESS, LEAST_FINENESS = 0.4, 0.25
"""From the first on a photo may be sharp, as far as its pixels tell; less than the second counts as it."""

LEAST_SIDE = 48
"""Pixels: a photo whose shorter side is shorter than this is too small to judge."""

MUCH_ENLARGED, TOO_ENLARGED = 1.25, 1.5
"""Enlarged by more than the first, a photo looks softer than it is; beyond the second it is too small."""

ENLARGED, UNCALIBRATED = "enlarged", "uncalibrated"
"""Notes: the photo is smaller than the input and looks softer than it is; the system's even odds were never
measured, so that its scores only order photos."""

TAP_SIDE = 0.2
"""A tap means a box of this share of the photo's sides."""

LEAST_REGION = 1e-6
"""The shortest side of a region, as a fraction of the photo's: less is lost in rounding."""

# Over frames, in seconds but for the scores.
QUIET_SCORE = WARN_SCORE - 0.1
"""A shown warning goes once the smoothed score is below this."""

SMOOTHING, TYPE_SMOOTHING = 0.2, 0.5
"""Time constants of the smoothing of scores and of the types' weights."""

APPEAR_AFTER, VANISH_AFTER = 0.3, 0.2
"""How long the smoothed score must stay above WARN_SCORE, or below QUIET_SCORE, before anything changes."""

SHOWN_FOR, HIDDEN_FOR = 1.0, 0.5
"""A warning, and a reason, is shown for at least the first; between warnings is at least the second."""

OTHER_REASON = 2.0
"""A shown reason is replaced by another with this many times its weight."""

JUDGED_BELOW, UNJUDGED_ABOVE = 0.2, 0.8
"""Smoothed shares of frames without a verdict below and above which frames are said to be judged, and not."""

LONGEST_GAP = 2.0
"""After this long without a frame nothing older counts, and no warning is shown."""


@dataclasses.dataclass(frozen=True)
class Detail:
    """Whether a photo can be judged and how fine its detail is, as measured from its pixels: see `detail`.

    Attributes:
        contrast: The greatest difference, in grey levels, of twice a block from both beside it; 0 for photos
            with less than CELLS pixels on a side.
        fineness: How fine the finest detail is: about 1 for fine texture and noise, 0.2 to 0.5 for sharp
            edges alone, below 0.2 for strong blur; 1 where nothing is known, because the photo has too few
            pixels or too little texture.
        height, width: The photo's size in pixels.
        region: (row, column, height, width) as fractions of the photo's sides: the one that was asked about,
            or the photo without the frame, bars and captions that an app put around it.
    """

    contrast: float
    fineness: float
    height: int
    width: int
    region: tuple[float, float, float, float]


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The verdict on a photo, or on a region of it.

    If the photo can't be judged, `warn` is False, `reason` says why, and all that follows is None or empty.

    Attributes:
        judged: Whether there is a verdict.
        warn: Whether `score` exceeds `WARN_SCORE`.
        reason: One of `REASONS`: `blur_type` with a warning, "none" without one, or why there is no verdict.
        score: 0 = a subject is certainly sharp, 1 = nothing is sharp.
        blur_type: One of `TYPES`: what blurs the photo or the region most, warning or not.
        blurred_share, motion_share, defocus_share: Shares of the area, 0..1, that are blurred in all, by
            motion and by defocus; the last two add up to the first, and are None if the system can't tell
            the types apart.
        sharp_box: Box around the connected sharp area around the sharpest window: (row, column, height,
            width) as fractions of the photo's sides; None if that window is not sharp anywhere.
        notes: What to know about the verdict, of `ENLARGED` and `UNCALIBRATED`.
    """

    judged: bool
    warn: bool
    reason: str
    score: float | None = None
    blur_type: str | None = None
    blurred_share: float | None = None
    motion_share: float | None = None
    defocus_share: float | None = None
    sharp_box: tuple[float, float, float, float] | None = None
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain values, ready for JSON."""
        return dataclasses.asdict(self)


def assess(
    blur_map: np.ndarray,
    calibration: Calibration,
    detail: Detail | None = None,
    region: tuple[float, float, float, float] | None = None,
) -> Verdict:
    """Judges a photo by its blur map.

    A sharp subject is enough: the score is the mean P(blurred) of the sharpest window, which is
    WINDOW / GRID of the photo's sides wide and high, with its odds divided by the even odds. So a blurred
    background does not count, however large. If no detail of the photo is fine, the odds are greater: slight
    blur shows in the pixels before it shows in a map. If a region is given, only windows inside it count; if
    it is smaller than a window, it is the window.

    Args:
        blur_map: `(h, w, 2)` or `(h, w, 3)` probabilities that sum to 1, of any size.
        calibration: The system's. At even odds of 1 the score is the window's P(blurred) itself.
        detail: What `detail` says of the photo and the same region; None = unknown: then it is judged.
        region: (row, column, height, width) as fractions of the photo's sides; None = that of `detail`, or
            else the whole photo.

    Raises:
        ValueError: the map is no blur map, or the region is empty or lies outside the photo.
    """
    blur_map = _checked(blur_map)
    box = check_region(detail.region if region is None and detail is not None else region)
    enlargement = 0.0 if detail is None else calibration.input_side / max(detail.height, detail.width)
    obstacle = None if detail is None else _obstacle(detail, enlargement)
    if obstacle is not None:
        return Verdict(judged=False, warn=False, reason=obstacle)
    notes = {ENLARGED: enlargement > MUCH_ENLARGED, UNCALIBRATED: calibration.even_odds == 1}
    cells = _grid(blur_map, box).round(
        9
    )  # so that equal ones are equal, in whichever order they are added up
    size = _window_size(box[2]), _window_size(box[3])
    windows = _window_means(cells[..., SHARP], size)
    soft = 1.0 if detail is None else softness(detail.fineness)
    score = _score(float(windows.max()), calibration.even_odds / soft)
    warn = score > WARN_SCORE
    shares = _shares(cells, calibration)
    blur_type = _blur_type(cells, shares, calibration.motion_odds)
    return Verdict(
        judged=True,
        warn=warn,
        reason=blur_type if warn else "none",
        score=score,
        blur_type=blur_type,
        blurred_share=shares[0],
        motion_share=shares[1],
        defocus_share=shares[2],
        sharp_box=_sharp_box(cells[..., SHARP], windows, size, box),
        notes=tuple(note for note, holds in notes.items() if holds),
    )


def detail(image: np.ndarray, region: tuple[float, float, float, float] | None = None) -> Detail:
    """Measures whether a photo, or a region of it, has anything that could be sharp, and how fine that is.

    Contrast: the photo is averaged over blocks of BLOCK x BLOCK of CELLS x CELLS cells. Every block is
    compared with both of its neighbours, above and below or left and right. An even surface, a gradient,
    vignetting and noise make hardly any difference; a scene does, however blurred.

    Fineness: how strongly pixels differ from those beside them, compared with how strongly they differ from
    those two pixels away. Blur takes away the first before the second.

    Args:
        image: uint8 `(H, W, 3)`.
        region: (row, column, height, width) as fractions of the photo's sides, or None: the whole photo.

    Raises:
        ValueError: the image is not a photo, or the region is empty or lies outside it.
    """
    if not (image.ndim == 3 and image.shape[2] == 3 and image.dtype == np.uint8 and image.size):
        raise ValueError(f"image: expected uint8 (H, W, 3), received {image.dtype} {image.shape}")
    box = row, column, height, width = _inside(image) if region is None else check_region(region)
    size = image.shape[0], image.shape[1]
    if min(size) < CELLS:
        return Detail(0.0, 1.0, *size, box)
    blocks = _blocks(image)
    rows, columns = _middles(row, height)[:, None], _middles(column, width)
    fineness = _fineness(image, rows - 1, columns - 1)
    outer = (
        blocks[rows - BLOCK, columns] + blocks[rows + BLOCK, columns],
        blocks[rows, columns - BLOCK] + blocks[rows, columns + BLOCK],
    )
    contrast = float(np.abs(np.stack(outer) - 2 * blocks[rows, columns]).max())
    return Detail(contrast, fineness, *size, box)


def softness(fineness: float) -> float:
    """Returns what the odds of blur are multiplied by: 1 for a photo that has fine detail, up to 2.56.

    Args:
        fineness: See `Detail`.
    """
    ratio = SHARP_FINENESS / min(max(fineness, LEAST_FINENESS), SHARP_FINENESS)
    return ratio * ratio


def around(row: float, column: float, side: float = TAP_SIDE) -> tuple[float, float, float, float]:
    """Returns the region of a tap: a box around it, moved inwards where it would leave the photo.

    Args:
        row, column: Where the tap is, as fractions of the photo's sides; clipped to 0..1.
        side: Height and width of the box as fractions of the photo's sides, above 0 and at most 1.
    """
    top, left = (min(max(centre - side / 2, 0.0), 1 - side) for centre in (row, column))
    return top, left, side, side


def _obstacle(detail: Detail, enlargement: float) -> str | None:
    """Why a photo can't be judged; None if it can."""
    if min(detail.height, detail.width) < LEAST_SIDE or enlargement > TOO_ENLARGED:
        return TOO_SMALL
    return NOTHING_TO_JUDGE if detail.contrast < LEAST_CONTRAST else None


def _checked(blur_map: np.ndarray) -> np.ndarray:
    blur_map = np.asarray(blur_map, np.float64)
    if blur_map.ndim != 3 or blur_map.shape[2] not in (2, 3) or not blur_map.size:
        raise ValueError(f"blur_map: expected shape (h, w, 2) or (h, w, 3), received {blur_map.shape}")
    if not np.isfinite(blur_map).all():
        raise ValueError("blur_map: expected finite probabilities, received NaN or infinity")
    return blur_map


def check_region(region: tuple[float, float, float, float] | None) -> tuple[float, float, float, float]:
    """Returns a region as numbers; None means the whole photo.

    Raises:
        UsageError: it is no region, is empty, or lies outside the photo.
    """
    if region is None:
        return 0.0, 0.0, 1.0, 1.0
    try:
        row, column, height, width = (float(value) for value in region)
    except (TypeError, ValueError):
        row = column = height = width = math.nan
    inside = row >= 0 and column >= 0 and row + height <= 1 + 1e-9 and column + width <= 1 + 1e-9
    if not (inside and min(height, width) >= LEAST_REGION):
        raise UsageError(
            "region: expected (row, column, height, width) as fractions inside the photo, sides of at least "
            f"{LEAST_REGION}, received {region!r}"
        )
    return row, column, height, width


def _inside(image: np.ndarray) -> tuple[float, float, float, float]:
    """The box of what lies inside a frame, bars or captions, if the photo has such."""
    rows, columns = ((2 * np.arange(SAMPLES) + 1) * side // (2 * SAMPLES) for side in image.shape[:2])
    lines = image[rows[:, None], columns].astype(np.int16)
    across = lines.swapaxes(0, 1)
    top, bottom, left, right = (_strip(side) for side in (lines, lines[::-1], across, across[::-1]))
    size = SAMPLES - top - bottom, SAMPLES - left - right
    return top / SAMPLES, left / SAMPLES, size[0] / SAMPLES, size[1] / SAMPLES


def _strip(lines: np.ndarray) -> int:
    """How many of the first lines have an even ground, at both ends and for a third of their length at least.

    If it is so many that no strip ends, it is the ground of the photo itself, and the answer is 0.
    """
    even = (np.abs(lines[:LONGEST_STRIP] - lines[0, 0]) <= EVEN_LEVELS).all(axis=2)
    drawn = even[:, 0] & even[:, -1] & (3 * even.sum(axis=1) >= SAMPLES)
    return 0 if drawn.all() else int(drawn.argmin())


def _blocks(image: np.ndarray) -> np.ndarray:
    """The mean grey level of every block, indexed by its top left cell; grey is the mean of the channels."""
    height, width = image.shape[:2]
    rows, columns = _edges(height), _edges(width)
    lines = image.reshape(height, -1)
    sums = np.stack([lines[a:b].sum(axis=0, dtype=np.int64) for a, b in itertools.pairwise(rows)])
    cells = np.add.reduceat(sums, 3 * columns[:-1], axis=1)
    return _window_sums(cells, BLOCK) / (3 * _window_pixels(rows, columns, BLOCK))


def _fineness(image: np.ndarray, lines: np.ndarray, places: np.ndarray) -> float:
    """The fineness of the finest of the windows whose top left cells are given; 1 where nothing is known."""
    small = limit_side(image, FINE_SIDE)
    height, width = small.shape[:2]
    if min(height, width) < CELLS:
        return 1.0
    rows, columns = _edges(height), _edges(width)
    red, green, blue = np.moveaxis(small.astype(np.int16), 2, 0)
    grey = np.pad(red + 2 * green + blue, 2, mode="edge")
    cells = np.empty((2, CELLS, CELLS), np.int64)
    for cell, (first, last) in enumerate(itertools.pairwise(rows)):  # a line of cells stays in the cache
        line = grey[first : last + 4].astype(np.int32)
        for distance in (1, 2):
            curvature = _curvature(line[2 - distance : distance - 2 or None], distance)
            cells[distance - 1, cell] = np.add.reduceat(curvature.sum(axis=0), columns[:-1])
    beside, beyond = (_window_sums(each, FINE_WINDOW)[lines, places] for each in cells)
    pixels = _window_pixels(rows, columns, FINE_WINDOW)[lines, places]
    if (beyond >= TEXTURE * pixels).sum() < LEAST_TEXTURED * pixels.size:
        return 1.0
    return float((beside / (beyond + FINE_NOISE * pixels)).max())


def _curvature(grey: np.ndarray, distance: int) -> np.ndarray:
    """The squared second differences, down and across; `distance` lines and 2 columns at the edges go."""
    height, width = grey.shape[0] - 2 * distance, grey.shape[1] - 4
    middle = 2 * grey[distance:-distance, 2:-2]
    down = grey[:height, 2:-2] + grey[2 * distance :, 2:-2] - middle
    left, right = (grey[distance:-distance, 2 + step :][:, :width] for step in (-distance, distance))
    across = left + right - middle
    return down * down + across * across


def _edges(side: int) -> np.ndarray:
    """Where the cells begin along a side, and where the last one ends."""
    return np.arange(CELLS + 1) * side // CELLS


def _window_sums(cells: np.ndarray, size: int) -> np.ndarray:
    """The sum of every `size` x `size` cells, indexed by the top left one."""
    return np.lib.stride_tricks.sliding_window_view(cells, (size, size)).sum(axis=(2, 3))


def _window_pixels(rows: np.ndarray, columns: np.ndarray, size: int) -> np.ndarray:
    """The number of pixels in every `size` x `size` cells."""
    return np.outer(rows[size:] - rows[:-size], columns[size:] - columns[:-size])


def _middles(start: float, extent: float) -> np.ndarray:
    """Where, along an axis, the blocks begin that have both neighbours and their middle in a region."""
    first = min(max(math.floor(start * CELLS), BLOCK + 1), CELLS - BLOCK - 2)
    last = max(min(math.ceil((start + extent) * CELLS), CELLS - BLOCK - 1), first + 1)
    return np.arange(first, last) - 1


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


def _window_size(extent: float) -> int:
    """How many cells of a region make a window's side: WINDOW / GRID of the photo, at most all of them."""
    return min(GRID, math.floor(WINDOW / extent + 0.5))


def _window_means(sharp: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The mean of every window of `size` cells of the grid, indexed by its top left cell."""
    means = np.lib.stride_tricks.sliding_window_view(sharp, size).mean(axis=(2, 3))
    return means.round(9)  # so that equal windows are equal, in whichever order they are added up


def _score(sharp: float, even_odds: float) -> float:
    """The score of a photo whose sharpest window has this mean P(sharp)."""
    blurred = min(max(1 - sharp, 0.0), 1.0)
    return blurred / (blurred + even_odds * (1 - blurred))


def _shares(cells: np.ndarray, calibration: Calibration) -> tuple[float, float | None, float | None]:
    """The shares of the cells that are blurred, by motion and by defocus."""
    blurred = 1 - cells[..., SHARP] > calibration.blurred_threshold
    if cells.shape[2] == 2:
        return float(blurred.mean()), None, None
    motion = blurred & (cells[..., MOTION] >= calibration.motion_odds * cells[..., DEFOCUS])
    return float(blurred.mean()), float(motion.mean()), float((blurred & ~motion).mean())


def _blur_type(cells: np.ndarray, shares: tuple, motion_odds: float) -> str:
    """What blurs more of the cells; where as many, by the sums of their probabilities."""
    _, motion, defocus = shares
    if motion is None:
        return "blur"
    if motion == defocus:
        motion, defocus = cells[..., MOTION].sum(), motion_odds * cells[..., DEFOCUS].sum()
    return "motion" if motion >= defocus else "defocus"


def _sharp_box(
    sharp: np.ndarray,
    windows: np.ndarray,
    size: tuple[int, int],
    box: tuple[float, float, float, float],
) -> tuple[float, float, float, float] | None:
    """The box around the sharp cells that are connected to the sharpest window (first in reading order)."""
    top, left = np.unravel_index(windows.argmax(), windows.shape)
    is_sharp = sharp > 0.5
    reached = np.zeros_like(is_sharp)
    reached[top : top + size[0], left : left + size[1]] = True
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


@dataclasses.dataclass(frozen=True)
class Alert:
    """The warning at a moment.

    Attributes:
        shown: Whether the warning is on the screen.
        reason: One of `TYPES` while it is shown, else "none".
        score: The smoothed score.
        judged: Whether the frames of late could be judged.
        appeared: The warning was not shown a moment ago: the time for a short vibration.
    """

    shown: bool
    reason: str
    score: float
    judged: bool
    appeared: bool


class Frames:
    """Makes a warning that neither flickers nor sticks from the verdicts of frames: call `update` with each.

    Scores are smoothed over time, not over frames, so the frame rate doesn't matter. A warning appears when
    the smoothed score has stayed above WARN_SCORE for APPEAR_AFTER seconds, and goes when it has stayed below
    QUIET_SCORE for VANISH_AFTER; it is shown for at least SHOWN_FOR and then hidden for at least HIDDEN_FOR.
    """

    def __init__(self):
        self._restart()

    def _restart(self) -> None:
        self._time: float | None = None
        self._score = 0.0
        self._judged, self._unjudged = True, 0.0  # the latter: the smoothed share of frames without a verdict
        self._weights = dict.fromkeys(TYPES, 0.0)
        self._shown, self._reason = False, "none"
        self._since: float | None = None  # since when a change has been due
        self._changed = self._reason_changed = -math.inf

    def update(self, time: float, score: float | None, blur_type: str | None) -> Alert:
        """Adds a frame's verdict; returns what to show.

        Args:
            time: When it was taken, in seconds on any clock. A time before the last one starts anew.
            score, blur_type: Its verdict's. Both are None if the frame was not judged.

        Raises:
            ValueError: the time or the score is not finite, or the type is none of `TYPES`.
        """
        judged = score is not None and math.isfinite(score) and blur_type in TYPES
        if not (math.isfinite(time) and (judged or (score is None and blur_type is None))):
            raise ValueError(
                f"expected a finite time, and a finite score with one of {', '.join(TYPES)}, or None with "
                f"None, received {time!r}, {score!r} and {blur_type!r}"
            )
        before = self.at(time).shown
        self._smooth(time, score, blur_type)
        self._turn(time)
        return dataclasses.replace(self.at(time), appeared=self._shown and not before)

    def at(self, time: float) -> Alert:
        """Returns what to show at a time without a new frame; a warning ends soon after its frames."""
        if self._time is not None and not 0 <= time - self._time <= LONGEST_GAP:
            self._restart()
        return Alert(self._shown, self._reason, self._score, self._judged, appeared=False)

    def _smooth(self, time: float, score: float | None, blur_type: str | None) -> None:
        before = self._time
        share, type_share = (
            1.0 if before is None else 1 - math.exp((before - time) / constant)
            for constant in (SMOOTHING, TYPE_SMOOTHING)
        )
        self._score += share * ((score or 0.0) - self._score)  # no verdict: nothing to warn of
        self._unjudged += share * ((score is None) - self._unjudged)
        if not JUDGED_BELOW <= self._unjudged <= UNJUDGED_ABOVE:
            self._judged = self._unjudged < JUDGED_BELOW
        for name in TYPES:
            weight = score or 0.0 if name == blur_type else 0.0
            self._weights[name] += type_share * (weight - self._weights[name])
        self._time = time

    def _turn(self, time: float) -> None:
        """Shows or hides the warning, or changes its reason, if that is due."""
        due = self._score < QUIET_SCORE if self._shown else self._score > WARN_SCORE
        self._since = (time if self._since is None else self._since) if due else None
        wait, rest = (VANISH_AFTER, SHOWN_FOR) if self._shown else (APPEAR_AFTER, HIDDEN_FOR)
        likeliest = max(TYPES, key=self._weights.__getitem__)  # the first of equals
        if self._since is not None and time - self._since >= wait and time - self._changed >= rest:
            self._shown = not self._shown
            self._reason = likeliest if self._shown else "none"
            self._since, self._changed, self._reason_changed = None, time, time
        elif (
            self._shown
            and time - self._reason_changed >= SHOWN_FOR
            and self._weights[likeliest] > OTHER_REASON * self._weights[self._reason]
        ):
            self._reason, self._reason_changed = likeliest, time
