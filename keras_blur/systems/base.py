"""What every system is: a photo goes in, a blur map comes out."""

from typing import Protocol

import numpy as np

from keras_blur.contract import Calibration


class System(Protocol):
    """Anything that finds blur in a photo: a network, a formula, a file that a phone runs.

    Attributes:
        name: What tables call it.
        calibration: What its probabilities mean: the threshold of a pixel, and what `verdict` needs.
        weights: How many trained numbers it has; 0 for a formula.
    """

    name: str
    calibration: Calibration
    weights: int

    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Finds the blur in a photo.

        Args:
            image: uint8 RGB `(H, W, 3)` of any size from 1x1.

        Returns:
            float32 `(h, w, C)`: C = 3 (sharp, motion, defocus) or 2 (sharp, blurred); sums to 1 over the
            last axis. It covers the whole photo and may be coarser: `processing.resize_map` enlarges it.
        """
        ...
