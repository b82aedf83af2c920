"""Moves, copies and tags photos so that nothing is lost or overwritten, and takes it back.

Every step is written into an undo file before it is made, and cancelled there if it isn't made. A new file's
name is reserved first, as an empty file that only this process has made, so that nothing that is there can be
replaced.
"""

import contextlib
import dataclasses
import errno
import filecmp
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from keras_blur.errors import BlurError, UsageError
from keras_blur.files import FULL, append, stamp
from keras_blur.photos.places import LONGEST_NAME, shortened
from keras_blur.text import printable

FORMAT = 1
ACTIONS = ("move", "copy", "tag")
CHUNK = 1 << 20  # bytes that are copied at once


@dataclasses.dataclass(frozen=True)
class Step:
    """One step: a photo, and where it or its sidecar goes.

    Attributes:
        photo: The photo, as an absolute path.
        target: Where it goes or, for a tag, its sidecar. A copy or a moved photo takes another name if this
            is taken.
        stamp: What `files.stamp` said of the photo when it was judged.
        content: A sidecar's content; None = the photo itself goes there.
    """

    photo: Path
    target: Path
    stamp: list[int] | None
    content: str | None = None


@dataclasses.dataclass(frozen=True)
class Done:
    """What became of a step: `target` is where the new file lies; None if it wasn't made, as `error` says."""

    step: Step
    target: Path | None
    error: str | None = None


class UndoFile:
    """The steps that were made, a line of JSON each; each is on the disk before it is made.

    Args:
        folder: Where the file is made, under a new name.
        action: One of `ACTIONS`.

    Raises:
        BlurError: the file can't be written.
    """

    def __init__(self, folder: Path, action: str):
        self.path = folder / time.strftime("undo-%Y%m%d-%H%M%S.jsonl")
        number = 1
        while self.path.exists():
            number += 1
            self.path = folder / time.strftime(f"undo-%Y%m%d-%H%M%S-{number}.jsonl")
        self._file = open(self.path, "xb", buffering=0)  # noqa: SIM115
        self._line({"keras_blur_undo": FORMAT, "action": action})

    def step(self, step: Step, target: Path, made: Sequence[Path]) -> None:
        """Notes a step, and the folders that are made for it."""
        content = step.content and hashlib.sha256(step.content.encode()).hexdigest()
        names = {"from": os.fspath(step.photo), "to": os.fspath(target)}
        self._line(names | {"content": content, "made": [os.fspath(folder) for folder in made]})

    def cancel(self) -> None:
        """Notes that the last step wasn't made, beyond its folders; on a full disk this may be missing."""
        with contextlib.suppress(BlurError):
            self._line({"cancelled": True})

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def _line(self, values: dict[str, Any]) -> None:
        try:
            append(self._file, json.dumps(values).encode() + b"\n")
            os.fsync(self._file.fileno())
        except OSError as error:
            raise BlurError(
                f"cannot write {printable(self.path)}: {error.strerror}; nothing is lost, and no further "
                "photo is touched"
            ) from error


def carry_out(action: str, steps: Sequence[Step], undo: UndoFile) -> Iterator[Done]:
    """Makes the steps one after the other; one that fails leaves its photo as it was, and the others go on.

    Args:
        action: One of `ACTIONS`.
        steps: What to do.
        undo: Where it is noted.

    Raises:
        BlurError: the disk is full; nothing is lost, and the steps up to there are made.
    """
    for step in steps:
        try:
            yield _make(action, step, undo)
        except OSError as error:
            if error.errno in FULL:
                raise BlurError(
                    f"cannot write {printable(step.target)}: {error.strerror}; nothing is lost, "
                    "this photo and the rest are where they were; free some space, or take back with "
                    f"`undo` {undo.path}"
                ) from error
            yield Done(step, None, error.strerror or str(error))


