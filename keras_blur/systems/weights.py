"""A trained network as a folder: what it is, its weights and its contract, written as one.

`network.json` is `{"name": ..., "options": {...}}`, the arguments of `keras_blur.models.build`;
`weights.weights.h5` is Keras's own format; `contract.json` is a `Contract`.
"""

import collections
import hashlib
import io
import math
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from keras_blur import files
from keras_blur.contract import Contract
from keras_blur.errors import BlurError, MissingPackage

FILES = NETWORK_FILE, WEIGHTS_FILE, CONTRACT_FILE = "network.json", "weights.weights.h5", "contract.json"


def save_network(
    folder: str | os.PathLike, name: str, options: dict[str, Any], model: Any, contract: Contract
) -> None:
    """Saves a network so that its folder is always whole: the old one, or the new one.

    Args:
        folder: Where to; an older network there is replaced, with everything else in the folder.
        name: The network's name in `keras_blur.models.NETWORKS`.
        options: What it was built with: `build(name, **options)` makes it again. JSON values only.
        model: The Keras model; an optimizer's state is not saved.
        contract: What it expects and returns.

    Raises:
        BlurError: the folder can't be written, or the disk is full.
    """
    folder = Path(folder)
    partial, previous = _beside(folder, "partial"), _beside(folder, "previous")
    try:
        files.check_folder(folder)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        files.write_json(partial / NETWORK_FILE, {"name": name, "options": options})
        contract.save(partial / CONTRACT_FILE)
        _save_weights(model, partial / WEIGHTS_FILE)
        if folder.exists():
            shutil.rmtree(previous, ignore_errors=True)
            folder.replace(previous)
        partial.replace(folder)
        shutil.rmtree(previous, ignore_errors=True)
    except OSError as error:
        raise BlurError(files.cannot_write(folder, error)) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def load_network(folder: str | os.PathLike) -> tuple[Any, Contract]:
    """Loads what `save_network` saved.

    Returns:
        The Keras model with its weights, and its contract.

    Raises:
        BlurError: a file is missing or damaged, or the weights are those of another network.
    """
    folder = _whole(Path(folder))
    if not all((folder / name).is_file() for name in FILES):
        raise incomplete(folder)
    contract = Contract.load(folder / CONTRACT_FILE)
    model = _build(folder / NETWORK_FILE)
    _load_weights(model, folder / WEIGHTS_FILE)
    return model, contract


def has_network(folder: Path) -> bool:
    """Whether `load_network` finds a network there."""
    return (_whole(folder) / NETWORK_FILE).is_file()


def incomplete(folder: Path) -> BlurError:
    """Returns the error for a folder that lacks files of a network: which, and how to get a whole one."""
    missing = ", ".join(name for name in FILES if not (folder / name).is_file())
    return BlurError(
        f"no network in {folder}: expected {NETWORK_FILE} (the builder's name and options), {WEIGHTS_FILE} "
        f"and {CONTRACT_FILE} (what the network expects), missing {missing}; copy the whole folder, such as "
        f"best/ of a run, or build the network and write a folder with {__name__}.save_network"
    )


def network_name(folder: Path) -> str:
    """Returns the name of the network in a folder that `has_network`.

    Raises:
        BlurError: the folder's description of it is damaged.
    """
    return _description(_whole(folder) / NETWORK_FILE)["name"]


def remove_leftovers(folder: Path) -> None:
    """Removes what `save_network` left beside a folder where it was killed; only for the folder's owner."""
    shutil.rmtree(_beside(folder, "partial"), ignore_errors=True)
    if folder.exists():
        shutil.rmtree(_beside(folder, "previous"), ignore_errors=True)


def _beside(folder: Path, role: str) -> Path:
    folder = Path(os.path.abspath(folder))  # "." has no name
    return folder.with_name(f".{folder.name}.{role}")


def _whole(folder: Path) -> Path:
    """The folder, or the one it was to replace if saving was killed between its two renames."""
    previous = _beside(folder, "previous")
    return previous if previous.exists() and not folder.exists() else folder


def _description(path: Path) -> dict[str, Any]:
    """The name and the options of a network."""
    description = files.read_json(path)
    if not isinstance(description, dict) or not isinstance(description.get("options"), dict):
        raise BlurError(f'{path} does not describe a network: expected {{"name": ..., "options": {{...}}}}')
    return {"name": description.get("name"), "options": description["options"]}


