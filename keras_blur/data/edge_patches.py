"""Patches at edges in sharp parts of photos, each blurred by a known degree: what Park 2017 learns from."""

from collections.abc import Callable

import cv2
import numpy as np

from keras_blur import labels
from keras_blur.classical import park2017
from keras_blur.data import augmentation
from keras_blur.data.catalog import Example
from keras_blur.data.examples import Examples
from keras_blur.errors import BlurError
from keras_blur.synthesis import kernels
from keras_blur.synthesis.blur import blur_photo

PER_PHOTO = 32  # samples in an epoch of the default length
MARGIN = 6  # pixels around a patch that the widest Gaussian reaches
WINDOW = park2017.LARGE + 2 * MARGIN


def prepare(
    examples: Examples, height: int, width: int, config: augmentation.AugmentationConfig, workers: int = 1
) -> Callable:
    """Returns `make_sample(index, rng)`: a blurred patch with its features, and the class of its blur.

    A sample is a random edge pixel in the sharp part of a photo, its surroundings blurred in linear light
    with one of `park2017.SIGMAS`, whose index is the class. A photo that is blurred as a whole keeps about
    the same edges, because the edge detector's thresholds are shares of its greatest slope; so edges are
    looked for once, in the photo as it is. Where a photo has no sharp edge, another one stands in.

    Args:
        examples: What `index` counts.
        height, width: Not used: a patch always has `park2017.LARGE` pixels a side.
        config: The random changes of a patch.
        workers: Threads that look for edges.

    Returns:
        A function that returns `((patch, features), class)`: float32 `(27, 27, 3)` in 0..255 and
        `(FEATURES,)`, uint8 `(1, 1)`.

    Raises:
        BlurError: no photo has an edge in a sharp part.
    """
    found = examples.map(find_sharp_edges, workers)
    edges = {index: edge for index, edge in enumerate(found) if len(edge[0])}
    if not edges:
        raise BlurError(f"{examples.name}: no photo has an edge in a sharp part")
    usable = list(edges)

    def make_sample(index: int, rng: np.random.Generator):
        if index not in edges:
            index = rng.choice(usable)
        places, sides = edges[index]
        chosen, label = rng.integers(len(places)), int(rng.integers(len(park2017.SIGMAS)))
        top, left = places[chosen] - WINDOW // 2
        window = examples[index].image[top : top + WINDOW, left : left + WINDOW]
        window = blur_photo(window, kernels.gaussian(park2017.SIGMAS[label]))
        patch = window[MARGIN:-MARGIN, MARGIN:-MARGIN]
        height, width = patch.shape[:2]
        nothing = np.zeros((height, width), np.uint8)
        patch, _ = augmentation.augment(patch, nothing, height, width, config, rng)
        centre = np.full((1, 2), park2017.LARGE // 2)
        patches, features = park2017.inputs(patch, centre, sides[chosen : chosen + 1])
        return (patches[0], features[0]), np.full((1, 1), label, np.uint8)

    return make_sample


def find_sharp_edges(example: Example) -> tuple[np.ndarray, np.ndarray]:
    """Finds the edge pixels whose surroundings are sharp all over.

    Returns:
        Their places, `(N, 2)` of row and column, and the sides of their patches in pixels, `(N,)`.
    """
    places, sides = park2017.edges(example.image)
    sharp = (example.mask == labels.SHARP).astype(np.uint8)
    inner = cv2.erode(sharp, np.ones((WINDOW, WINDOW)), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    kept = inner[tuple(places.T)] > 0
    return places[kept], sides[kept]