def _make(action: str, step: Step, undo: UndoFile) -> Done:
    """Makes one step."""
    if os.path.islink(step.photo):
        return Done(step, None, "is a link; left alone")
    if stamp(step.photo) != step.stamp:
        return Done(step, None, "changed since it was judged; left alone")
    if step.content is not None and os.path.lexists(step.target):
        return Done(step, None, f"{printable(step.target)} is there already; left alone")
    target = _reserve(step, undo)
    try:
        if step.content is not None:
            _write_whole(step.content.encode(), target)
        elif action == "copy":
            _copy(step.photo, target)
        else:
            _move(step.photo, target)
    except BaseException:
        with contextlib.suppress(OSError):
            if _is_empty(target):
                target.unlink()
                undo.cancel()
        raise
    return Done(step, target)


def _reserve(step: Step, undo: UndoFile) -> Path:
    """Makes an empty file under a name that nothing had, and its folders; all is noted before."""
    while True:
        target = _free(step.target)
        undo.step(step, target, _missing(target.parent))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _create(target)
            return target
        except OSError:
            undo.cancel()
            if not os.path.lexists(target):  # else another program was faster
                raise


def _create(path: Path) -> None:
    """Makes an empty file; fails if anything has its name."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))


def _missing(folder: Path) -> list[Path]:
    """Those of a folder and the ones above it that aren't there, the outermost first."""
    return [path for path in (*reversed(folder.parents), folder) if not path.exists()]


def _is_empty(path: Path) -> bool:
    """Whether a plain file is there that holds nothing, such as a name that is only reserved."""
    return os.path.isfile(path) and not os.path.islink(path) and not os.path.getsize(path)


def _free(target: Path) -> Path:
    """A path that nothing has: the given one or, where it is taken, "NAME (2).jpg" and so on."""
    path, number = target, 1
    while os.path.lexists(path):
        number += 1
        end = f" ({number}){target.suffix}"
        path = target.with_name(shortened(target.stem, LONGEST_NAME - len(os.fsencode(end))) + end)
    return path


