"""Badrinarayanan, Kendall & Cipolla: SegNet (TPAMI 2017)."""

import keras
from keras import layers

from keras_blur import labels
from keras_blur.contract import Contract
from keras_blur.models import encoders
from keras_blur.models.encoders import vgg
from keras_blur.models.encoders.weights import load_application
from keras_blur.models.unpooling import MaxPoolingWithIndices, MaxUnpooling
from keras_blur.spec import NetworkSpec

INITIALIZER = "he_normal"


def SegNet(num_classes: int = 3, encoder_weights: str | None = None, width: float = 1.0) -> keras.Model:
    """VGG-16's thirteen convolutions and their mirror image, which unpools by the encoder's max indices.

    Every convolution but the last has batch normalisation and ReLU (section 3).

    Args:
        num_classes: Channels of the logits.
        encoder_weights: None, "imagenet" or a path; see `encoders.vgg16`.
        width: Multiplier of all channel counts; 1 is the paper's network.

    Returns:
        A model from `(B, H, W, 3)` RGB 0-255, sides multiples of 32, to float32 logits
        `(B, H, W, num_classes)`.
    """
    inputs = keras.Input((None, None, 3), name="image")
    x = encoders.RgbToCaffe(name="normalise")(inputs)
    indices = []
    for number, (channels, repeats) in enumerate(vgg.VGG16, 1):
        x = vgg.block(x, f"block{number}", round(channels * width), repeats, True, INITIALIZER)
        x, places = MaxPoolingWithIndices(name=f"block{number}_pool")(x)
        indices.append(places)
    if encoder_weights is not None:
        load_application(keras.Model(inputs, x), keras.applications.VGG16, encoder_weights, width)
    for number in range(len(vgg.VGG16), 0, -1):
        channels, repeats = vgg.VGG16[number - 1]
        x = MaxUnpooling(name=f"unpool{number}")(x, indices.pop())
        x = vgg.block(x, f"decoder{number}", round(channels * width), repeats - 1, True, INITIALIZER)
        if number > 1:
            finer = round(vgg.VGG16[number - 2][0] * width)
            x = vgg.block(x, f"decoder{number}_to{number - 1}", finer, 1, True, INITIALIZER)
    logits = layers.Conv2D(
        num_classes, 3, padding="same", kernel_initializer=INITIALIZER, dtype="float32", name="logits"
    )(x)
    return keras.Model(inputs, logits, name="segnet")


def contract(num_classes: int = 3, **_) -> Contract:
    """The photo's own resolution, at most 1024 pixels, padded to whole cells of the coarsest pool."""
    return Contract(
        "segnet", resize="pad", multiple=32, max_side=1024, classes=labels.class_names(num_classes)
    )


SPECS = (
    NetworkSpec(
        name="segnet",
        builder=SegNet,
        contract=contract,
        citation="Badrinarayanan, Kendall & Cipolla: SegNet: a deep convolutional encoder-decoder "
        "architecture for image segmentation. IEEE TPAMI 39 (2017), 2481-2495",
    ),
)
