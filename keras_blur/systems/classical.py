"""The hand-made methods as systems."""

import numpy as np

from keras_blur import classical
from keras_blur.contract import Calibration
from keras_blur.processing import check_image, limit_side
from keras_blur.systems.base import System

MAX_SIDE = 640
"""Larger photos are shrunk to this longer side, in pixels: the methods' windows are made for such photos."""


class ClassicalSystem(System):
    """A hand-made method.

    Args:
        name: A key of `classical.SPECS`.
    """

    def __init__(self, name: str):
        spec = classical.SPECS[name]
        self.name = name
        self.calibration = Calibration(spec.threshold)
        self._method = spec.method

    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Finds the blur in a photo: see `System.blur_map`; at the photo's size, at most `MAX_SIDE`."""
        check_image(image)
        answer = self._method(limit_side(image, MAX_SIDE))
        return answer if answer.ndim == 3 else np.stack([1 - answer, answer], axis=-1)
