"""MobileNetV2 (Sandler et al., CVPR 2018)."""

from pathlib import Path

import keras
import numpy as np
from keras import layers

from keras_blur.errors import BlurError
from keras_blur.models.encoders.weights import weights_path

# MobileNetV2 at width 0.5 (Sandler 2018, table 2) rounded to multiples of 4, as DeepLab rounds it:
# (channels, repeats, stride); expansion is 6 everywhere but in the first block.
MOBILENET_V2_HALF = ((12, 2, 2), (16, 3, 2), (32, 4, 2), (48, 3, 1), (80, 3, 2), (160, 1, 1))


def mobilenet_v2_half(
    inputs: keras.KerasTensor, encoder_weights: str | None = None
) -> list[keras.KerasTensor]:
    """MobileNetV2 at width 0.5 with its batch normalisation folded into the convolutions.

    Sandler et al., CVPR 2018. Without batch norm a fine-tuned encoder computes the same in training and
    inference, whatever the batch.

    Args:
        inputs: `(B, H, W, 3)` float, RGB 0-255; sides multiples of 32.
        encoder_weights: None (random), or a `.npz` with `<layer>/kernel` and `<layer>/bias`, layers named
            as in `keras.applications.MobileNetV2`.

    Returns:
        Features at strides 2 (8 channels), 4 (12), 8 (16), 16 (48) and 32 (160).
    """
    x = layers.Rescaling(1 / 127.5, -1, name="normalise")(inputs)
    x = _conv_relu6(x, 16, 3, strides=2, name="Conv1")
    x = _depthwise_relu6(x, name="expanded_conv_depthwise")
    x = layers.Conv2D(8, 1, name="encoder_expanded_conv_project")(x)
    features, block = [], 1
    for channels, repeats, stride in MOBILENET_V2_HALF:
        if stride == 2:
            features.append(x)
        for repeat in range(repeats):
            x = _inverted_residual(x, channels, stride if repeat == 0 else 1, f"block_{block}")
            block += 1
    features.append(x)
    if encoder_weights is not None:
        _load_npz(keras.Model(inputs, x), weights_path(encoder_weights))
    return features


def _conv_relu6(x, channels, size, *, strides=1, name):
    x = layers.Conv2D(channels, size, strides, padding="same", name=f"encoder_{name}")(x)
    return layers.ReLU(6.0)(x)


def _depthwise_relu6(x, *, strides=1, name):
    x = layers.DepthwiseConv2D(3, strides, padding="same", name=f"encoder_{name}")(x)
    return layers.ReLU(6.0)(x)


def _inverted_residual(x, channels, stride, name):
    shortcut = x
    x = _conv_relu6(x, 6 * x.shape[-1], 1, name=f"{name}_expand")
    x = _depthwise_relu6(x, strides=stride, name=f"{name}_depthwise")
    x = layers.Conv2D(channels, 1, name=f"encoder_{name}_project")(x)
    if stride == 1 and shortcut.shape[-1] == channels:
        x = layers.Add(name=f"encoder_{name}_add")([shortcut, x])
    return x


def _load_npz(model: keras.Model, path: Path) -> None:
    """Sets every `encoder_<layer>` of `model` from `<layer>/kernel` and `<layer>/bias`."""
    try:
        stored = dict(np.load(path))
    except (OSError, ValueError) as error:
        raise BlurError(f"encoder_weights: cannot read {path} as .npz: {error}") from error
    for layer in model.layers:
        if not layer.weights:
            continue
        name = layer.name.removeprefix("encoder_")
        try:
            values = [stored[f"{name}/{variable.name}"] for variable in layer.weights]
            layer.set_weights([v.reshape(w.shape) for v, w in zip(values, layer.weights, strict=True)])
        except (KeyError, ValueError) as error:
            raise BlurError(
                f"encoder_weights: {path} does not fit this encoder at layer '{name}': {error}"
            ) from error
