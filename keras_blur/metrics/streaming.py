"""Keras metrics for training: logits against masks with void, accumulated over batches.

All take `y_true`, `(B, H, W)` mask of ids, and `y_pred`, `(B, h, w, C)` logits with `H` and `W` multiples of
`h` and `w` and `C` 3 or 2 (sharp, blurred). Answers are repeated to the mask's size, so every known pixel
counts once; sample weights are ignored. Figures are pooled over pixels: those of the evaluation, which
average over photos and interpolate, are a little different.
"""

import keras
from keras import ops

from keras_blur import labels


class _Confusion(keras.metrics.Metric):
    """Counts known pixels by truth (rows) and answer (columns) in `num_classes` classes."""

    def __init__(self, num_classes: int, name: str, dtype: str = "float32"):
        super().__init__(name=name, dtype=dtype)
        self.num_classes = num_classes
        self.matrix = self.add_variable((num_classes, num_classes), initializer="zeros", name="matrix")

    def answers(self, y_pred):
        """The ids `(B, h, w)` that logits stand for."""
        raise NotImplementedError

    def update_state(self, y_true, y_pred, sample_weight=None):
        truth = ops.cast(y_true, "int32")
        answer = _repeat(ops.cast(self.answers(y_pred), "int32"), truth)
        known = truth != labels.VOID
        if self.num_classes == 2:
            truth = ops.minimum(truth, 1)
        index = ops.where(known, truth * self.num_classes + answer, -1)
        # Counted as integers: a float32 sum over a batch of large masks would drop single pixels.
        counts = [ops.sum(ops.cast(index == cell, "int32")) for cell in range(self.num_classes**2)]
        counts = ops.reshape(ops.stack(counts), (self.num_classes, self.num_classes))
        self.matrix.assign(self.matrix + ops.cast(counts, self.matrix.dtype))


@keras.saving.register_keras_serializable("keras_blur")
class PixelAccuracy(keras.metrics.Metric):
    """The share of known pixels whose class has the highest logit.

    Args:
        num_classes: `C` of the logits; 2 merges the types of blur in the mask.
    """

    def __init__(self, num_classes: int = 3, name: str = "pixel_accuracy", dtype: str = "float32"):
        super().__init__(name=name, dtype=dtype)
        self.num_classes = num_classes
        self.right = self.add_variable((), initializer="zeros", name="right")
        self.pixels = self.add_variable((), initializer="zeros", name="pixels")

    def update_state(self, y_true, y_pred, sample_weight=None):
        truth = ops.cast(y_true, "int32")
        answer = _repeat(ops.cast(ops.argmax(y_pred, axis=-1), "int32"), truth)
        known = truth != labels.VOID
        if self.num_classes == 2:
            truth = ops.minimum(truth, 1)
        right = ops.logical_and(known, truth == answer)
        for variable, pixels in ((self.right, right), (self.pixels, known)):
            # Counted as integers: see _Confusion.
            variable.assign(variable + ops.cast(ops.sum(ops.cast(pixels, "int32")), variable.dtype))

    def result(self):
        return self.right / ops.maximum(self.pixels, 1)

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}


class _Blurred(_Confusion):
    """Blurred or sharp; a pixel is called blurred if 1 - P(sharp) exceeds `threshold`."""

    def __init__(self, name: str, threshold: float, dtype: str):
        super().__init__(2, name, dtype)
        self.threshold = float(threshold)

    def answers(self, y_pred):
        probabilities = ops.softmax(ops.cast(y_pred, "float32"), axis=-1)
        return 1 - probabilities[..., labels.SHARP] > self.threshold

    def get_config(self):
        return {**super().get_config(), "threshold": self.threshold}


@keras.saving.register_keras_serializable("keras_blur")
class BlurredAccuracy(_Blurred):
    """The share of known pixels that are rightly called blurred or sharp, whatever the type."""

    def __init__(self, name: str = "blurred_accuracy", threshold: float = 0.5, dtype: str = "float32"):
        super().__init__(name, threshold, dtype)

    def result(self):
        return ops.sum(ops.diagonal(self.matrix)) / ops.maximum(ops.sum(self.matrix), 1)


@keras.saving.register_keras_serializable("keras_blur")
class BlurredIoU(_Blurred):
    """The mean of the IoU of blurred and that of sharp; a class that never appears has IoU 1."""

    def __init__(self, name: str = "blurred_iou", threshold: float = 0.5, dtype: str = "float32"):
        super().__init__(name, threshold, dtype)

    def result(self):
        hits = ops.diagonal(self.matrix)
        union = ops.sum(self.matrix, axis=0) + ops.sum(self.matrix, axis=1) - hits
        return ops.mean(ops.where(union > 0, hits / ops.maximum(union, 1), 1.0))


@keras.saving.register_keras_serializable("keras_blur")
class TypeAccuracy(keras.metrics.Metric):
    """The share of images whose type of blur is right: see `three_class.type_of_blur`.

    An image's true type is that of most of its blurred pixels; images without any don't count.
    Needs logits of three classes.
    """

    def __init__(self, name: str = "type_accuracy", dtype: str = "float32"):
        super().__init__(name=name, dtype=dtype)
        self.right = self.add_variable((), initializer="zeros", name="right")
        self.images = self.add_variable((), initializer="zeros", name="images")

    def update_state(self, y_true, y_pred, sample_weight=None):
        truth = ops.cast(y_true, "int32")
        probabilities = ops.softmax(ops.cast(y_pred, "float32"), axis=-1)
        motion, defocus = (truth == label for label in (labels.MOTION, labels.DEFOCUS))
        blurred = ops.cast(ops.logical_or(motion, defocus), "float32")
        surplus = probabilities[..., labels.MOTION] - probabilities[..., labels.DEFOCUS]
        answer = ops.sum(blurred * _repeat(surplus, truth), axis=(1, 2)) > 0
        balance = ops.cast(motion, "float32") - ops.cast(defocus, "float32")
        is_motion = ops.sum(balance, axis=(1, 2)) > 0
        counted = ops.cast(ops.any(blurred > 0, axis=(1, 2)), self.images.dtype)
        self.right.assign(self.right + ops.sum(counted * ops.cast(answer == is_motion, counted.dtype)))
        self.images.assign(self.images + ops.sum(counted))

    def result(self):
        return self.right / ops.maximum(self.images, 1)


def _repeat(values, mask):
    """Repeats `(B, h, w)` to the mask's `(B, H, W)`."""
    (_, height, width), (_, mask_height, mask_width) = ops.shape(values), ops.shape(mask)
    return ops.repeat(ops.repeat(values, mask_height // height, axis=1), mask_width // width, axis=2)
