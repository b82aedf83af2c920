"""Samples of whole photos, or crops of them, with their masks."""

from collections.abc import Callable

import numpy as np

from keras_blur.contract import Contract
from keras_blur.data import augmentation
from keras_blur.data.examples import Examples


def prepare(
    examples: Examples, height: int, width: int, config: augmentation.AugmentationConfig, workers: int = 1
) -> Callable:
    """Returns `make_sample(index, rng)`: the photo of an example and its mask, augmented.

    Args:
        examples: What `index` counts.
        height, width: Size of a sample in pixels.
        config: The random changes.
        workers: Not used here; other kinds of samples search the examples first.

    Returns:
        A function that returns `(height, width, 3)` and `(height, width)`, both uint8.
    """

    def make_sample(index: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        example = examples[index]
        return augmentation.augment(example.image, example.mask, height, width, config, rng)

    return make_sample


def training_size(contract: Contract, crop: int) -> tuple[int, int]:
    """Returns height and width of training samples: the contract's, or a square where it takes any size."""
    if contract.resize == "stretch":
        return contract.height, contract.width
    return crop, crop
