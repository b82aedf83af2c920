"""Examples made of noise, for tests of what is made of them."""

import cv2
import numpy as np

from keras_blur import labels
from keras_blur.data.augmentation import AugmentationConfig
from keras_blur.data.catalog import Example

TURNS = AugmentationConfig(
    flip_horizontal=0.5, flip_vertical=0.5, transpose=0.5, crop=0.0, colour=0.0, grey=0.0, noise=0.0
)
PLAIN = AugmentationConfig(flip_horizontal=0.0, crop=0.0, colour=0.0, grey=0.0, noise=0.0)


class Examples(list):
    """A list of examples with what a prepared split has beside them."""

    dataset, split = "made_up", "train"

    @property
    def types(self):
        return [example.type for example in self]


def make_squares() -> Examples:
    """Two photos of sharp squares on the left and blur on the right; a third one is blurred all over."""
    image = np.random.default_rng(0).integers(0, 256, (12, 18, 3), dtype=np.uint8)
    image = cv2.resize(image, (180, 120), interpolation=cv2.INTER_NEAREST)
    mask = np.zeros((120, 180), np.uint8)
    mask[:, 90:] = labels.DEFOCUS
    blurred = np.full_like(mask, labels.DEFOCUS)
    return Examples(
        Example(image, truth, "defocus", str(number)) for number, truth in enumerate((mask, blurred, mask))
    )


def make_patches(side=31, count=4) -> Examples:
    """Patches of noise whose masks are noise too."""
    rng = np.random.default_rng(0)
    return Examples(
        Example(
            rng.integers(0, 256, (side, side, 3), dtype=np.uint8),
            rng.integers(0, 3, (side, side), dtype=np.uint8),
            "mixed",
            str(number),
        )
        for number in range(count)
    )


def make_moving_photos(sharp=(0, 1, 0)) -> Examples:
    """Coarse noise, sharp on the left only, and photos that are blurred all over."""
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    image = cv2.resize(image, (180, 120), interpolation=cv2.INTER_CUBIC)
    found = Examples()
    for number, is_sharp in enumerate(sharp):
        mask = np.full(image.shape[:2], labels.DEFOCUS, np.uint8)
        mask[:, : 90 * is_sharp] = labels.SHARP
        found.append(
            Example(np.where(mask[..., None] == labels.SHARP, image, 7), mask, "defocus", str(number))
        )
    return found
