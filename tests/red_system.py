"""A system for tests that costs nothing: colours are blur."""

import numpy as np
from PIL import Image

from keras_blur.contract import Calibration
from keras_blur.systems.base import System


class RedIsBlurred(System):
    """Red is motion, blue is defocus, at an eighth of the photo's size."""

    name = "red"
    calibration = Calibration()

    def blur_map(self, image):
        small = np.asarray(image[::8, ::8], np.float32) / 255
        blur_map = np.stack([1 - small[..., 0] - small[..., 2], small[..., 0], small[..., 2]], axis=-1)
        return np.clip(blur_map, 0, 1)


def save(path, colour=(0, 0, 0), size=(64, 48), **options):
    """Writes a photo of a colour, with a stripe in the channel that says nothing, to be judged by."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", size, colour)
    if min(size) >= 8:
        image.paste((colour[0], abs(colour[1] - 90), colour[2]), (size[0] // 4, 0, size[0] // 2, size[1]))
    image.save(path, **{"quality": 95, "subsampling": 0, **options})
    return str(path)
