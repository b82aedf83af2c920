"""Systems: photo -> blur map, whatever it takes.

`load("mobile")` and `load("runs/my_run")` return a `System`. Adding one: a class with `name`,
`blurred_threshold` and `blur_map`, and a line in `SYSTEMS`.
"""

import os
from collections.abc import Callable
from pathlib import Path

from keras_blur.errors import BlurError, UsageError, unknown
from keras_blur.systems.base import System

PRETRAINED = Path(__file__).resolve().parent.parent / "pretrained"
DEFAULT = "mobile"


def _all_blurred() -> System:
    from keras_blur.systems.trivial import AllBlurred

    return AllBlurred()


def _laplacian_variance() -> System:
    from keras_blur.systems.laplacian import LaplacianVariance

    return LaplacianVariance()


SYSTEMS: dict[str, Path | Callable[[], System]] = {
    "mobile": PRETRAINED / "mobile",
    "laplacian_variance": _laplacian_variance,
    "all_blurred": _all_blurred,
}
"""A folder of weights, or a function that makes the system. Heavy imports wait until one is loaded."""


def load(name_or_path: str | os.PathLike, refine: bool = False) -> System:
    """Loads a system.

    Args:
        name_or_path: A name in `SYSTEMS`; a run folder, of which the best weights are taken; or a folder
            with `network.json`, `weights.weights.h5` and `contract.json`.
        refine: Average a network's maps of several sizes and mirror images, and fit them to the edges.

    Raises:
        UsageError: no system and no folder has this name, or it can't be refined.
        BlurError: the folder holds no network, or its weights don't fit or are damaged.
    """
    name = os.fspath(name_or_path)
    source = SYSTEMS.get(name)
    if callable(source):
        if refine:
            raise UsageError(
                f"--refine: expected a network, received the system '{name}'; leave --refine out"
            )
        return source()
    folder = network_folder(name)
    from keras_blur.systems.dense import DenseSystem
    from keras_blur.systems.refined import RefinedSystem
    from keras_blur.systems.weights import load_network

    return (RefinedSystem if refine else DenseSystem)(*load_network(folder))


def network_folder(name_or_path: str | os.PathLike) -> Path:
    """The folder of weights that a shipped network's name, a run folder or the folder itself stands for.

    Raises:
        UsageError: no network and no folder has this name.
        BlurError: the folder holds no network.
    """
    from keras_blur.systems.weights import NETWORK_FILE, has_network

    name = os.fspath(name_or_path)
    source = SYSTEMS.get(name)
    folder = source if isinstance(source, Path) else Path(name)
    if name not in SYSTEMS and not folder.exists():
        looks_like_path = os.sep in name or "." in name
        if looks_like_path:
            raise UsageError(
                f"no such system: there is no folder {folder}; known names: {', '.join(SYSTEMS)}"
            )
        raise unknown("system", name, SYSTEMS)
    for place in (folder / "best", folder):
        if has_network(place):
            return place
    raise BlurError(
        f"no network in {folder}: expected {NETWORK_FILE} there or in {folder / 'best'}; "
        "give a run folder that training has saved to, or a folder of weights"
    )
