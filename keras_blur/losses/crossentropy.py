"""Cross-entropy that knows void."""

from collections.abc import Sequence

import keras
from keras import ops

from keras_blur.losses.targets import RESAMPLERS, average_over, log_probabilities


@keras.saving.register_keras_serializable("keras_blur")
class VoidCrossentropy(keras.losses.Loss):
    """Cross-entropy of a network's answer against a mask, averaged over the known pixels of the batch.

    `sum_p known_p * sum_c w_c * share_pc * -log softmax(logits)_pc / sum_p known_p`, where `known_p` is
    the share of a logit's cell that is not void. A batch without a known pixel has loss 0.
    Computed in float32, whatever the dtype of the logits.

    Call arguments: `y_true`, `(B, H, W)` mask of ids; `y_pred`, `(B, h, w, C)` logits, with `H` and `W`
    multiples of `h` and `w`, and `C` 3, or 2 for sharp and blurred. Without reduction: `(B,)`, each
    image's part of the loss, whose mean is the loss.

    Args:
        class_weights: `C` non-negative factors, or None for 1. They are not normalised: weights whose
            mean over the training pixels is 1 keep the loss's scale.
        label_smoothing: In [0, 1): this part of the target is spread evenly over the classes.
        resample: "area" (shares of the classes in a cell) or "nearest" (class at its centre).
        from_logits: Whether `y_pred` is logits, as all networks here return, or probabilities.
        name, reduction, dtype: As of every Keras loss.
    """

    def __init__(
        self,
        class_weights: Sequence[float] | None = None,
        label_smoothing: float = 0.0,
        resample: str = "area",
        from_logits: bool = True,
        name: str = "crossentropy",
        reduction: str = "sum_over_batch_size",
        dtype: str = "float32",
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if class_weights is not None and min(class_weights) < 0:
            raise ValueError(f"class_weights: expected non-negative factors, received {class_weights}")
        if not 0 <= label_smoothing < 1:
            raise ValueError(f"label_smoothing: expected a value in [0, 1), received {label_smoothing}")
        if resample not in RESAMPLERS:
            raise ValueError(f"resample: expected one of {sorted(RESAMPLERS)}, received {resample!r}")
        self.class_weights = None if class_weights is None else tuple(float(w) for w in class_weights)
        self.label_smoothing = float(label_smoothing)
        self.resample, self.from_logits = resample, bool(from_logits)

    def call(self, y_true, y_pred):
        _, height, width, num_classes = ops.shape(y_pred)
        if self.class_weights is not None and len(self.class_weights) != num_classes:
            raise ValueError(
                f"class_weights: expected {num_classes} factors as `y_pred` has classes, "
                f"received {len(self.class_weights)}"
            )
        targets, known = RESAMPLERS[self.resample](y_true, height, width, num_classes)
        targets = targets * (1 - self.label_smoothing) + self.label_smoothing / num_classes
        if self.class_weights is not None:
            targets = targets * ops.convert_to_tensor(self.class_weights, "float32")
        losses = -ops.sum(targets * log_probabilities(y_pred, self.from_logits), axis=-1)
        return ops.mean(average_over(losses, known), axis=(1, 2))

    def get_config(self):
        return {
            **super().get_config(),
            "dtype": self.dtype,
            "class_weights": self.class_weights,
            "label_smoothing": self.label_smoothing,
            "resample": self.resample,
            "from_logits": self.from_logits,
        }
