"""ResNet with bottlenecks (He et al., CVPR 2016). Layers are named as in `keras.applications`."""

import keras
from keras import layers

from keras_blur.errors import UsageError
from keras_blur.models.blocks import batch_norm
from keras_blur.models.encoders.caffe import RgbToCaffe
from keras_blur.models.encoders.weights import load_application

# Blocks of every stage by depth (table 1). Those of 14 and 26 layers are no networks of the paper: the same
# blocks for machines that can't train 50.
BLOCKS = {14: (1, 1, 1, 1), 26: (2, 2, 2, 2), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
CHANNELS = (64, 128, 256, 512)
EXPANSION = 4
EPSILON = 1.001e-5  # of batch normalisation, as keras.applications has it
APPLICATIONS = {
    50: keras.applications.ResNet50,
    101: keras.applications.ResNet101,
    152: keras.applications.ResNet152,
}


def resnet(
    inputs: keras.KerasTensor, depth: int = 50, encoder_weights: str | None = None, width: float = 1.0
) -> list[keras.KerasTensor]:
    """ResNet-50, -101 or -152 without its dense layer.

    As in the paper and `keras.applications`, whose weights it takes, a stage halves the resolution in the
    first 1x1 convolution of its first block; PyTorch's does so in the 3x3 one. Padding is PyTorch's and
    theirs alike: 3 and 1 pixels on each side before the first convolution and the max-pool.

    Args:
        inputs: `(B, H, W, 3)` float, RGB 0-255; sides multiples of 32.
        depth: Number of layers: 50, 101 or 152, or 14 or 26 for small machines.
        encoder_weights: None (random), "imagenet" (downloaded by Keras), or a path to the weights file of
            `keras.applications.ResNet50(include_top=False)` and so on.
        width: Multiplier of all channel counts.

    Returns:
        The outputs of conv1 and of the four stages: strides 2 (64 channels), 4 (256), 8 (512), 16 (1024)
        and 32 (2048).

    Raises:
        UsageError: there is no such depth, or there are no weights for it.
    """
    if depth not in BLOCKS:
        raise UsageError(f"depth: expected one of {', '.join(map(str, BLOCKS))}, received {depth}")
    x = RgbToCaffe(name="normalise")(inputs)
    x = layers.ZeroPadding2D(3, name="conv1_pad")(x)
    x = layers.Conv2D(round(CHANNELS[0] * width), 7, 2, name="conv1_conv")(x)
    x = _norm(x, "conv1_bn")
    x = layers.ReLU(name="conv1_relu")(x)
    features = [x]
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, 2, name="pool1_pool")(x)
    for stage, (channels, repeats) in enumerate(zip(CHANNELS, BLOCKS[depth], strict=True), 2):
        for number in range(1, repeats + 1):
            stride = 2 if stage > 2 and number == 1 else 1
            x = _bottleneck(x, round(channels * width), stride, number == 1, f"conv{stage}_block{number}")
        features.append(x)
    if encoder_weights is not None:
        if depth not in APPLICATIONS:
            raise UsageError(f"encoder_weights: there are none for depth={depth}; use encoder_weights=none")
        load_application(keras.Model(inputs, x), APPLICATIONS[depth], encoder_weights, width)
    return features


def _bottleneck(x, channels, stride, project, name):
    shortcut = x
    if project:
        shortcut = layers.Conv2D(EXPANSION * channels, 1, stride, name=f"{name}_0_conv")(x)
        shortcut = _norm(shortcut, f"{name}_0_bn")
    x = layers.Conv2D(channels, 1, stride, name=f"{name}_1_conv")(x)
    x = layers.ReLU(name=f"{name}_1_relu")(_norm(x, f"{name}_1_bn"))
    x = layers.Conv2D(channels, 3, padding="same", name=f"{name}_2_conv")(x)
    x = layers.ReLU(name=f"{name}_2_relu")(_norm(x, f"{name}_2_bn"))
    x = layers.Conv2D(EXPANSION * channels, 1, name=f"{name}_3_conv")(x)
    x = _norm(x, f"{name}_3_bn")
    return layers.ReLU(name=f"{name}_out")(layers.Add(name=f"{name}_add")([shortcut, x]))


def _norm(x, name):
    return batch_norm(name, epsilon=EPSILON)(x)
