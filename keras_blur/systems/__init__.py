"""Systems turn a photo into a blur map.

`load("mobile")` and `load("runs/my_run")` return a `System`. What there is stands in the specifications of
networks (`models`), of hand-made methods (`classical`) and of the other systems (`FORMULAS`, `COMPOSED`).
"""

import functools
import importlib
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_blur import models
from keras_blur.classical import SPECS as METHODS
from keras_blur.errors import BlurError, MissingPackage, UsageError, naming_extras, unknown
from keras_blur.spec import DENSE, Spec, Specs
from keras_blur.systems.weights import WEIGHTS_FILE, has_network, incomplete, load_network, network_name

if TYPE_CHECKING:  # at run time it waits, like all that is heavy, until a system is loaded
    from keras_blur.systems.base import System

PRETRAINED = Path(__file__).resolve().parent.parent / "pretrained"
DEFAULT = "mobile"
TFLITE, ONNX = ".tflite", ".onnx"
"""Endings of the files that `export` writes; they run without Keras."""

FORMULAS = Specs({"zeng2019": f"{__name__}.zeng2019", "all_blurred": f"{__name__}.trivial"})
"""Systems without a network that are no method of `classical`."""

COMPOSED = Specs(
    {
        "purohit2018_product": f"{__name__}.purohit2018",
        "purohit2018": f"{__name__}.purohit2018",
        "schuster2016_cut": f"{__name__}.patches",
    }
)
"""Systems of the runs of one or several networks."""


def _classical(name: str) -> "System":
    from keras_blur.systems.classical import ClassicalSystem

    return ClassicalSystem(name)


def _formula(name: str) -> "System":
    return FORMULAS[name].system()


SYSTEMS: dict[str, Path | Callable[[], "System"]] = {
    **{folder.name: folder for folder in sorted(PRETRAINED.iterdir()) if has_network(folder)},
    **{name: functools.partial(_classical, name) for name in METHODS},
    **{name: functools.partial(_formula, name) for name in FORMULAS},
}
"""What is at hand: a folder of weights, or a function that makes the system."""


STAND_INS = ("schuster2016", "purohit2018_patch", "purohit2018_global", "kim2018", "bdnet2020")
"""Networks of papers that ship small. A run of the same name in `runs_folder()` goes before them."""

SHIPPED_FORMATS = ("int8", "float16", "float32")
"""Of a shipped network's .tflite files the first that there is runs it."""

RUNTIMES = {"litert": "ai_edge_litert", "keras": "keras"}
"""What runs a shipped network, the fastest first, and the package that it needs."""


@naming_extras()
def load(source: str | os.PathLike = DEFAULT, refine: bool = False, runtime: str | None = None) -> "System":
    """Loads a system.

    A shipped network, such as "mobile", is run by the fastest of `RUNTIMES` that is installed: as its int8
    .tflite file by LiteRT (float16 where there is no int8), else by Keras. Both say nearly the same; for the
    same figures on every machine, name the runtime or a file.

    Args:
        source: A name in `SYSTEMS` (a run of the same name goes before one of `STAND_INS`); the name of a
            run in `runs_folder()`; a run folder, of which the best weights are taken; a folder with
            `network.json`, `weights.weights.h5` and `contract.json`; or a `.tflite` or `.onnx` file that
            `export` wrote.
        refine: Average a network's maps of several sizes and mirror images, and fit them to the edges. Keras
            alone can do it.
        runtime: A key of `RUNTIMES` that a shipped network is run by; None = the fastest that is installed.

    Raises:
        UsageError: no system and no folder has this name, the file is of another kind, it can't be refined,
            or it has no such runtime.
        MissingPackage: what runs it is not installed.
        BlurError: the folder holds no network, or its weights don't fit or are damaged.
    """
    name = _name(source)
    if runtime is not None:
        _check_runtime(name, refine, runtime)
    found = SYSTEMS.get(name)
    if callable(found):
        if refine:
            raise _not_refinable(name)
        return found()
    if found is not None and not refine and (runtime or _fastest_runtime()) == "litert":
        name = _shipped_file(name, found, runtime)
    if name in COMPOSED:
        if refine:
            raise _not_refinable(name)
        spec = COMPOSED[name]
        return spec.system(*(load(_run(part)) for part in spec.parts))
    if name.endswith((TFLITE, ONNX)):
        if refine:
            raise _not_refinable(name)
        return _exported(name)
    folder = network_folder(name)
    with naming_extras("refine" if refine else f"system '{name}'"):
        importlib.import_module("keras")  # before a module of ours that needs it, which knows no name
    network, contract = load_network(folder)
    runner = models.SPECS[network.name].runner if network.name in models.SPECS else DENSE
    if refine:
        if runner != DENSE:
            raise _not_refinable(name)
        runner = "keras_blur.systems.refined:RefinedSystem"
    return _imported(runner)(network, contract)


