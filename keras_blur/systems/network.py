"""What all systems that run one Keras network share."""

import threading
from typing import Any

import numpy as np
from scipy.special import softmax

from keras_blur.contract import Contract
from keras_blur.errors import BlurError
from keras_blur.systems.base import System


class NetworkSystem(System):
    """A `System` but for its `blur_map`: name and calibration are the contract's.

    Args:
        network: A Keras model; for all but `num_params`, anything with `predict_on_batch` will do.
        contract: What the network expects and returns.
    """

    def __init__(self, network: Any, contract: Contract):
        self.network, self.contract = network, contract
        self.name = contract.name
        self.calibration = contract.calibration
        self._lock = threading.RLock()  # Keras builds a network's function when it is first called

    @property
    def num_params(self) -> int:
        """See `System`."""
        return self.network.count_params()

    def _answer(self, inputs: Any, network: Any = None) -> np.ndarray:
        """The softmax of the network's finest output for a batch: float32 `(B, h, w, C)`.

        Args:
            inputs: What the network takes.
            network: One of the same weights; None = the system's own.

        Raises:
            BlurError: the output is not finite.
        """
        network = self.network if network is None else network
        with self._lock:
            outputs = network.predict_on_batch(inputs)
        logits = np.asarray(outputs[-1] if isinstance(outputs, (list, tuple)) else outputs, np.float32)
        if not np.isfinite(logits).all():
            raise BlurError(f"the network {self.name} returns NaN or infinity: its weights are damaged")
        return softmax(logits, axis=-1)
