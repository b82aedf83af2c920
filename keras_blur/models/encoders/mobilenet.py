"""MobileNetV2 (Sandler et al., CVPR 2018)."""

import math

import keras
import numpy as np
from keras import layers

from keras_blur.errors import UsageError
from keras_blur.models.blocks import SpaceToDepth
from keras_blur.models.encoders.weights import (
    PREFIX,
    encoder_layers,
    read_application,
    read_arrays,
    set_layers,
    weights_path,
)

# (channels, repeats, stride) of the stages behind the first block, and the channels of the stem and of that
# block; expansion is 6 (Sandler 2018, table 2). Width 0.5 is rounded to multiples of 4, as DeepLab rounds it.
STAGES = {
    0.5: ((12, 2, 2), (16, 3, 2), (32, 4, 2), (48, 3, 1), (80, 3, 2), (160, 1, 1)),
    1.0: ((24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1)),
}
FIRST = {0.5: (16, 8), 1.0: (32, 16)}
BLOCKS = sum(repeats for _, repeats, _ in STAGES[1.0])
FEWEST_BLOCKS = BLOCKS - 3  # the last halving is in this one


def mobilenet_v2(
    inputs: keras.KerasTensor,
    encoder_weights: str | None = None,
    stem_stride: int = 2,
    detail_filters: int = 0,
    gather: int = 1,
    blocks: int = 16,
    width: float = 0.5,
) -> list[keras.KerasTensor]:
    """MobileNetV2 with its batch normalisation folded into the convolutions.

    Sandler et al., CVPR 2018. Without batch norm a fine-tuned encoder computes the same in training and
    inference, whatever the batch.

    Args:
        inputs: `(B, H, W, 3)` float, RGB 0-255; sides multiples of 16 strides of the stem.
        encoder_weights: None (random), or a `.npz` with `<layer>/kernel` and `<layer>/bias`, layers named
            as in `keras.applications.MobileNetV2`. At width 1 also "imagenet" (downloaded by Keras), or a
            weights file of `keras.applications.MobileNetV2(include_top=False)`.
        stem_stride: Of the first convolution, whose kernel's side is one and a half strides. 2 is the
            paper's; with 4 it reads a photo of twice the size, and everything after it costs the same.
        detail_filters: Filters of a second, randomly initialised stem, added after stage 2. It recovers
            detail that the stretched pre-trained stem ignores at first. 0 = none.
        gather: Pixels of a square's side that become channels before the stems; a divisor of
            `stem_stride`.
        blocks: How many of the 16 inverted residuals after the first block are kept.
        width: 0.5 or 1.

    Returns:
        Features at 1, 2, 4, 8 and 16 strides of the stem: of 8, 12, 16, 48 and 160 channels at width 0.5
        (80 of fewer blocks), of twice as many at width 1.

    Raises:
        UsageError: a number has no such value, or there is no such file.
        BlurError: the file is damaged, or another encoder's.
    """
    _check(width, blocks, stem_stride, gather)
    stem_stride //= gather
    x = SpaceToDepth(gather, name="gather")(inputs) if gather > 1 else inputs
    x = normalised = layers.Rescaling(1 / 127.5, -1, name="normalise")(x)
    stem_filters, first_channels = FIRST[width]
    x = _conv_relu6(x, stem_filters, 3 * stem_stride // 2, strides=stem_stride, name="Conv1")
    x = _depthwise_relu6(x, name="expanded_conv_depthwise")
    x = layers.Conv2D(first_channels, 1, name="encoder_expanded_conv_project")(x)
    features, block = [], 1
    for channels, repeats, stride in STAGES[width]:
        if stride == 2:
            features.append(x)
        for repeat in range(min(repeats, blocks - block + 1)):
            x = _inverted_residual(x, channels, stride if repeat == 0 else 1, f"block_{block}")
            block += 1
        if detail_filters and not features[1:]:
            detail = _detail(normalised, detail_filters, channels, stem_stride)
            x = layers.Add(name="detail_add")([x, detail])
    features.append(x)
    if encoder_weights is not None:
        _load(keras.Model(inputs, x), encoder_weights, width)
    return features


def _check(width, blocks, stem_stride, gather):
    if width not in STAGES:
        raise UsageError(f"width: expected one of {', '.join(map(str, STAGES))}, received {width}")
    if not FEWEST_BLOCKS <= blocks <= BLOCKS:
        raise UsageError(f"blocks: expected {FEWEST_BLOCKS} to {BLOCKS}, received {blocks}")
    if stem_stride % gather:
        raise UsageError(f"gather: expected a divisor of stem_stride={stem_stride}, received {gather}")


def _detail(x, filters, channels, stride):
    """Returns the detail that a photo of half the size lacks; zero before it is trained."""
    x = layers.Conv2D(filters, 3 * stride // 2, stride, padding="same", name="detail_stem")(x)
    x = layers.Conv2D(filters, 3, 2, padding="same", name="detail_pool")(layers.ReLU(6.0)(x))
    x = layers.ReLU(6.0)(x)
    return layers.Conv2D(channels, 1, kernel_initializer="zeros", name="detail_project")(x)


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


def _load(model: keras.Model, encoder_weights: str, width: float) -> None:
    """Sets every `encoder_<layer>` of `model` from a file, or from the network of `keras.applications`."""
    if encoder_weights.endswith(".npz"):
        stored = read_arrays(weights_path(encoder_weights))
    else:
        stored = _fold(read_application(keras.applications.MobileNetV2, encoder_weights, width))

    def values(layer):
        name = layer.name.removeprefix(PREFIX)
        kernel, bias = (stored[f"{name}/{variable.name}"] for variable in layer.weights)
        return [fit_kernel(kernel, layer.weights[0].shape).reshape(layer.weights[0].shape), bias]

    set_layers(encoder_layers(model), values, encoder_weights)


def _fold(network: keras.Model) -> dict[str, np.ndarray]:
    """Kernels and biases of a MobileNetV2's convolutions with the batch normalisation behind each."""
    folded = {}
    for layer in network.layers:
        if isinstance(layer, layers.BatchNormalization):
            name = "Conv1" if layer.name == "bn_Conv1" else layer.name[: -len("_BN")]
            gamma, beta, mean, variance = layer.get_weights()
            scale = gamma / np.sqrt(variance + layer.epsilon)
            (kernel,) = network.get_layer(name).get_weights()
            folded[f"{name}/kernel"] = kernel * (scale[:, None] if kernel.shape[-1] == 1 else scale)
            folded[f"{name}/bias"] = beta - mean * scale
    return folded


def fit_kernel(kernel: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A stem's kernel for a photo of n times the size, for gathered pixels, or for both.

    Args:
        kernel: `(k, k, C, F)`.
        shape: Of the new kernel, `(n k / g, n k / g, g g C, F)` where squares of g x g pixels are channels.
            For any other shape `kernel` itself is returned.
    """
    if kernel.ndim != 4 or len(shape) != 4:
        return kernel
    size = math.isqrt(max(1, shape[2] // kernel.shape[2]))
    return gather_kernel(spread(kernel, (size * shape[0], size * shape[1], *kernel.shape[2:])), size)


def gather_kernel(kernel: np.ndarray, size: int) -> np.ndarray:
    """A kernel `(s h, s w, C, F)` of pixels as `(h, w, s s C, F)` of gathered ones: see `SpaceToDepth`."""
    rows, columns, channels, filters = kernel.shape
    if size < 2 or rows % size or columns % size:
        return kernel
    parts = kernel.reshape(rows // size, size, columns // size, size, channels, filters)
    return parts.transpose(0, 2, 1, 3, 4, 5).reshape(rows // size, columns // size, -1, filters)


def spread(kernel: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A stem's kernel for a photo of n times the size: it answers as the old one does for the photo shrunk.

    Args:
        kernel: `(k, k, ...)`.
        shape: Of the new kernel; its sides are n k. Otherwise `kernel` itself is returned.
    """
    times, rest = divmod(shape[0], kernel.shape[0])
    if times < 2 or rest or kernel.ndim != len(shape):
        return kernel
    return kernel.repeat(times, axis=0).repeat(times, axis=1) / np.float32(times**2)
