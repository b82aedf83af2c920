"""From a photo to a network's input and back: resize, pad, orient, draw. Driven by the contract."""

from keras_blur.processing.find import find_photos
from keras_blur.processing.overlay import add_legend, overlay
from keras_blur.processing.photos import read_mask, read_photo, read_reduced, save_picture
from keras_blur.processing.prepare import Placement, check_image, least_side, place, prepare
from keras_blur.processing.restore import argmax_mask, blurred_picture, resize_map, restore
from keras_blur.processing.sizes import limit_side, limited_size, resize, resize_mask

__all__ = [
    "Placement",
    "add_legend",
    "argmax_mask",
    "blurred_picture",
    "check_image",
    "find_photos",
    "least_side",
    "limit_side",
    "limited_size",
    "overlay",
    "place",
    "prepare",
    "read_mask",
    "read_photo",
    "read_reduced",
    "resize",
    "resize_map",
    "resize_mask",
    "restore",
    "save_picture",
]
