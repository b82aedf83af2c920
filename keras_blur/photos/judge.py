"""Judges photos and films one after the other; every verdict is a row in a record."""

import collections
import dataclasses
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from keras_blur.errors import BlurError
from keras_blur.files import is_full, stamp
from keras_blur.photos import video
from keras_blur.photos.record import Record
from keras_blur.photos.rows import Row, make_row, too_small
from keras_blur.processing.find import Photo
from keras_blur.processing.formats import is_video
from keras_blur.result import Result
from keras_blur.systems.base import System

Maker = Callable[[Photo, Result, Row], dict[str, Any]]
"""Makes something of a judged photo, such as an overlay file, and returns the fields that tell of it."""


@dataclasses.dataclass(frozen=True)
class Judge:
    """How photos are judged.

    Attributes:
        system: What finds the blur.
        record: Where rows go, and where those of an earlier run are found.
        makers: What is made of each photo.
        fields: The fields that `makers` return: an earlier row without them isn't used again.
        region: What the verdict is about, see `System.predict`.
        workers: How many photos are read at the same time; None = one a core.
        every: Seconds from one judged frame of a film to the next.
        least_side: A photo whose shorter side is shorter than this many pixels isn't judged.
        scenes: Returns what saves the sharpest frames of a film; None = they aren't saved.
    """

    system: System
    record: Record
    makers: Sequence[Maker] = ()
    fields: frozenset[str] = frozenset()
    region: tuple[float, float, float, float] | None = None
    workers: int | None = None
    every: float = 1.0
    least_side: int = 0
    scenes: Callable[[Photo], video.Scenes] | None = None

    def rows(self, photos: Iterable[Photo]) -> Iterator[Row]:
        """Judges photos, then films; each row is in the record before it is yielded.

        A photo that can't be judged, or that changed while it was read, gives a row with an error.

        Raises:
            BlurError: the disk is full, or the record can't be written.
        """
        films = []
        waiting = []
        for photo in photos:
            if is_video(photo.path):
                films.append(photo)
            elif row := self._earlier(photo, None):
                yield row
            else:
                waiting.append(photo)
        yield from self._photos(waiting)
        for film in films:
            yield from self._film(film)

    def _photos(self, photos: Sequence[Photo]) -> Iterator[Row]:
        stamps: collections.deque[list[int] | None] = collections.deque()

        def paths() -> Iterator[Path]:
            for photo in photos:
                stamps.append(stamp(photo.path))
                yield photo.path

        results = self.system.predict_many(paths(), self.region, self.workers)
        for photo, result in zip(photos, results, strict=True):
            yield self._add(photo, result, stamps.popleft(), {})

    def _film(self, film: Photo) -> Iterator[Row]:
        """The rows of a film's frames; of a damaged one, the last row has an error."""
        before = stamp(film.path)
        scenes = self.scenes(film) if self.scenes else None
        try:
            for frame in video.frames(film.path, self.every):
                row = self._earlier(film, frame.number) or self._frame(film, frame, before)
                if scenes:
                    scenes.add(frame, row.get("score"))
                yield row
        except BlurError as error:
            if is_full(error):
                raise
            yield self._add(film, Result.failed(film.path, error), before, {})
        if scenes:
            scenes.close()

    def _frame(self, film: Photo, frame: video.Frame, before: list[int] | None) -> Row:
        """The row of a frame that no earlier run has judged."""
        try:
            result = self.system.predict(frame.image, self.region)
        except BlurError as error:
            result = Result.failed(frame.image, error)
        return self._add(film, result, before, {"frame": frame.number, "seconds": frame.seconds})

    def _earlier(self, photo: Photo, frame: int | None) -> Row | None:
        now = stamp(photo.path)
        return self.record.reuse(os.fspath(photo.path), frame, now, set(self.fields)) if now else None

    def _add(self, photo: Photo, result: Result, before: list[int] | None, where: dict[str, Any]) -> Row:
        """The photo's row, which is in the record then."""
        path = os.fspath(photo.path)
        if stamp(photo.path) != before and result.error is None:
            result = Result.failed(
                photo.path, BlurError(f"{path} changed while it was read; look at it again")
            )
        row = too_small(make_row(path, before[0] if before else None, result), self.least_side)
        row |= where | {"stamp": before, "inside": os.fspath(photo.inside)}
        if result.error is None:
            try:
                for maker in self.makers:
                    row |= maker(photo, result, row)
            except BlurError as error:
                if is_full(error):
                    raise
                row = make_row(path, row["bytes"], Result.failed(photo.path, error)) | where
        self.record.add(row)
        return row
