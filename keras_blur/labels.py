"""The meaning of a mask's pixels, in every data set and network.

A *mask* is a uint8 array `(H, W)` of the ids below. A *blur map* is a float32 array `(H, W, C)` of
probabilities that sum to 1 over its last axis: `C = 3` in the order of `CLASS_NAMES`, or `C = 2`
(sharp, blurred) from a system that can't tell the types apart.
"""

import numpy as np

from keras_blur.errors import UsageError

SHARP, MOTION, DEFOCUS = 0, 1, 2
VOID = 255  # no truth is known: ignored by every loss and metric
CLASS_NAMES = ("sharp", "motion", "defocus")
BINARY_NAMES = ("sharp", "blurred")
PHOTO_TYPES = ("sharp", "motion", "defocus", "mixed")  # what kinds of blur a photo holds

# The one palette of overlays, panels and demos (RGB): readable with the common colour-vision deficiencies.
COLOURS = {"sharp": (0, 158, 115), "motion": (213, 94, 0), "defocus": (0, 114, 178)}
VOID_GREY = (170, 170, 170)


def class_names(num_classes: int) -> tuple[str, ...]:
    """The names of a network's classes, in the order of its logits.

    Raises:
        UsageError: there are neither two nor three of them.
    """
    if num_classes not in (2, 3):
        raise UsageError(
            f"num_classes: expected 3 (sharp, motion, defocus) or 2 (sharp, blurred), received {num_classes}"
        )
    return CLASS_NAMES if num_classes == 3 else BINARY_NAMES


def mask_from_binary(binary: np.ndarray, blur_type: str) -> np.ndarray:
    """Turns a binary blur mask into class ids.

    Args:
        binary: `(H, W)`, `(H, W, 3)` or `(H, W, 4)` uint8; above 127 = blurred, as CUHK draws it.
            Colour masks are read by their brightest channel; alpha is ignored.
        blur_type: "motion" or "defocus": the type of all blurred pixels.

    Returns:
        `(H, W)` uint8 of SHARP and MOTION or DEFOCUS.
    """
    if blur_type not in CLASS_NAMES[1:]:
        raise ValueError(f"blur_type: expected 'motion' or 'defocus', received {blur_type!r}")
    binary = np.asarray(binary)
    if binary.ndim == 3:
        binary = binary[..., :3].max(axis=-1)
    if binary.ndim != 2:
        raise ValueError(f"binary: expected shape (H, W), (H, W, 3) or (H, W, 4), received {binary.shape}")
    return np.where(binary > 127, np.uint8(CLASS_NAMES.index(blur_type)), np.uint8(SHARP))


def photo_type(mask: np.ndarray) -> str:
    """The type of a photo, one of `PHOTO_TYPES`, from the blur that its mask `(H, W)` of class ids holds."""
    motion, defocus = (mask == MOTION).any(), (mask == DEFOCUS).any()
    if motion and defocus:
        return "mixed"
    return CLASS_NAMES[MOTION if motion else DEFOCUS if defocus else SHARP]


def painted(mask: np.ndarray) -> np.ndarray:
    """A mask `(H, W)` of ids in the colours of its classes, `(H, W, 3)` uint8 RGB; void is grey."""
    palette = np.zeros((256, 3), np.uint8)
    palette[: len(CLASS_NAMES)] = [COLOURS[name] for name in CLASS_NAMES]
    palette[VOID] = VOID_GREY
    return palette[mask]


def blurred_probability(blur_map: np.ndarray) -> np.ndarray:
    """The probability `(H, W)` that a pixel is blurred, by motion or by defocus."""
    return 1.0 - blur_map[..., SHARP]
