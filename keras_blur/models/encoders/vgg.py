"""VGG (Simonyan & Zisserman, ICLR 2015). Layers are named as in `keras.applications`."""

import keras
from keras import layers

from keras_blur.models.blocks import batch_norm
from keras_blur.models.encoders.caffe import RgbToCaffe
from keras_blur.models.encoders.weights import load_application

# Channels and number of 3x3 convolutions of every block (table 1, columns D and E).
VGG16 = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
VGG19 = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))


def vgg16(
    inputs: keras.KerasTensor,
    encoder_weights: str | None = None,
    width: float = 1.0,
    use_batch_norm: bool = False,
    blocks: int = 5,
) -> list[keras.KerasTensor]:
    """VGG-16's thirteen convolutions, conv1_1 to conv5_3, with max-pools between the blocks.

    Args:
        inputs: `(B, H, W, 3)` float, RGB 0-255; sides multiples of `2 ** (blocks - 1)`.
        encoder_weights: None (random), "imagenet" (downloaded by Keras), or a path to the weights file
            of `keras.applications.VGG16(include_top=False)`, or to an `.npz` of `<layer>/<weight>`.
        width: Multiplier of all channel counts, for machines that can't train the full network.
        use_batch_norm: Batch normalisation after every convolution, which the paper has not: for networks
            that train from scratch.
        blocks: Stop after this block, 1 to 5.

    Returns:
        The last convolution of every block: strides 1, 2, 4, 8 and 16.
    """
    features = _features(inputs, VGG16[:blocks], width, use_batch_norm)
    if encoder_weights is not None:
        model = keras.Model(inputs, features[-1])
        load_application(model, keras.applications.VGG16, encoder_weights, width)
    return features


def vgg19(
    inputs: keras.KerasTensor,
    encoder_weights: str | None = None,
    width: float = 1.0,
    use_batch_norm: bool = False,
) -> list[keras.KerasTensor]:
    """VGG-19's sixteen convolutions, conv1_1 to conv5_4: as `vgg16`, with `keras.applications.VGG19`.

    An `.npz` of VGG-16 fits too: the fourth convolution of a block starts as the identity.
    """
    features = _features(inputs, VGG19, width, use_batch_norm)
    if encoder_weights is not None:
        model = keras.Model(inputs, features[-1])
        load_application(model, keras.applications.VGG19, encoder_weights, width)
    return features


def _features(inputs, table, width, use_batch_norm):
    x = RgbToCaffe(name="normalise")(inputs)
    features = []
    for number, (channels, repeats) in enumerate(table, 1):
        if number > 1:
            x = layers.MaxPooling2D(name=f"block{number - 1}_pool")(x)
        x = block(x, f"block{number}", round(channels * width), repeats, use_batch_norm)
        features.append(x)
    return features


def block(
    x, name: str, channels: int, repeats: int, use_batch_norm: bool, initializer: str = "glorot_uniform"
):
    """`repeats` 3x3 convolutions with ReLU, and batch normalisation between them if asked for."""
    for number in range(1, repeats + 1):
        convolution = f"{name}_conv{number}"
        activation = None if use_batch_norm else "relu"
        x = layers.Conv2D(
            channels,
            3,
            padding="same",
            activation=activation,
            kernel_initializer=initializer,
            name=convolution,
        )(x)
        if use_batch_norm:
            x = batch_norm(f"{convolution}_norm")(x)
            x = layers.ReLU(name=f"{convolution}_relu")(x)
    return x
