"""Cross-entropy of a whole image's type of blur."""

import keras
from keras import ops

from keras_blur import labels
from keras_blur.losses.targets import average_over, log_probabilities


@keras.saving.register_keras_serializable("keras_blur")
class PhotoTypeCrossentropy(keras.losses.Loss):
    """Cross-entropy of an image's logits (motion, defocus) against the share of each in its blurred pixels.

    Averaged over the images with a blurred pixel; 0 if there is none. Computed in float32.

    Call arguments: `y_true`, `(B, H, W)` mask of ids; `y_pred`, `(B, 2)` logits. Without reduction: `(B,)`,
    each image's part of the loss.

    Args:
        from_logits: Whether `y_pred` is logits or probabilities.
        name, reduction, dtype: As of every Keras loss.
    """

    def __init__(
        self,
        from_logits: bool = True,
        name: str = "photo_type_crossentropy",
        reduction: str = "sum_over_batch_size",
        dtype: str = "float32",
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.from_logits = bool(from_logits)

    def call(self, y_true, y_pred):
        mask = ops.cast(y_true, "int32")
        areas = [
            ops.mean(ops.cast(mask == label, "float32"), axis=(1, 2))
            for label in (labels.MOTION, labels.DEFOCUS)
        ]
        blurred = sum(areas)
        shares = ops.stack(areas, axis=-1) / ops.maximum(blurred, 1e-6)[:, None]
        losses = -ops.sum(shares * log_probabilities(y_pred, self.from_logits), axis=-1)
        return average_over(losses, ops.cast(blurred > 0, "float32"))

    def get_config(self):
        return {**super().get_config(), "dtype": self.dtype, "from_logits": self.from_logits}
