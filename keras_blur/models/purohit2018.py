"""Purohit, Shah & Rajagopalan: Learning based single image blur detection and segmentation (ICIP 2018)."""

import keras
from keras import layers

from keras_blur import labels
from keras_blur.contract import Contract
from keras_blur.models.blocks import batch_norm
from keras_blur.spec import NetworkSpec

PATCH = 30  # pixels, the side of the paper's patches
STRIDE = 8  # pixels between neighbouring answers of the patch network
SIDE = 256  # pixels, the side of the global network's input


def Purohit2018Patch(num_classes: int = 2, filters: int = 32) -> keras.Model:
    """The local network: three ConvBlocks and a dense layer for patches of 30x30 pixels.

    A ConvBlock is a 3x3 convolution with ReLU, then one of stride 2 with batch normalisation and ReLU. None
    is padded, so the last block's answer to a patch has 1x1 cells, the dense layer is a 1x1 convolution, and
    a photo gets the same answers as its patches one by one, at a stride of 8 pixels.

    Args:
        num_classes: Channels of the logits; the softmax of two is the paper's sigmoid of their difference.
        filters: Channels of the first block; they double in each of the others.

    Returns:
        A model from `(B, H, W, 3)` RGB 0-255, sides at least 29, to float32 logits `(B, h, w, num_classes)`
        with `h = (H - 29) // 8 + 1`: cell i answers for the rows from 8 i to 8 i + 28.
    """
    inputs = keras.Input((None, None, 3), name="image")
    x = layers.Rescaling(1 / 127.5, -1, name="normalise")(inputs)
    for block in range(3):
        channels = filters * 2**block
        x = layers.Conv2D(channels, 3, activation="relu", name=f"local{block}_conv1")(x)
        x = layers.Conv2D(channels, 3, strides=2, use_bias=False, name=f"local{block}_conv2")(x)
        x = layers.ReLU(name=f"local{block}_relu")(batch_norm(f"local{block}_norm")(x))
    logits = layers.Conv2D(num_classes, 1, dtype="float32", name="logits")(x)
    return keras.Model(inputs, logits, name="purohit2018_patch")


def patch_contract(num_classes: int = 2, **_) -> Contract:
    """The photo's own resolution, at most 640 pixels, which is the size of CUHK's photos.

    Its threshold was chosen on Kim's validation photos: half of the patches are blurred, but more of photos.
    """
    return Contract(
        "purohit2018_patch",
        resize="pad",
        max_side=640,
        output_stride=STRIDE,
        classes=labels.class_names(num_classes),
        blurred_threshold=0.2,
    )


def Purohit2018Global(
    num_classes: int = 2, filters: int = 64, levels: int = 8, dropout: float = 0.5
) -> keras.Model:
    """The global network: pix2pix's generator (Isola et al., CVPR 2017) with as many filters at every level.

    4x4 convolutions of stride 2 with LeakyReLU, a mirrored decoder with concatenated skips, ReLU, and dropout
    on its first three levels. Each photo is normalised by its own statistics: with the paper's batches of one
    that is batch normalisation. There is none at the first level, nor at the innermost, whose single cell it
    would set to 0.

    Args:
        num_classes: Channels of the logits.
        filters: Channels of every level.
        levels: Number of convolutions of stride 2.
        dropout: Share of a decoder level's outputs that are dropped in training.

    Returns:
        A model from `(B, H, W, 3)` RGB 0-255, sides multiples of `2 ** levels`, to float32 logits
        `(B, H, W, num_classes)`.
    """
    inputs = keras.Input((None, None, 3), name="image")
    x = layers.Rescaling(1 / 127.5, -1, name="normalise")(inputs)
    skips = []
    for level in range(levels):
        x = _down(x, filters, 2, 0 < level < levels - 1, f"down{level}")
        skips.append(x)
    for level in reversed(range(levels - 1)):
        x = layers.Conv2DTranspose(
            filters,
            4,
            2,
            padding="same",
            use_bias=False,
            kernel_initializer=_normal(),
            name=f"up{level}_conv",
        )(x)
        x = _norm(f"up{level}_norm")(x)
        if level >= levels - 4:
            x = layers.Dropout(dropout, name=f"up{level}_dropout")(x)
        x = layers.ReLU(name=f"up{level}_relu")(x)
        x = layers.Concatenate(name=f"up{level}_skip")([x, skips[level]])
    logits = layers.Conv2DTranspose(
        num_classes, 4, 2, padding="same", kernel_initializer=_normal(), dtype="float32", name="logits"
    )(x)
    return keras.Model(inputs, logits, name="purohit2018_global")


def global_contract(num_classes: int = 2, **_) -> Contract:
    """The whole photo as 256x256 pixels, as pix2pix takes it."""
    return Contract("purohit2018_global", height=SIDE, width=SIDE, classes=labels.class_names(num_classes))


def discriminator(channels: int = 1, filters: int = 64) -> keras.Model:
    """pix2pix's PatchGAN, which tells true maps from made-up ones by windows of 70x70 pixels.

    Args:
        channels: Channels of the map.
        filters: Channels of the first convolution.

    Returns:
        A model from the photo `(B, H, W, 3)` RGB 0-255 and its map `(B, H, W, channels)` in 0..1, sides
        multiples of 8, to float32 logits `(B, H/8, W/8, 1)`: high = true.
    """
    image = keras.Input((None, None, 3), name="image")
    blur_map = keras.Input((None, None, channels), name="map")
    x = layers.Concatenate(name="photo_and_map")(
        [
            layers.Rescaling(1 / 127.5, -1, name="normalise")(image),
            layers.Rescaling(2, -1, name="centre")(blur_map),
        ]
    )
    for level, (factor, stride) in enumerate(((1, 2), (2, 2), (4, 2), (8, 1))):
        x = _down(x, factor * filters, stride, level > 0, f"judge{level}")
    logits = layers.Conv2D(
        1, 4, padding="same", kernel_initializer=_normal(), dtype="float32", name="judge_logits"
    )(x)
    return keras.Model([image, blur_map], logits, name="discriminator")


def _down(x, channels, stride, normalised, name):
    x = layers.Conv2D(
        channels,
        4,
        stride,
        padding="same",
        use_bias=not normalised,
        kernel_initializer=_normal(),
        name=f"{name}_conv",
    )(x)
    if normalised:
        x = _norm(f"{name}_norm")(x)
    return layers.LeakyReLU(0.2, name=f"{name}_relu")(x)


def _normal():
    """pix2pix's start (section 6.2); one for each layer, because Keras draws the seed when it is made."""
    return keras.initializers.RandomNormal(stddev=0.02)


def _norm(name):
    """Every channel of every photo by its own mean and variance."""
    return layers.GroupNormalization(groups=-1, epsilon=1e-5, name=name)


CITATION = (
    "Purohit, Shah & Rajagopalan: Learning based single image blur detection and segmentation. ICIP 2018"
)
SPECS = (
    NetworkSpec(
        name="purohit2018_patch",
        builder=Purohit2018Patch,
        contract=patch_contract,
        runner="keras_blur.systems.purohit2018:PatchAverage",
        citation=CITATION,
    ),
    NetworkSpec(
        name="purohit2018_global", builder=Purohit2018Global, contract=global_contract, citation=CITATION
    ),
)
