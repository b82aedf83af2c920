"""Keras knows this package's layers, losses, metrics and optimizers once both are imported, in any order.

A `.keras` file names its classes, and Keras finds those of other packages only if they are registered. They
are when their modules are imported, which needs Keras. `import keras_blur` must not import Keras, so it waits
until Keras is imported.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType

MODULES = (
    "keras_blur.losses",
    "keras_blur.metrics.streaming",
    "keras_blur.models.blocks",
    "keras_blur.models.dss",
    "keras_blur.models.encoders",
    "keras_blur.models.patchwise",
    "keras_blur.models.unpooling",
    "keras_blur.models.zeng2019",
    "keras_blur.training.optimizers",
)
"""Modules that register classes."""


def register_with_keras() -> None:
    """Registers all classes now if Keras is imported, else as soon as it is."""
    if "keras" in sys.modules:
        _register()
    elif not any(isinstance(finder, _KerasFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _KerasFinder())


def _register() -> None:
    for module in MODULES:
        importlib.import_module(module)


class _KerasFinder(importlib.abc.MetaPathFinder):
    """Finds Keras as the other finders do, and registers the classes after it has been imported."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != "keras":
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _KerasLoader(spec.loader, self)
                return spec
        return None


class _KerasLoader(importlib.abc.Loader):
    """Loads Keras by its own loader."""

    def __init__(self, loader: importlib.abc.Loader, finder: _KerasFinder):
        self._loader, self._finder = loader, finder

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        _register()
