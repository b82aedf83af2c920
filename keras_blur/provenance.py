"""Records where a result comes from: code, versions, data."""

import importlib.metadata
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import keras_blur
from keras_blur import files
from keras_blur.errors import BlurError

PACKAGES = ("keras", "tensorflow", "tensorflow-cpu", "jax", "numpy", "opencv-python-headless")


def collect(**splits: Iterable[Any]) -> dict:
    """Returns the code's commit, the versions of what computes, and the data's identity.

    Args:
        **splits: `data.catalog.PreparedSplit`s that the result was made from, by their use: "training",
            "validation" or "test".
    """
    return {
        "keras_blur": keras_blur.__version__,
        "commit": commit(),
        "backend": _backend(),
        "python": platform.python_version(),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
        "data": [
            {"use": use, **split.identity, "examples": len(split), "fingerprint": split.fingerprint}
            for use, of_use in splits.items()
            for split in of_use
        ],
    }


def read_data(record: dict) -> list[dict]:
    """Returns the splits of a `run.json`, those of earlier versions as `collect` writes them today."""
    data = [_read_identity(entry) for entry in record["data"]]
    uses = ["training"] * (len(data) - 1) + ["validation"]
    return [{"use": use, **entry} for use, entry in zip(uses, data, strict=True)]


def training(folder: Path) -> Mapping[str, Any] | None:
    """Returns how the weights in a folder were trained; None if it isn't on record.

    Args:
        folder: A run's `best/`, or a folder of weights with a `training.json`.

    Returns:
        "network", "pretrained" (what it started from, None = random weights), "data" and "validation" (lists
        of "dataset", "split", "examples" and perhaps "fold", as `data.catalog.PreparedSplit.identity`),
        "epochs" (finished ones).

    Raises:
        BlurError: the record is damaged.
    """
    if (folder / "training.json").is_file():
        return read_training(files.read_json(folder / "training.json"))
    run = folder.parent
    if not all((run / name).is_file() for name in ("config.json", "run.json", "log.csv")):
        return None
    config, facts = files.read_json(run / "config.json"), files.read_json(run / "run.json")
    try:
        keys = ("dataset", "split", "fold", "examples")
        uses: dict[str, list[dict]] = {"training": [], "validation": []}
        for entry in read_data(facts):
            uses[entry["use"]].append({key: entry[key] for key in keys if key in entry})
        return {
            "network": config["model"]["name"],
            "pretrained": _read_start(config["model"]),
            "data": uses["training"],
            "validation": uses["validation"],
            "epochs": len((run / "log.csv").read_text().splitlines()[1:]),
        }
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise BlurError(
            f"expected config.json and run.json in {run} as training wrote them, found them changed; "
            f"put them back, or evaluate a copy of {folder}"
        ) from error


def _read_start(model: Mapping[str, Any]) -> str | None:
    """What a network started from, by its name: a run, or the encoder's weights."""
    start = model.get("initial_weights") or (model.get("options") or {}).get("encoder_weights")
    return Path(start).stem if start and start != "none" else None


def read_training(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the record of a training, one of an earlier version as `training` returns it today."""
    if not isinstance(record["data"], str):
        return record
    dataset, _, split = record["data"].partition(" ")
    data = [_read_identity({"dataset": dataset, "split": split, "examples": record["examples"]})]
    if record.get("extra"):
        data.append({"dataset": record["extra"], "split": split})
    return {"network": record.get("network"), "data": data, "epochs": record["epochs"]}


def describe_split(identity: dict) -> str:
    """Returns data set, split and fold in words."""
    fold = identity.get("fold")
    part = (
        f", {fold['part'].replace('_', ' ')} of fold {fold['number'] + 1} of {fold['count']}" if fold else ""
    )
    return f"{identity['dataset']} {identity['split']}{part}"


def _read_identity(entry: dict) -> dict:
    """An entry of a split, whose fold was part of the split's name in earlier versions."""
    split, *fold = re.split(r", fold (\d+) of (\d+)( left out)?$", entry["split"])
    if not fold:
        return entry
    part = "others" if fold[2] else "held_out"
    return {
        **entry,
        "split": split,
        "fold": {"number": int(fold[0]) - 1, "count": int(fold[1]), "part": part},
    }


def peak_memory() -> int | None:
    """Returns the most memory that this process has held so far, in MB; None where the system doesn't say."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak * (1 if sys.platform == "darwin" else 1024) / 1e6)


def commit() -> str | None:
    """Returns the checkout's commit, with "+changes" if files differ from it; None outside a checkout."""
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
