"""Schuster (2016): a patch CNN that tells from the patch around a pixel whether it is blurred."""

import keras

from keras_blur import labels, sources
from keras_blur.contract import Contract
from keras_blur.models import patchwise
from keras_blur.spec import NetworkSpec, Published

SIDE = 31  # pixels of a patch; the one in its middle is classified
WIDTHS = (96, 256, 1024)  # channels of the convolutions and of the dense layer
STRIDE = 4  # pixels between answers, unless another one is asked for: that of the pools


def Schuster2016(
    num_classes: int = 2,
    width: float = 1.0,
    dropout: float = 0.5,
    stride: int | None = None,
    side: int = SIDE,
    channels: str = "rgb",
) -> keras.Model:
    """The patch CNN: is the pixel in the middle of 31x31 pixels blurred?

    Its maps have sides of 25, 13, 9 and 5, as Caffe rounds, so that the dense layer has 6.6 million weights.
    It is trained on patches; `patchwise.over_photos` makes the network of whole photos of it.

    Args:
        num_classes: 2 (sharp, blurred: the paper), or 3 (sharp, motion, defocus: its wish).
        width: Multiplier of all channel counts; 1 is the paper's network.
        dropout: Share of the dense layer's outputs that are dropped in training.
        stride: See `patchwise.classifier`.
        side: Side of a patch in pixels: 19, 23, 27, 31 (the paper's) and so on.
        channels: What the first convolution sees; "rgb" is the paper's, see `patchwise.CHANNELS`.

    Returns:
        A model from `(B, side, side, 3)` RGB 0-255 to float32 logits `(B, 1, 1, num_classes)`; with a stride,
        one of whole photos.
    """
    widths = tuple(round(channels * width) for channels in WIDTHS)
    if side < 19 or side % 4 != 3:  # so that both pools meet odd sides, or both meet even ones
        raise ValueError(f"side: expected 19, 23, 27, 31 or another fourth number, received {side}")
    return patchwise.classifier("schuster2016", side, num_classes, widths, dropout, stride, channels)


def contract(num_classes: int = 2, stride: int | None = None, **_) -> Contract:
    """The photo's own resolution, at most 640 pixels, which is the size of CUHK's photos."""
    return Contract(
        "schuster2016",
        resize="pad",
        max_side=640,
        output_stride=stride or STRIDE,
        classes=labels.class_names(num_classes),
    )


SPECS = (
    NetworkSpec(
        name="schuster2016",
        builder=Schuster2016,
        contract=contract,
        runner="keras_blur.systems.patches:PatchSystem",
        over_photos=patchwise.over_photos,
        citation="Schuster: Blur detection with a convolutional network on patches. 2016",
        published=(
            Published(sources.SCHUSTER, 0.80, sources.SCHUSTER_PHOTOS, "Schuster 2016, table 1, both types"),
        ),
    ),
)
