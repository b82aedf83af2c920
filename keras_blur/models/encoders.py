"""Pre-trainable encoders: an input tensor in (RGB 0-255), feature maps from fine to coarse out.

Normalisation is part of the encoder, because it belongs to the weights.
"""

import os
from pathlib import Path

import keras
import numpy as np
from keras import layers

from keras_blur.errors import BlurError, UsageError

# Channel means of ImageNet in BGR order, as VGG was trained (Simonyan & Zisserman 2015).
IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)

# MobileNetV2 at width 0.5 (Sandler 2018, table 2) rounded to multiples of 4, as DeepLab rounds it:
# (channels, repeats, stride); expansion is 6 everywhere but in the first block.
MOBILENET_V2_HALF = ((12, 2, 2), (16, 3, 2), (32, 4, 2), (48, 3, 1), (80, 3, 2), (160, 1, 1))


def weights_path(weights: str) -> Path:
    """Expands `$VARIABLES` and `~` in a path to weights and checks that the file is there.

    Raises:
        UsageError: a variable is not set or there is no such file.
    """
    path = Path(os.path.expanduser(os.path.expandvars(weights)))
    if not path.is_file():
        hint = " (a variable in it is not set)" if "$" in str(path) else ""
        raise UsageError(
            f"encoder_weights: expected an existing file, received '{weights}'{hint}; "
            "name a file, or train from scratch with --set model.encoder_weights=none"
        )
    return path


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


def vgg19(
    inputs: keras.KerasTensor, encoder_weights: str | None = None, width: float = 1.0
) -> list[keras.KerasTensor]:
    """VGG-19's sixteen convolutions, conv1_1 to conv5_4, with four max-pools.

    Simonyan & Zisserman, ICLR 2015. Layers are named as in `keras.applications.VGG19`.

    Args:
        inputs: `(B, H, W, 3)` float, RGB 0-255; sides multiples of 16.
        encoder_weights: None (random), "imagenet" (downloaded by Keras), or a path to the weights file
            of `keras.applications.VGG19(include_top=False)`.
        width: Multiplier of all channel counts, for machines that can't train the full network.

    Returns:
        The outputs of conv1_2, conv2_2, conv3_4, conv4_4 and conv5_4: strides 1, 2, 4, 8 and 16.
    """
    x = RgbToCaffe(name="normalise")(inputs)
    features = []
    for block, (channels, repeats) in enumerate(((64, 2), (128, 2), (256, 4), (512, 4), (512, 4)), 1):
        if block > 1:
            x = layers.MaxPooling2D(name=f"block{block - 1}_pool")(x)
        for conv in range(1, repeats + 1):
            x = layers.Conv2D(
                round(channels * width), 3, padding="same", activation="relu", name=f"block{block}_conv{conv}"
            )(x)
        features.append(x)
    if encoder_weights is not None:
        _load_vgg19(keras.Model(inputs, x), encoder_weights, width)
    return features


def _load_vgg19(model: keras.Model, encoder_weights: str, width: float) -> None:
    if width != 1.0:
        raise UsageError(
            f"encoder_weights: VGG-19's weights fit only width=1, received width={width}; "
            "use encoder_weights=none"
        )
    if encoder_weights != "imagenet":
        encoder_weights = str(weights_path(encoder_weights))
    try:
        source = keras.applications.VGG19(include_top=False, weights=encoder_weights)
    except Exception as error:  # Keras raises whatever urllib, h5py or its own checks raise
        raise BlurError(
            f"encoder_weights: cannot load '{encoder_weights}' into VGG-19: {error}; "
            "name a weights file, or train from scratch with encoder_weights=none"
        ) from error
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(source.get_layer(layer.name).get_weights())


@keras.saving.register_keras_serializable("keras_blur")
class RgbToCaffe(layers.Layer):
    """RGB 0-255 to BGR minus ImageNet's mean, the input that VGG's weights expect."""

    def call(self, inputs):
        mean = keras.ops.convert_to_tensor(IMAGENET_MEAN_BGR, dtype=self.compute_dtype)
        return keras.ops.cast(inputs, self.compute_dtype)[..., ::-1] - mean
