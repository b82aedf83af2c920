"""Frames of films, read by OpenCV."""

import contextlib
import dataclasses
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from keras_blur.errors import BlurError, UsageError
from keras_blur.processing.photos import save_picture
from keras_blur.text import printable

UNITS = {"": 1.0, "s": 1.0, "ms": 0.001, "min": 60.0}

SCENE_CHANGE = 30.0
"""Two frames are of two scenes if they differ by more grey levels on average, at `SCENE_SIZE`."""

SCENE_SIZE = (32, 18)
"""Width and height in pixels: so small that a hand that shakes changes little."""

LEAST_SHARE = 0.9
"""A film is damaged if less than this share of the frames that its header counts can be read."""


@dataclasses.dataclass(frozen=True)
class Frame:
    """A frame of a film.

    Attributes:
        number: Which frame of the film it is, from 0.
        seconds: When it is shown.
        image: uint8 RGB `(H, W, 3)`, upright.
    """

    number: int
    seconds: float
    image: np.ndarray


def seconds(text: str) -> float:
    """Returns the seconds that a text such as "1s", "500ms" or "0.5" stands for.

    Raises:
        UsageError: it is no time above 0.
    """
    found = re.fullmatch(r"(\d+\.?\d*|\.\d+)\s*(s|ms|min|)", text.strip())
    if not found or not float(found[1]):
        raise UsageError(f"every: expected a time above 0, such as 1s or 500ms, received {text!r}")
    return float(found[1]) * UNITS[found[2]]


def frames(path: str | os.PathLike, every: float = 1.0) -> Iterator[Frame]:
    """Reads the frames of a film: the first, and then the first one after every so many seconds.

    Args:
        path: The film.
        every: Seconds from one frame to the next.

    Raises:
        BlurError: the file is missing, no film, or damaged; frames before the damage are yielded first.
    """
    name = printable(path)
    if not os.path.isfile(path):
        raise BlurError(f"cannot read {name}: there is no such file")
    with _opened(path) as film:
        rate, count = film.get(cv2.CAP_PROP_FPS), int(film.get(cv2.CAP_PROP_FRAME_COUNT))
        if not film.isOpened() or not 0 < rate < 10_000:
            raise BlurError(f"cannot read {name}: the file is damaged, or not a film in a known format")
        number, due = 0, 0.0
        while film.grab():
            if number / rate >= due - 1e-9:
                there, pixels = film.retrieve()
                if not there:
                    break
                yield Frame(number, number / rate, cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))
                due = every * (np.floor(number / rate / every + 1e-9) + 1)
            number += 1
        if not number or number < LEAST_SHARE * count:
            raise BlurError(
                f"cannot read {name}: the film is damaged after {number / rate:.2f} s: "
                f"{number} of {count} frames can be read"
            )


@contextlib.contextmanager
def _opened(path: str | os.PathLike) -> Iterator[cv2.VideoCapture]:
    """A film, without the decoder's own messages, which name no file."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    film = cv2.VideoCapture(os.fspath(path))
    try:
        yield film
    finally:
        film.release()
        cv2.utils.logging.setLogLevel(level)


class Scenes:
    """Keeps the sharpest frame of each scene of a film.

    A scene ends where a frame differs much from the one before it, see `SCENE_CHANGE`.

    Args:
        place: Where the picture of a frame is written, by its seconds.
    """

    def __init__(self, place: Callable[[float], Path]):
        self._place = place
        self._best: tuple[float, Frame] | None = None
        self._last: np.ndarray | None = None

    def add(self, frame: Frame, score: float | None) -> None:
        """Adds the next frame and its score, None if it wasn't judged. A scene that it ends is closed."""
        small = _small(frame.image)
        if self._last is not None and np.abs(small - self._last).mean() > SCENE_CHANGE:
            self.close()
        self._last = small
        if score is not None and (self._best is None or score < self._best[0]):
            self._best = score, frame

    def close(self) -> None:
        """Writes the sharpest frame of the scene, if one was judged."""
        best, self._best = self._best, None
        if best is not None:
            save_picture(self._place(best[1].seconds), best[1].image, quality=95)


def _small(image: np.ndarray) -> np.ndarray:
    return cv2.resize(image, SCENE_SIZE, interpolation=cv2.INTER_AREA).astype(np.float32)
