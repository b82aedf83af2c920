"""From a photo to a network's input and back: resize, pad, orient, draw. Driven by the contract."""

from keras_blur.processing.overlay import add_legend, overlay
from keras_blur.processing.photos import find_photos, read_mask, read_photo, save_picture
from keras_blur.processing.prepare import Placement, check_image, place, prepare
from keras_blur.processing.restore import argmax_mask, blurred_picture, resize_map, restore
from keras_blur.processing.sizes import limit_side, limited_size, resize, resize_mask

__all__ = [
    "Placement",
    "add_legend",
    "argmax_mask",
    "blurred_picture",
    "check_image",
    "find_photos",
    "limit_side",
    "limited_size",
    "overlay",
    "place",
    "prepare",
    "read_mask",
    "read_photo",
    "resize",
    "resize_map",
    "resize_mask",
    "restore",
    "save_picture",
]
