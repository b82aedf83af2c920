"""The whole state of a training in one file, so that a killed run goes on as if nothing had happened."""

import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_blur import files
from keras_blur.errors import BlurError


def anew(run_dir: Path) -> str:
    """What to do where a run can't go on, as the end of an error."""
    return f"to start anew, choose another --run-dir, or remove {run_dir}"


def save(path: str | Path, model: keras.Model, epoch: int, progress: dict) -> None:
    """Writes weights, optimizer and progress atomically.

    Args:
        path: The `.npz` file.
        model: A compiled model.
        epoch: Number of epochs done.
        progress: What callbacks must know to go on, as plain data.
    """
    arrays: dict[str, Any] = {f"model/{i}": np.asarray(v) for i, v in enumerate(model.variables)}
    arrays |= {f"optimizer/{i}": np.asarray(v) for i, v in enumerate(model.optimizer.variables)}
    header = json.dumps({"epoch": epoch, "progress": progress, "paths": _paths(model)})
    with files.atomic_path(path) as temporary:
        np.savez(temporary, header=np.array(header), **arrays)


def restore(path: str | Path, model: keras.Model) -> tuple[int, dict]:
    """Puts a saved state into a compiled, built model.

    Returns:
        Number of epochs done, and the progress.

    Raises:
        BlurError: the file can't be read, or belongs to another network or optimizer.
    """
    try:
        with np.load(path) as stored:
            header = json.loads(str(stored["header"]))
            arrays = {key: stored[key] for key in stored.files if key != "header"}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise BlurError(f"cannot resume from {path}: {error}; {anew(Path(path).parent)}") from error
    _check(path, header, arrays, model)
    for i, variable in enumerate(model.variables):
        variable.assign(arrays[f"model/{i}"])
    for i, variable in enumerate(model.optimizer.variables):
        variable.assign(arrays[f"optimizer/{i}"])
    return header["epoch"], header["progress"]


def _paths(model: keras.Model) -> list[str]:
    return [v.path for v in model.variables] + [v.path for v in model.optimizer.variables]


def _check(path, header, arrays, model) -> None:
    variables = [(f"model/{i}", v) for i, v in enumerate(model.variables)]
    variables += [(f"optimizer/{i}", v) for i, v in enumerate(model.optimizer.variables)]
    for key, variable in variables:
        found = arrays.get(key)
        if found is None or found.shape != tuple(variable.shape):
            shape = "nothing" if found is None else f"shape {found.shape}"
            raise BlurError(
                f"{path} is of another network or optimizer: expected shape {tuple(variable.shape)} for "
                f"'{variable.path}', found {shape}; {anew(Path(path).parent)}"
            )
    if len(arrays) != len(variables):
        raise BlurError(
            f"{path} is of another network or optimizer: expected {len(variables)} variables, "
            f"found {len(arrays)}; {anew(Path(path).parent)}"
        )
