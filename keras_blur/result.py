"""What predicting one photo returns."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from keras_blur.contract import Calibration
from keras_blur.errors import BlurError
from keras_blur.processing import add_legend, limit_side, overlay, read_photo
from keras_blur.processing.photos import Photo
from keras_blur.verdict import ENLARGED, UNCALIBRATED, Verdict

OVERLAY_SIDE = 1600
"""Longer side of overlay pictures in pixels: sharp on a screen, quick to open."""

REASONS = {
    "none": "sharp subject",
    "motion": "motion blur",
    "defocus": "out of focus",
    "blur": "blurred",
    "nothing to judge": "nothing to judge",
    "too small": "too small to judge",
}
"""What people read for a verdict's reason."""

NOTES = {
    ENLARGED: "smaller than the network's input, so that they look softer than they are",
    UNCALIBRATED: "the border between sharp and blurred was never measured for this system, so that scores "
    "only order photos; choose a threshold by looking, or measure it with benchmarks/verdict.py: see "
    "docs/verdict.md",
}
"""What people read for a note of the verdicts on photos."""


class Result:
    """What a system found in one photo.

    A result of a photo that could not be read has an `error`. Its blur map, verdict and overlay raise it.

    Attributes:
        source: The photo as it was given; of an open file, its bytes.
        photo: The photo's path; None if it was given as something else.
        height, width: Size of the upright photo in pixels; None with an error.
        error: Why there is no answer; None if there is one.
    """

    def __init__(
        self,
        source: Photo,
        image: np.ndarray,
        blur_map: np.ndarray,
        verdict: Verdict,
        calibration: Calibration,
        size: tuple[int, int] | None = None,
    ):
        self._answer: tuple[np.ndarray, Verdict, Calibration] | None = (blur_map, verdict, calibration)
        self._image: np.ndarray | None = image
        height, width = size or image.shape[:2]  # `image` may be reduced
        self.height: int | None = height
        self.width: int | None = width
        self.error: BlurError | None = None
        self.source, self.photo = source, _path(source)

    @classmethod
    def failed(cls, source: Photo, error: BlurError) -> "Result":
        """Returns the result of a photo without an answer."""
        result = cls.__new__(cls)
        result._answer = result._image = result.height = result.width = None
        result.source, result.photo, result.error = source, _path(source), error
        return result

    @property
    def blur_map(self) -> np.ndarray:
        """float32 `(h, w, C)` as `System.blur_map` returns it."""
        return self._found()[0]

    @property
    def verdict(self) -> Verdict:
        """Whether the photo is blurred, how, and whether a camera should warn."""
        return self._found()[1]

    def _found(self) -> tuple[np.ndarray, Verdict, Calibration]:
        if self._answer is None:
            assert self.error is not None
            raise self.error
        return self._answer

    @property
    def image(self) -> np.ndarray:
        """The photo's pixels, uint8 RGB; a large JPEG may be reduced. After `release` it is read again.

        Raises:
            BlurError: the photo can't be read any more.
        """
        return read_photo(self.source) if self._image is None else self._image

    def overlay(self, legend: bool = True) -> Image.Image:
        """Draws the blur over the photo: motion orange, defocus blue, sharp parts as they are.

        The photo's pixels are not kept, so the photo is read again.

        Args:
            legend: Whether shares, score and reason stand in a strip below the picture.

        Returns:
            An RGB picture whose longer side is at most `OVERLAY_SIDE`, plus the strip.

        Raises:
            BlurError: the photo has no answer, or is not there any more.
        """
        blur_map, verdict, calibration = self._found()
        picture = overlay(limit_side(self.image, OVERLAY_SIDE), blur_map, calibration.blurred_threshold)
        if legend:
            score = "" if verdict.score is None else f"score {verdict.score:.2f}  "
            picture = add_legend(picture, _shares(verdict), score + REASONS[verdict.reason])
        return Image.fromarray(picture)

    def release(self) -> None:
        """Drops the photo's pixels, which take most of a result's memory."""
        self._image = None

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, ready for JSON: photo, height, width and the verdict's; or photo and error.

        The path is exact: `text.printable` makes it fit for a terminal.
        """
        photo = None if self.photo is None else os.fspath(self.photo)
        if self.error is not None:
            return {"photo": photo, "error": str(self.error)}
        return {"photo": photo, "height": self.height, "width": self.width} | self.verdict.to_dict()

    def __repr__(self) -> str:
        name = "" if self.photo is None else f"{str(self.photo)!r}, "
        if self.error is not None:
            return f"Result({name}error={str(self.error)!r})"
        verdict = self.verdict
        return f"Result({name}warn={verdict.warn}, reason={verdict.reason!r}, score={verdict.score})"


def _path(source: Photo) -> Path | None:
    return Path(source) if isinstance(source, str | os.PathLike) else None


def _shares(verdict: Verdict) -> dict[str, str]:
    """The legend's entries: a text by class name."""
    if verdict.blurred_share is None:
        return {}
    if verdict.motion_share is None:
        return {"blurred": f"blurred {verdict.blurred_share:.0%}"}
    return {
        "motion": f"motion blur {verdict.motion_share:.0%}",
        "defocus": f"out of focus {verdict.defocus_share:.0%}",
    }
