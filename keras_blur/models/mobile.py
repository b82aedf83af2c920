"""Our own networks: light encoders with U-Net decoders that stop at stride 8.

Their choices are measured in docs/mobile_network.md.
"""

import keras
from keras import layers

from keras_blur import labels
from keras_blur.contract import Contract
from keras_blur.models import encoders
from keras_blur.models.blocks import SpaceToDepth, batch_norm
from keras_blur.spec import NetworkSpec

CELLS, NANO_CELLS = 88, 64  # rows and columns of the blur map


def Mobile(
    num_classes: int = 3,
    encoder_weights: str | None = None,
    decoder_filters: tuple[int, int, int] = (64, 48, 32),
    stem_stride: int = 4,
    detail_filters: int = 12,
    gather: int = 1,
    width: float = 0.5,
) -> keras.Model:
    """MobileNetV2 with a light U-Net decoder of separable convolutions, for phones.

    Slight blur is seen in a photo's finest detail alone, so two stems read many pixels at once: one keeps
    what pre-training has learnt, one is free. Coarse logits cost little and lose little: blur has soft edges.

    Args:
        num_classes: Channels of the logits.
        encoder_weights: None or a path; see `encoders.mobilenet_v2`.
        decoder_filters: Channels at 8, 4 and 2 strides of the stem.
        stem_stride: Of the first convolutions, in pixels; 2 reads half of the pixels of each side.
        detail_filters: Of the free stem; see `encoders.mobilenet_v2`.
        gather: Pixels of a square's side that become channels before the stems; 1 or 2. It computes the
            same faster, but for a shift of a pixel. The network that ships has 2, its first version 1.
        width: Of the encoder: 0.5, which ships, or 1.

    Returns:
        A model from `(B, H, W, 3)` RGB 0-255, sides multiples of 64, to logits `(B, H/8, W/8, num_classes)`;
        for another stem of 16 and 2 strides.
    """
    inputs = keras.Input((None, None, 3), name="image")
    features = encoders.mobilenet_v2(
        inputs, encoder_weights, stem_stride, detail_filters, gather, width=width
    )
    return keras.Model(inputs, _logits(_decode(features, decoder_filters), num_classes), name="mobile")


def Nano(
    num_classes: int = 3,
    encoder_weights: str | None = None,
    decoder_filters: tuple[int, int, int] = (64, 48, 32),
    detail_filters: int = 12,
    blocks: int = 14,
) -> keras.Model:
    """`Mobile` for half of the pixels and without its last and heaviest blocks, for old phones and films.

    Args:
        num_classes: Channels of the logits.
        encoder_weights: None or a path; see `encoders.mobilenet_v2`.
        decoder_filters: Channels at strides 32, 16 and 8.
        detail_filters: Of the free stem; see `encoders.mobilenet_v2`.
        blocks: Inverted residuals of the encoder that are kept; `Mobile` has 16.

    Returns:
        A model from `(B, H, W, 3)` RGB 0-255, sides multiples of 64, to logits `(B, H/8, W/8, num_classes)`.
    """
    inputs = keras.Input((None, None, 3), name="image")
    features = encoders.mobilenet_v2(inputs, encoder_weights, 4, detail_filters, 2, blocks)
    return keras.Model(inputs, _logits(_decode(features, decoder_filters), num_classes), name="nano")


def Large(
    num_classes: int = 3,
    encoder_weights: str | None = None,
    decoder_filters: tuple[int, int, int] = (128, 96, 64),
    detail_filters: int = 16,
    variant: int = 0,
    gather: int = 2,
) -> keras.Model:
    """EfficientNet-Lite with a fuller decoder than `Mobile`'s, for computers and servers.

    Squares of 2 x 2 pixels become channels, and a second stem looks for the finest detail. The decoder has
    two separable convolutions at each of its levels, and takes the encoder's finest features too, gathered.

    Args:
        num_classes: Channels of the logits.
        encoder_weights: None or a path; see `encoders.efficientnet_lite`.
        decoder_filters: Channels at strides 32, 16 and 8.
        detail_filters: Of the second stem; 0 where `gather` is 1.
        variant: Of EfficientNet-Lite, 0 or 2.
        gather: Pixels of a square's side that become channels before the stems. With 1 the network reads
            half of the pixels of each side, as the pre-trained encoder does; its weights fit into one with 2.

    Returns:
        A model from `(B, H, W, 3)` RGB 0-255, sides multiples of 64, to logits `(B, H/8, W/8, num_classes)`;
        with `gather=1` of 32 and 4.
    """
    inputs = keras.Input((None, None, 3), name="image")
    features = encoders.efficientnet_lite(
        inputs, variant, encoder_weights, gather, detail_filters=detail_filters
    )
    finest = len(decoder_filters)
    fine, *skips, x = features[-finest - 2 :]
    for level, (filters, skip) in enumerate(zip(decoder_filters, reversed(skips), strict=True), 1):
        finer = [SpaceToDepth(2, name="gather_fine")(fine)] if level == finest else []
        x = _merged(x, [skip, *finer], filters, level)
        x = _separable(_separable(x, filters, f"decoder{level}"), filters, f"decoder{level}b")
    return keras.Model(inputs, _logits(x, num_classes), name="large")


def _decode(features, decoder_filters):
    """One separable convolution at each level, over the sum of coarser features and a skip."""
    _, *skips, x = features
    for level, (filters, skip) in enumerate(zip(decoder_filters, reversed(skips), strict=True), 1):
        x = _separable(_merged(x, [skip], filters, level), filters, f"decoder{level}")
    return x


def _merged(x, skips, filters, level):
    """The sum of the coarser features, enlarged, and those of this level."""
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"reduce{level}")(x)
    parts = [layers.UpSampling2D(interpolation="bilinear", name=f"up{level}")(x)]
    for name, skip in zip((f"skip{level}", f"skip{level}_fine"), skips, strict=False):
        parts.append(layers.Conv2D(filters, 1, use_bias=False, name=name)(skip))
    return _norm_relu6(layers.Add(name=f"sum{level}")(parts), f"sum{level}")


def _separable(x, filters, name):
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    return _norm_relu6(x, name)


def _norm_relu6(x, name):
    return layers.ReLU(6.0, name=f"{name}_relu6")(batch_norm(f"{name}_norm")(x))


def _logits(x, num_classes):
    return layers.Conv2D(num_classes, 1, dtype="float32", name="logits")(x)


def contract(num_classes: int = 3, stem_stride: int = 4, **_) -> Contract:
    """The whole photo stretched to a square: portrait and landscape frames need no second model."""
    return _contract("mobile", num_classes, 2 * stem_stride)


def nano_contract(num_classes: int = 3, **_) -> Contract:
    """Returns the contract of `Nano`: see `contract`."""
    return _contract("nano", num_classes, 8, NANO_CELLS)


def large_contract(num_classes: int = 3, gather: int = 2, **_) -> Contract:
    """Returns the contract of `Large`: see `contract`."""
    return _contract("large", num_classes, 4 * gather)


def _contract(name: str, num_classes: int, stride: int, cells: int = CELLS) -> Contract:
    return Contract(
        name,
        height=cells * stride,
        width=cells * stride,
        multiple=8 * stride,
        output_stride=stride,
        classes=labels.class_names(num_classes),
    )


SPECS = (
    NetworkSpec(name="mobile", builder=Mobile, contract=contract),
    NetworkSpec(name="nano", builder=Nano, contract=nano_contract, parent="mobile"),
    NetworkSpec(name="large", builder=Large, contract=large_contract),
)
