"""EfficientNet-Lite (Google, 2020): EfficientNet (Tan & Le, ICML 2019) with ReLU6, no squeeze-excitation."""

from pathlib import Path

import keras
import numpy as np
from keras import layers

from keras_blur.errors import UsageError
from keras_blur.models.blocks import SpaceToDepth
from keras_blur.models.encoders.weights import (
    PREFIX,
    encoder_layers,
    read_arrays,
    set_layers,
    weights_path,
)

EPSILON = 1e-3  # of the batch normalisation that is folded
GREY, SPREAD = 127.0, 128.0  # of the input: its mean and its scale in grey levels
STEM_FILTERS = 32
# Channels, blocks, stride and side of the depthwise kernel of every stage; expansion is 6, at first 1.
LITE0 = (
    (16, 1, 1, 3),
    (24, 2, 2, 3),
    (40, 2, 2, 5),
    (80, 3, 2, 3),
    (112, 3, 1, 5),
    (192, 4, 2, 5),
    (320, 1, 1, 3),
)
LITE2 = (
    (16, 1, 1, 3),
    (24, 3, 2, 3),
    (48, 3, 2, 5),
    (88, 4, 2, 3),
    (120, 4, 1, 5),
    (208, 5, 2, 5),
    (352, 1, 1, 3),
)
VARIANTS = {0: LITE0, 2: LITE2}
DETAIL_STAGES = {2: 1, 4: 0}  # by `shrink`: the stage that answers for every 8 pixels


def efficientnet_lite(
    inputs: keras.KerasTensor,
    variant: int = 0,
    encoder_weights: str | None = None,
    shrink: int = 1,
    blocks: int | None = None,
    detail_filters: int = 0,
) -> list[keras.KerasTensor]:
    """EfficientNet-Lite without its head, its batch normalisation folded into the convolutions.

    Without batch norm a fine-tuned encoder computes the same in training and inference, whatever the batch.

    Args:
        inputs: `(B, H, W, 3)` float, RGB 0-255; sides multiples of `32 * shrink`.
        variant: 0 or 2.
        encoder_weights: None (random), or the `.npz` that `tools/encoder_weights.py` makes.
        shrink: Pixels of a square's side that are gathered into channels first. At first the encoder answers
            as the pre-trained one does for the photo shrunk so many times. What is finer is free to be
            learnt, and all but the first convolution costs as for the shrunk photo.
        blocks: How many of the inverted residuals are kept; None = all.
        detail_filters: Filters of a second stem, not pre-trained, for what the shrunk photo lacks. It answers
            for every 8 pixels; this is added there, and is nothing at first. 0 = none. Needs a `shrink` of
            2 or 4.

    Returns:
        What the second stem answers, if there is one; then the features before every halving, and the last
        ones: at 2, 4, 8, 16 and 32 times `shrink`.

    Raises:
        UsageError: there is no such variant, no such file, or a second stem has no place.
        BlurError: the file is damaged, or another encoder's.
    """
    if variant not in VARIANTS:
        raise UsageError(f"variant: expected one of {', '.join(map(str, VARIANTS))}, received {variant}")
    if detail_filters and shrink not in DETAIL_STAGES:
        raise UsageError(f"detail_filters: expected 0 with shrink={shrink}, received {detail_filters}")
    x = SpaceToDepth(shrink, name="gather")(inputs) if shrink > 1 else inputs
    x = normalised = layers.Rescaling(1 / SPREAD, -GREY / SPREAD, name="normalise")(x)
    x = _conv_relu6(x, STEM_FILTERS, 3, strides=2, name="stem_conv")
    features, number = [], 0
    for stage, (channels, repeats, stride, size) in enumerate(VARIANTS[variant]):
        for repeat in range(repeats):
            if number == blocks:
                break
            if stride == 2 and repeat == 0:
                features.append(x)
            x = _block(x, channels, stride if repeat == 0 else 1, size, number)
            number += 1
        if detail_filters and stage == DETAIL_STAGES[shrink]:
            detail = _detail(normalised, detail_filters, shrink)
            features.insert(0, detail)
            added = layers.Conv2D(channels, 1, kernel_initializer="zeros", name="detail_project")(detail)
            x = layers.Add(name="detail_add")([x, added])
    features.append(x)
    if encoder_weights is not None:
        _load(keras.Model(inputs, x), weights_path(encoder_weights), shrink)
    return features


def _detail(x, filters, shrink):
    """Sees squares of 4 or 6 pixels, and answers for every 8."""
    size, stride = (3, 2) if shrink == 2 else (1, 1)
    x = layers.Conv2D(filters, size, stride, padding="same", name="detail_stem")(x)
    x = layers.Conv2D(filters, 3, 2, padding="same", name="detail_pool")(layers.ReLU(6.0)(x))
    return layers.ReLU(6.0)(x)


def _conv_relu6(x, channels, size, *, strides=1, name):
    x = layers.Conv2D(channels, size, strides, padding="same", name=f"encoder_{name}")(x)
    return layers.ReLU(6.0)(x)


def _block(x, channels, stride, size, number):
    """An inverted residual; the first one of the network doesn't expand."""
    shortcut, name = x, f"block{number}"
    if number:
        x = _conv_relu6(x, 6 * x.shape[-1], 1, name=f"{name}_expand_conv")
    x = layers.DepthwiseConv2D(size, stride, padding="same", name=f"encoder_{name}_dwconv")(x)
    x = layers.ReLU(6.0)(x)
    x = layers.Conv2D(channels, 1, name=f"encoder_{name}_project_conv")(x)
    if stride == 1 and shortcut.shape[-1] == channels:
        x = layers.Add(name=f"encoder_{name}_add")([shortcut, x])
    return x


def _norm_name(layer: str) -> str:
    """The batch normalisation behind a convolution, as `keras.applications` names it."""
    return layer.replace("_dwconv", "_bn").replace("_conv", "_bn")


def _load(model: keras.Model, path: Path, shrink: int) -> None:
    """Sets every `encoder_<layer>` of `model` from `<layer>/kernel` and its batch normalisation."""
    stored = read_arrays(path)

    def values(layer):
        name = layer.name.removeprefix(PREFIX)
        kernel, bias = _fold(stored, name)
        if name == "stem_conv" and shrink > 1:
            kernel = np.tile(kernel, (1, 1, shrink**2, 1)) / np.float32(shrink**2)
        return [kernel, bias]

    set_layers(encoder_layers(model), values, path)


def _fold(stored: dict[str, np.ndarray], name: str) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias of a convolution with the batch normalisation behind it."""
    norm, kernel = _norm_name(name), stored[f"{name}/kernel"]
    gamma, beta, mean, variance = (
        stored[f"{norm}/{weight}"] for weight in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    scale = gamma / np.sqrt(variance + EPSILON)
    channels = (1, 1, -1, 1) if name.endswith("_dwconv") else (1, 1, 1, -1)
    return kernel * scale.reshape(channels), beta - mean * scale
