"""Keras callbacks for a training in a notebook or by `keras_blur.training`.

    model.fit(batches, validation_data=validation, callbacks=[callbacks.StopOnNaN()])

The names below are loaded when they are first used, because they need Keras.
"""

import importlib
from typing import Any

_PLACES = {
    "KeptWeights": "weights",
    "Panels": "panels",
    "SaveBest": "weights",
    "StopOnNaN": "stop",
    "TensorBoardLog": "tensorboard",
    "ValidateKeptWeights": "weights",
}

__all__ = sorted(_PLACES)


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
