"""Purohit 2018, stage by stage: local patches, the whole photo, their product, and a graph cut through it."""

from typing import Any

import cv2
import numpy as np

from keras_blur.contract import Calibration, Contract
from keras_blur.graph_cut import graph_cut
from keras_blur.labels import blurred_probability
from keras_blur.processing import check_image, limit_side, resize, resize_map
from keras_blur.spec import SystemSpec
from keras_blur.systems.base import System
from keras_blur.systems.network import NetworkSystem

PATCH = 30  # pixels
STEP = 4  # pixels between patches
BORDER = 32.0  # the cost of a border, see `graph_cut`; chosen on Kim's validation photos


class PatchAverage(NetworkSystem):
    """The local stage: every patch's probability is given to all its pixels, and overlaps are averaged.

    Patches are `step` pixels apart. The network sees whole photos, shifted by multiples of `step` below its
    own stride, so that neighbouring patches share their convolutions; the answer is that of patch by patch.

    Args:
        network: As `keras_blur.models.purohit2018.purohit2018_patch`: unpadded, float32 RGB `(1, h, w, 3)`
            in 0..255 to logits at a stride of `contract.output_stride`, the first for the top left patch.
        contract: What the network expects and returns.
        step: Pixels between patches, a divisor of the network's stride.
    """

    def __init__(self, network: Any, contract: Contract, step: int = STEP):
        if contract.output_stride % step:
            raise ValueError(f"step: expected a divisor of {contract.output_stride}, received {step}")
        super().__init__(network, contract)
        self.step = step

    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Finds the blur in a photo: see `System.blur_map`; one cell per pixel of the limited photo.

        Raises:
            BlurError: the network's output is not finite.
        """
        check_image(image)
        image = limit_side(image, self.contract.max_side)
        rows, columns = (_mean_of_patches(side, self.step) for side in image.shape[:2])
        answers = self.patch_answers(image)
        return np.einsum("yi,ijc,xj->yxc", rows, answers, columns, optimize=True)

    def patch_answers(self, image: np.ndarray) -> np.ndarray:
        """The probabilities `(n, m, C)` of the patches that begin at multiples of `step`.

        A photo that no whole number of steps fits is mirrored at its bottom and right.
        """
        stride, step = self.contract.output_stride, self.step
        counts = [_patches(side, step) for side in image.shape[:2]]
        cells = [-(-count * step // stride) for count in counts]  # of each shift, so that all have one shape
        windows = [PATCH + stride * (number - 1) for number in cells]
        bottom, right = (
            window + stride - step - side for window, side in zip(windows, image.shape[:2], strict=True)
        )
        pixels = cv2.copyMakeBorder(
            image, 0, max(0, bottom), 0, max(0, right), cv2.BORDER_REFLECT_101
        ).astype(np.float32)
        shifts = range(0, stride, step)
        answers = np.empty(
            (*(number * len(shifts) for number in cells), len(self.contract.classes)), np.float32
        )
        for row, top in enumerate(shifts):
            for column, left in enumerate(shifts):
                window = pixels[None, top : top + windows[0], left : left + windows[1]]
                answer = self._answer(np.ascontiguousarray(window))[0]
                answers[row :: len(shifts), column :: len(shifts)] = answer
        return answers[: counts[0], : counts[1]]


def _patches(side: int, step: int) -> int:
    """How many patches cover a side of so many pixels."""
    return 1 + max(0, -(-(side - PATCH) // step))


def _mean_of_patches(side: int, step: int) -> np.ndarray:
    """float32 `(side, patches)`: what each pixel's mean takes of each patch."""
    first = step * np.arange(_patches(side, step))
    offset = np.arange(side)[:, None] - first
    covers = ((offset >= 0) & (offset < PATCH)).astype(np.float32)
    return covers / covers.sum(axis=1, keepdims=True)


class Product(System):
    """Both stages together: the product of their probabilities, per class, scaled to sum to 1.

    Each stage's odds are first taken relative to its own threshold, which so comes to lie at 0.5.
    """

    name = "purohit2018_product"
    calibration = Calibration()

    def __init__(self, local: System, whole: System):
        self.local, self.whole = local, whole

    @property
    def num_params(self) -> int:
        """See `System`."""
        return self.local.num_params + self.whole.num_params

    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Finds the blur in a photo: see `System.blur_map`; float32 `(h, w, 2)` at the local map's size."""
        local = self.local.blur_map(image)
        whole = resize_map(self.whole.blur_map(image), *local.shape[:2])
        odds = _weighed(local, self.local) * _weighed(whole, self.whole) + 1e-12
        return (odds / odds.sum(axis=-1, keepdims=True)).astype(np.float32)


def _weighed(blur_map: np.ndarray, system: System) -> np.ndarray:
    """`(h, w, 2)`, sharp and blurred, equal where the probability of blur is the system's threshold."""
    blurred, threshold = blurred_probability(blur_map), system.calibration.blurred_threshold
    return np.stack([(1 - blurred) * threshold, blurred * (1 - threshold)], axis=-1)


class Cut(System):
    """The paper's answer: the product, decided by a graph cut. Every probability is 0 or 1.

    Args:
        local, whole: The two stages.
        border: The cost of a border, see `graph_cut`.
    """

    name = "purohit2018"
    calibration = Calibration()

    def __init__(self, local: System, whole: System, border: float = BORDER):
        self.product, self.border = Product(local, whole), border

    @property
    def num_params(self) -> int:
        """See `System`."""
        return self.product.num_params

    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Finds the blur in a photo: see `System.blur_map`; float32 `(h, w, 2)` of 0 and 1.

        Raises:
            BlurError: PyMaxflow is not installed.
        """
        probability = blurred_probability(self.product.blur_map(image))
        blurred = graph_cut(probability, resize(image, *probability.shape), self.border)
        return np.stack([~blurred, blurred], axis=-1).astype(np.float32)


STAGES = ("purohit2018_patch", "purohit2018_global")
SPECS = (
    SystemSpec(name="purohit2018_product", system=Product, parts=STAGES),
    SystemSpec(name="purohit2018", system=Cut, parts=STAGES),
)
