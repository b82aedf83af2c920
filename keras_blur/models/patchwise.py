"""Patch CNNs of two convolutions, two max-pools and a dense layer: patch by patch, or over whole photos.

A classifier of patches can slide over a photo as a convolution, and neighbouring patches then share nearly
all of their work: a pool keeps the resolution that it would halve, and the layers behind it are dilated ("a
trous"; the idea of Giusti et al., ICIP 2013). The answers are those of patch by patch, up to rounding.

One detail stands in the way. Where a map has an odd side, the pool's last window holds the patch's last row
alone (Caffe rounds up), but in a photo that row has a neighbour. So behind such a pool there are four maps:
for windows inside the patch, in its last row, in its last column, and in its last row and column. A
convolution takes each of its taps from the map that the patch has there. Few taps lie in the last row, so
that costs little.
"""

import itertools
from collections.abc import Sequence

import keras
from keras import layers, ops

CORNERS = tuple(itertools.product((0, 1), (0, 1)))
"""(in the patch's last row, in its last column) of the four maps, in order."""

GRADIENTS = ("gradient_magnitude", "gradients")
CHANNELS = ("rgb", "grey", *GRADIENTS)
"""What a patch network can see: colours, their grey, or forward differences of that grey."""

GREY = (0.299, 0.587, 0.114)  # shares of red, green and blue, as in ITU-R BT.601


def classifier(
    name: str,
    side: int,
    num_classes: int,
    widths: Sequence[int],
    dropout: float = 0.0,
    stride: int | None = None,
    channels: str = "rgb",
) -> keras.Model:
    """Convolution 7x7, pool, convolution 5x5, pool, dense, dense; ReLU, nothing padded, pools rounded up.

    Both forms have the same weights in the same order.

    Args:
        name: The network's name.
        side: Side of a patch in pixels.
        num_classes: Channels of the logits.
        widths: Channels of the two convolutions and of the first dense layer.
        dropout: Share of the first dense layer's outputs that are dropped in training.
        stride: Pixels between the patches of a photo; None = a network of single patches.
        channels: One of `CHANNELS`: what the first convolution sees.

    Returns:
        A model from RGB 0-255 to float32 logits: of `(B, side, side, 3)` to `(B, 1, 1, num_classes)`; with a
        stride, of `(B, H, W, 3)` to `(B, h, w, num_classes)` with `h = (H - side) // stride + 1`, where
        cell i answers for the patch that begins at pixel `stride * i`.

    Raises:
        ValueError: the stride is below 1, or no multiple of 4 above 2; or `channels` is none of `CHANNELS`.
    """
    if channels not in CHANNELS:
        raise ValueError(f"channels: expected one of {', '.join(CHANNELS)}, received '{channels}'")
    build = _of_patches if stride is None else _of_photos
    inputs = keras.Input((side, side, 3) if stride is None else (None, None, 3), name="image")
    x = layers.Rescaling(1 / 255, name="normalise")(inputs)
    if channels != "rgb":
        x = Channels(channels, name="channels")(x)
    x = layers.Conv2D(widths[0], 7, activation="relu", name="conv1")(x)
    x = build(x, side - 6 - (channels in GRADIENTS), widths, stride)
    x = layers.Dropout(dropout, name="dropout")(x)
    logits = layers.Conv2D(num_classes, 1, dtype="float32", name="logits")(x)
    return keras.Model(inputs, logits, name=name)


def over_photos(network: keras.Model, stride: int) -> keras.Model:
    """The network of whole photos, at a stride, with the weights of a network of patches."""
    widths = tuple(network.get_layer(name).filters for name in ("conv1", "conv2", "dense1"))
    num_classes = network.output_shape[-1]
    kinds = [layer.kind for layer in network.layers if isinstance(layer, Channels)] or ["rgb"]
    side = network.input_shape[1]
    result = classifier(network.name, side, num_classes, widths, stride=stride, channels=kinds[0])
    result.set_weights(network.get_weights())
    return result


def _of_patches(x, side, widths, _):
    x = layers.MaxPooling2D(2, padding="same", name="pool1")(x)  # "same" rounds up and pads no zeros
    x = layers.Conv2D(widths[1], 5, activation="relu", name="conv2")(x)
    x = layers.MaxPooling2D(2, padding="same", name="pool2")(x)
    return layers.Conv2D(widths[2], x.shape[1], activation="relu", name="dense1")(x)


