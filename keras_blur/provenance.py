"""Where a result comes from: code, versions, data."""

import importlib.metadata
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras_blur
from keras_blur import files
from keras_blur.errors import BlurError

PACKAGES = ("keras", "tensorflow", "tensorflow-cpu", "jax", "numpy", "opencv-python-headless")


def collect(*splits: Any) -> dict:
    """The code's commit, the versions of what computes, and the data's fingerprints.

    Args:
        *splits: `data.catalog.PreparedSplit`s that the result was made from.
    """
    return {
        "keras_blur": keras_blur.__version__,
        "commit": commit(),
        "backend": _backend(),
        "python": platform.python_version(),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
        "data": [
            {"dataset": s.dataset, "split": s.split, "examples": len(s), "fingerprint": s.fingerprint}
            for s in splits
        ],
    }


def training(folder: Path) -> dict | None:
    """How the weights in a folder were trained.

    Args:
        folder: A run's `best/`, or a folder of weights with a `training.json`.

    Returns:
        "network", "data" (data set and split), "examples", "extra" (a second data set, or None),
        "epochs" (finished ones); None if it isn't on record.

    Raises:
        BlurError: the record is damaged.
    """
    if (folder / "training.json").is_file():
        return files.read_json(folder / "training.json")
    run = folder.parent
    if not all((run / name).is_file() for name in ("config.json", "run.json", "log.csv")):
        return None
    config, facts = files.read_json(run / "config.json"), files.read_json(run / "run.json")
    try:
        data = facts["data"][0]
        return {
            "network": config["model"]["name"],
            "data": f"{data['dataset']} {data['split']}",
            "examples": data["examples"],
            "extra": config["data"].get("extra"),
            "epochs": len((run / "log.csv").read_text().splitlines()[1:]),
        }
    except (AttributeError, LookupError, TypeError) as error:
        raise BlurError(
            f"expected config.json and run.json in {run} as training wrote them, found them changed; "
            f"put them back, or evaluate a copy of {folder}"
        ) from error


def peak_memory() -> int | None:
    """The most memory that this process has held so far, in MB; None where the system doesn't say."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak * (1 if sys.platform == "darwin" else 1024) / 1e6)


def commit() -> str | None:
    """The checkout's commit, with "+changes" if files differ from it; None outside a checkout."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty=+changes", "--abbrev=12", "--exclude=*"],
            cwd=Path(keras_blur.__file__).parent,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def _backend() -> str | None:
    """Keras's backend, if the result needed Keras at all."""
    if "keras" not in sys.modules:
        return None
    return sys.modules["keras"].backend.backend()


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
