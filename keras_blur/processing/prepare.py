"""From a photo to a network's input, as its contract says."""

import dataclasses

import cv2
import numpy as np

from keras_blur.contract import Contract
from keras_blur.processing.sizes import limited_size, resize


@dataclasses.dataclass(frozen=True)
class Placement:
    """Where a photo lies in a network's input: all that `restore` needs to undo `prepare`.

    The photo fills the input's top left `height` x `width` pixels; the rest is padding.

    Attributes:
        photo_height, photo_width: Size of the photo in pixels.
        height, width: Size of the resized photo inside the input, in pixels.
        input_height, input_width: Size of the input, padding included, in pixels.
    """

    photo_height: int
    photo_width: int
    height: int
    width: int
    input_height: int
    input_width: int


def check_image(image: np.ndarray) -> None:
    """Raises ValueError unless `image` is a uint8 RGB array `(H, W, 3)` with at least one pixel."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        raise ValueError(f"image: expected a uint8 array, received {getattr(image, 'dtype', type(image))}")
    if image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"image: expected shape (H, W, 3), received {image.shape}")


def prepare(image: np.ndarray, contract: Contract) -> tuple[np.ndarray, Placement]:
    """Makes a network's input from a photo.

    The photo is resized in 8 bit, so an integer model on a phone sees exactly the same values.
    Padding mirrors the photo at its last row and column, which are not repeated (OpenCV's REFLECT_101).

    Args:
        image: uint8 RGB `(H, W, 3)`, at least 1x1.
        contract: What the network expects.

    Returns:
        The input, float32 `(1, h, w, 3)` in 0..255, and the photo's placement in it.

    Raises:
        ValueError: `image` is not a uint8 RGB array, or the contract asks for another value range or
            channel order (networks normalise their input themselves).
    """
    check_image(image)
    if contract.value_range != (0.0, 255.0) or contract.channels != "RGB":
        raise ValueError(
            "contract: expected value_range (0, 255) and channels 'RGB', "
            f"received {contract.value_range} and {contract.channels!r}"
        )
    height, width = image.shape[:2]
    placement = place(height, width, contract)
    pixels = resize(image, placement.height, placement.width)
    bottom, right = placement.input_height - placement.height, placement.input_width - placement.width
    if bottom or right:
        pixels = cv2.copyMakeBorder(pixels, 0, bottom, 0, right, cv2.BORDER_REFLECT_101)
    return pixels.astype(np.float32)[None], placement


def place(photo_height: int, photo_width: int, contract: Contract) -> Placement:
    """Where a photo of this size (pixels) lies in the input of a network with this contract."""
    if contract.resize == "stretch":
        height, width = contract.height, contract.width
        if contract.max_enlargement:
            longest = int(contract.max_enlargement * max(photo_height, photo_width))
            limit = max(longest // contract.multiple, 1) * contract.multiple
            height, width = min(height, limit), min(width, limit)
    else:
        height, width = limited_size(photo_height, photo_width, contract.max_side)
    input_height, input_width = (
        -(-side // contract.multiple) * contract.multiple for side in (height, width)
    )
    return Placement(photo_height, photo_width, height, width, input_height, input_width)


SPARE = 1.5
"""A photo that is decoded at a reduced scale keeps sides of at least this many times the network's input."""


def least_side(contract: Contract) -> int:
    """Returns the pixels that a photo's sides must keep where it is decoded at a reduced scale; 0 = all.

    With `SPARE` times the input, no verdict of 60 photos of 4032 pixels changed: see
    `benchmarks/reduced_scale.py`.
    """
    return int(SPARE * max(contract.height, contract.width)) if contract.resize == "stretch" else 0
