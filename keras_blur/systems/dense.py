"""A network that sees the whole photo at once, as a system."""

import functools
from typing import Any

import numpy as np

from keras_blur.contract import Contract
from keras_blur.errors import BlurError
from keras_blur.processing import least_side, prepare, restore
from keras_blur.systems.network import NetworkSystem


class DenseSystem(NetworkSystem):
    """Runs a Keras network as its contract says; the compiled function is kept from photo to photo.

    Args:
        network: A Keras model: float32 RGB `(1, h, w, 3)` in 0..255 to logits `(1, h', w', C)`, or to several
            of which the last is the finest. Anything else with `predict_on_batch` will do.
        contract: What the network expects and returns.
        flips: Average the probabilities over the photo and its mirror image: better, and twice the time.
    """

    def __init__(self, network: Any, contract: Contract, flips: bool = False):
        super().__init__(network, contract)
        self.flips = flips
        self.least_side = least_side(contract)
        self._of_size = functools.cache(functools.partial(of_fixed_size, network))

    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Finds the blur in a photo: see `System.blur_map`.

        Raises:
            BlurError: the network's output is not what its contract says, or not finite.
        """
        pixels, placement = prepare(image, self.contract)
        probabilities = self._probabilities(pixels)
        if self.flips:
            mirrored = self._probabilities(pixels[:, :, ::-1])
            probabilities = (probabilities + mirrored[:, ::-1]) / 2
        return restore(probabilities, placement)

    def _probabilities(self, pixels: np.ndarray) -> np.ndarray:
        """Softmax of the finest output: float32 `(h', w', C)`."""
        height, width = pixels.shape[1:3]
        with self._lock:
            network = self._of_size(height, width) if self.contract.resize == "stretch" else self.network
        answer = self._answer(np.ascontiguousarray(pixels), network)
        stride, classes = self.contract.output_stride, len(self.contract.classes)
        expected = (1, height // stride, width // stride, classes)
        if answer.shape != expected:
            raise BlurError(
                f"the network {self.name} does not fit its contract: expected an output of shape {expected}, "
                f"found {answer.shape}; its contract.json belongs to another network"
            )
        return answer[0]


def of_fixed_size(network: Any, height: int, width: int) -> Any:
    """The same weights with a compiled function of their own.

    One function for several sizes is traced for an unknown size, where Keras's bilinear UpSampling2D fails.
    """
    import keras

    if not isinstance(network, keras.Model):
        return network
    inputs = keras.Input((height, width, 3))
    return keras.Model(inputs, network(inputs))
