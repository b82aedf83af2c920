"""A more accurate and slower answer of a network."""

import dataclasses
from typing import Any

import numpy as np

from keras_blur.contract import Contract
from keras_blur.processing import resize_map
from keras_blur.processing.edges import follow_edges
from keras_blur.processing.sizes import limit_side
from keras_blur.systems.dense import DenseSystem
from keras_blur.systems.network import NetworkSystem

SCALES = (1.0, 0.73, 1.27)  # of the contract's input size
MULTIPLE = 64  # the inputs that every network here takes
SIDE = 640  # longer side of the refined map in pixels, about the size of CUHK's photos


class RefinedSystem(NetworkSystem):
    """The mean of a network's maps of a photo and its mirror image, at three sizes, fitted to the edges.

    About seven times slower than `DenseSystem`. A network that takes photos of any size is asked at the
    photo's own. Scales and filter were chosen on Kim's validation photos.

    Args:
        network: See `DenseSystem`.
        contract: See `DenseSystem`.
    """

    def __init__(self, network: Any, contract: Contract):
        super().__init__(network, contract)
        self.name = f"{contract.name}, refined"
        scales = SCALES if contract.resize == "stretch" else (1.0,)
        self._systems = [_at_scale(network, contract, scale) for scale in scales]

    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Finds the blur in a photo: see `System.blur_map`; the map's longer side is at most SIDE pixels."""
        small = limit_side(image, SIDE)
        with self._lock:  # they share one network
            maps = [resize_map(system.blur_map(image), *small.shape[:2]) for system in self._systems]
        return follow_edges(np.mean(maps, axis=0), small)


def _at_scale(network: Any, contract: Contract, scale: float) -> DenseSystem:
    if scale != 1.0:
        height, width = (
            max(1, round(scale * side / MULTIPLE)) * MULTIPLE for side in (contract.height, contract.width)
        )
        largest = scale * contract.max_enlargement
        contract = dataclasses.replace(contract, height=height, width=width, max_enlargement=largest)
    return DenseSystem(network, contract, flips=True)
