"""Samples of patches as the data sets hold them, each with the class of the pixel in its middle."""

from collections.abc import Callable

import numpy as np

from keras_blur.data import augmentation
from keras_blur.data.examples import Examples
from keras_blur.errors import BlurError


def prepare(
    examples: Examples, height: int, width: int, config: augmentation.AugmentationConfig, workers: int = 1
) -> Callable:
    """Returns `make_sample(index, rng)`: the patch of an example, and the class of its middle pixel.

    Patches are never resized, which would change their blur. Of larger ones the middle is taken.

    Args:
        examples: What `index` counts.
        height, width: Size of a patch in pixels.
        config: The random changes; they must not crop.
        workers: Not used here; other kinds of samples search the examples first.

    Returns:
        A function that returns `(height, width, 3)` and `(1, 1)`, both uint8. It raises BlurError where a
        patch is smaller.
    """

    def make_sample(index: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        example = examples[index]
        rows, columns = example.mask.shape
        if rows < height or columns < width:
            raise BlurError(
                f"{examples.name}: expected patches of at least {width}x{height} pixels, "
                f"found {columns}x{rows}; set data.crop, or name another data set"
            )
        top, left = (rows - height) // 2, (columns - width) // 2
        middle = np.s_[top : top + height, left : left + width]
        image, mask = augmentation.augment(
            example.image[middle], example.mask[middle], height, width, config, rng
        )
        row, column = height // 2, width // 2
        return image, mask[row : row + 1, column : column + 1]

    return make_sample
