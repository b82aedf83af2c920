"""The whole state of a training in one file, so that a killed run goes on as if nothing had happened."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from keras_blur import files
from keras_blur.errors import BlurError
from keras_blur.training.log import Progress


class State(NamedTuple):
    """Where a training stands.

    Attributes:
        epoch: Number of finished epochs.
        progress: The log so far and the best epoch.
        arrays: The values of all variables: "model/0", ..., "optimizer/0", ...
    """

    epoch: int
    progress: Progress
    arrays: dict[str, np.ndarray]


def advise_restart(run_dir: Path) -> str:
    """Returns the end of an error: what to do with a run that can't go on."""
    return f"to begin again, choose another `run_dir`, or remove {run_dir}"


def save(path: Path, model: keras.Model, epoch: int, progress: Progress) -> None:
    """Writes weights, optimizer and progress atomically.

    Args:
        path: The `.npz` file.
        model: A compiled model.
        epoch: Number of finished epochs.
        progress: The log so far and the best epoch.
    """
    variables = find_variables(model)
    paths = [variable.path for variable in variables.values()]
    header = json.dumps({"epoch": epoch, "progress": progress.to_dict(), "paths": paths})
    arrays: dict[str, Any] = {key: np.asarray(variable) for key, variable in variables.items()}
    with files.atomic_path(path) as temporary:
        np.savez(temporary, header=np.array(header), **arrays)


def read(path: Path) -> State:
    """Reads what `save` wrote.

    Raises:
        BlurError: the file is damaged or holds something else.
    """
    try:
        with np.load(path) as stored:
            if any(member.compress_type for member in stored.zip.infolist()):
                raise ValueError("it is compressed, which no training does")  # to any size
            header = json.loads(str(stored["header"]))
            arrays = {key: stored[key] for key in stored.files if key != "header"}
        state = State(int(header["epoch"]), Progress.from_dict(header["progress"]), arrays)
        if state.epoch != len(state.progress.rows):
            raise ValueError(f"its log has {len(state.progress.rows)} rows of {state.epoch} epochs")
        return state
    except Exception as error:  # damage shows in errors of zipfile, zlib, NumPy and json: too many to name
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise BlurError(
            f"cannot resume from {path}: {reason[:200]}; {advise_restart(path.parent)}"
        ) from error


def check(path: Path, state: State, model: keras.Model) -> None:
    """Checks that a state belongs to a compiled model whose optimizer is built.

    Args:
        path: Where the state was read; for errors.
        state: What `read` returned.
        model: What it should belong to.

    Raises:
        BlurError: the state belongs to another network or optimizer.
    """
    variables, advice = find_variables(model), advise_restart(path.parent)
    for key, variable in variables.items():
        found = state.arrays.get(key)
        expected = f"{variable.dtype}{list(variable.shape)}"
        received = "nothing" if found is None else f"{found.dtype}{list(found.shape)}"
        if received != expected:
            raise BlurError(
                f"{path} is of another network or optimizer: expected {expected} for '{variable.path}', "
                f"found {received}; {advice}"
            )
    if len(state.arrays) != len(variables):
        raise BlurError(
            f"{path} is of another network or optimizer: expected {len(variables)} variables, "
            f"found {len(state.arrays)}; {advice}"
        )


def apply(arrays: dict[str, np.ndarray], model: keras.Model) -> None:
    """Puts the arrays of a state into a model."""
    for key, variable in find_variables(model).items():
        variable.assign(arrays[key])


def find_variables(model: keras.Model) -> dict[str, keras.Variable]:
    """Returns the variables of a model and its optimizer by their names in a state."""
    return {
        **{f"model/{number}": variable for number, variable in enumerate(model.variables)},
        **{f"optimizer/{number}": variable for number, variable in enumerate(model.optimizer.variables)},
    }
