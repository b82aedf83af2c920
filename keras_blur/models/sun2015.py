"""Sun, Cao, Xu & Ponce: Learning a CNN for non-uniform motion blur removal (CVPR 2015)."""

import keras

from keras_blur import labels, sources
from keras_blur.contract import Contract
from keras_blur.models import patchwise
from keras_blur.spec import NetworkSpec
from keras_blur.synthesis import motions

SIDE = 30  # pixels of a patch
WIDTHS = (96, 256, 1024)  # channels of the convolutions and of the dense layer
STRIDE = 8  # pixels between patches, unless others are asked for: 3x3 of them cover a pixel


def Sun2015(
    num_classes: int = motions.COUNT, width: float = 1.0, dropout: float = 0.0, stride: int | None = None
) -> keras.Model:
    """The patch CNN: by which of 73 straight motions is a patch of 30x30 pixels blurred (section 3.2)?

    Its maps have sides of 24, 12, 8 and 4.

    Args:
        num_classes: Number of motions.
        width: Multiplier of all channel counts; 1 is the paper's network.
        dropout: Share of the dense layer's outputs that are dropped in training; the paper states none.
        stride: See `patchwise.classifier`.

    Returns:
        A model from `(B, 30, 30, 3)` RGB 0-255 to float32 logits `(B, 1, 1, num_classes)`; with a stride,
        one of whole photos.
    """
    widths = tuple(round(channels * width) for channels in WIDTHS)
    return patchwise.classifier("sun2015", SIDE, num_classes, widths, dropout, stride)


def contract(stride: int | None = None, **_) -> Contract:
    """What the whole system answers: sharp or blurred, for the photo's own resolution up to 640 pixels."""
    return Contract(
        "sun2015", resize="pad", max_side=640, output_stride=stride or STRIDE, classes=labels.BINARY_NAMES
    )


SPECS = (
    NetworkSpec(
        name="sun2015",
        builder=Sun2015,
        contract=contract,
        runner="keras_blur.systems.sun2015:MotionField",
        over_photos=patchwise.over_photos,
        citation="Sun, Cao, Xu & Ponce: Learning a convolutional neural network for non-uniform motion blur "
        "removal. CVPR 2015",
        published=(sources.schuster_table_2(0.52, "photos of CUHK with motion blur; how many isn't said"),),
    ),
)
