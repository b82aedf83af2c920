"""Where a result comes from: code, versions, data."""

import importlib.metadata
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras_blur

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