def _move(photo: Path, target: Path) -> None:
    """Moves a photo to a reserved name; to another file system: copies, verifies, then removes."""
    before = stamp(photo)
    _check_reserved(target)
    try:
        os.replace(photo, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy(photo, target)
        try:
            if stamp(photo) != before:
                raise OSError(errno.EAGAIN, "changed while it was copied; left alone")
            photo.unlink()
        except BaseException:
            if os.path.lexists(photo):  # never the only one
                os.truncate(target, 0)
            raise


def _copy(photo: Path, target: Path) -> None:
    """Copies a photo with its times to a reserved name, by way of a file beside it, and verifies the copy."""
    with _part(target) as part:
        with open(photo, "rb") as source, open(part, "xb") as copy:
            shutil.copyfileobj(source, copy, CHUNK)
            copy.flush()
            os.fsync(copy.fileno())
        if not filecmp.cmp(photo, part, shallow=False):
            raise OSError(errno.EIO, "the copy differs from the photo; left alone")
        shutil.copystat(photo, part)


def _write_whole(content: bytes, target: Path) -> None:
    """Writes a file to a reserved name, by way of a file beside it."""
    with _part(target) as part, open(part, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def _part(target: Path) -> Iterator[Path]:
    """The name of a file that takes a reserved name when the block succeeds, and vanishes otherwise."""
    part = part_of(target)
    part.unlink(missing_ok=True)  # of a killed run
    try:
        yield part
        _check_reserved(target)
        os.replace(part, target)
        _sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)


def _check_reserved(target: Path) -> None:
    """Checks that no other program has written to a reserved name."""
    if not _is_empty(target):
        raise OSError(errno.EEXIST, f"another program writes {printable(target)}; left alone")


def _sync_folder(folder: Path) -> None:
    """Has a new name reach the disk itself, where the system can do that."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def part_of(target: Path) -> Path:
    """Returns the name of an unfinished file: short, hidden, the same each time."""
    digits = hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]
    return target.with_name(f".keras-blur-{digits}.part")


def undo(path: Path) -> Iterator[tuple[str, str | None]]:
    """Takes back what an undo file lists, the last step first, and overwrites nothing.

    Moved photos go back, copies and sidecars are removed if they are unchanged, and so are folders that were
    made and are empty.

    Args:
        path: The undo file.

    Yields:
        The path of each photo whose step isn't taken back yet and, if it can't be, why.

    Raises:
        UsageError: the file is missing or no undo file.
    """
    action, steps = _read(path)
    for step in reversed(steps):
        photo, target = Path(step["from"]), Path(step["to"])
        if not step.get("cancelled"):
            try:
                if not _is_back(action, photo, target):
                    yield step["from"], _take_back(action, photo, target, step["content"])
            except (OSError, ValueError) as problem:  # a ValueError of names that no file can have
                yield step["from"], getattr(problem, "strerror", None) or str(problem)
        for folder in reversed(step["made"]):
            with contextlib.suppress(OSError, ValueError):  # it holds something else
                os.rmdir(folder)


def clear_leftovers(folder: Path) -> None:
    """Removes what killed runs left of the step that they were in, by their undo files in a folder."""
    for path in folder.glob("undo-*.jsonl"):
        with contextlib.suppress(UsageError, OSError, ValueError):
            _, steps = _read(path)
            if steps and not steps[-1].get("cancelled"):
                _clear(Path(steps[-1]["to"]), Path(steps[-1]["from"]))


def _clear(target: Path, photo: Path) -> None:
    """Removes what is left of an unfinished step that would have led to a target: a part, a reserved name."""
    part_of(target).unlink(missing_ok=True)
    if _is_empty(target) and os.path.isfile(photo) and os.path.getsize(photo):
        target.unlink()


def _read(path: Path) -> tuple[str, list[dict[str, Any]]]:
    """An undo file's action and steps; a last line that was cut off belongs to no step that was made."""
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
        header, *noted = (json.loads(line) for line in lines)
        steps: list[dict[str, Any]] = []
        for line in noted:
            if "cancelled" in line:
                steps[-1] |= line
            else:
                steps.append(line)
        is_ours = header["keras_blur_undo"] == FORMAT and header["action"] in ACTIONS
        if is_ours and all(map(_is_step, steps)):
            return header["action"], steps
    except OSError as error:
        raise UsageError(f"undo: cannot read {printable(path)}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, IndexError):
        pass
    raise UsageError(f"undo: {printable(path)} is no undo file; expected an undo-*.jsonl of keras-blur sort")


def _is_step(step: Any) -> bool:
    """Whether a line of an undo file tells of a step."""
    paths = [step["from"], step["to"], *step["made"]]
    return all(isinstance(path, str) for path in paths) and isinstance(step["content"], str | None)


def _is_back(action: str, photo: Path, target: Path) -> bool:
    """Clears what killed runs left of a step; returns whether nothing of it is left to take back."""
    _clear(target, photo)
    if action == "move":
        _clear(photo, target)  # of an earlier try to take it back
    return os.path.lexists(photo) and not os.path.lexists(target)


def _take_back(action: str, photo: Path, target: Path, content: str | None) -> str | None:
    """Takes back one step that is not back yet; returns why it could not, or None."""
    if not os.path.lexists(target):
        return f"{printable(target)} is not there any more"
    if action == "tag":
        if hashlib.sha256(target.read_bytes()).hexdigest() != content:
            return f"{printable(target)} was changed; left alone"
        target.unlink()
        return None
    if os.path.lexists(photo):
        if os.path.islink(photo) or os.path.samefile(photo, target):
            return f"{printable(photo)} and {printable(target)} are linked; both left alone"
        if not filecmp.cmp(photo, target, shallow=False):
            return f"{printable(photo)} and {printable(target)} differ; both left alone"
        target.unlink()
        return None
    if action == "copy":
        return f"{printable(photo)} is not there any more; its copy {printable(target)} is left"
    photo.parent.mkdir(parents=True, exist_ok=True)
    _create(photo)
    try:
        _move(target, photo)
    except BaseException:
        with contextlib.suppress(OSError):
            if _is_empty(photo):
                photo.unlink()
        raise
    return None
