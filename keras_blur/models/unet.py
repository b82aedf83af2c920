"""Ronneberger, Fischer & Brox: U-Net: convolutional networks for biomedical images (MICCAI 2015)."""

import keras
from keras import layers

from keras_blur import labels
from keras_blur.contract import Contract
from keras_blur.models.blocks import batch_norm
from keras_blur.spec import NetworkSpec


def UNet(num_classes: int = 3, filters: int = 64, depth: int = 4) -> keras.Model:
    """The plain U-Net: double convolutions, max-pools, concatenated skips; the field's yardstick.

    Padded convolutions (the paper crops instead) keep the output at the input's size; batch normalisation
    lets it train from scratch on few photos.

    Args:
        num_classes: Channels of the logits.
        filters: Channels at the finest level; they double at each of the coarser ones.
        depth: Number of max-pools.

    Returns:
        A model from `(B, H, W, 3)` RGB 0-255, sides multiples of `2 ** depth`, to float32 logits
        `(B, H, W, num_classes)`.
    """
    inputs = keras.Input((None, None, 3), name="image")
    x = layers.Rescaling(1 / 127.5, -1, name="normalise")(inputs)
    skips = []
    for level in range(depth):
        x = _double_convolution(x, filters * 2**level, f"encoder{level}")
        skips.append(x)
        x = layers.MaxPooling2D(name=f"pool{level}")(x)
    x = _double_convolution(x, filters * 2**depth, "bottom")
    for level in reversed(range(depth)):
        x = layers.Conv2DTranspose(filters * 2**level, 2, 2, name=f"up{level}")(x)
        x = layers.Concatenate(name=f"skip{level}")([skips[level], x])
        x = _double_convolution(x, filters * 2**level, f"decoder{level}")
    logits = layers.Conv2D(num_classes, 1, dtype="float32", name="logits")(x)
    return keras.Model(inputs, logits, name="unet")


def _double_convolution(x, channels, name):
    for conv in (1, 2):
        x = layers.Conv2D(channels, 3, padding="same", use_bias=False, name=f"{name}_conv{conv}")(x)
        x = batch_norm(f"{name}_norm{conv}")(x)
        x = layers.ReLU(name=f"{name}_relu{conv}")(x)
    return x


def contract(num_classes: int = 3, depth: int = 4, **_) -> Contract:
    """The photo's own resolution, at most 640 pixels, padded to whole pooling cells."""
    return Contract(
        "unet", resize="pad", multiple=2**depth, max_side=640, classes=labels.class_names(num_classes)
    )


SPECS = (
    NetworkSpec(
        name="unet",
        builder=UNet,
        contract=contract,
        citation="Ronneberger, Fischer & Brox: U-Net: convolutional networks for biomedical image "
        "segmentation. MICCAI 2015",
    ),
)
