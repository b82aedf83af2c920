"""Keeps averaged weights, drawn back towards the initial ones, for validation and saving."""

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_blur.contract import Contract
from keras_blur.systems import weights


class KeptWeights:
    """Computes the weights that are validated and saved.

    They are the optimizer's moving average if it makes one, else the trained ones; and of these and the
    initial ones the mean, as in WiSE-FT: `(1 - alpha) * initial + alpha * trained` (Wortsman et al., "Robust
    fine-tuning of zero-shot models", CVPR 2022). So what the start knew is forgotten less.

    Args:
        model: Compiled, before its first step.
        wise_ft_alpha: Share of the trained weights, 0 to 1; 1 = these alone.
    """

    def __init__(self, model: keras.Model, wise_ft_alpha: float = 1.0):
        self._alpha = wise_ft_alpha
        self._initial = model.get_weights() if wise_ft_alpha < 1 else []

    @contextlib.contextmanager
    def inside(self, model: keras.Model) -> Iterator[None]:
        """Puts the kept weights into the model within the context, and the trained ones back after it."""
        trained = model.get_weights()
        try:
            model.optimizer.finalize_variable_values(model.trainable_variables)  # the moving average
            # Copies, because JAX's validation gives up the arrays that it was called with.
            kept = [np.array(value) for value in model.get_weights()]
            if self._initial:
                pairs = zip(self._initial, kept, strict=True)
                kept = [(1 - self._alpha) * old + self._alpha * new for old, new in pairs]
            model.set_weights(kept)
            yield
        finally:
            model.set_weights(trained)


class ValidateKeptWeights(keras.callbacks.Callback):
    """Puts the kept weights into the model while it is validated.

    Keras's SwapEMAWeights leaves them in until the next epoch begins, where a saved state would mix up
    which is which; here they leave as soon as the validation ends.

    Args:
        kept: Makes them; None = the optimizer's moving average alone.
    """

    def __init__(self, kept: KeptWeights | None = None):
        super().__init__()
        self._kept, self._within = kept, contextlib.ExitStack()

    def on_train_begin(self, logs=None):
        self._kept = self._kept or KeptWeights(self.model)

    def on_test_begin(self, logs=None):
        self._within.enter_context(self._kept.inside(self.model))

    def on_test_end(self, logs=None):
        self._within.close()


class SaveBest(keras.callbacks.Callback):
    """Saves the network of the best epoch as a folder that `keras_blur.load` loads.

    Args:
        folder: Where to; replaced by every better epoch.
        contract: What the network expects and returns; its name is the network's.
        options: Arguments that the network was built with.
        monitor: The figure that decides; higher is better.
        kept: Makes the weights that are saved; None = the optimizer's moving average alone.
    """

    def __init__(
        self,
        folder: str | Path,
        contract: Contract,
        options: dict[str, Any] | None = None,
        monitor: str = "val_blurred_iou",
        kept: KeptWeights | None = None,
    ):
        super().__init__()
        self._folder, self._contract, self._options = Path(folder), contract, options or {}
        self._monitor, self._kept = monitor, kept
        self.best = -math.inf

    def on_train_begin(self, logs=None):
        self._kept = self._kept or KeptWeights(self.model)

    def on_epoch_end(self, epoch, logs=None):
        value = (logs or {}).get(self._monitor, -math.inf)
        if value > self.best:
            self.best = value
            with self._kept.inside(self.model):
                weights.save_network(
                    self._folder, self._contract.name, self._options, self.model, self._contract
                )
