"""Sums of losses."""

from collections.abc import Sequence

import keras
from keras import ops

from keras_blur.losses.crossentropy import VoidCrossentropy
from keras_blur.losses.overlap import SoftIoU


@keras.saving.register_keras_serializable("keras_blur")
class WeightedSum(keras.losses.Loss):
    """The sum of losses times their weights; a value for every image of the batch.

    Args:
        terms: Pairs of a `keras.losses.Loss` (or its serialised form) and its weight. The losses' own
            reductions don't count.
        name, reduction, dtype: As of every Keras loss.
    """

    def __init__(
        self,
        terms: Sequence[tuple[keras.losses.Loss, float]],
        name: str = "weighted_sum",
        reduction: str = "sum_over_batch_size",
        dtype: str = "float32",
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if not terms:
            raise ValueError("terms: expected at least one pair of a loss and its weight, received none")
        self.terms = [
            (keras.saving.deserialize_keras_object(loss) if isinstance(loss, dict) else loss, float(weight))
            for loss, weight in terms
        ]

    def call(self, y_true, y_pred):
        return sum(weight * _by_image(loss.call(y_true, y_pred)) for loss, weight in self.terms)

    def get_config(self):
        terms = [[keras.saving.serialize_keras_object(loss), weight] for loss, weight in self.terms]
        return {**super().get_config(), "dtype": self.dtype, "terms": terms}


@keras.saving.register_keras_serializable("keras_blur")
class CrossentropyIoU(WeightedSum):
    """`VoidCrossentropy` plus `iou_weight` times `SoftIoU`.

    Args:
        iou_weight: Of the second term.
        class_weights, label_smoothing, resample: See `VoidCrossentropy`.
        smooth: See `SoftIoU`.
        from_logits: Whether the answers are logits or probabilities.
        name, reduction, dtype: As of every Keras loss.
    """

    def __init__(
        self,
        iou_weight: float = 0.5,
        class_weights: Sequence[float] | None = None,
        label_smoothing: float = 0.0,
        resample: str = "area",
        smooth: float = 1.0,
        from_logits: bool = True,
        name: str = "crossentropy_iou",
        reduction: str = "sum_over_batch_size",
        dtype: str = "float32",
    ):
        self.crossentropy = VoidCrossentropy(class_weights, label_smoothing, resample, from_logits)
        self.iou = SoftIoU(smooth, from_logits)
        terms = [(self.crossentropy, 1.0), (self.iou, iou_weight)]
        super().__init__(terms, name, reduction, dtype)

    def get_config(self):
        config = {**super().get_config(), "iou_weight": self.terms[1][1], "smooth": self.iou.smooth}
        del config["terms"]
        keys = ("class_weights", "label_smoothing", "resample", "from_logits")
        return {**config, **{key: getattr(self.crossentropy, key) for key in keys}}


def _by_image(values):
    """The mean `(B,)` of the values `(B, ...)` of each image."""
    return ops.mean(ops.reshape(values, (ops.shape(values)[0], -1)), axis=1)
