"""Patches at edges in sharp parts of photos, each blurred by a known degree: what Park 2017 learns from."""

import cv2
import numpy as np

from keras_blur import labels
from keras_blur.classical import park2017
from keras_blur.data import augmentation
from keras_blur.data.batches import Batches
from keras_blur.errors import BlurError
from keras_blur.synthesis import kernels
from keras_blur.synthesis.blur import blur_photo

PATCHES_PER_PHOTO = 32  # in an epoch of the default length
MARGIN = 6  # pixels around a patch that the widest Gaussian reaches
WINDOW = park2017.LARGE + 2 * MARGIN


class EdgePatches(Batches):
    """Batches of patches with their features, and the class of each one's blur.

    A sample is a random edge pixel in the sharp part of a photo, its surroundings blurred in linear light
    with one of `park2017.SIGMAS`, whose index is the class. A photo that is blurred as a whole keeps about
    the same edges, because the edge detector's thresholds are shares of its greatest slope; so edges are
    looked for once, in the photo as it is.

    A batch is `((patches, features), classes)`: float32 `(B, 27, 27, 3)` in 0..255 and `(B, FEATURES)`, uint8
    `(B, 1, 1)`.

    Args: as `Batches`; `samples` is 32 per photo by default, and height and width are those of a patch.

    Raises:
        BlurError: no photo has an edge in a sharp part.
    """

    def __init__(self, split, height, width, batch_size, *, samples: int = 0, **options):
        samples = samples or PATCHES_PER_PHOTO * len(split)
        super().__init__(split, height, width, batch_size, samples=samples, **options)
        found = self._threads.map(self._sharp_edges, range(sum(map(len, self.splits))))
        self._edges = {index: edges for index, edges in enumerate(found) if len(edges[0])}
        if not self._edges:
            raise BlurError(f"{split.dataset}, split {split.split}: no photo has an edge in a sharp part")

    def _sharp_edges(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """The edge pixels whose surroundings are sharp all over, and the sides of their patches."""
        example = self._example(index)
        places, sides = park2017.edges(example.image)
        sharp = (example.mask == labels.SHARP).astype(np.uint8)
        inner = cv2.erode(sharp, np.ones((WINDOW, WINDOW)), borderType=cv2.BORDER_CONSTANT, borderValue=0)
        kept = inner[tuple(places.T)] > 0
        return places[kept], sides[kept]

    def sample(self, epoch: int, position: int, index: int):
        """The patch with its features, and its class, at a position of an epoch; see `Batches.sample`."""
        rng = np.random.default_rng((self._seed, epoch, 1, position))
        if index not in self._edges:  # blurred all over: another photo stands in
            index = rng.choice(list(self._edges))
        places, sides = self._edges[index]
        chosen, label = rng.integers(len(places)), int(rng.integers(len(park2017.SIGMAS)))
        top, left = places[chosen] - WINDOW // 2
        window = self._example(index).image[top : top + WINDOW, left : left + WINDOW]
        window = blur_photo(window, kernels.gaussian(park2017.SIGMAS[label]))
        patch = window[MARGIN:-MARGIN, MARGIN:-MARGIN]
        nothing = np.zeros(patch.shape[:2], np.uint8)
        patch, _ = augmentation.augmented(patch, nothing, *patch.shape[:2], self._config, rng)
        centre = np.full((1, 2), park2017.LARGE // 2)
        patches, features = park2017.inputs(patch, centre, sides[chosen : chosen + 1])
        return (patches[0], features[0]), np.full((1, 1), label, np.uint8)

    def _filling(self):
        patch = np.zeros((park2017.LARGE, park2017.LARGE, 3), np.float32)
        return (patch, np.zeros(park2017.FEATURES, np.float32)), np.full((1, 1), labels.VOID, np.uint8)

    @staticmethod
    def _stacked(inputs):
        return tuple(np.stack(part) for part in zip(*inputs, strict=True))
