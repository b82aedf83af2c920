import numpy as np
import pytest

from keras_blur.contract import Calibration
from keras_blur.data.catalog import Example
from keras_blur.labels import CLASS_NAMES, DEFOCUS, MOTION, VOID


def example(name, blur_type, mask):
    rng = np.random.default_rng(len(name))
    return Example(rng.integers(0, 256, (*mask.shape, 3), dtype=np.uint8), mask, blur_type, name)


@pytest.fixture
def examples():
    """Left halves blurred: two by motion, one by defocus; and one photo of which nothing is known."""
    found = []
    for name, label in (("m1", MOTION), ("m2", MOTION), ("d1", DEFOCUS)):
        mask = np.zeros((20, 30), np.uint8)
        mask[:, :15] = label
        found.append(example(name, CLASS_NAMES[label], mask))
    return [*found, example("v", "mixed", np.full((20, 30), VOID, np.uint8))]


class Constant:
    """Answers the same coarse map to every photo."""

    name, calibration = "constant", Calibration()

    def __init__(self, cells):
        self.cells = np.array(cells, np.float32)

    def blur_map(self, image):
        return self.cells


@pytest.fixture
def left_motion():
    """Right about where, and takes all blur for motion."""
    cells = np.zeros((1, 30, 3), np.float32)
    cells[:, :15] = [0.1, 0.8, 0.1]
    cells[:, 15:] = [0.9, 0.05, 0.05]
    return Constant(cells)


@pytest.fixture
def two_classes():
    return Constant([[[0.2, 0.8]]])