def _of_photos(x, side, widths, stride):
    """The same over a photo; `side` is that of a patch's map after the first convolution."""
    first, second, last = _pool_strides(stride)
    spacing = 2 // first  # pixels of the map between neighbours in a patch's map
    maps = SlidingMaxPool(first, 1, odd=side % 2, name="pool1")([x])
    side = -(-side // 2) - 4
    maps = SlidingConv2D(widths[1], 5, 1, spacing, name="conv2")(maps)
    maps = SlidingMaxPool(second, spacing, odd=side % 2, name="pool2")(maps)
    spacing = 2 * spacing // second
    return SlidingConv2D(widths[2], -(-side // 2), last, spacing, whole=True, name="dense1")(maps)[-1]


def _pool_strides(stride: int) -> tuple[int, int, int]:
    """How the two pools and the dense layer share a stride."""
    if stride < 1 or (stride > 2 and stride % 4):
        raise ValueError(f"stride: expected 1, 2 or a multiple of 4, received {stride}")
    return 2 if stride > 1 else 1, 2 if stride > 2 else 1, max(1, stride // 4)


@keras.saving.register_keras_serializable("keras_blur")
class Channels(layers.Layer):
    """Grey, or its forward differences, of RGB.

    Call arguments: `(B, H, W, 3)`.
    Returns: `(B, H, W, 1)` for "grey"; `(B, H - 1, W - 1, 1)` for "gradient_magnitude"; as many pixels with 2
        channels, along the columns and along the rows, for "gradients".

    Args:
        kind: One of `CHANNELS` but for "rgb".
    """

    def __init__(self, kind: str, **options):
        super().__init__(**options)
        self.kind = kind

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        if self.kind not in GRADIENTS:
            return batch, height, width, 1
        sides = (side and side - 1 for side in (height, width))
        return batch, *sides, 2 if self.kind == "gradients" else 1

    def call(self, inputs):
        shares = ops.convert_to_tensor(GREY, dtype=inputs.dtype)
        grey = ops.sum(inputs * shares, axis=-1, keepdims=True)
        if self.kind == "grey":
            return grey
        middle = grey[:, :-1, :-1]
        differences = ops.concatenate([grey[:, :-1, 1:] - middle, grey[:, 1:, :-1] - middle], axis=-1)
        if self.kind == "gradients":
            return differences
        # The root has no gradient at 0, which flat patches have.
        return ops.sqrt(ops.sum(ops.square(differences), axis=-1, keepdims=True) + 1e-12)

    def get_config(self):
        return {**super().get_config(), "kind": self.kind}


@keras.saving.register_keras_serializable("keras_blur")
class SlidingMaxPool(layers.Layer):
    """The 2x2 max-pools of all patches of a photo.

    Call arguments: one map `(B, H, W, C)`, or four in the order of `CORNERS`, as a list.
    Returns: as many; four if `odd`.

    Args:
        stride: 2, or 1 to answer at every place.
        spacing: Distance in the map of what are neighbours in a patch.
        odd: Whether a patch's map has an odd side, so that its last window is one row or column wide.
    """

    def __init__(self, stride: int, spacing: int, odd: bool, **options):
        super().__init__(**options)
        self.stride, self.spacing, self.odd = stride, spacing, bool(odd)

    def call(self, inputs):
        if not self.odd:
            return [self._pool(x, False, False) for x in inputs]
        maps = inputs if len(inputs) > 1 else inputs * len(CORNERS)
        return [self._pool(x, *corner) for x, corner in zip(maps, CORNERS, strict=True)]

    def _pool(self, x, last_row, last_column):
        if not last_row:
            x = ops.maximum(x[:, : -self.spacing : self.stride], x[:, self.spacing :: self.stride])
        elif self.stride > 1:
            x = x[:, :: self.stride]
        if not last_column:
            return ops.maximum(x[:, :, : -self.spacing : self.stride], x[:, :, self.spacing :: self.stride])
        return x[:, :, :: self.stride] if self.stride > 1 else x

    def get_config(self):
        return {**super().get_config(), "stride": self.stride, "spacing": self.spacing, "odd": self.odd}


@keras.saving.register_keras_serializable("keras_blur")
class SlidingConv2D(layers.Layer):
    """An unpadded convolution with ReLU of all patches of a photo; its weights are those of a Conv2D.

    Call arguments: one map `(B, H, W, C)`, or four in the order of `CORNERS`, as a list.
    Returns: as many; one if `whole`.

    Args:
        filters: Channels of the answer.
        size: Side of the kernel.
        stride: As of a Conv2D.
        spacing: Its dilation.
        whole: The kernel covers a patch's map completely, so its last row is always the patch's.
    """

    def __init__(self, filters: int, size: int, stride: int, spacing: int, whole: bool = False, **options):
        super().__init__(**options)
        self.filters, self.size, self.stride, self.spacing = filters, size, stride, spacing
        self.whole = whole

    def build(self, input_shape):
        channels = input_shape[0][-1]
        self.kernel = self.add_weight(shape=(self.size, self.size, channels, self.filters), name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def compute_output_shape(self, input_shape):
        # Keras's own inference, by a run on made-up sides, fails under JAX where they are unknown.
        reach = (self.size - 1) * self.spacing
        return [
            (batch, *(side and (side - reach - 1) // self.stride + 1 for side in sides), self.filters)
            for batch, *sides, _ in (input_shape[-1:] if self.whole else input_shape)
        ]

    def call(self, inputs):
        if len(inputs) == 1:
            return [self._answer(self._convolve(inputs[0], self.kernel))]
        shared = {}  # parts of the sum that several of the answers have in common
        corners = CORNERS[-1:] if self.whole else CORNERS
        return [self._answer(self._at(corner, inputs, shared)) for corner in corners]

    def _at(self, corner, maps, shared):
        """The sum over the kernel's inner taps, its last row, its last column and its last tap."""
        parts = []
        for tap in reversed(CORNERS):
            source = tuple(c and t for c, t in zip(corner, tap, strict=True))
            if (tap, source) not in shared:
                shared[tap, source] = self._part(maps[CORNERS.index(source)], *tap)
            parts.append(shared[tap, source])
        height, width = ops.shape(parts[0])[1:3]  # the last tap reaches the farthest
        return sum(part[:, :height, :width] for part in parts)

    def _part(self, x, last_row, last_column):
        reach, inner = (self.size - 1) * self.spacing, self.size - 1
        rows, columns = (slice(inner, None) if last else slice(inner) for last in (last_row, last_column))
        x = x[:, reach if last_row else 0 :, reach if last_column else 0 :]
        return self._convolve(x, self.kernel[rows, columns])

    def _convolve(self, x, kernel):
        return ops.conv(x, kernel, strides=self.stride, padding="valid", dilation_rate=self.spacing)

    def _answer(self, x):
        return ops.relu(x + self.bias)

    def get_config(self):
        own = {key: getattr(self, key) for key in ("filters", "size", "stride", "spacing", "whole")}
        return {**super().get_config(), **own}
