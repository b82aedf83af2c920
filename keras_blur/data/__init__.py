"""Prepared data sets -> batches. Reads what `keras-blur prepare` wrote; never builds.

    train = data.load("blur_demo", "train")
    batches = data.make_training_batches(train, 224, 224, batch_size=16)

The names below are loaded when they are first used, because batches need Keras.
"""

from typing import Any

from keras_blur import lazy

_PLACES = {
    "AugmentationConfig": "augmentation",
    "Batches": "batches",
    "load": "catalog",
    "make_training_batches": "kinds",
    "make_validation_batches": "kinds",
}

__all__ = sorted(_PLACES)


def __getattr__(name: str) -> Any:
    return lazy.get(__name__, _PLACES, name)


def __dir__() -> list[str]:
    return __all__
