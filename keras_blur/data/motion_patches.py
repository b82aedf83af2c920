"""Patches of the sharp parts of photos, each blurred by a known motion: what Sun 2015 learns from."""

import dataclasses
from collections.abc import Callable

import cv2
import numpy as np

from keras_blur import labels
from keras_blur.data import augmentation
from keras_blur.data.catalog import Example
from keras_blur.data.examples import Examples
from keras_blur.errors import BlurError
from keras_blur.synthesis import motions
from keras_blur.synthesis.blur import blur_photo

PER_PHOTO = 32  # samples in an epoch of the default length
MARGIN = max(motions.LENGTHS) // 2 + 1  # pixels around a patch that the longest motion reaches
LEAST_SLOPE = 4.0  # grey levels per pixel, the mean over a patch: flatter ones show no motion
PLACES_PER_PHOTO = 4096  # that are kept of the possible ones


def prepare(
    examples: Examples, height: int, width: int, config: augmentation.AugmentationConfig, workers: int = 1
) -> Callable:
    """Returns `make_sample(index, rng)`: a blurred patch, and the class of its motion.

    A sample is a random place in the sharp part of a photo where there is something to see, blurred in linear
    light by one of `motions.MOTIONS`, all equally often. Where a photo has no such place, another one stands
    in.

    Args:
        examples: What `index` counts.
        height, width: Size of a patch in pixels.
        config: The random changes; of the turns only the horizontal flip is used, before the blur.
        workers: Threads that look for places.

    Returns:
        A function that returns `(height, width, 3)` and `(1, 1)`, both uint8.

    Raises:
        BlurError: no photo has a sharp part that is large enough and not flat.
    """
    rows, columns = height + 2 * MARGIN, width + 2 * MARGIN
    # What would turn a motion is done before the blur, or not at all.
    colours = dataclasses.replace(config, flip_horizontal=0.0, flip_vertical=0.0, transpose=0.0, crop=0.0)
    found = examples.map(lambda example: _find_places(example, rows, columns), workers)
    sharp = {index: places for index, places in enumerate(found) if len(places)}
    if not sharp:
        raise BlurError(
            f"{examples.name}: no photo has a sharp part of {columns}x{rows} pixels that is not flat"
        )
    usable = list(sharp)

    def make_sample(index: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        if index not in sharp:
            index = rng.choice(usable)
        top, left = rng.choice(sharp[index])
        label = int(rng.integers(motions.COUNT))
        window = examples[index].image[top : top + rows, left : left + columns]
        if rng.random() < config.flip_horizontal:
            window = window[:, ::-1]
        window = blur_photo(np.ascontiguousarray(window), motions.kernel(label))
        patch = np.ascontiguousarray(window[MARGIN:-MARGIN, MARGIN:-MARGIN])
        nothing = np.zeros((height, width), np.uint8)
        patch, _ = augmentation.augment(patch, nothing, height, width, colours, rng)
        return patch, np.full((1, 1), label, np.uint8)

    return make_sample


def _find_places(example: Example, height: int, width: int) -> np.ndarray:
    """Returns where windows begin that are sharp all over and not flat, `(N, 2)` int16 of row and column."""
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


def _window_means(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Returns the means of all whole windows, by where they begin."""
    means = cv2.blur(values, (width, height), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
    return means[: values.shape[0] - height + 1, : values.shape[1] - width + 1]
