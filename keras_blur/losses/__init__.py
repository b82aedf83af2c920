"""Losses of a network's answers `(B, h, w, C)` against masks `(B, H, W)` with void.

The masks are as large as the answers or a multiple of them. Answers are logits unless `from_logits=False`
says that they are probabilities. Reduction and sample weights are Keras's: there is a value and a weight for
every image, and the default is the mean over the batch.

    network.compile("adam", keras_blur.losses.VoidCrossentropy(), metrics=[keras_blur.metrics.BlurredIoU()])
"""

import keras

from keras_blur.errors import UsageError, check_options, unknown
from keras_blur.losses.combined import CrossentropyIoU, WeightedSum
from keras_blur.losses.crossentropy import VoidCrossentropy
from keras_blur.losses.overlap import SoftIoU
from keras_blur.losses.photo_type import PhotoTypeCrossentropy

__all__ = [
    "LOSSES",
    "CrossentropyIoU",
    "PhotoTypeCrossentropy",
    "SoftIoU",
    "VoidCrossentropy",
    "WeightedSum",
    "build",
]

LOSSES = {"crossentropy": VoidCrossentropy, "crossentropy_iou": CrossentropyIoU}
"""The losses that a configuration can name."""


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
