"""What one example of every prepared data set holds."""

from collections.abc import Iterable

import cv2
import numpy as np
import tensorflow_datasets as tfds

from keras_blur import labels


def photo_features(image_format: str | None) -> tfds.features.FeaturesDict:
    """The features that all builders share.

    `name` is unique in the data set. `photo` is the id of the photo that the example is, or was cut out of;
    of several photos the ids joined by "+". What shares a photo must not be divided.

    Args:
        image_format: "jpeg" or "png": how the photos are stored; None = in either way.
    """
    return tfds.features.FeaturesDict(
        {
            "image": tfds.features.Image(shape=(None, None, 3), dtype=np.uint8, encoding_format=image_format),
            "mask": tfds.features.Image(shape=(None, None, 1), dtype=np.uint8, encoding_format="png"),
            "type": tfds.features.ClassLabel(names=labels.PHOTO_TYPES),
            "name": tfds.features.Text(),
            "photo": tfds.features.Text(),
        }
    )


def joined(photos: Iterable[str]) -> str:
    """The `photo` of an example that is composed of several, each named once."""
    return "+".join(dict.fromkeys(photos))


def png(image: np.ndarray) -> bytes:
    """`(H, W)` uint8 as PNG bytes. (TFDS would load TensorFlow to encode an array.)"""
    return cv2.imencode(".png", image)[1].tobytes()


def jpeg(image: np.ndarray, quality: int) -> bytes:
    """`(H, W, 3)` uint8 RGB as JPEG bytes of a quality from 1 to 100."""
    return cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
