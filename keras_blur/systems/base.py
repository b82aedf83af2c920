"""The base of all systems: a photo goes in, a blur map and a verdict come out."""

import abc
import collections
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from PIL import Image

from keras_blur import verdict
from keras_blur.contract import MAX_PIXELS, Calibration
from keras_blur.errors import BlurError, UsageError
from keras_blur.processing import read_reduced
from keras_blur.processing.photos import Photo, keep
from keras_blur.result import Result

Region = tuple[float, float, float, float]
"""A part of a photo: (row, column, height, width) as fractions of the photo's sides."""

Reading = tuple[Photo, np.ndarray, tuple[int, int], verdict.Detail]
"""A photo as a result keeps it, its pixels, its height and width, and whether its pixels can be judged."""

WORKERS = min(4, os.cpu_count() or 1)


TOLERANCE = 0.05
"""How far probabilities of whole numbers may be from a sum of 1."""


def check_probabilities(probabilities: np.ndarray, name: str) -> None:
    """Checks that a file's output `(h, w, C)` is what a blur map must be.

    Raises:
        BlurError: it isn't finite, is outside 0..1, or doesn't sum to 1.
    """
    if not np.isfinite(probabilities).all():
        raise BlurError(f"{name} returns NaN or infinity: the file's weights are damaged")
    sums = probabilities.sum(axis=-1)
    if probabilities.min() < -TOLERANCE or np.abs(sums - 1).max() > TOLERANCE:
        raise BlurError(
            f"{name}: expected probabilities from 0 to 1 that sum to 1, received {probabilities.min():g} to "
            f"{probabilities.max():g} with sums of {sums.min():g} to {sums.max():g}; export it again"
        )


class System(abc.ABC):
    """Anything that finds blur in a photo: a network, a formula, a file that a phone runs.

    A system may be used by several threads at once.

    Attributes:
        name: What tables call it.
        calibration: What its probabilities mean: the threshold of a pixel, and what `verdict` needs.
        least_side: Large JPEGs may be decoded at a reduced scale, as long as no side falls below this many
            pixels; 0 = they are decoded as they are.
        max_pixels: A photo with more pixels is refused before it is decoded. It may be set.
    """

    name: str
    calibration: Calibration
    least_side: int = 0
    max_pixels: int = MAX_PIXELS

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    @property
    def num_params(self) -> int:
        """How many trained numbers it has; 0 for a formula."""
        return 0

    @abc.abstractmethod
    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Finds the blur in a photo.

        Args:
            image: uint8 RGB `(H, W, 3)` of any size from 1x1.

        Returns:
            float32 `(h, w, C)`: C = 3 (sharp, motion, defocus) or 2 (sharp, blurred); sums to 1 over the
            last axis. It covers the whole photo and may be coarser: `processing.resize_map` enlarges it.
        """

    def predict(self, photo: Photo, region: Region | None = None) -> Result:
        """Finds the blur in a photo and judges it.

        Args:
            photo: A path, a file's bytes, a file opened for reading bytes, a Pillow image or an array: see
                `processing.read_photo`.
            region: What the verdict is about, such as the box of a face: (row, column, height, width) as
                fractions of the upright photo's sides; None = the whole photo. `verdict.around` makes one of
                a tap.

        Raises:
            BlurError: the photo can't be read, or the system can't judge it.
            UsageError: `photo` is no photo at all, or the region is empty or lies outside the photo.
        """
        result = self._judge(self._read(photo, region), region)
        result.release()
        return result

    def predict_many(
        self, photos: Iterable[Photo], region: Region | None = None, workers: int | None = None
    ) -> Iterator[Result]:
        """Finds the blur in many photos, one after the other, while the next ones are read.

        A photo that can't be read or judged gives a result with an `error`; the others go on. A few photos
        are held in memory at a time, however many there are. The pixels of a result's photo are let go when
        the next result is asked for.

        Args:
            photos: Any number of photos, each as `predict` takes it. They are taken only a few ahead.
            region: See `predict`; the same for all.
            workers: How many photos are read at the same time; None = one a processor core, at most 4.

        Returns:
            An iterator over the results, in the order of the photos. If it is closed or dropped early, its
            workers end.

        Raises:
            UsageError: `photos` is one photo or none at all, the region is none, or `workers` is no whole
                number from 1.
        """
        if isinstance(photos, str | bytes | os.PathLike | np.ndarray | Image.Image) or hasattr(
            photos, "read"
        ):
            raise UsageError("photos: expected several photos, received one; give a list, or call predict")
        if not isinstance(photos, Iterable):
            raise UsageError(f"photos: expected several photos, such as a list, received {photos!r}")
        if region is not None:
            region = verdict.check_region(region)
        workers = WORKERS if workers is None else workers
        if not isinstance(workers, int) or workers < 1:
            raise UsageError(f"workers: expected a whole number from 1, received {workers!r}")
        return self._predict_many(photos, region, workers)

    def _predict_many(self, photos: Iterable[Photo], region: Region | None, workers: int) -> Iterator[Result]:
        waiting: collections.deque[tuple[Photo, Future]] = collections.deque()
        with ThreadPoolExecutor(workers, "keras_blur") as pool:
            try:
                for photo in photos:
                    waiting.append((photo, pool.submit(self._read, photo, region)))
                    if len(waiting) > workers:
                        yield from self._next(waiting, region)
                while waiting:
                    yield from self._next(waiting, region)
            finally:
                for _, reading in waiting:
                    reading.cancel()

    def _next(
        self, waiting: collections.deque[tuple[Photo, Future]], region: Region | None
    ) -> Iterator[Result]:
        """The result of the photo that waits longest."""
        photo, reading = waiting.popleft()
        try:
            result = self._judge(reading.result(), region)
        except MemoryError:
            result = Result.failed(photo, BlurError("not enough memory; shrink the photo first"))
        except BlurError as error:
            result = Result.failed(photo, error)
        del reading  # holds the pixels
        yield result
        result.release()

    def _read(self, photo: Photo, region: Region | None) -> Reading:
        photo = keep(photo)
        image, size = read_reduced(photo, self.least_side, self.max_pixels)
        return photo, image, size, verdict.detail(image, region)

    def _judge(self, reading: Reading, region: Region | None) -> Result:
        photo, image, size, detail = reading
        blur_map = self.blur_map(image)
        judged = verdict.assess(blur_map, self.calibration, detail, region)
        return Result(photo, image, blur_map, judged, self.calibration, size)
