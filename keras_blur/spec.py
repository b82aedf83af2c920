"""Specifications: the facts about a network, a hand-made method or a composed system, in one place.

Each stands in the file of the code that it describes. A package lists the files in a `Specs` table, which
imports one when its specification is read. So names can be listed without Keras, TensorFlow or SciPy.
"""

import collections
import dataclasses
import importlib
from collections.abc import Callable, Mapping
from typing import Any

from keras_blur.errors import naming_extras

DENSE = "keras_blur.systems.dense:DenseSystem"
"""The runner of a network that takes the whole photo at once."""


@dataclasses.dataclass(frozen=True)
class Published:
    """One figure that others report: never measured by us, never in a column with our figures.

    Attributes:
        measure: What was measured, such as "mIoU".
        value: The figure, 0 to 1.
        photos: On which photos, as far as the source says.
        source: Where it is printed.
    """

    measure: str
    value: float
    photos: str
    source: str

    def __str__(self) -> str:
        return f"{self.measure} {self.value:.3f}, {self.photos} ({self.source})"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spec:
    """The fields that every specification has.

    Attributes:
        name: What configurations, tables and commands call it.
        citation: The paper; "" if there is none.
        published: What others report of it.
    """

    name: str
    citation: str = ""
    published: tuple[Published, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class NetworkSpec(Spec):
    """A Keras network.

    Attributes:
        builder: Makes the `keras.Model`; its keyword arguments are the network's options.
        contract: Makes the `Contract` of the network that the same options build.
        runner: "module:class" of the system that runs it, called as `class(network, contract)`.
        over_photos: For a network of patches: makes the network of photos with the same weights, called as
            `over_photos(network, stride)`.
        parent: A network whose weights it can start from; those that have no place in it are left out.
        old_options: Options by the names that they had when older run folders were written.
    """

    builder: Callable[..., Any]
    contract: Callable[..., Any]
    runner: str = DENSE
    over_photos: Callable[[Any, int], Any] | None = None
    parent: str = ""
    old_options: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def current_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options by the names that they have now."""
        return {self.old_options.get(key, key): value for key, value in options.items()}


@dataclasses.dataclass(frozen=True, kw_only=True)
class MethodSpec(Spec):
    """A hand-made method: a function of a photo.

    Attributes:
        method: From uint8 RGB `(H, W, 3)` to P(blurred) `(H, W)`, or to the three classes `(H, W, 3)`.
        threshold: A pixel counts as blurred if its P(blurred) exceeds this. The values that are not 0.5 are
            those of the greatest mean mIoU over photos of CUHK's training split, by
            `python benchmarks/classical_thresholds.py`.
    """

    method: Callable[..., Any]
    threshold: float = 0.5


@dataclasses.dataclass(frozen=True, kw_only=True)
class SystemSpec(Spec):
    """A system that is no single network.

    Attributes:
        system: Makes it, called with the systems of its parts.
        parts: Names of the networks that it is composed of.
    """

    system: Callable[..., Any]
    parts: tuple[str, ...] = ()


class Specs(collections.UserDict):
    """Specifications by name, each imported when it is first read.

    Args:
        files: Name -> the module in whose `SPECS` it stands. A `Spec` itself can be set later on, such as
            that of a network of another package.
    """

    def __init__(self, files: Mapping[str, str]):
        super().__init__()
        self.data.update(files)

    def __getitem__(self, name: str) -> Any:
        """The specification.

        Raises:
            KeyError: there is none of that name.
            MissingPackage: it needs a package that is not installed.
        """
        entry = self.data[name]
        if isinstance(entry, str):
            entry = self.data[name] = _read(entry, name)
        return entry


def _read(module: str, name: str) -> Spec:
    with naming_extras():
        specs = importlib.import_module(module).SPECS
    for spec in specs:
        if spec.name == name:
            return spec
    raise KeyError(f"{module}.SPECS: expected the specification of '{name}', found {[s.name for s in specs]}")
