"""Long, Shelhamer & Darrell: Fully convolutional networks for semantic segmentation (CVPR 2015)."""

from collections.abc import Callable

import keras
from keras import layers

from keras_blur import labels
from keras_blur.contract import Contract
from keras_blur.models import encoders
from keras_blur.models.blocks import upsample
from keras_blur.spec import NetworkSpec

DENSE_CHANNELS = 4096  # of VGG's two dense layers, made convolutions


def FCN32s(
    num_classes: int = 3,
    encoder_weights: str | None = None,
    width: float = 1.0,
    dropout: float = 0.5,
    use_batch_norm: bool = False,
) -> keras.Model:
    """FCN-32s on VGG-16: the score of pool5 alone.

    Arguments as `FCN8s`. Returns logits `(B, H/32, W/32, num_classes)`.
    """
    return _fcn("fcn32s", 5, num_classes, encoder_weights, width, dropout, use_batch_norm)


def FCN16s(
    num_classes: int = 3,
    encoder_weights: str | None = None,
    width: float = 1.0,
    dropout: float = 0.5,
    use_batch_norm: bool = False,
) -> keras.Model:
    """FCN-16s on VGG-16: the scores of pool5 and pool4.

    Arguments as `FCN8s`. Returns logits `(B, H/16, W/16, num_classes)`.
    """
    return _fcn("fcn16s", 4, num_classes, encoder_weights, width, dropout, use_batch_norm)


def FCN8s(
    num_classes: int = 3,
    encoder_weights: str | None = None,
    width: float = 1.0,
    dropout: float = 0.5,
    use_batch_norm: bool = False,
) -> keras.Model:
    """FCN-8s on VGG-16: the scores of pool5 (through the convolutionalised dense layers), pool4 and pool3.

    Args:
        num_classes: Channels of the logits.
        encoder_weights: None, "imagenet" or a path; see `encoders.vgg16`.
        width: Multiplier of all channel counts; 1 is the paper's network.
        dropout: Share dropped after both dense layers.
        use_batch_norm: Batch normalisation in the encoder, which the paper has not; see `encoders.vgg16`.

    Returns:
        A model from `(B, H, W, 3)` RGB 0-255, sides multiples of 32, to float32 logits
        `(B, H/8, W/8, num_classes)`. The paper's last, fixed bilinear enlargement is left to
        `processing.restore`.
    """
    return _fcn("fcn8s", 3, num_classes, encoder_weights, width, dropout, use_batch_norm)


def FCN4s(
    num_classes: int = 3,
    encoder_weights: str | None = None,
    width: float = 1.0,
    dropout: float = 0.5,
    use_batch_norm: bool = False,
) -> keras.Model:
    """FCN-8s with the score of pool2 added too, on the way to BDNet's comparison.

    Arguments as `FCN8s`. Returns logits `(B, H/4, W/4, num_classes)`.
    """
    return _fcn("fcn4s", 2, num_classes, encoder_weights, width, dropout, use_batch_norm)


def FCN2s(
    num_classes: int = 3,
    encoder_weights: str | None = None,
    width: float = 1.0,
    dropout: float = 0.5,
    use_batch_norm: bool = False,
) -> keras.Model:
    """FCN-8s with the scores of pool2 and pool1 added too, as BDNet's paper compares it.

    Arguments as `FCN8s`. Returns logits `(B, H/2, W/2, num_classes)`.
    """
    return _fcn("fcn2s", 1, num_classes, encoder_weights, width, dropout, use_batch_norm)


def _fcn(name, finest, num_classes, encoder_weights, width, dropout, use_batch_norm):
    """The network whose finest score is that of max-pool number `finest`."""
    inputs = keras.Input((None, None, 3), name="image")
    encoder = keras.Model(inputs, encoders.vgg16(inputs, encoder_weights, width, use_batch_norm)[-1])
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


def _contract(name: str, stride: int) -> Callable[..., Contract]:
    """The photo's own resolution, at most 1024 pixels, padded to whole cells of pool5."""

    def contract(num_classes: int = 3, **_) -> Contract:
        return Contract(
            name,
            resize="pad",
            multiple=32,
            max_side=1024,
            output_stride=stride,
            classes=labels.class_names(num_classes),
        )

    return contract


SPECS = tuple(
    NetworkSpec(
        name=builder.__name__.lower(),
        builder=builder,
        contract=_contract(builder.__name__.lower(), stride),
        citation="Long, Shelhamer & Darrell: Fully convolutional networks for semantic segmentation. "
        "CVPR 2015",
        old_options={"normalise": "use_batch_norm"},
    )
    for builder, stride in ((FCN32s, 32), (FCN16s, 16), (FCN8s, 8), (FCN4s, 4), (FCN2s, 2))
)
