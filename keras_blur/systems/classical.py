"""The hand-made methods as systems."""

import functools
import importlib

import numpy as np

from keras_blur.contract import Calibration
from keras_blur.processing import check_image, limit_side

MAX_SIDE = 640
"""Larger photos are shrunk to this longer side, in pixels: the methods' windows are made for such photos."""

METHODS: dict[str, float] = {
    "laplacian_variance": 0.5,
    "su2011": 0.698,
    "shi2014": 0.065,
    "chakrabarti2010": 0.216,
    "lbp2016": 0.2,
    "hifst2017": 0.894,
    "jnb2015": 0.298,
    "zhuo2011": 0.239,
}
"""A method's name and the value above which its map calls a pixel blurred.

The map is the function of the same name in the module `keras_blur.classical.<name>`. The values maximise the
mean mIoU over photos of CUHK's training split (`python benchmarks/classical_thresholds.py`), but for the
variance of the Laplacian, whose map is a fitted probability already.
"""


THREE_CLASSES = {"su2011": "su2011_type"}
"""Methods that tell the types apart: `<name>_classes` in this module is a map `(H, W, 3)`."""

OPTIONS = {"hifst2017": {"stride": 2}}
"""What a method is called with. HiFST at every second pixel: a quarter of the time, rank correlation .993."""


class ClassicalSystem:
    """A hand-made method.

    Args:
        name: A key of `METHODS`.
    """

    weights = 0

    def __init__(self, name: str):
        self.name = name
        self.calibration = Calibration(METHODS[name])
        self._typed = name in THREE_CLASSES
        module = importlib.import_module(f"keras_blur.classical.{THREE_CLASSES.get(name, name)}")
        method = getattr(module, f"{name}_classes" if self._typed else name)
        self._method = functools.partial(method, **OPTIONS.get(name, {}))

    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Finds the blur in a photo: see `System.blur_map`; at the photo's size, at most `MAX_SIDE`."""
        check_image(image)
        answer = self._method(limit_side(image, MAX_SIDE))
        return answer if self._typed else np.stack([1 - answer, answer], axis=-1)
