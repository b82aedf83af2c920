"""What the data sets of patches share."""

import numpy as np
import tensorflow_datasets as tfds

from keras_blur import labels
from tfds_builders import generated
from tfds_builders.features import photo_features, png


def patch_features() -> tfds.features.FeaturesDict:
    """The shared features and `label`, the class of the whole patch."""
    label = tfds.features.ClassLabel(names=labels.CLASS_NAMES)
    return tfds.features.FeaturesDict({**photo_features("png"), "label": label})


def patch_example(
    name: str, photo: str, image: np.ndarray, mask: np.ndarray, label: int
) -> generated.Example:
    """One patch.

    Args:
        name: unique in the data set.
        photo: the id of the photo that it was cut out of.
        image: `(n, n, 3)` uint8 RGB.
        mask: `(n, n)` uint8 ids.
        label: the patch's class id.
    """
    return name, {
        "image": png(np.ascontiguousarray(image[..., ::-1])),  # lossless: OpenCV's order is BGR
        "mask": png(np.ascontiguousarray(mask)),
        "type": labels.photo_type(mask),
        "label": int(label),
        "name": name,
        "photo": photo,
    }


def shared_out(total: int, capacities: np.ndarray) -> np.ndarray:
    """Shares a number out as evenly as capacities let it.

    Args:
        total: what is shared out; no more than all capacities hold is.
        capacities: `(N,)` int, from 0.

    Returns:
        `(N,)` int, each at most its capacity; those that are not full differ by one at most.
    """
    capacities = np.asarray(capacities, np.int64)
    shares = np.zeros_like(capacities)
    left = min(int(total), int(capacities.sum()))
    while left:
        open_ = np.flatnonzero(shares < capacities)
        step = left // len(open_)
        if step:
            more = np.minimum(step, capacities[open_] - shares[open_])
        else:
            open_, more = open_[:left], 1
        shares[open_] += more
        left = min(int(total), int(capacities.sum())) - int(shares.sum())
    return shares
