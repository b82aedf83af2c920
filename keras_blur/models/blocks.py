"""Layers that several networks share."""

import keras
import numpy as np


def batch_norm(name: str, epsilon: float = 1e-3) -> keras.layers.BatchNormalization:
    """Batch normalisation for short trainings on one or several GPUs.

    Keras's default momentum of 0.99 is too slow for a few thousand steps. Under tf.distribute the statistics
    must be synchronised, or a reloaded model differs; under JAX they are global by themselves, and Keras
    refuses the argument.
    """
    synchronized = keras.backend.backend() == "tensorflow"
    return keras.layers.BatchNormalization(
        momentum=0.98, epsilon=epsilon, synchronized=synchronized, name=name
    )


@keras.saving.register_keras_serializable("keras_blur")
class CReLU(keras.layers.Layer):
    """`concatenate(relu(x), relu(-x))` over the last axis: no phase is lost.

    Shang et al., "Understanding and improving convolutional neural networks via concatenated rectified
    linear units", ICML 2016. `(..., C)` to `(..., 2 C)`.
    """

    def call(self, inputs):
        return keras.ops.concatenate([keras.ops.relu(inputs), keras.ops.relu(-inputs)], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 2 * input_shape[-1])


@keras.saving.register_keras_serializable("keras_blur")
class Bilinear(keras.initializers.Initializer):
    """Kernels of a transposed convolution that enlarges every channel bilinearly on its own.

    Long et al., CVPR 2015, section 3.3. For a kernel `(2 f, 2 f, C, C)` with stride f and padding "same":
    pixel centres as in image resizing; beyond the border is 0.
    """

    def __call__(self, shape, dtype=None):
        height, width, channels, inputs = shape
        rows, columns = (
            1 - np.abs(np.arange(side) - (side - 1) / 2) / (side / 2) for side in (height, width)
        )
        kernel = np.outer(rows, columns)[:, :, None, None] * np.eye(channels, inputs)
        return keras.ops.convert_to_tensor(kernel, dtype)


def upsample(x, factor: int, name: str, trainable: bool = True, dtype: str | None = None):
    """A transposed convolution that starts as bilinear enlargement: `(B, h, w, C)` to `(B, f h, f w, C)`."""
    return keras.layers.Conv2DTranspose(
        x.shape[-1],
        2 * factor,
        factor,
        padding="same",
        use_bias=False,
        kernel_initializer=Bilinear(),
        trainable=trainable,
        dtype=dtype,
        name=name,
    )(x)


@keras.saving.register_keras_serializable("keras_blur")
class SpaceToDepth(keras.layers.Layer):
    """Gathers squares of pixels into channels: `(B, n H, n W, C)` to `(B, H, W, n n C)`; nothing is lost.

    Channels are ordered by the row in the square, then its column, then the channel. Under TensorFlow this is
    its own operation, for which TFLite and ONNX have one too.

    Args:
        size: Pixels of a square's side, n.
    """

    def __init__(self, size: int, **kwargs):
        super().__init__(**kwargs)
        self.size = size

    def call(self, inputs):
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf  # keras.ops has no such operation

            return tf.nn.space_to_depth(inputs, self.size)
        _, height, width, channels = keras.ops.shape(inputs)
        rows, columns = height // self.size, width // self.size
        x = keras.ops.reshape(inputs, (-1, rows, self.size, columns, self.size, channels))
        x = keras.ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return keras.ops.reshape(x, (-1, rows, columns, self.size**2 * channels))

    def compute_output_shape(self, input_shape):
        batch, *sides, channels = input_shape
        return (batch, *(side and side // self.size for side in sides), self.size**2 * channels)

    def get_config(self):
        return {**super().get_config(), "size": self.size}
