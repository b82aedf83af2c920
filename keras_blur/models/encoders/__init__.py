"""Pre-trainable encoders: an input tensor in (RGB 0-255), feature maps from fine to coarse out.

Normalisation is part of the encoder, because it belongs to the weights.
"""

from keras_blur.models.encoders.caffe import IMAGENET_MEAN_BGR, RgbToCaffe
from keras_blur.models.encoders.efficientnet_lite import efficientnet_lite
from keras_blur.models.encoders.mobilenet import fit_kernel, mobilenet_v2, spread
from keras_blur.models.encoders.resnet import resnet
from keras_blur.models.encoders.vgg import vgg16, vgg19
from keras_blur.models.encoders.weights import weights_path

__all__ = [
    "IMAGENET_MEAN_BGR",
    "RgbToCaffe",
    "efficientnet_lite",
    "fit_kernel",
    "mobilenet_v2",
    "resnet",
    "spread",
    "vgg16",
    "vgg19",
    "weights_path",
]
