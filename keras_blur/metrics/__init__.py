"""Metrics of Keras for training, by their names here; of NumPy `binary`, `saliency` and `three_class`.

    network.compile("adam", keras_blur.losses.VoidCrossentropy(), metrics=[keras_blur.metrics.BlurredIoU()])

Keras is imported when one of its metrics is used, so the NumPy half goes without.
"""

from typing import Any

from keras_blur import lazy

__all__ = ["BlurredAccuracy", "BlurredIoU", "PixelAccuracy", "TypeAccuracy"]


def __getattr__(name: str) -> Any:
    return lazy.get(__name__, dict.fromkeys(__all__, "streaming"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
