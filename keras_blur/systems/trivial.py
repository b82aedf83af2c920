"""The trivial system that every table needs as its yardstick."""

import numpy as np

from keras_blur import sources
from keras_blur.contract import Calibration
from keras_blur.processing import check_image
from keras_blur.spec import SystemSpec
from keras_blur.systems.base import System


class AllBlurred(System):
    """Calls every pixel blurred, of no particular type."""

    name = "all_blurred"
    calibration = Calibration()

    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Returns one certainly blurred cell, float32 `(1, 1, 2)`, which covers the whole photo."""
        check_image(image)
        return np.array([[[0, 1]]], np.float32)


SPECS = (SystemSpec(name="all_blurred", system=AllBlurred, published=sources.thousand_photos(0.777)),)
