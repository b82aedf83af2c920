"""Metrics of Keras for training, by their names here; of NumPy `binary`, `saliency` and `three_class`.

    network.compile("adam", keras_blur.losses.VoidCrossentropy(), metrics=[keras_blur.metrics.BlurredIoU()])

Keras is imported when one of its metrics is used, so the NumPy half goes without.
"""

import importlib
from typing import Any

__all__ = ["BlurredAccuracy", "BlurredIoU", "PixelAccuracy", "TypeAccuracy"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(importlib.import_module(f"{__name__}.streaming"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
