"""Park 2017 (DHDE) as a system: the blur of edge pixels, spread over the photo."""

import numpy as np

from keras_blur.classical import park2017
from keras_blur.processing import check_image, limit_side
from keras_blur.systems.network import NetworkSystem

CHUNK = 1024  # patches at a time
MOST_EDGES = 8000  # pixels that are classified: a photo of 640x450 has about 10,000, all alike in pairs

# P(blurred) = 1 / (1 + exp((HALF - sigma) / WIDTH)): logistic regression of the truth on the dense map, on 30
# of Kim's training photos, by benchmarks/park2017_curve.py (0.607 nats a pixel).
HALF, WIDTH = 0.634, 0.215


class Park2017(NetworkSystem):
    """Finds blur by its degree at edges; it can't tell the types apart.

    Args:
        network: From `[patches, features]` to logits of the degrees of blur; see `models.park2017`.
        contract: Its `max_side` limits the photo.
    """

    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Finds the blur in a photo: see `System.blur_map`.

        The degree of blur becomes a probability by a logistic curve, which was fitted to the truth of
        training photos; a photo without any edge is as likely sharp as blurred.

        Raises:
            BlurError: the network's answer is not finite.
        """
        check_image(image)
        image = limit_side(image, self.contract.max_side)
        sigmas = self.sigma_map(image)
        if sigmas is None:
            return np.full((1, 1, 2), 0.5, np.float32)
        blurred = 1 / (1 + np.exp((HALF - sigmas) / WIDTH))
        return np.stack([1 - blurred, blurred], axis=-1).astype(np.float32)

    def sigma_map(self, image: np.ndarray) -> np.ndarray | None:
        """The degree of blur of every pixel, `(H, W)` float32, as the sigma of a Gaussian in pixels.

        None if there is no edge to tell it from.
        """
        places, sides = park2017.edges(image)
        if not len(places):
            return None
        step = -(-len(places) // MOST_EDGES)
        places, sides = places[::step], sides[::step]
        probabilities = self._probabilities(*park2017.inputs(image, places, sides))
        sigmas = probabilities @ np.array(park2017.SIGMAS, np.float32)
        return park2017.dense_map(image, places, sigmas, probabilities.max(axis=-1))

    def _probabilities(self, patches: np.ndarray, features: np.ndarray) -> np.ndarray:
        """`(N, classes)` float32."""
        found = []
        for start in range(0, len(patches), CHUNK):
            chunk = [part[start : start + CHUNK] for part in (patches, features)]
            count = len(chunk[0])
            # One size, so that the network's function is compiled once.
            chunk = [np.pad(part, [(0, CHUNK - count)] + [(0, 0)] * (part.ndim - 1)) for part in chunk]
            found.append(self._answer(chunk)[:count, 0, 0])
        return np.concatenate(found)
