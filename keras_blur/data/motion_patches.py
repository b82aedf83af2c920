"""Patches of the sharp parts of photos, each blurred by a known motion: what Sun 2015 learns from."""

import dataclasses

import cv2
import numpy as np

from keras_blur import labels
from keras_blur.data import augmentation
from keras_blur.data.batches import Batches
from keras_blur.errors import BlurError
from keras_blur.synthesis import motions
from keras_blur.synthesis.blur import blur_photo

PATCHES_PER_PHOTO = 32  # in an epoch of the default length
MARGIN = max(motions.LENGTHS) // 2 + 1  # pixels around a patch that the longest motion reaches
LEAST_SLOPE = 4.0  # grey levels per pixel, the mean over a patch: flatter ones show no motion
PLACES_PER_PHOTO = 4096  # that are kept of the possible ones


class MotionPatches(Batches):
    """Batches of patches `(B, n, n, 3)` uint8 and the classes of their motions, uint8 `(B, 1, 1)`.

    A sample is a random place in the sharp part of a photo where there is something to see, blurred in linear
    light by one of `motions.MOTIONS`, all equally often.

    Args: as `Batches`; `samples` is 32 per photo by default, and height and width are those of a patch.

    Raises:
        BlurError: no photo has a sharp part that is large enough and not flat.
    """

    def __init__(self, split, height, width, batch_size, *, samples: int = 0, **options):
        samples = samples or PATCHES_PER_PHOTO * len(split)
        super().__init__(split, height, width, batch_size, samples=samples, **options)
        self._window = tuple(side + 2 * MARGIN for side in self._size)
        # What would turn a motion is done before the blur, or not at all.
        self._colours = dataclasses.replace(
            self._config, flip_horizontal=0.0, flip_vertical=0.0, transpose=0.0, crop=0.0
        )
        found = self._threads.map(self._places, range(sum(map(len, self.splits))))
        self._sharp = {index: places for index, places in enumerate(found) if len(places)}
        if not self._sharp:
            raise BlurError(
                f"{split.dataset}, split {split.split}: no photo has a sharp part of "
                f"{self._window[1]}x{self._window[0]} pixels that is not flat"
            )

    def _places(self, index: int) -> np.ndarray:
        """Where windows begin, `(N, 2)` int16 of row and column, that are sharp all over and not flat."""
        example = self._example(index)
        height, width = self._window
        if example.mask.shape[0] < height or example.mask.shape[1] < width:
            return np.empty((0, 2), np.int16)
        grey = cv2.cvtColor(example.image, cv2.COLOR_RGB2GRAY).astype(np.float32)
        slopes = cv2.magnitude(cv2.Sobel(grey, -1, 1, 0, scale=1 / 8), cv2.Sobel(grey, -1, 0, 1, scale=1 / 8))
        sharp = (example.mask == labels.SHARP).astype(np.float32)
        kept = (_window_means(sharp, height, width) > 1 - 1e-6) & (
            _window_means(slopes, height, width) > LEAST_SLOPE
        )
        places = np.argwhere(kept).astype(np.int16)
        return places[:: max(1, len(places) // PLACES_PER_PHOTO)]

    def sample(self, epoch: int, position: int, index: int) -> tuple[np.ndarray, np.ndarray]:
        """The patch and its class at a position of an epoch; see `Batches.sample`."""
        rng = np.random.default_rng((self._seed, epoch, 1, position))
        if index not in self._sharp:  # blurred all over: another photo stands in
            index = rng.choice(list(self._sharp))
        top, left = rng.choice(self._sharp[index])
        label = int(rng.integers(motions.COUNT))
        window = self._example(index).image[top : top + self._window[0], left : left + self._window[1]]
        if rng.random() < self._config.flip_horizontal:
            window = window[:, ::-1]
        window = blur_photo(np.ascontiguousarray(window), motions.kernel(label))
        patch = np.ascontiguousarray(window[MARGIN:-MARGIN, MARGIN:-MARGIN])
        nothing = np.zeros(self._size, np.uint8)
        patch, _ = augmentation.augmented(patch, nothing, *self._size, self._colours, rng)
        return patch, np.full((1, 1), label, np.uint8)

    def _filling(self) -> tuple[np.ndarray, np.ndarray]:
        return super()._filling()[0], np.full((1, 1), labels.VOID, np.uint8)


def _window_means(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """The means of all whole windows, by where they begin."""
    means = cv2.blur(values, (width, height), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
    return means[: values.shape[0] - height + 1, : values.shape[1] - width + 1]
