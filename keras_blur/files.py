"""Writes files atomically and locks folders."""

import contextlib
import errno
import itertools
import json
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from keras_blur.errors import BlurError

FULL = (errno.ENOSPC, errno.EDQUOT)
"""After these errors no more files can be written."""

_LEFTOVER = re.compile(r"\..+\.[0-9a-f]{8}(\.\w+)?", re.DOTALL)
"""Names that `atomic_path` gives to unfinished files."""


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
        raise BlurError(cannot_write(path, error)) from error
    finally:
        with contextlib.suppress(OSError):  # the folder itself may be what is wrong
            temporary.unlink()


def append(file: IO[bytes], line: bytes) -> int:
    """Appends bytes to a file without a buffer: all of them, or none if that fails.

    Returns:
        Where they begin.

    Raises:
        OSError: the disk is full, for example.
    """
    start = file.seek(0, os.SEEK_END)
    try:
        while line:
            line = line[file.write(line) :]
    except OSError:
        with contextlib.suppress(OSError):
            file.truncate(start)
        raise
    return start


def is_full(error: BlurError) -> bool:
    """Returns whether an error means that the disk is full."""
    return getattr(error.__cause__, "errno", None) in FULL


def identities(path: str | os.PathLike) -> set[tuple[int, int]]:
    """Returns device and number of a file or folder, and of what it points to if it is a link.

    Two paths name the same file if they share one, however they are written; where nothing is, it is empty.
    """
    found = set()
    for follow in (True, False):
        try:
            stat = os.stat(path, follow_symlinks=follow)
        except (OSError, ValueError):
            continue
        found.add((stat.st_dev, stat.st_ino))
    return found


def stamp(path: str | os.PathLike) -> list[int] | None:
    """Returns a file's size in bytes, time of change in ns, and number; None if it can't be asked."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return [found.st_size, found.st_mtime_ns, found.st_ino]


@contextlib.contextmanager
def lock(folder: str | os.PathLike, wait: bool = False) -> Iterator[None]:
    """Lets one process at a time work in a folder, where nothing is written; Windows doesn't lock.

    Args:
        folder: The folder.
        wait: Whether to wait until another process has finished, which otherwise is an error.

    Raises:
        BlurError: another process works there, or the folder can't be read.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    try:
        number = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise BlurError(f"cannot read {folder}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise BlurError(f"another run works in {folder}; wait until it has finished") from error
        yield
    finally:
        os.close(number)


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it, if they aren't there.

    Raises:
        BlurError: the folder can't be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BlurError(cannot_write(folder, error)) from error


def check_writable(folder: Path) -> None:
    """Makes a folder, if it isn't there, and checks that files can be written there; none stays.

    Raises:
        BlurError: the folder can't be made or written.
    """
    make_folder(folder)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise BlurError(cannot_write(folder, error)) from error


def remove_leftovers(folder: Path, below: Iterable[str] = ()) -> None:
    """Removes what `atomic_path` left in a folder where it was killed; only for the folder's owner.

    Args:
        folder: The folder; it need not be there.
        below: Names of folders in it that are looked through with all below them.
    """
    folders = [folder, *(Path(found) for name in below for found, _, _ in os.walk(folder / name))]
    for path in itertools.chain.from_iterable(each.iterdir() for each in folders if each.is_dir()):
        if _LEFTOVER.fullmatch(path.name) and path.is_file():
            path.unlink(missing_ok=True)


def remove_leftovers_of(path: Path) -> None:
    """Removes what `atomic_path` left beside one file where it was killed; only for the file's owner."""
    with contextlib.suppress(OSError):
        for found in path.parent.iterdir():
            is_its = found.name.startswith(f".{path.stem}.") and found.suffix == path.suffix
            if is_its and _LEFTOVER.fullmatch(found.name):
                found.unlink(missing_ok=True)


def check_folder(folder: Path) -> None:
    """Checks that nothing but a folder is at a place where a folder goes, which would replace it.

    Raises:
        FileExistsError: a file is there.
    """
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(errno.EEXIST, "File exists", os.fspath(folder))


def cannot_write(path: str | os.PathLike, error: OSError) -> str:
    """Returns what an error in writing a file or folder means, and what to do."""
    blocked = isinstance(error, FileExistsError | NotADirectoryError)
    reason = "a file is where a folder should be" if blocked else error.strerror or error
    return (
        f"cannot write {path}: {reason}; choose an output folder that exists, is writable and has free space"
    )


def default_data_dir() -> Path:
    """Returns the default folder of prepared data sets: KERAS_BLUR_DATASETS, else one in the user's cache."""
    folder = os.environ.get("KERAS_BLUR_DATASETS")
    return Path(folder or "~/.cache/keras_blur/datasets").expanduser()


def write_text(path: str | os.PathLike, text: str, errors: str = "strict") -> None:
    """Writes UTF-8 text atomically; `errors` says what becomes of letters that UTF-8 lacks, see `codecs`."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors=errors)


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


@contextlib.contextmanager
def atomic_folder(folder: str | os.PathLike) -> Iterator[Path]:
    """Yields an empty folder beside `folder`, which takes its place as a whole if the block succeeds.

    A process that was killed here left a hidden folder or two beside `folder`; they are put right first.

    Raises:
        BlurError: another process writes the same folder, it can't be written, or the disk is full.
    """
    folder = Path(os.path.abspath(folder))  # "." has no name
    partial, previous = (folder.with_name(f".{folder.name}.{role}") for role in ("partial", "previous"))
    try:
        check_folder(folder)
        partial.mkdir(parents=True, exist_ok=True)
        with lock(partial):
            _settle(folder, previous)
            _empty(partial)
            try:
                yield partial
                if folder.exists():
                    folder.replace(previous)
                partial.replace(folder)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
                _settle(folder, previous)
    except OSError as error:
        raise BlurError(cannot_write(folder, error)) from error


@contextlib.contextmanager
def staged(folder: Path, last: str) -> Iterator[Path]:
    """Yields an empty folder whose files go into `folder` if the block succeeds, and replace those there.

    Of the file `last`, the earlier one goes first and the new one comes last: where it is, all are its own.
    What a killed process left is removed first, so the folder must be the caller's own: see `lock`.

    Raises:
        BlurError: the folder can't be written, or the disk is full; its files are as they were.
    """
    partial = folder / ".partial"
    try:
        remove_leftovers(folder)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            yield partial
            (folder / last).unlink(missing_ok=True)
            for path in sorted(partial.iterdir(), key=lambda path: path.name == last):
                path.replace(folder / path.name)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise BlurError(cannot_write(folder, error)) from error


def _settle(folder: Path, previous: Path) -> None:
    """Removes the folder that was replaced, or puts it back if nothing took its place."""
    if previous.exists():
        shutil.rmtree(previous) if folder.exists() else previous.replace(folder)


def _empty(folder: Path) -> None:
    """Removes what is in a folder; the folder itself stays, for it is what is locked."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
