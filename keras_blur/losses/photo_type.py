"""Cross-entropy of a whole image's type of blur."""

import keras
from keras import ops

from keras_blur import labels


@keras.saving.register_keras_serializable("keras_blur")
class PhotoTypeCrossentropy(keras.losses.Loss):
    """Cross-entropy of an image's logits (motion, defocus) against the share of each in its blurred pixels.

    Averaged over the images with a blurred pixel; 0 if there is none. Computed in float32.

    Call arguments: `y_true`, `(B, H, W)` mask of ids; `y_pred`, `(B, 2)` logits.
    """

    def __init__(
        self,
        name: str = "photo_type_crossentropy",
        reduction: str = "sum_over_batch_size",
        dtype: str = "float32",
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true, y_pred):
        mask = ops.cast(y_true, "int32")
        areas = [
            ops.mean(ops.cast(mask == label, "float32"), axis=(1, 2))
            for label in (labels.MOTION, labels.DEFOCUS)
        ]
        blurred = sum(areas)
        shares = ops.stack(areas, axis=-1) / ops.maximum(blurred, 1e-6)[:, None]
        losses = -ops.sum(shares * ops.log_softmax(ops.cast(y_pred, "float32"), axis=-1), axis=-1)
        counted = ops.cast(blurred > 0, "float32")
        return ops.sum(counted * losses) / ops.maximum(ops.sum(counted), 1.0)

    def get_config(self):
        return {**super().get_config(), "dtype": "float32"}
