"""Kim, Son, Park, Cho & Lee: Defocus and motion blur detection with deep contextual features (CGF 2018)."""

import keras
from keras import layers

from keras_blur import labels
from keras_blur.contract import Contract
from keras_blur.models import encoders
from keras_blur.models.encoders import vgg
from keras_blur.spec import NetworkSpec, Published

# Decoder levels, coarse to fine: channels and number of 3x3 convolutions (section 3.1).
DECODER_LEVELS = ((512, 3), (256, 3), (128, 2), (64, 2))


def Kim2018(
    num_classes: int = 3,
    encoder_weights: str | None = None,
    width: float = 1.0,
    multi_scale: bool = True,
    use_batch_norm: bool = False,
) -> keras.Model:
    """VGG-19 U-Net whose skips are summed, not concatenated, with a prediction at every decoder level.

    A level is a 3x3 transposed convolution of stride 2, plus a 1x1 convolution of the skip, ReLU, 3x3
    convolutions, and a 1x1 head.

    Args:
        num_classes: Channels of the logits.
        encoder_weights: None, "imagenet" or a path; see `encoders.vgg19`.
        width: Multiplier of all channel counts; 1 is the paper's network.
        multi_scale: Return the four levels' logits for the multi-scale loss, or only the finest.
        use_batch_norm: Batch normalisation after the 3x3 convolutions, which the paper has not: for narrow
            networks that train from scratch.

    Returns:
        A model from `(B, H, W, 3)` RGB 0-255, sides multiples of 16, to a list of float32 logits
        `(B, H/s, W/s, num_classes)` for s = 8, 4, 2, 1, or to the last of them.
    """
    inputs = keras.Input((None, None, 3), name="image")
    *skips, x = encoders.vgg19(inputs, encoder_weights, width, use_batch_norm)
    logits = []
    for level, ((channels, convolutions), skip) in enumerate(
        zip(DECODER_LEVELS, reversed(skips), strict=True), 1
    ):
        channels = round(channels * width)
        x = layers.Conv2DTranspose(channels, 3, 2, padding="same", name=f"up{level}")(x)
        skip = layers.Conv2D(channels, 1, name=f"skip{level}")(skip)
        x = layers.ReLU(name=f"sum{level}_relu")(layers.Add(name=f"sum{level}")([x, skip]))
        x = vgg.block(x, f"decoder{level}", channels, convolutions, use_batch_norm)
        name = f"logits_stride{2 ** (4 - level)}"
        logits.append(layers.Conv2D(num_classes, 1, dtype="float32", name=name)(x))
    return keras.Model(inputs, logits if multi_scale else logits[-1], name="kim2018")


def contract(num_classes: int = 3, **_) -> Contract:
    """Inference at the photo's resolution, sides padded to a multiple of 16 (section 4).

    Our limit of 1024 pixels keeps memory bounded; CUHK's photos are smaller.
    """
    return Contract(
        "kim2018", resize="pad", multiple=16, max_side=1024, classes=labels.class_names(num_classes)
    )


EFPN_PHOTOS = "50 photos of CUHK that both tested"
EFPN = "the authors of EFPN; on which page isn't on record here"

SPECS = (
    NetworkSpec(
        name="kim2018",
        builder=Kim2018,
        contract=contract,
        citation="Kim, Son, Park, Cho & Lee: Defocus and motion blur detection with deep contextual "
        "features. Computer Graphics Forum 37 (2018), no. 7",
        published=(
            Published("accuracy", 0.909, EFPN_PHOTOS, EFPN),
            Published("F1", 0.911, EFPN_PHOTOS, EFPN),
            Published("mIoU", 0.809, EFPN_PHOTOS, EFPN),
        ),
        old_options={"normalise": "use_batch_norm"},
    ),
)
