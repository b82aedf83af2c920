"""The input that VGG and ResNet were trained on."""

import keras
from keras import layers

# Channel means of ImageNet in BGR order, as VGG was trained (Simonyan & Zisserman 2015).
IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)


@keras.saving.register_keras_serializable("keras_blur")
class RgbToCaffe(layers.Layer):
    """RGB 0-255 to BGR minus ImageNet's mean, the input that the weights of VGG and ResNet expect."""

    def call(self, inputs):
        mean = keras.ops.convert_to_tensor(IMAGENET_MEAN_BGR, dtype=self.compute_dtype)
        return keras.ops.cast(inputs, self.compute_dtype)[..., ::-1] - mean
