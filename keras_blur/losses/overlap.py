"""Losses of overlap: differentiable forms of the mean IoU."""

import keras
from keras import ops

from keras_blur import labels
from keras_blur.losses.targets import average_over, class_shares, log_probabilities


@keras.saving.register_keras_serializable("keras_blur")
class SoftIoU(keras.losses.Loss):
    """1 - soft IoU, the mean of the IoU of blurred and that of sharp.

    Averaged over the images with a known pixel; 0 if there is none. Blurred is 1 - P(sharp), so confusing the
    types of blur costs nothing: add a cross-entropy for that. With probabilities p and target shares t,
    `IoU = (sum min(p, t) + smooth) / (sum max(p, t) + smooth)`. For targets of 0 and 1 this is the usual
    `sum p t / sum (p + t - p t)`, and for the fractional targets of coarse cells it is still best at p = t
    (Wang et al., Jaccard metric losses, NeurIPS 2023). Void pixels count on neither side. Computed in
    float32.

    Call arguments: as `VoidCrossentropy`. Without reduction: `(B,)`, each image's part of the loss.

    Args:
        smooth: Cells added to intersection and union, > 0: so many wrong cells halve the IoU of a class
            that the image does not hold.
        from_logits: Whether `y_pred` is logits, as all networks here return, or probabilities.
        name, reduction, dtype: As of every Keras loss.
    """

    def __init__(
        self,
        smooth: float = 1.0,
        from_logits: bool = True,
        name: str = "soft_iou",
        reduction: str = "sum_over_batch_size",
        dtype: str = "float32",
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if smooth <= 0:
            raise ValueError(f"smooth: expected a positive number of cells, received {smooth}")
        self.smooth, self.from_logits = float(smooth), bool(from_logits)

    def call(self, y_true, y_pred):
        probabilities = ops.exp(log_probabilities(y_pred, self.from_logits))
        _, height, width, num_classes = ops.shape(probabilities)
        shares, known = class_shares(y_true, height, width, num_classes)
        sharp, sharp_truth = probabilities[..., labels.SHARP], shares[..., labels.SHARP]
        iou = self._iou(sharp, sharp_truth, known) + self._iou(1 - sharp, 1 - sharp_truth, known)
        counted = ops.cast(ops.any(known > 0, axis=(1, 2)), "float32")
        return average_over(1 - iou / 2, counted)

    def _iou(self, p, t, known):
        intersection = ops.sum(known * ops.minimum(p, t), axis=(1, 2))
        union = ops.sum(known * ops.maximum(p, t), axis=(1, 2))
        return (intersection + self.smooth) / (union + self.smooth)

    def get_config(self):
        own = {"dtype": self.dtype, "smooth": self.smooth, "from_logits": self.from_logits}
        return {**super().get_config(), **own}
