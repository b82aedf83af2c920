"""Long, Shelhamer & Darrell: Fully convolutional networks for semantic segmentation (CVPR 2015)."""

import keras
from keras import layers

from keras_blur import labels
from keras_blur.contract import Contract
from keras_blur.models import encoders
from keras_blur.models.blocks import upsample

DENSE_CHANNELS = 4096  # of VGG's two dense layers, made convolutions


def fcn8s(
    num_classes: int = 3,
    encoder_weights: str | None = None,
    width: float = 1.0,
    dropout: float = 0.5,
    normalise: bool = False,
) -> keras.Model:
    """FCN-8s on VGG-16: the scores of pool5 (through the convolutionalised dense layers), pool4 and pool3.

    Args:
        num_classes: Channels of the logits.
        encoder_weights: None, "imagenet" or a path; see `encoders.vgg16`.
        width: Multiplier of all channel counts; 1 is the paper's network.
        dropout: Share dropped after both dense layers.
        normalise: Batch normalisation in the encoder, which the paper has not; see `encoders.vgg16`.

    Returns:
        A model from `(B, H, W, 3)` RGB 0-255, sides multiples of 32, to float32 logits
        `(B, H/8, W/8, num_classes)`. The paper's last, fixed bilinear enlargement is left to
        `processing.restore`.
    """
    return _fcn("fcn8s", 3, num_classes, encoder_weights, width, dropout, normalise)


def fcn2s(
    num_classes: int = 3,
    encoder_weights: str | None = None,
    width: float = 1.0,
    dropout: float = 0.5,
    normalise: bool = False,
) -> keras.Model:
    """FCN-8s with the scores of pool2 and pool1 added too, as BDNet's paper compares it.

    Args: as `fcn8s`.

    Returns:
        A model from `(B, H, W, 3)` RGB 0-255, sides multiples of 32, to float32 logits
        `(B, H/2, W/2, num_classes)`.
    """
    return _fcn("fcn2s", 1, num_classes, encoder_weights, width, dropout, normalise)


def _fcn(name, finest, num_classes, encoder_weights, width, dropout, normalise):
    """The network whose finest score is that of max-pool number `finest`."""
    inputs = keras.Input((None, None, 3), name="image")
    encoder = keras.Model(inputs, encoders.vgg16(inputs, encoder_weights, width, normalise)[-1])
    pools = [encoder.get_layer(f"block{pool}_pool").output for pool in range(finest, 5)]
    x = layers.MaxPooling2D(name="block5_pool")(encoder.output)
    for number, size in ((6, 7), (7, 1)):
        x = layers.Conv2D(
            round(DENSE_CHANNELS * width), size, padding="same", activation="relu", name=f"dense{number}"
        )(x)
        x = layers.Dropout(dropout, name=f"dropout{number}")(x)
    x = layers.Conv2D(num_classes, 1, dtype="float32", name="score_pool5")(x)
    for pool in range(4, finest - 1, -1):
        x = upsample(x, 2, f"up_pool{pool}", dtype="float32")
        # Zero at first: the finer scores refine what the coarser ones already say (section 4.3).
        score = layers.Conv2D(
            num_classes, 1, kernel_initializer="zeros", dtype="float32", name=f"score_pool{pool}"
        )(pools.pop())
        x = layers.Add(dtype="float32", name="logits" if pool == finest else f"sum_pool{pool}")([x, score])
    return keras.Model(inputs, x, name=name)


def fcn8s_contract(num_classes: int = 3, **_) -> Contract:
    """The photo's own resolution, at most 1024 pixels, padded to whole cells of pool5."""
    return _contract("fcn8s", 8, num_classes)


def fcn2s_contract(num_classes: int = 3, **_) -> Contract:
    """As `fcn8s_contract`, with logits at stride 2."""
    return _contract("fcn2s", 2, num_classes)


def _contract(name, stride, num_classes):
    return Contract(
        name,
        resize="pad",
        multiple=32,
        max_side=1024,
        output_stride=stride,
        classes=labels.class_names(num_classes),
    )
