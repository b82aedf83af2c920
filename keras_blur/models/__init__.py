"""Networks: raw RGB 0-255 in, logits out. One file per paper, with its specification; a line here for each.

    from keras_blur import models
    network = models.Kim2018(width=0.5)             # a keras.Model
    network = models.build("kim2018", width=0.5)    # the same, by the name that configurations use
    contract = models.contract("kim2018")           # what it expects and returns
    models.SPECS["kim2018"].citation

Builders start from random weights, or from a pre-trained encoder (`encoder_weights`). A network that ships
comes trained, with its own options, from `keras_blur.load("mobile", runtime="keras").network`. A file is
imported when one of its names is used.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from keras_blur import lazy
from keras_blur.contract import Contract
from keras_blur.errors import UsageError, check_options, unknown
from keras_blur.spec import NetworkSpec, Specs

if TYPE_CHECKING:
    import keras

NETWORKS = {
    "bdnet2020": "bdnet2020.BDNet2020",
    "dbm2018": "dbm2018.DBM2018",
    "dss": "dss.DSS",
    "fcn2s": "fcn.FCN2s",
    "fcn4s": "fcn.FCN4s",
    "fcn8s": "fcn.FCN8s",
    "fcn16s": "fcn.FCN16s",
    "fcn32s": "fcn.FCN32s",
    "kim2018": "kim2018.Kim2018",
    "large": "mobile.Large",
    "nano": "mobile.Nano",
    "mobile": "mobile.Mobile",
    "park2017": "park2017.Park2017",
    "purohit2018_global": "purohit2018.Purohit2018Global",
    "purohit2018_patch": "purohit2018.Purohit2018Patch",
    "schuster2016": "schuster2016.Schuster2016",
    "segnet": "segnet.SegNet",
    "sun2015": "sun2015.Sun2015",
    "unet": "unet.UNet",
    "zeng2019": "zeng2019.Zeng2019",
}
"""A network's name, and its file and builder."""

_FILES = {place.split(".")[1]: place.split(".")[0] for place in NETWORKS.values()}

SPECS = Specs({name: f"{__name__}.{place.split('.')[0]}" for name, place in NETWORKS.items()})
"""The specification of every network."""


def __getattr__(name: str) -> Callable[..., "keras.Model"]:
    return lazy.get(__name__, _FILES, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_FILES])


def build(name: str, **options: Any) -> "keras.Model":
    """Builds a network by its name in `NETWORKS`.

    Args:
        name: Such as "kim2018".
        options: Arguments of its builder, by their names of today or of older run folders.

    Raises:
        UsageError: unknown name or option (names the nearest match), or a value that makes no network.
    """
    spec = specification(name)
    return _call(spec, spec.builder, options)


def contract(name: str, **options: Any) -> Contract:
    """Returns the contract of the network that `build` makes with the same arguments; raises as it does."""
    spec = specification(name)
    return _call(spec, spec.contract, options)


def specification(name: str) -> NetworkSpec:
    """Returns the specification of a network.

    Raises:
        UsageError: no network has this name; names the nearest match.
        BlurError: Keras is not installed.
    """
    if name not in SPECS:
        raise unknown("network", name, SPECS)
    return SPECS[name]


def _call(spec: NetworkSpec, function: Callable, options: dict[str, Any]) -> Any:
    options = spec.current_options(options)
    check_options(f"network '{spec.name}'", spec.builder, options)
    try:
        return function(**options)
    except UsageError:
        raise
    except (ArithmeticError, TypeError, ValueError) as error:
        given = ", ".join(f"{key}={value}" for key, value in options.items())
        reason = str(error).splitlines()[0]
        raise UsageError(f"network '{spec.name}' can't be made with {given}: {reason}") from error