def _name(source: str | os.PathLike) -> str:
    name = os.fspath(source) if isinstance(source, str | os.PathLike) else source
    if not isinstance(name, str):
        raise UsageError(f"source: expected a system's name, a folder or a file's path, received {source!r}")
    return name


def _check_runtime(name: str, refine: bool, runtime: str) -> None:
    if runtime not in RUNTIMES:
        raise unknown("runtime", runtime, RUNTIMES)
    if not is_shipped(name):
        raise UsageError(f"runtime: expected None for '{name}'; only shipped networks have several runtimes")
    if refine and runtime != "keras":
        raise UsageError(f"runtime: expected 'keras', which alone can refine, received '{runtime}'")


def _shipped_file(name: str, folder: Path, runtime: str | None) -> str:
    """The smallest .tflite file of a shipped network; its name where none ships, unless one was asked for."""
    files = (folder / f"{name}_{form}{TFLITE}" for form in SHIPPED_FORMATS)
    file = next((file for file in files if file.is_file()), None)
    if file is None and runtime:
        raise UsageError(f"runtime: expected 'keras' for '{name}', of which no {TFLITE} file ships")
    return os.fspath(file or name)


def _fastest_runtime() -> str:
    installed = (name for name, package in RUNTIMES.items() if importlib.util.find_spec(package))
    return next(installed, next(iter(RUNTIMES)))


def is_shipped(name: str) -> bool:
    """Whether a system is a network that comes with the package."""
    return isinstance(SYSTEMS.get(name), Path)


def _exported(path: str) -> "System":
    """A file that `export` wrote, run by the runtime of its ending."""
    if path.endswith(ONNX):
        from keras_blur.systems.onnx import OnnxSystem

        return OnnxSystem(path)
    from keras_blur.systems.tflite import TFLiteSystem

    return TFLiteSystem(path)


def runs_folder() -> Path:
    """Returns the folder of runs: the one that KERAS_BLUR_RUNS names, else `runs`."""
    return Path(os.environ.get("KERAS_BLUR_RUNS") or "runs")


def network_folder(name_or_path: str | os.PathLike) -> Path:
    """Returns the folder of weights of a shipped network, a run, or a folder of weights.

    Raises:
        UsageError: no network and no folder has this name.
        BlurError: the folder holds no network.
    """
    folder = _folder(os.fspath(name_or_path))
    if places := _places(folder):
        return places[0]
    exported = sorted(path for path in folder.iterdir() if path.suffix in (TFLITE, ONNX))
    if exported:
        raise BlurError(f"no network in {folder}, but exported files: name one, such as {exported[0]}")
    raise incomplete(folder / "best" if (folder / "best").is_dir() else folder)


def _places(folder: Path) -> list[Path]:
    """Where a network lies in a run folder, or in a folder of weights: the first counts."""
    return [place for place in (folder / "best", folder) if has_network(place)]


def weight_folders(name_or_path: str | os.PathLike) -> list[Path]:
    """Returns the folders of a system's weights: several for a composed system, none for a formula.

    Raises:
        UsageError, BlurError: as `network_folder`.
    """
    name = os.fspath(name_or_path)
    if name in COMPOSED:
        return [network_folder(_run(part)) for part in COMPOSED[name].parts]
    if name.endswith((TFLITE, ONNX)):
        if not Path(name).is_file():
            raise UsageError(f"no such system: there is no file {name}")
        return [Path(name).parent]
    if callable(SYSTEMS.get(name)):
        return [PRETRAINED / name] if (PRETRAINED / name).exists() else []
    return [network_folder(name)]


