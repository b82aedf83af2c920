"""Turns masks into targets on the grid of a network's answers, and averages over known pixels.

A network may answer at a fraction of the mask's size. What a coarse cell should answer is then either
the share of each class among the mask's pixels in it (`class_shares`: the default, nothing is lost), or
the class at its centre (`nearest_shares`: what Kim et al. do).
"""

import keras
from keras import ops

from keras_blur import labels


def class_shares(mask, height: int, width: int, num_classes: int):
    """Shares of the classes in every cell of a coarser grid.

    Args:
        mask: `(B, H, W)` ids of any dtype, `labels.VOID` = unknown. `H` and `W` are multiples of
            `height` and `width`.
        height, width: The grid of the logits, in cells.
        num_classes: 3 (sharp, motion, defocus), or 2 (sharp, blurred), where every type is blurred.

    Returns:
        `shares`: `(B, height, width, num_classes)` float32. Sums to 1 over the known pixels of a cell;
        all zero where nothing is known.
        `known`: `(B, height, width)` float32 in [0, 1], the share of a cell that is not void.

    Raises:
        ValueError: the mask's sides are not multiples of the grid's.
    """
    vertical, horizontal = _strides(mask, height, width)
    cells = ops.reshape(mask, (-1, height, vertical, width, horizontal))
    means = [ops.mean(member, axis=(2, 4)) for member in _members(cells, num_classes)]
    known = sum(means)
    shares = ops.stack(means, axis=-1) / ops.maximum(known, 1e-6)[..., None]
    return shares, known


def nearest_shares(mask, height: int, width: int, num_classes: int):
    """The class at the centre of every cell, one-hot: the labels resized by nearest neighbour.

    So Kim et al. (CGF 2018) compare their four heads with the labels. Cells have half-pixel centres, as in
    `tf.image.resize`; of an even number of pixels the one after the centre is taken.

    Args and returns: as `class_shares`; `known` is 0 or 1.
    """
    vertical, horizontal = _strides(mask, height, width)
    mask = mask[:, vertical // 2 :: vertical, horizontal // 2 :: horizontal]
    members = _members(mask, num_classes)
    return ops.stack(members, axis=-1), sum(members)


RESAMPLERS = {"area": class_shares, "nearest": nearest_shares}


def log_probabilities(y_pred, from_logits: bool):
    """Returns float32 log-probabilities of an answer `(..., C)`, finite also where a probability is 0."""
    y_pred = ops.cast(y_pred, "float32")
    if from_logits:
        return ops.log_softmax(y_pred, axis=-1)
    return ops.log(ops.clip(y_pred, keras.config.epsilon(), 1.0))


def average_over(values, known):
    """Weighs values so that their plain mean, Keras's reduction, is the average over what is known.

    Args:
        values: Float32, of any shape.
        known: The weight of each, at least 0; if all are 0, so is the result.
    """
    return values * known / ops.maximum(ops.mean(known), 1e-12)


def _members(mask, num_classes: int) -> list:
    """One float32 indicator per class, shaped as `mask`; all are 0 at void."""
    mask = ops.cast(mask, "int32")
    if num_classes == 2:
        sharp = mask == labels.SHARP
        members = [sharp, ops.logical_not(ops.logical_or(sharp, mask == labels.VOID))]
    else:
        members = [mask == label for label in range(num_classes)]
    return [ops.cast(member, "float32") for member in members]


def _strides(mask, height: int, width: int):
    _, mask_height, mask_width = ops.shape(mask)
    for side, cells in ((mask_height, height), (mask_width, width)):
        if isinstance(side, int) and isinstance(cells, int) and side % cells:
            raise ValueError(
                f"mask: expected sides that are multiples of the logits' {height}x{width}, "
                f"received {mask_height}x{mask_width}"
            )
    return mask_height // height, mask_width // width
