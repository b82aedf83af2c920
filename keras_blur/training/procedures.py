"""How a network learns: the table of procedures that `training.procedure` names."""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras

from keras_blur.training import adversarial, distillation
from keras_blur.training.config import Config


class Procedure(NamedTuple):
    """One way to learn.

    Attributes:
        build: `build(network, settings)` returns what is compiled and fitted: a `keras.Model` with the
            network's inputs and outputs, which has the network as its attribute `network`. The settings are
            the configuration's group of the procedure's name. None = the network itself is fitted.
        full_size: Whether the network's map must have the input's size.
    """

    build: Callable[[keras.Model, Any], keras.Model] | None = None
    full_size: bool = False


PROCEDURES = {
    "supervised": Procedure(),
    "adversarial": Procedure(adversarial.build, full_size=True),
    "distillation": Procedure(distillation.build),
}


def wrap(network: keras.Model, config: Config) -> keras.Model:
    """Returns what is compiled and fitted to train the network by the configured procedure."""
    name = config.training.procedure
    build = PROCEDURES[name].build
    return build(network, getattr(config, name)) if build else network


def unwrap(model: keras.Model) -> keras.Model:
    """Returns the network that `wrap` was called with."""
    return getattr(model, "network", model)
