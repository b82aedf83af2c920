"""BDNet: Blur detection network (IEEE Access 2020)."""

import keras
from keras import layers

from keras_blur import labels
from keras_blur.contract import Contract
from keras_blur.models import encoders
from keras_blur.models.blocks import batch_norm, upsample
from keras_blur.spec import NetworkSpec, Published

HEAD_CHANNELS = 1024


def BDNet2020(
    num_classes: int = 3,
    depth: int = 50,
    encoder_weights: str | None = None,
    width: float = 1.0,
    use_batch_norm: bool = True,
    dropout: float = 0.5,
    joint: bool = False,
) -> keras.Model:
    """A ResNet whose features are scored at every stride and summed from coarse to fine, down to stride 2.

    Skips are batch normalised before they are scored by a 1x1 convolution; the steps up are transposed
    convolutions that start as bilinear enlargement.

    Args:
        num_classes: Channels of the logits.
        depth: Layers of the ResNet: 50, 101 or 152 (the paper's experiment), or 14 or 26; see
            `encoders.resnet`.
        encoder_weights: None, "imagenet" or a path; see `encoders.resnet`.
        width: Multiplier of all channel counts; 1 is the paper's network.
        use_batch_norm: Normalise the skips; False is the paper's ablation.
        dropout: Share dropped in the head, of whole channels and then of single values; 0 is the ablation.
        joint: Also classify the photo's blur ("joint training").

    Returns:
        A model from `(B, H, W, 3)` RGB 0-255, sides multiples of 32, to float32 logits
        `(B, H/2, W/2, num_classes)`; if `joint`, to a list of the image's logits `(B, 2)` (motion, defocus)
        and these.
    """
    inputs = keras.Input((None, None, 3), name="image")
    *skips, features = encoders.resnet(inputs, depth, encoder_weights, width)
    x = _head(features, round(HEAD_CHANNELS * width), num_classes, dropout)
    for skip, stride in zip(reversed(skips), (16, 8, 4, 2), strict=True):
        x = upsample(x, 2, f"up_stride{stride}", dtype="float32")
        if use_batch_norm:
            skip = batch_norm(f"skip_stride{stride}_norm")(skip)
        skip = layers.Conv2D(num_classes, 1, dtype="float32", name=f"skip_stride{stride}")(skip)
        x = layers.Add(dtype="float32", name="logits" if stride == 2 else f"sum_stride{stride}")([x, skip])
    if not joint:
        return keras.Model(inputs, x, name="bdnet2020")
    mean = layers.GlobalAveragePooling2D(name="photo_mean")(features)
    photo = layers.Dense(len(labels.CLASS_NAMES) - 1, dtype="float32", name="photo_type")(mean)
    return keras.Model(inputs, [photo, x], name="bdnet2020")


def _head(x, channels, num_classes, dropout):
    x = layers.Conv2D(channels, 3, padding="same", activation="relu", name="head_conv1")(x)
    if dropout:
        x = layers.SpatialDropout2D(dropout, name="head_dropout1")(x)
    x = layers.Conv2D(channels, 1, activation="relu", name="head_conv2")(x)
    if dropout:
        x = layers.Dropout(dropout, name="head_dropout2")(x)
    return layers.Conv2D(num_classes, 1, dtype="float32", name="score_stride32")(x)


def contract(num_classes: int = 3, **_) -> Contract:
    """The photo's own resolution, at most 1024 pixels, padded to whole cells of the coarsest features."""
    return Contract(
        "bdnet2020",
        resize="pad",
        multiple=32,
        max_side=1024,
        output_stride=2,
        classes=labels.class_names(num_classes),
    )


SPECS = (
    NetworkSpec(
        name="bdnet2020",
        builder=BDNet2020,
        contract=contract,
        citation="Shen et al.: Automatic extraction of blur regions on a single image based on semantic "
        "segmentation. IEEE Access 8 (2020), 44867-44878",
        published=(
            Published(
                "mIoU",
                0.800,
                "a part of BlurRaw (CUHK) that isn't said",
                "Shen et al. 2020, results on BlurRaw; the three folds are another experiment, on BlurDB2",
            ),
        ),
        old_options={"batch_norm": "use_batch_norm"},
    ),
)
