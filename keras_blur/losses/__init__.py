"""Losses of logits `(B, h, w, C)` against masks `(B, H, W)` with void: the masks are n times as large."""

from collections.abc import Sequence

import keras

from keras_blur.errors import UsageError, check_options, unknown
from keras_blur.losses.combined import WeightedSum
from keras_blur.losses.crossentropy import VoidCrossentropy
from keras_blur.losses.overlap import SoftIoU
from keras_blur.losses.photo_type import PhotoTypeCrossentropy


def crossentropy(
    class_weights: Sequence[float] | None = None, label_smoothing: float = 0.0, resample: str = "area"
) -> keras.losses.Loss:
    """Cross-entropy over the known pixels: see `VoidCrossentropy`."""
    return VoidCrossentropy(class_weights, label_smoothing, resample)


def crossentropy_iou(
    class_weights: Sequence[float] | None = None,
    label_smoothing: float = 0.0,
    resample: str = "area",
    iou_weight: float = 0.5,
    smooth: float = 1.0,
) -> keras.losses.Loss:
    """Cross-entropy plus `iou_weight` times `SoftIoU`."""
    terms = [(VoidCrossentropy(class_weights, label_smoothing, resample), 1.0), (SoftIoU(smooth), iou_weight)]
    return WeightedSum(terms, name="crossentropy_iou")


__all__ = [
    "LOSSES",
    "PhotoTypeCrossentropy",
    "SoftIoU",
    "VoidCrossentropy",
    "WeightedSum",
    "build",
    "crossentropy",
    "crossentropy_iou",
]

LOSSES = {"crossentropy": crossentropy, "crossentropy_iou": crossentropy_iou}


def build(name: str, **options) -> keras.losses.Loss:
    """Builds a loss by its name in `LOSSES`.

    Raises:
        UsageError: no loss has that name, or it doesn't take such options.
    """
    if name not in LOSSES:
        raise unknown("loss", name, LOSSES)
    check_options(f"loss '{name}'", LOSSES[name], options)
    try:
        return LOSSES[name](**options)
    except (TypeError, ValueError) as error:
        raise UsageError(f"loss '{name}': {error}") from error
