"""keras-blur: finds what is sharp, motion-blurred and out of focus in photos.

    import keras_blur

    blur = keras_blur.load()
    result = blur.predict("photo.jpg")
    result.verdict.warn, result.verdict.reason, result.verdict.score

All names are loaded when they are first used, so importing the package loads neither Keras nor TensorFlow.
"""

import importlib
from typing import TYPE_CHECKING, Any

from keras_blur.errors import naming_extras
from keras_blur.registration import register_with_keras

if TYPE_CHECKING:
    from keras_blur import callbacks, data, losses, metrics, models, verdict
    from keras_blur.result import Result
    from keras_blur.systems import load
    from keras_blur.systems.base import System

__version__ = "0.2.0"

_PLACES = {
    "Result": "keras_blur.result:Result",
    "System": "keras_blur.systems.base:System",
    "callbacks": "keras_blur.callbacks",
    "data": "keras_blur.data",
    "load": "keras_blur.systems:load",
    "losses": "keras_blur.losses",
    "metrics": "keras_blur.metrics",
    "models": "keras_blur.models",
    "verdict": "keras_blur.verdict",
}
"""Where each public name is: a module, or a module and a name in it."""

__all__ = [
    "Result",
    "System",
    "__version__",
    "callbacks",
    "data",
    "load",
    "losses",
    "metrics",
    "models",
    "verdict",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _PLACES[name].partition(":")
    with naming_extras():
        value = importlib.import_module(module)
    if attribute:
        value = getattr(value, attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


register_with_keras()
