"""Zeng et al.: A local metric for defocus blur detection based on CNN feature learning (TIP 2019)."""

import keras
from keras import layers

from keras_blur import labels
from keras_blur.contract import Contract
from keras_blur.models.blocks import CReLU, batch_norm
from keras_blur.spec import NetworkSpec

# The paper's layer list is not stated: two convolutions, then half the size, as in VGG.
LEVELS = ((16, 16), (32, 32), (64, 64))
FIRST_KERNEL = 7  # pixels (section III)
HEAD_SIDE = 4  # cells of the coarsest level in a training patch of 32 pixels
PATCH = 32
FIRST_LAYER = "level0_conv0"


def Zeng2019(num_classes: int = 2, kernels: int = 16, dropout: float = 0.5) -> keras.Model:
    """A VGG-like patch classifier whose first kernels become the paper's sharpness metric.

    Grey input, a first layer of 7x7 kernels without bias, so that each is one column of the paper's 49xN
    matrix; batch normalisation and CReLU after every convolution; a dense layer, dropout and a linear head,
    both as convolutions. On a training patch of 32x32 pixels the answer has 1x1 cells; larger photos are
    classified in tiles of that size.

    Args:
        num_classes: Channels of the logits; the paper's 2 are sharp and blurred.
        kernels: Number of kernels of the first layer.
        dropout: Share of the dense layer's outputs that are dropped in training.

    Returns:
        A model from `(B, H, W, 3)` RGB 0-255, sides multiples of 32, to float32 logits
        `(B, H/32, W/32, num_classes)`.
    """
    inputs = keras.Input((None, None, 3), name="image")
    x = layers.Rescaling(1 / 127.5, -1, name="normalise")(inputs)
    x = Grey(name="grey")(x)
    for level, channels in enumerate(LEVELS):
        for conv, filters in enumerate(channels):
            first = level == conv == 0
            filters, size = (kernels, FIRST_KERNEL) if first else (filters, 3)
            x = _convolution(x, filters, size, f"level{level}", conv)
        x = layers.MaxPooling2D(name=f"level{level}_pool")(x)
    x = layers.Conv2D(64, HEAD_SIDE, HEAD_SIDE, use_bias=False, name="dense")(x)
    x = layers.ReLU(name="dense_relu")(batch_norm("dense_norm")(x))
    x = layers.Dropout(dropout, name="dropout")(x)
    logits = layers.Conv2D(num_classes, 1, dtype="float32", name="logits")(x)
    return keras.Model(inputs, logits, name="zeng2019")


def _convolution(x, filters, size, name, conv):
    # The first kernels start near zero, so that their principal components are learnt, not left from the
    # start; batch normalisation undoes the scale.
    start = keras.initializers.RandomNormal(stddev=1e-3) if size == FIRST_KERNEL else "he_normal"
    x = layers.Conv2D(
        filters, size, padding="same", use_bias=False, kernel_initializer=start, name=f"{name}_conv{conv}"
    )(x)
    return CReLU(name=f"{name}_crelu{conv}")(batch_norm(f"{name}_norm{conv}")(x))


@keras.saving.register_keras_serializable("keras_blur")
class Grey(layers.Layer):
    """`(B, H, W, 3)` RGB to `(B, H, W, 1)` luma (ITU-R BT.601, as OpenCV's)."""

    WEIGHTS = (0.299, 0.587, 0.114)

    def call(self, inputs):
        weights = keras.ops.convert_to_tensor(self.WEIGHTS, dtype=self.compute_dtype)
        return keras.ops.sum(inputs * weights, axis=-1, keepdims=True)


def contract(num_classes: int = 2, **_) -> Contract:
    """Tiles of 32 pixels at the photo's own resolution, at most 640 pixels."""
    return Contract(
        "zeng2019",
        resize="pad",
        multiple=PATCH,
        max_side=640,
        output_stride=PATCH,
        classes=labels.class_names(num_classes),
    )


SPECS = (
    NetworkSpec(
        name="zeng2019",
        builder=Zeng2019,
        contract=contract,
        runner="keras_blur.systems.zeng2019:of_network",
        citation="Zeng et al.: A local metric for defocus blur detection based on CNN feature learning. "
        "IEEE TIP 28 (2019)",
    ),
)
