"""Where a result comes from: code, versions, data."""

import importlib.metadata
import platform
import subprocess
from pathlib import Path

import keras

import keras_blur
from keras_blur.data.catalog import PreparedSplit

PACKAGES = ("keras", "tensorflow", "tensorflow-cpu", "jax", "numpy", "opencv-python-headless")


def collect(*splits: PreparedSplit) -> dict:
    """The code's commit, the versions of what computes, and the data's fingerprints."""
    return {
        "keras_blur": keras_blur.__version__,
        "commit": commit(),
        "backend": keras.backend.backend(),
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


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