def _folder(name: str) -> Path:
    source, run = SYSTEMS.get(name), runs_folder() / name
    if isinstance(source, Path):
        return run if name in STAND_INS and _places(run) else source
    if not name:
        raise unknown("system", name, names())
    found = [folder for folder in (Path(name), run) if name not in SYSTEMS and folder.exists()]
    if found:  # a folder of that name without a network hides no run
        folder = next((folder for folder in found if _places(folder)), found[0])
        if folder.is_file():
            raise UsageError(_not_a_folder(folder))
        return folder
    if name in COMPOSED:
        parts = " or ".join(COMPOSED[name].parts)
        raise UsageError(f"system '{name}' has no network of its own; name one of its parts: {parts}")
    if name in SYSTEMS:
        instead = f"a run folder, such as {run}" if _network_of(name) else f"a network, such as {DEFAULT}"
        raise UsageError(f"system '{name}' has no network of its own; name {instead}")
    if os.sep in name or "." in name:
        raise UsageError(f"no such system: there is no folder {name}; known names: {', '.join(names())}")
    if _network_of(name):
        raise UsageError(
            f"system '{name}': its weights don't ship, and there is no run {run}; train it with "
            f"keras-blur train --config {name} --run-dir {run}, or set KERAS_BLUR_RUNS"
        )
    raise unknown("system", name, names())


def _not_a_folder(file: Path) -> str:
    """Why a file is no network, and what to name in its place."""
    if file.suffix in (TFLITE, ONNX):
        return f"no network in {file}, an exported file: name the run or the folder that it was made from"
    if file.name == WEIGHTS_FILE and has_network(file.parent):
        return f"no such system: {file} holds the weights alone; name its folder, {file.parent}"
    if file.suffix == ".h5":
        return (
            f"no such system: {file} holds weights alone; build the network with keras_blur.models.build, "
            "load them, write a folder with keras_blur.systems.weights.save_network, and name the folder"
        )
    return (
        f"no such system: {file} is a file, expected a folder, or a {TFLITE} or {ONNX} file; "
        "a .keras file is read by keras.saving.load_model"
    )


def _run(name: str) -> str:
    """The run of a network, or of its small variant where only that was trained."""
    small = f"{name}_small"
    return small if (runs_folder() / small).exists() and not (runs_folder() / name).exists() else name


def names() -> list[str]:
    """Returns the names that `load` knows. A network that doesn't ship needs a run of its name."""
    trained = [name for name in models.SPECS if name not in SYSTEMS]
    return [*SYSTEMS, *trained, *COMPOSED]


def available() -> list[str]:
    """Returns the names that can be loaded here: `SYSTEMS`, runs of networks and variants, and `COMPOSED`.

    A variant's name begins with the network's, as in "kim2018_small".
    """
    runs = sorted(path for path in runs_folder().glob("*/") if _network_of(path.name))
    trained = {run.name for run in runs if run.name not in SYSTEMS and has_network(run / "best")}
    known = {*SYSTEMS, *trained}
    composed = [name for name in COMPOSED if set(map(_run, COMPOSED[name].parts)) <= known]
    return [*SYSTEMS, *sorted(trained), *composed]


def specification(name_or_path: str | os.PathLike) -> Spec | None:
    """Returns the specification of a system, a network's if it runs one.

    None if there is none: for an exported file, a network of another package, or one without Keras installed.
    """
    name = os.fspath(name_or_path)
    for specs in (METHODS, FORMULAS, COMPOSED):
        if name in specs:
            return specs[name]
    if name.endswith((TFLITE, ONNX)):
        return None
    try:
        return models.SPECS.get(network_name(network_folder(name)))
    except MissingPackage:
        return None


def _network_of(name: str) -> str | None:
    """The network of a run, by its name: "kim2018" of "kim2018_small"."""
    found = [network for network in models.SPECS if name == network or name.startswith(f"{network}_")]
    return max(found, key=len, default=None)


def _not_refinable(name: str) -> UsageError:
    return UsageError(f"refine: expected a dense network, received the system '{name}'; leave `refine` out")


def _imported(path: str) -> Callable[..., Any]:
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)
