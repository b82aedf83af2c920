"""Names of a package that are loaded when they are first used, because their modules need Keras."""

import importlib
from collections.abc import Mapping
from typing import Any

from keras_blur.errors import naming_extras


def get(package: str, places: Mapping[str, str], name: str) -> Any:
    """Returns what a package's `__getattr__` returns.

    Args:
        package: The package's `__name__`.
        places: The module of the package in which each name is.
        name: The name that is asked for.

    Raises:
        AttributeError: the package has no such name.
        MissingPackage: its module needs a package that is not installed.
    """
    if name not in places:
        raise AttributeError(f"module '{package}' has no attribute '{name}'")
    with naming_extras():
        return getattr(importlib.import_module(f"{package}.{places[name]}"), name)
