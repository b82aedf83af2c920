"""What every system is: a photo goes in, a blur map comes out."""

from typing import Protocol

import numpy as np


class System(Protocol):
    """Anything that finds blur in a photo: a network, a formula, a file that a phone runs.

    Attributes:
        name: What tables call it.
        blurred_threshold: A pixel counts as blurred if its probability of being blurred exceeds this.
        even_odds: Its calibration for `verdict`, see `Contract`; 1 if it has none.
        weights: How many trained numbers it has; 0 for a formula.
    """

    name: str
    blurred_threshold: float
    even_odds: float
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
