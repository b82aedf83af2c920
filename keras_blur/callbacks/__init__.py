"""Keras callbacks for a training in a notebook or by `keras_blur.training`.

    model.fit(batches, validation_data=validation, callbacks=[callbacks.StopOnNaN()])

The names below are loaded when they are first used, because they need Keras.
"""

from typing import Any

from keras_blur import lazy

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
    return lazy.get(__name__, _PLACES, name)


def __dir__() -> list[str]:
    return __all__
