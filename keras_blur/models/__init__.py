"""Networks: raw RGB 0-255 in, logits out. One file per paper; every one is listed here."""

from collections.abc import Callable
from typing import Any

import keras

from keras_blur.contract import Contract
from keras_blur.errors import UsageError, check_options, unknown
from keras_blur.models import (
    bdnet2020,
    dbm2018,
    dss,
    fcn,
    kim2018,
    mobile,
    park2017,
    purohit2018,
    schuster2016,
    segnet,
    sun2015,
    unet,
    zeng2019,
)

MODELS: dict[str, Callable[..., keras.Model]] = {
    "bdnet2020": bdnet2020.bdnet2020,
    "dbm2018": dbm2018.dbm2018,
    "dss": dss.dss,
    "fcn2s": fcn.fcn2s,
    "fcn8s": fcn.fcn8s,
    "kim2018": kim2018.kim2018,
    "mobile": mobile.mobile,
    "park2017": park2017.park2017,
    "purohit2018_global": purohit2018.purohit2018_global,
    "purohit2018_patch": purohit2018.purohit2018_patch,
    "schuster2016": schuster2016.schuster2016,
    "segnet": segnet.segnet,
    "sun2015": sun2015.sun2015,
    "unet": unet.unet,
    "zeng2019": zeng2019.zeng2019,
}
CONTRACTS: dict[str, Callable[..., Contract]] = {
    "bdnet2020": bdnet2020.contract,
    "dbm2018": dbm2018.contract,
    "dss": dss.contract,
    "fcn2s": fcn.fcn2s_contract,
    "fcn8s": fcn.fcn8s_contract,
    "kim2018": kim2018.contract,
    "mobile": mobile.contract,
    "park2017": park2017.contract,
    "purohit2018_global": purohit2018.global_contract,
    "purohit2018_patch": purohit2018.patch_contract,
    "schuster2016": schuster2016.contract,
    "segnet": segnet.contract,
    "sun2015": sun2015.contract,
    "unet": unet.contract,
    "zeng2019": zeng2019.contract,
}


def build(name: str, **options: Any) -> keras.Model:
    """Builds a network by its name in MODELS.

    Raises:
        UsageError: unknown name or option (names the nearest match), or a value that makes no network.
    """
    return _made(MODELS, name, options)


def contract(name: str, **options: Any) -> Contract:
    """The contract of the network that `build` makes with the same arguments; raises as it does."""
    return _made(CONTRACTS, name, options)


def _made(makers: dict[str, Callable], name: str, options: dict[str, Any]) -> Any:
    if name not in makers:
        raise unknown("network", name, makers)
    check_options(f"network '{name}'", MODELS[name], options)
    try:
        return makers[name](**options)
    except (ArithmeticError, TypeError, ValueError) as error:
        given = ", ".join(f"{key}={value}" for key, value in options.items())
        reason = str(error).splitlines()[0]
        raise UsageError(f"network '{name}' can't be made with {given}: {reason}") from error
