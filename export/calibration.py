"""Real photos for an export: training photos for calibration, others to verify with."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from keras_blur.contract import Contract
from keras_blur.data import catalog
from keras_blur.errors import BlurError, UsageError
from keras_blur.processing import find_photos, prepare, read_photo

VERIFICATION_PHOTOS = 16


class Photos:
    """Photos to calibrate with, and other photos to verify with.

    Attributes:
        origin: What is calibrated with: the data set and its split, or the folder's name.

    Args:
        source: A prepared data set, of which the training and the validation split are taken; or a folder of
            real photos, such as the network will see.
        data_dir: Where data sets are prepared; None = the default folder.

    Raises:
        UsageError: neither a data set nor a folder of photos is there.
        BlurError: the folder has too few photos.
    """

    def __init__(self, source: str | os.PathLike, data_dir: str | os.PathLike | None = None):
        source = os.fspath(source)
        self.origin = source
        self._files: list[Path] = []
        if os.path.isdir(source):
            self.origin = Path(source).resolve().name  # no path of this machine goes into files
            self._files = find_photos([source])
            if len(self._files) < 2:
                raise BlurError(f"too few photos in {source}: expected at least 2, found {len(self._files)}")
        else:
            self.origin = f"{source} train"
            try:
                self._training = catalog.load(source, "train", data_dir)
            except UsageError as error:
                raise UsageError(f"calibration: '{source}' is no folder of photos, and {error}") from error
            self._validation = catalog.load(source, "validation", data_dir)

    def calibration(self, count: int, seed: int) -> Iterator[np.ndarray]:
        """At most `count` training photos, uint8 RGB `(H, W, 3)`, drawn by `seed`."""
        for index in self._drawn(count, seed):
            yield read_photo(self._files[index]) if self._files else self._training[index].image

    def names(self, count: int, seed: int) -> list[str]:
        """Returns names of the photos of `calibration`: those in their data set, or the stems of files."""
        names = [path.stem for path in self._files] or self._training.photos
        return [names[index] for index in self._drawn(count, seed)]

    def verification(self, count: int = VERIFICATION_PHOTOS) -> Iterator[np.ndarray]:
        """At most `count` photos that calibration leaves alone, spread over them."""
        if self._files:
            spare = self._spare()
            yield from (read_photo(self._files[spare[i]]) for i in _spread(count, len(spare)))
        else:
            yield from (self._validation[i].image for i in _spread(count, len(self._validation)))

    def _drawn(self, count: int, seed: int) -> list[int]:
        total = len(self._files) or len(self._training)
        candidates = sorted(set(range(total)) - set(self._spare()))
        order = np.random.default_rng(seed).permutation(len(candidates))
        return sorted(candidates[index] for index in order[:count])

    def _spare(self) -> list[int]:
        """Of a folder, the photos to verify with: a fifth, at least one, at most VERIFICATION_PHOTOS."""
        total = len(self._files)
        return _spread(min(VERIFICATION_PHOTOS, max(1, total // 5)), total)


def _spread(count: int, total: int) -> list[int]:
    """At most `count` of the numbers below `total`, evenly spaced."""
    count = min(count, total)
    return [i * total // count for i in range(count)]


def samples(photos: Iterator[np.ndarray], contract: Contract) -> list[np.ndarray]:
    """Photos as the network sees them: uint8 `(1, height, width, 3)` each.

    Two values of the first sample are set to 0 and 255, so that the calibrated range of the input is that of
    all photos and its scale exactly 1.
    """
    pixels = [prepare(image, contract)[0].astype(np.uint8) for image in photos]
    if pixels:
        pixels[0][0, 0, 0, :2] = 0, 255
    return pixels
