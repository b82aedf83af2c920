"""The rows of a run in a file that grows with every photo, so that no verdict is lost and a run can go on."""

import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import IO, Any, TypeAlias

from keras_blur.errors import BlurError, UsageError
from keras_blur.files import append
from keras_blur.photos.rows import Row
from keras_blur.text import printable

SYNC_SECONDS = 5.0
"""Rows reach the disk itself at least this often: what a power failure may cost."""

FORMAT = 1

Place: TypeAlias = tuple[int, int]
"""Where a row begins in the file, and how many bytes it has."""


class Record:
    """The rows of a run: a line of JSON each, the first line says with what they were made.

    In memory is only where each row lies. The file is the caller's alone: see `lock`.

    Args:
        path: The file; None = one that vanishes with the run.
        settings: What the rows depend on: the system and its options.
        resume: Whether rows that are there may be used again; otherwise they are thrown away.

    Raises:
        UsageError: the rows that are there were made with other settings, or the file is no record.
        BlurError: the file can't be read or written.
    """

    def __init__(self, path: Path | None, settings: dict[str, Any], resume: bool = False):
        self._path, self._settings = path, settings
        self._name = printable(path or "a temporary file")
        self._earlier: dict[tuple[str, int | None], Place] = {}
        self._order: list[tuple[int, float, int, Place]] = []
        self._synced = time.monotonic()
        try:
            self._file = self._opened(resume)
        except OSError as error:
            raise self._unwritable(error) from error

    def _opened(self, resume: bool) -> IO[bytes]:
        if self._path is None:
            return tempfile.TemporaryFile(buffering=0)
        if resume and self._path.exists():
            length = self._load(self._path)
            file = open(self._path, "r+b", buffering=0)  # noqa: SIM115
            file.truncate(length)
            return file
        file = open(self._path, "w+b", buffering=0)  # noqa: SIM115
        header = json.dumps({"keras_blur_rows": FORMAT, "settings": self._settings})
        append(file, header.encode() + b"\n")
        return file

    def _load(self, path: Path) -> int:
        """Notes where the rows lie; returns the length without what a kill left half-written."""
        with open(path, "rb") as file:
            header = _values(file.readline())
            is_ours = header is not None and header.get("keras_blur_rows") == FORMAT
            if header is None or not is_ours or not isinstance(header.get("settings"), dict):
                raise UsageError(f"resume: {self._name} is no record of rows; remove it")
            if header["settings"] != self._settings:
                differing = [
                    f"`{name}` {header['settings'].get(name)!r}, now {value!r}"
                    for name, value in self._settings.items()
                    if header["settings"].get(name) != value
                ]
                raise UsageError(
                    f"resume: the rows in {self._name} were made with {'; '.join(differing)}; "
                    "give the same options, or leave `resume` out"
                )
            start = file.tell()
            for line in file:
                row = _values(line)
                if row is None or not _is_row(row):
                    break
                self._earlier[row["photo"], row.get("frame")] = start, len(line)
                start += len(line)
        return start

    def reuse(self, photo: str, frame: int | None, stamp: list[int], needed: set[str]) -> Row | None:
        """Returns the row of an earlier run, which counts from now on; None if there is none to be used.

        Args:
            photo, frame: Whose row; `frame` is None for photos.
            stamp: The file's size and time as they are now: another file's row is not used.
            needed: Fields that the row must have.
        """
        place = self._earlier.pop((photo, frame), None)
        if place is None:
            return None
        row = self._read(place)
        if "error" in row or row.get("stamp") != stamp or not needed <= row.keys():
            return None
        self._note(row, place)
        return row

    def add(self, row: Row) -> None:
        """Appends a row: it is in the file when this returns, and no part of it if this fails.

        Raises:
            BlurError: the disk is full or the folder gone.
        """
        line = json.dumps(row, allow_nan=False).encode() + b"\n"
        try:
            start = append(self._file, line)
            if time.monotonic() - self._synced > SYNC_SECONDS:
                self.sync()
        except OSError as error:
            raise self._unwritable(error) from error
        self._note(row, (start, len(line)))

    def sync(self) -> None:
        """Has the system write the rows to the disk itself."""
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()

    def rows(self) -> Iterator[Row]:
        """The rows of this run, from the most to the least blurred, then those not judged, then failures."""
        for _, _, _, place in sorted(self._order):
            yield self._read(place)

    def __len__(self) -> int:
        return len(self._order)

    def close(self) -> None:
        """Closes the file; its rows stay."""
        self._file.close()

    def _note(self, row: Row, place: Place) -> None:
        score = row.get("score")
        group = 2 if "error" in row else int(score is None)
        self._order.append((group, -(score or 0.0), len(self._order), place))

    def _read(self, place: Place) -> Row:
        self._file.seek(place[0])
        return json.loads(self._file.read(place[1]))

    def _unwritable(self, error: OSError) -> BlurError:
        place = printable(self._path or tempfile.gettempdir())
        return BlurError(
            f"cannot write {place}: {error.strerror or error}; "
            "choose an output folder that exists, is writable and has free space"
        )


def _values(line: bytes) -> dict[str, Any] | None:
    """A whole line's values; None if it is cut off or damaged."""
    if not line.endswith(b"\n"):
        return None
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def _is_row(values: dict[str, Any]) -> bool:
    """Whether values are of the kinds by which rows are found and put in order."""
    kinds = {"photo": (str,), "frame": (int, NoneType), "score": (int, float, NoneType)}
    return all(isinstance(values.get(name), kind) for name, kind in kinds.items())
