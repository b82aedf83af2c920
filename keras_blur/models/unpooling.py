"""Max-pooling that remembers where its maxima were, and its inverse."""

import keras
from keras import layers, ops

CELL = 4  # pixels in a 2x2 cell


@keras.saving.register_keras_serializable("keras_blur")
class MaxPoolingWithIndices(layers.Layer):
    """2x2 max-pooling: `(B, H, W, C)` with even sides to the maxima and their places.

    Returns `(B, H/2, W/2, C)` maxima, and int32 of the same shape: 0 to 3 within the cell, row by row; of
    equal values the first.
    """

    def call(self, inputs):
        cells = _to_cells(inputs)
        largest = ops.max(cells, axis=-1, keepdims=True)
        # Not of the values themselves: TFLite has no built-in operator for what Keras makes of that.
        places = ops.argmax(ops.cast(cells == largest, "int32"), axis=-1)
        return largest[..., 0], ops.cast(places, "int32")

    def compute_output_spec(self, inputs):
        batch, height, width, channels = inputs.shape
        shape = (batch, *(side and side // 2 for side in (height, width)), channels)
        return keras.KerasTensor(shape, inputs.dtype), keras.KerasTensor(shape, "int32")


@keras.saving.register_keras_serializable("keras_blur")
class MaxUnpooling(layers.Layer):
    """Puts every value where `MaxPoolingWithIndices` found its maximum, and 0 elsewhere.

    Badrinarayanan et al., SegNet (TPAMI 2017), figure 3. Call arguments: values `(B, h, w, C)` and places
    `(B, h, w, C)` int32. Returns `(B, 2 h, 2 w, C)`.
    """

    def call(self, inputs, indices):
        places = ops.cast(ops.expand_dims(indices, -1) == ops.arange(CELL, dtype="int32"), inputs.dtype)
        return _from_cells(ops.expand_dims(inputs, -1) * places)

    def compute_output_spec(self, inputs, indices):
        batch, height, width, channels = inputs.shape
        shape = (batch, *(side and 2 * side for side in (height, width)), channels)
        return keras.KerasTensor(shape, inputs.dtype)


def _to_cells(x):
    """`(B, H, W, C)` to `(B, H/2, W/2, C, 4)`."""
    _, height, width, channels = ops.shape(x)
    x = ops.reshape(x, (-1, height // 2, 2, width // 2, 2, channels))
    x = ops.transpose(x, (0, 1, 3, 5, 2, 4))
    return ops.reshape(x, (-1, height // 2, width // 2, channels, CELL))


def _from_cells(x):
    """`(B, h, w, C, 4)` to `(B, 2 h, 2 w, C)`."""
    _, height, width, channels, _ = ops.shape(x)
    x = ops.reshape(x, (-1, height, width, channels, 2, 2))
    x = ops.transpose(x, (0, 1, 4, 2, 5, 3))
    return ops.reshape(x, (-1, 2 * height, 2 * width, channels))