def _build(path: Path) -> Any:
    from keras_blur import models

    description = _description(path)
    try:
        return models.build(description["name"], **description["options"])
    except MissingPackage:
        raise
    except (BlurError, TypeError, ValueError) as error:
        raise BlurError(f"{path} describes no network of this version of keras-blur: {error}") from error


def _save_weights(model: Any, path: Path) -> None:
    import h5py

    # In memory, because of a full disk h5py tells in errors of many kinds, and leaves its file open.
    whole, kept = _Memory(), io.BytesIO()
    model.save_weights(whole)
    # Keras saves a compiled model's optimizer too, three times the size of the network.
    with h5py.File(whole) as source, h5py.File(kept, "w") as target:
        for name in source:
            if name != "optimizer":
                source.copy(name, target)
        for name, value in source.attrs.items():
            target.attrs[name] = value
    path.write_bytes(kept.getbuffer())


class _Memory(io.BytesIO):
    """A file whose name has the ending that Keras wants."""

    def __str__(self) -> str:
        return WEIGHTS_FILE


def _load_weights(model: Any, path: Path) -> None:
    expected = collections.Counter(tuple(weight.shape) for weight in model.weights)
    try:
        found = _stored_shapes(path)
        if found == expected:
            model.load_weights(path)
            _check_origin(path, model)
    except Exception as error:  # damage shows in errors of h5py, Keras and NumPy: too many to name
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise BlurError(
            f"cannot read the weights {path}: the file is damaged or incomplete ({reason})"
        ) from error
    if found != expected:
        raise BlurError(_mismatch(path, model.name, expected, found))
    _check_values(path, model)


def _check_origin(path: Path, model: Any) -> None:
    """Raises ValueError unless the weights are the file's: what Keras doesn't find stays as it began."""
    stored = collections.Counter(_digest(values) for values in _stored_arrays(path))
    if stored != collections.Counter(_digest(np.asarray(weight)) for weight in model.weights):
        raise ValueError("some of its arrays are called otherwise than Keras calls them")


def _digest(values: np.ndarray) -> tuple[tuple[int, ...], bytes]:
    return values.shape, hashlib.sha256(np.ascontiguousarray(values, np.float32).tobytes()).digest()


def _check_values(path: Path, model: Any) -> None:
    """Raises BlurError if a weight can't be calculated with: a layer may swallow NaN, and answer wrongly."""
    for weight in model.weights:
        values = np.asarray(weight)
        least = 0 if weight.name == "moving_variance" else -math.inf
        if not (np.isfinite(values).all() and (values >= least).all()):
            raise BlurError(
                f"cannot read the weights {path}: the file is damaged, or its training failed: "
                f"'{weight.path}' holds NaN, infinity or a variance below 0; train or copy it again"
            )


def _stored_shapes(path: Path) -> collections.Counter:
    """How many arrays of each shape the file holds, without the states of optimizers and random seeds.

    Raises:
        ValueError: an array or group lies outside of the file, or takes more memory than it has values.
    """
    import h5py

    shapes: collections.Counter = collections.Counter()

    def count(name: str, item: Any) -> None:
        if isinstance(item, h5py.Group):
            for key in item:
                if not isinstance(item.get(key, getlink=True), h5py.HardLink):
                    raise ValueError(f"{name}/{key} is a link")
        if not isinstance(item, h5py.Dataset):
            return
        if item.is_virtual or item.external:
            raise ValueError(f"the values of {name} are outside of it")
        if item.chunks and math.prod(item.chunks) > max(1, item.size):
            raise ValueError(f"{name} is stored in parts that are larger than itself")
        if _is_weight(name):
            shapes[item.shape] += 1

    with h5py.File(path) as file:
        count("", file)
        file.visititems(count)
    return shapes


def _stored_arrays(path: Path) -> list[np.ndarray]:
    """The arrays that `_stored_shapes` counts."""
    import h5py

    arrays = []

    def read(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and _is_weight(name):
            arrays.append(item[()])

    with h5py.File(path) as file:
        file.visititems(read)
    return arrays


def _is_weight(name: str) -> bool:
    """Whether an array of this name is a weight, not the state of an optimizer or a random seed."""
    return not (name.startswith("optimizer/") or "seed_generator" in name)


def _mismatch(path: Path, name: str, expected: collections.Counter, found: collections.Counter) -> str:
    def example(shapes: collections.Counter) -> str:
        return f" (one of them {min(shapes)})" if shapes else ""

    return (
        f"the weights {path} are those of another network than {name}: "
        f"expected {expected.total()} arrays{example(expected - found)}, "
        f"found {found.total()}{example(found - expected)}"
    )
