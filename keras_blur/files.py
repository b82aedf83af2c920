"""Writing files so that nothing half-written ever looks finished."""

import contextlib
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keras_blur.errors import BlurError


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike) -> Iterator[Path]:
    """Yields a temporary path beside `path`; renames it to `path` if the block succeeds.

    The temporary name keeps the file's ending, because many writers choose the format by it.

    Raises:
        BlurError: the folder can't be made or written, or the disk is full.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.stem}.{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise BlurError(
            f"cannot write {path}: {error.strerror or error}; "
            "choose an output folder that exists, is writable and has free space"
        ) from error
    finally:
        with contextlib.suppress(OSError):  # the folder itself may be what is wrong
            temporary.unlink()


def default_data_dir() -> Path:
    """Where prepared data sets are by default: KERAS_BLUR_DATASETS, else a folder in the user's cache."""
    folder = os.environ.get("KERAS_BLUR_DATASETS")
    return Path(folder or "~/.cache/keras_blur/datasets").expanduser()


def write_text(path: str | os.PathLike, text: str) -> None:
    """Writes UTF-8 text atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | os.PathLike, value: Any) -> None:
    """Writes `value` as indented JSON atomically."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def read_json(path: str | os.PathLike) -> Any:
    """Reads a JSON file.

    Raises:
        BlurError: the file is missing or is not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BlurError(f"cannot read {path} as JSON: {error}") from error
