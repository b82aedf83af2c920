"""A patch network over whole photos: every pixel, or every few, is judged by the patch around it."""

import dataclasses
from typing import Any

import cv2
import numpy as np

from keras_blur.contract import Calibration, Contract
from keras_blur.graph_cut import graph_cut
from keras_blur.labels import blurred_probability
from keras_blur.processing import check_image, limit_side, place, resize, resize_map, restore
from keras_blur.spec import SystemSpec
from keras_blur.systems.base import System
from keras_blur.systems.network import NetworkSystem

TILE = 192
"""Pixels, the side of the parts that a photo is cut into: memory is bounded, and little is computed twice."""
CUT_SIDE = 640  # pixels, the longer side of what is cut
BORDER = 32.0  # the best of 0, 1, 2, 4, ... 32 on 14 of Kim's validation photos


class PatchSystem(NetworkSystem):
    """Classifies the patches of a photo, mirrored at its borders, without computing what they share twice.

    The answers are those of patch by patch: see `keras_blur.models.patchwise`. A stride of 1 answers for
    every pixel; the default, the contract's, is coarser and faster (docs/patch_networks.md).

    Args:
        network: A network of patches that `patchwise.classifier` made: float32 RGB `(B, n, n, 3)` in 0..255
            to logits `(B, 1, 1, C)`.
        contract: What it expects and returns.
        stride: Pixels between the patches: 1, 2 or a multiple of 4; None = the contract's.
        tile: Side in pixels of the parts that are computed at once; it changes memory and time only.
    """

    def __init__(self, network: Any, contract: Contract, stride: int | None = None, tile: int = TILE):
        from keras_blur.models import patchwise

        stride = stride or contract.output_stride
        contract = dataclasses.replace(contract, multiple=stride, output_stride=stride)
        super().__init__(patchwise.over_photos(network, stride), contract)
        self.side, self.stride = network.input_shape[1], stride
        self._cells = max(1, tile // stride)

    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Finds the blur in a photo: see `System.blur_map`.

        Raises:
            BlurError: the network's output is not finite.
        """
        check_image(image)
        height, width = image.shape[:2]
        placement = place(height, width, self.contract)
        pixels = resize(image, placement.height, placement.width)
        return restore(self.probabilities(pixels), placement)

    def probabilities(self, image: np.ndarray) -> np.ndarray:
        """The softmax of a photo's patches.

        Args:
            image: uint8 RGB `(H, W, 3)`, taken as it is.

        Returns:
            float32 `(ceil(H / stride), ceil(W / stride), C)`: cell i answers for the patch around the pixel
            `stride * i + stride // 2`, its middle one (the later one of two).

        Raises:
            BlurError: the network's output is not finite.
        """
        counts = [-(-side // self.stride) for side in image.shape[:2]]
        pixels = self._mirrored(image, counts)
        answers = np.empty((*counts, self.network.output_shape[-1]), np.float32)
        for rows in _parts(counts[0], self._cells):
            for columns in _parts(counts[1], self._cells):
                window = pixels[self._pixels(rows), self._pixels(columns)].astype(np.float32)
                answers[rows, columns] = self._answer(window[None])[0]
        return answers

    def _mirrored(self, image: np.ndarray, counts: list[int]) -> np.ndarray:
        """The photo from the first patch's first pixel to the last patch's last one."""
        before = self.side // 2
        start = self.stride // 2
        ends = [self.stride * (count - 1) + start + self.side for count in counts]
        after = [max(0, end - before - side) for end, side in zip(ends, image.shape[:2], strict=True)]
        image = cv2.copyMakeBorder(image, before, after[0], before, after[1], cv2.BORDER_REFLECT_101)
        return image[start : ends[0], start : ends[1]]

    def _pixels(self, cells: slice) -> slice:
        """What the patches of neighbouring cells cover."""
        return slice(self.stride * cells.start, self.stride * (cells.stop - 1) + self.side)


class GraphCut(System):
    """A map decided by a graph cut along the photo's edges, the post-processing that Schuster wishes for.

    Args:
        system: What the map is from.
        border: The cost of a border, see `graph_cut`.
    """

    calibration = Calibration()

    def __init__(self, system: System, border: float = BORDER):
        self.system, self.border = system, border
        self.name = f"{system.name}_cut"

    @property
    def num_params(self) -> int:
        """See `System`."""
        return self.system.num_params

    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Finds the blur in a photo: see `System.blur_map`; float32 `(h, w, 2)` of 0 and 1.

        Raises:
            BlurError: PyMaxflow is not installed.
        """
        small = limit_side(image, CUT_SIDE)
        blur_map = resize_map(self.system.blur_map(image), *small.shape[:2])
        blurred = graph_cut(blurred_probability(blur_map), small, self.border)
        return np.stack([~blurred, blurred], axis=-1).astype(np.float32)


def _parts(count: int, most: int) -> list[slice]:
    """Cuts `count` cells into parts of one size, at most `most`; the last may overlap the one before."""
    number = -(-count // most)
    size = -(-count // number)
    return [slice(start, start + size) for start in (min(i * size, count - size) for i in range(number))]


SPECS = (SystemSpec(name="schuster2016_cut", system=GraphCut, parts=("schuster2016",)),)
