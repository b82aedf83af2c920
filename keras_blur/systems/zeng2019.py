"""Zeng 2019 as a system: two filters that a network has learnt, without the network."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from keras_blur import files
from keras_blur.classical import zeng2019 as metric
from keras_blur.contract import Calibration, Contract
from keras_blur.errors import BlurError
from keras_blur.processing import check_image, limit_side
from keras_blur.spec import SystemSpec
from keras_blur.systems.base import System

MAX_SIDE = 640
"""Larger photos are shrunk to this longer side, in pixels, the size of the photos that it was trained on."""

FILTERS_FILE = "filters.json"


class Zeng2019(System):
    """Finds blur by two filters; it can't tell the types apart. See `classical.zeng2019.zeng2019`.

    Args:
        filters: `(K, n, n)` float.
    """

    name = "zeng2019"
    calibration = Calibration()

    def __init__(self, filters: np.ndarray):
        self.filters = np.asarray(filters, np.float32)

    @property
    def num_params(self) -> int:
        """See `System`."""
        return self.filters.size

    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Returns float32 `(h, w, 2)` (sharp, blurred) at the photo's size, at most `MAX_SIDE`."""
        check_image(image)
        blurred = metric.zeng2019(limit_side(image, MAX_SIDE), self.filters)
        return np.stack([1 - blurred, blurred], axis=-1)


def of_network(network: Any, contract: Contract) -> Zeng2019:
    """Returns the system of a trained network, of which only the first kernels are used."""
    from keras_blur.models.zeng2019 import FIRST_LAYER

    return Zeng2019(metric.learnt_filters(network.get_layer(FIRST_LAYER).get_weights()[0]))


def load_filters(path: str | os.PathLike) -> np.ndarray:
    """Reads filters `(K, n, n)` float32 that `python -m keras_blur.learnt_filters` has written.

    Raises:
        BlurError: the file is missing or holds something else.
    """
    stored = files.read_json(path)
    try:
        filters = np.array(stored["filters"], np.float32)
    except (KeyError, TypeError, ValueError) as error:
        raise BlurError(f"{path} holds no filters: expected a list of them under 'filters'") from error
    if filters.ndim != 3 or not np.isfinite(filters).all():
        raise BlurError(f"{path}: expected finite filters of shape (K, n, n), found {filters.shape}")
    return filters


def shipped() -> Zeng2019:
    """The system with the filters that come with the package."""
    return Zeng2019(load_filters(Path(__file__).parents[1] / "pretrained" / "zeng2019" / FILTERS_FILE))


SPECS = (SystemSpec(name="zeng2019", system=shipped),)
