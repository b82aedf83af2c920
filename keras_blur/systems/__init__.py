"""Systems: photo -> blur map, whatever it takes.

`load("mobile")` and `load("runs/my_run")` return a `System`. Adding one: a class with what `base.System`
names, and a line in `SYSTEMS`, or in `RUNNERS` if it runs a trained network, or in `COMPOSED` if it runs
several.
"""

import functools
import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from keras_blur.errors import BlurError, UsageError, unknown
from keras_blur.systems.base import System

PRETRAINED = Path(__file__).resolve().parent.parent / "pretrained"
DEFAULT = "mobile"


def _all_blurred() -> System:
    from keras_blur.systems.trivial import AllBlurred

    return AllBlurred()


def _classical(name: str) -> System:
    from keras_blur.systems.classical import ClassicalSystem

    return ClassicalSystem(name)


def _zeng2019() -> System:
    from keras_blur.systems.zeng2019 import shipped

    return shipped()


CLASSICAL = (
    "laplacian_variance",
    "su2011",
    "shi2014",
    "chakrabarti2010",
    "lbp2016",
    "hifst2017",
    "jnb2015",
    "zhuo2011",
)
"""Methods without a network: `systems.classical`."""

SYSTEMS: dict[str, Path | Callable[[], System]] = {
    "mobile": PRETRAINED / "mobile",
    **{name: functools.partial(_classical, name) for name in CLASSICAL},
    "zeng2019": _zeng2019,
    "all_blurred": _all_blurred,
}
"""A folder of weights, or a function that makes the system. Heavy imports wait until one is loaded."""

TRAINED = (
    "bdnet2020",
    "dbm2018",
    "dss",
    "fcn2s",
    "fcn8s",
    "kim2018",
    "mobile_coarse",
    "park2017",
    "purohit2018_global",
    "purohit2018_patch",
    "schuster2016",
    "segnet",
    "sun2015",
    "unet",
)
"""Networks whose weights don't ship: the run of that name in `runs_folder()` is taken."""

TFLITE = ".tflite"
"""Ending of the files that `export` writes; they run without Keras."""

DENSE = "keras_blur.systems.dense:DenseSystem"
RUNNERS: dict[str, str] = {
    "park2017": "keras_blur.systems.park2017:Park2017",
    "purohit2018_patch": "keras_blur.systems.purohit2018:PatchAverage",
    "schuster2016": "keras_blur.systems.patches:PatchSystem",
    "sun2015": "keras_blur.systems.sun2015:MotionField",
    "zeng2019": "keras_blur.systems.zeng2019:of_network",
}
"""Network -> "module:class" that runs it, called as `class(network, contract)`; `DENSE` for the others."""

_PUROHIT = ("purohit2018_patch", "purohit2018_global")
COMPOSED: dict[str, tuple[str, tuple[str, ...]]] = {
    "purohit2018_product": ("keras_blur.systems.purohit2018:Product", _PUROHIT),
    "purohit2018": ("keras_blur.systems.purohit2018:Cut", _PUROHIT),
    "schuster2016_cut": ("keras_blur.systems.patches:GraphCut", ("schuster2016",)),
}
"""System -> "module:class" and the networks of `TRAINED` with whose systems it is called."""


def load(name_or_path: str | os.PathLike, refine: bool = False) -> System:
    """Loads a system.

    Args:
        name_or_path: A name in `SYSTEMS`; the name of a run in `runs_folder()`; a run folder, of which the
            best weights are taken; a folder with `network.json`, `weights.weights.h5` and
            `contract.json`; or a `.tflite` file that `export` wrote.
        refine: Average a network's maps of several sizes and mirror images, and fit them to the edges.

    Raises:
        UsageError: no system and no folder has this name, or it can't be refined.
        BlurError: the folder holds no network, or its weights don't fit or are damaged.
    """
    name = os.fspath(name_or_path)
    source = SYSTEMS.get(name)
    if callable(source):
        if refine:
            raise _not_refinable(name)
        return source()
    if name in COMPOSED:
        if refine:
            raise _not_refinable(name)
        path, parts = COMPOSED[name]
        return _imported(path)(*(load(_run(part)) for part in parts))
    if name.endswith(TFLITE):
        if refine:
            raise _not_refinable(name)
        from keras_blur.systems.tflite import TFLiteSystem

        return TFLiteSystem(name)
    from keras_blur.systems.weights import load_network

    network, contract = load_network(network_folder(name))
    runner = RUNNERS.get(network.name, DENSE)
    if refine:
        if runner != DENSE:
            raise _not_refinable(name)
        runner = "keras_blur.systems.refined:RefinedSystem"
    return _imported(runner)(network, contract)


