"""Park, Tai, Cho & Kweon: Multi-scale deep and hand-crafted features for defocus estimation (CVPR 2017)."""

import keras
from keras import layers

from keras_blur import labels
from keras_blur.classical import park2017 as features
from keras_blur.contract import Contract
from keras_blur.spec import NetworkSpec

HIDDEN = (300, 150)


def Park2017(num_classes: int = len(features.SIGMAS), dropout: float = 0.5) -> keras.Model:
    """Classifies the blur of a patch by a small CNN and hand-made features (section 3.3, figure 5).

    Args:
        num_classes: Degrees of blur.
        dropout: Share of the outputs of both dense layers that are dropped in training.

    Returns:
        A model from `[patches, features]`, `(B, 27, 27, 3)` RGB 0-255 and `(B, 120)` as
        `classical.park2017.inputs` makes them, to float32 logits `(B, 1, 1, num_classes)`.
    """
    patch = keras.Input((features.LARGE, features.LARGE, 3), name="patch")
    handmade = keras.Input((features.FEATURES,), name="features")
    x = layers.Rescaling(1 / 127.5, -1, name="normalise")(patch)
    x = layers.Conv2D(25, 3, activation="relu", name="conv1")(x)
    x = layers.MaxPooling2D(3, padding="same", name="pool1")(x)  # 25 -> 9: "same" rounds up, as Caffe does
    x = layers.Conv2D(50, 3, activation="relu", name="conv2")(x)
    x = layers.MaxPooling2D(3, padding="same", name="pool2")(x)
    x = layers.Conv2D(50, 3, activation="relu", name="conv3")(x)
    x = layers.Conv2D(25, 1, activation="relu", name="conv4")(x)
    x = layers.Concatenate(name="all_features")([handmade, layers.Flatten(name="deep")(x)])
    for number, units in enumerate(HIDDEN, 1):
        x = layers.Dense(units, activation="relu", name=f"dense{number}")(x)
        x = layers.Dropout(dropout, name=f"dropout{number}")(x)
    x = layers.Dense(num_classes, dtype="float32", name="scores")(x)
    logits = layers.Reshape((1, 1, num_classes), dtype="float32", name="logits")(x)
    return keras.Model([patch, handmade], logits, name="park2017")


def contract(**_) -> Contract:
    """What the whole system answers: sharp or blurred, for the photo's own resolution up to 640 pixels."""
    return Contract("park2017", resize="pad", max_side=640, classes=labels.BINARY_NAMES)


SPECS = (
    NetworkSpec(
        name="park2017",
        builder=Park2017,
        contract=contract,
        runner="keras_blur.systems.park2017:Park2017",
        citation="Park, Tai, Cho & Kweon: A unified approach of multi-scale deep and hand-crafted features "
        "for defocus estimation. CVPR 2017",
    ),
)
