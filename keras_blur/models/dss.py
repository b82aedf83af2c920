"""Hou et al.: Deeply supervised salient object detection with short connections (CVPR 2017)."""

import functools

import keras
import numpy as np
from keras import layers

from keras_blur import labels
from keras_blur.contract import Contract
from keras_blur.models import encoders
from keras_blur.models.blocks import upsample
from keras_blur.spec import NetworkSpec

# Side output: channels and kernel size of its two convolutions, and the coarser sides that it takes
# (table 1 and section 3.2).
SIDES = {
    6: (512, 7, ()),
    5: (512, 5, ()),
    4: (256, 5, (6, 5)),
    3: (256, 5, (6, 5)),
    2: (128, 3, (6, 5, 4, 3)),
    1: (128, 3, (6, 5, 4, 3)),
}


def DSS(
    num_classes: int = 3,
    encoder_weights: str | None = None,
    width: float = 1.0,
    use_batch_norm: bool = False,
) -> keras.Model:
    """VGG-16 with six side outputs, short connections from coarse to fine ones, and their weighted fusion.

    Side 6 stands on pool5, averaged over 3x3; sides 5 to 1 on the last convolutions of the blocks. A side is
    two convolutions and a 1x1 score; sides 4 to 1 mix theirs with the enlarged scores of coarser sides by
    another 1x1. All enlargements are bilinear and fixed.

    Args:
        num_classes: Channels of each score; the softmax of two is the paper's sigmoid of their difference.
        encoder_weights: None, "imagenet" or a path; see `encoders.vgg16`.
        width: Multiplier of all channel counts; 1 is the paper's network.
        use_batch_norm: Batch normalisation in the encoder, which the paper has not; see `encoders.vgg16`.

    Returns:
        A model from `(B, H, W, 3)` RGB 0-255, sides multiples of 32, to a list of seven float32 logits
        `(B, H, W, num_classes)`: sides 6 to 1, and their fusion.
    """
    inputs = keras.Input((None, None, 3), name="image")
    features = dict(enumerate(encoders.vgg16(inputs, encoder_weights, width, use_batch_norm), 1))
    pool = layers.MaxPooling2D(3, 2, padding="same", name="block5_pool")(features[5])
    features[6] = layers.AveragePooling2D(3, 1, padding="same", name="pool5_mean")(pool)
    scores: dict[int, keras.KerasTensor] = {}

    @functools.cache
    def enlarge(side: int, target: int) -> keras.KerasTensor:
        """A side's score at the stride of a finer one."""
        if side == target:
            return scores[side]
        name = f"side{side}_to{target}"
        return upsample(scores[side], 2 ** (side - target), name, trainable=False, dtype="float32")

    for side, (channels, size, coarser) in SIDES.items():
        score = _side(features[side], f"side{side}", round(channels * width), size, num_classes)
        if coarser:
            scored = [score, *(enlarge(other, side) for other in coarser)]
            score = layers.Concatenate(name=f"side{side}_short", dtype="float32")(scored)
            score = layers.Conv2D(num_classes, 1, dtype="float32", name=f"side{side}_mixed")(score)
        scores[side] = score
    logits = [enlarge(side, 1) for side in scores]
    fused = layers.Concatenate(name="sides", dtype="float32")(logits)
    fused = layers.Conv2D(num_classes, 1, kernel_initializer=MeanOfScores(), dtype="float32", name="fused")(
        fused
    )
    return keras.Model(inputs, [*logits, fused], name="dss")


def _side(x, name, channels, size, num_classes):
    for number in (1, 2):
        x = layers.Conv2D(channels, size, padding="same", activation="relu", name=f"{name}_conv{number}")(x)
    return layers.Conv2D(num_classes, 1, dtype="float32", name=f"{name}_score")(x)


@keras.saving.register_keras_serializable("keras_blur")
class MeanOfScores(keras.initializers.Initializer):
    """The kernel `(1, 1, n C, C)` that averages n stacked scores of C classes: 1/6 each for DSS's six."""

    def __call__(self, shape, dtype=None):
        stacked, classes = shape[2:]
        count = stacked // classes
        kernel = np.tile(np.eye(classes), (count, 1)) / count
        return keras.ops.convert_to_tensor(kernel[None, None], dtype)


def contract(num_classes: int = 3, **_) -> Contract:
    """The photo's own resolution, at most 1024 pixels, padded to whole cells of the coarsest side."""
    return Contract("dss", resize="pad", multiple=32, max_side=1024, classes=labels.class_names(num_classes))


SPECS = (
    NetworkSpec(
        name="dss",
        builder=DSS,
        contract=contract,
        citation="Hou et al.: Deeply supervised salient object detection with short connections. CVPR 2017",
        old_options={"normalise": "use_batch_norm"},
    ),
)