def runs_folder() -> Path:
    """Where runs are looked up by name: the folder that KERAS_BLUR_RUNS names, else `runs`."""
    return Path(os.environ.get("KERAS_BLUR_RUNS") or "runs")


def network_folder(name_or_path: str | os.PathLike) -> Path:
    """The folder of weights that a shipped network's name, a run or the folder itself stands for.

    Raises:
        UsageError: no network and no folder has this name.
        BlurError: the folder holds no network.
    """
    from keras_blur.systems.weights import NETWORK_FILE

    folder = _folder(os.fspath(name_or_path))
    if places := _places(folder):
        return places[0]
    raise BlurError(
        f"no network in {folder}: expected {NETWORK_FILE} there or in {folder / 'best'}; "
        "give a run folder that training has saved to, or a folder of weights"
    )


def _places(folder: Path) -> list[Path]:
    """Where a network lies in a run folder, or in a folder of weights: the first counts."""
    from keras_blur.systems.weights import has_network

    return [place for place in (folder / "best", folder) if has_network(place)]


def weight_folders(name_or_path: str | os.PathLike) -> list[Path]:
    """Where all that a system has learnt lies: several folders for a composed one, none for a formula.

    Raises:
        UsageError, BlurError: as `network_folder`.
    """
    name = os.fspath(name_or_path)
    if name in COMPOSED:
        return [network_folder(_run(part)) for part in COMPOSED[name][1]]
    if name.endswith(TFLITE):
        return [Path(name).parent]
    if callable(SYSTEMS.get(name)):
        return [PRETRAINED / name] if (PRETRAINED / name).exists() else []
    return [network_folder(name)]


def _folder(name: str) -> Path:
    source = SYSTEMS.get(name)
    if isinstance(source, Path):
        return source
    if not name:
        raise unknown("system", name, names())
    run = runs_folder() / name
    found = [folder for folder in (Path(name), run) if name not in SYSTEMS and folder.exists()]
    if found:  # a folder of that name without a network hides no run
        return next((folder for folder in found if _places(folder)), found[0])
    if name in TRAINED:
        raise UsageError(
            f"system '{name}': its weights don't ship, and there is no run {run}; train it with "
            f"python -m keras_blur.train --config {name} --run-dir {run}, or set KERAS_BLUR_RUNS"
        )
    if name in names():
        raise UsageError(f"system '{name}' has no network of its own; name a run folder, such as {run}")
    if os.sep in name or "." in name:
        raise UsageError(f"no such system: there is no folder {name}; known names: {', '.join(names())}")
    raise unknown("system", name, names())


def _run(name: str) -> str:
    """The run of a network, or of its small variant where only that was trained."""
    small = f"{name}_small"
    return small if (runs_folder() / small).exists() and not (runs_folder() / name).exists() else name


def names() -> list[str]:
    """The names that `load` knows, those among them that need a training too."""
    return [*SYSTEMS, *TRAINED, *COMPOSED]


def available() -> list[str]:
    """The names that `load` loads here: `SYSTEMS`, runs of `TRAINED` and of their variants, and `COMPOSED`.

    A variant's name begins with the network's, as in "kim2018_small".
    """
    from keras_blur.systems.weights import has_network

    runs = sorted(path for path in runs_folder().glob("*/") if path.name.startswith(TRAINED))
    trained = [run.name for run in runs if has_network(run / "best")]
    composed = [name for name, (_, parts) in COMPOSED.items() if set(map(_run, parts)) <= set(trained)]
    return [*SYSTEMS, *trained, *composed]


def _not_refinable(name: str) -> UsageError:
    return UsageError(f"--refine: expected a dense network, received the system '{name}'; leave --refine out")


def _imported(path: str) -> Callable[..., Any]:
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)
