"""Ma et al.: Deep blur mapping: exploiting high-level semantics by deep neural networks (TIP 2018)."""

import keras
from keras import layers

from keras_blur import labels
from keras_blur.contract import Contract
from keras_blur.errors import UsageError
from keras_blur.models import encoders
from keras_blur.models.blocks import upsample
from keras_blur.spec import NetworkSpec, Published

CONFIGURATIONS = ("I", "II", "III", "IV", "V")


def DBM2018(
    num_classes: int = 3,
    encoder_weights: str | None = None,
    width: float = 1.0,
    configuration: str = "V",
    use_batch_norm: bool = False,
) -> keras.Model:
    """VGG-16 cut after one of its blocks, a 1x1 convolution, and enlargement to full size in the network.

    The paper's point is that the deeper configurations, which see semantics, are the better ones.

    Args:
        num_classes: Channels of the logits; the softmax of two is the paper's sigmoid of their difference.
        encoder_weights: None, "imagenet" or a path; see `encoders.vgg16`.
        width: Multiplier of all channel counts; 1 is the paper's network.
        configuration: "I" to "V": the last block.
        use_batch_norm: Batch normalisation in the encoder, which the paper has not; see `encoders.vgg16`.

    Returns:
        A model from `(B, H, W, 3)` RGB 0-255, sides multiples of 16, to float32 logits
        `(B, H, W, num_classes)`.

    Raises:
        UsageError: there is no such configuration.
    """
    if configuration not in CONFIGURATIONS:
        raise UsageError(
            f"configuration: expected one of {', '.join(CONFIGURATIONS)}, received '{configuration}'"
        )
    blocks = CONFIGURATIONS.index(configuration) + 1
    inputs = keras.Input((None, None, 3), name="image")
    x = encoders.vgg16(inputs, encoder_weights, width, use_batch_norm, blocks)[-1]
    x = layers.Conv2D(num_classes, 1, dtype="float32", name="score")(x)
    if blocks > 1:
        x = upsample(x, 2 ** (blocks - 1), "up", dtype="float32")
    return keras.Model(inputs, x, name="dbm2018")


def contract(num_classes: int = 3, **_) -> Contract:
    """The photo's own resolution, at most 1024 pixels, padded to whole cells of the deepest block."""
    return Contract(
        "dbm2018", resize="pad", multiple=16, max_side=1024, classes=labels.class_names(num_classes)
    )


SPECS = (
    NetworkSpec(
        name="dbm2018",
        builder=DBM2018,
        contract=contract,
        citation="Ma, Fu, Liu, Wang & Tao: Deep blur mapping: exploiting high-level semantics by deep neural "
        "networks. IEEE TIP 27 (2018), 5155-5166",
        published=(
            Published(
                "maximum F1",
                0.853,
                "a part of CUHK that isn't known",
                "Ma et al. 2018, abstract: ODS F-score",
            ),
        ),
        old_options={"normalise": "use_batch_norm"},
    ),
)
