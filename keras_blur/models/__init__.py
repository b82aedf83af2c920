"""Networks: raw RGB 0-255 in, logits out. One file per paper; every one is listed here."""

from collections.abc import Callable
from typing import Any

import keras

from keras_blur.contract import Contract
from keras_blur.errors import check_options, unknown
from keras_blur.models import kim2018, mobile, unet

MODELS: dict[str, Callable[..., keras.Model]] = {
    "kim2018": kim2018.kim2018,
    "mobile": mobile.mobile,
    "unet": unet.unet,
}
CONTRACTS: dict[str, Callable[..., Contract]] = {
    "kim2018": kim2018.contract,
    "mobile": mobile.contract,
    "unet": unet.contract,
}


def build(name: str, **options: Any) -> keras.Model:
    """Builds a network by its name in MODELS.

    Raises:
        UsageError: unknown name or option; names the nearest match.
    """
    if name not in MODELS:
        raise unknown("network", name, MODELS)
    check_options(f"network '{name}'", MODELS[name], options)
    return MODELS[name](**options)


def contract(name: str, **options: Any) -> Contract:
    """The contract of the network that `build` makes with the same arguments."""
    if name not in CONTRACTS:
        raise unknown("network", name, CONTRACTS)
    return CONTRACTS[name](**options)
