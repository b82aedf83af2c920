"""Sums of losses."""

from collections.abc import Sequence

import keras


@keras.saving.register_keras_serializable("keras_blur")
class WeightedSum(keras.losses.Loss):
    """The sum of losses times their weights.

    Args:
        terms: Pairs of a `keras.losses.Loss` (or its serialised form) and its weight. Every loss keeps its
            own reduction.
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
        return sum(weight * loss(y_true, y_pred) for loss, weight in self.terms)

    def get_config(self):
        terms = [[keras.saving.serialize_keras_object(loss), weight] for loss, weight in self.terms]
        return {**super().get_config(), "terms": terms, "dtype": "float32"}
