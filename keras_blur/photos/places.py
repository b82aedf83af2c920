"""Where the files of a photo are written: below the output folder, in the photo's own folder structure."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from keras_blur.errors import BlurError, UsageError
from keras_blur.files import identities
from keras_blur.text import printable

LONGEST_NAME = 200
"""Bytes of a file's name before the ending that is added: with it, file systems take up to 255."""

TEXT_BYTES = 4096
"""A file with a zero among so many first bytes is no text."""

FORBIDDEN = frozenset('<>:"\\|?*')
"""Letters that some file systems refuse in names."""


def safe_name(name: str) -> str:
    """Returns a photo's name as one that every file system takes, the same each time.

    A name that is too long, begins with a dot or ends with one, or holds letters that could be refused is
    changed, and gets a "~" and eight digits of its hash: two photos never share a name.
    """
    safe = "".join("_" if letter in FORBIDDEN or letter != printable(letter) else letter for letter in name)
    safe = safe.lstrip(". ") or "_"
    if safe == name and len(os.fsencode(name)) <= LONGEST_NAME and not name.endswith((".", " ")):
        return name
    digits = hashlib.sha256(os.fsencode(name)).hexdigest()[:8]
    return f"{shortened(safe, LONGEST_NAME - 9).rstrip('. ') or '_'}~{digits}"


def shortened(name: str, most: int) -> str:
    """Returns a name without what goes beyond so many bytes."""
    while name and len(os.fsencode(name)) > most:
        name = name[:-1]
    return name


def safe_path(inside: Path, ending: str) -> Path:
    """Returns the relative path of a photo's file: the photo's folders, its name and an ending.

    Args:
        inside: The photo's path within the folder that was looked at.
        ending: What is added to the photo's whole name, such as ".overlay.jpg".
    """
    *folders, name = (safe_name(part) for part in inside.parts)
    return Path(*folders, name + ending)


class Originals:
    """The photos that are read, which no output may replace.

    Args:
        photos: Their paths; a link and what it points to both count.
    """

    def __init__(self, photos: Iterable[Path]):
        self._files: dict[tuple[int, int], Path] = {}
        self._folders: set[tuple[int, int]] = set()
        folders = set()
        for path in photos:
            self._files.update(dict.fromkeys(identities(path), path))
            folders.add(path.parent)
        for folder in folders:
            self._folders |= identities(folder)

    def lie_in(self, folder: Path) -> bool:
        """Returns whether a photo lies directly in a folder, however it is written."""
        return not self._folders.isdisjoint(identities(folder))

    def check(self, path: Path, argument: str) -> None:
        """Checks that writing a file doesn't replace a photo, also through links.

        Args:
            path: The file that is to be written.
            argument: The argument that asked for it, for the error.

        Raises:
            UsageError: a photo is there.
        """
        for key in identities(path):
            if key in self._files:
                raise UsageError(
                    f"{argument}: {printable(path)} is the photo {printable(self._files[key])}, "
                    "which would be replaced; choose another place"
                )

    def check_text(self, path: Path, argument: str) -> None:
        """Checks that writing a text that a person named replaces no photo, read or not, film or folder.

        So `--list *.jpg`, where the shell makes the first photo the list's name, costs none.

        Raises:
            UsageError: what is there is no text file.
        """
        self.check(path, argument)
        try:
            is_text = not os.path.lexists(path) or b"\0" not in _start(path)
        except OSError:  # a folder, a broken link
            is_text = False
        if not is_text:
            raise UsageError(
                f"{argument}: {printable(path)} is there and is no text file, so it isn't replaced; "
                "choose another name"
            )


class OutputFolder:
    """A folder that outputs are written to, and never outside it.

    Args:
        folder: The folder; it is made if it isn't there.
        originals: What may not be replaced.
        argument: The argument that named the folder, for errors.

    Raises:
        BlurError: the folder can't be made or written.
    """

    def __init__(self, folder: Path, originals: Originals, argument: str = "output_dir"):
        self.folder, self._originals, self._argument = folder, originals, argument
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            raise BlurError(
                f"cannot write to {printable(folder)}: {error.strerror}; choose a folder that can be written"
            ) from error
        self._real = os.path.realpath(folder)

    def place(self, *parts: str | Path) -> Path:
        """Returns the path of an output, whose folder is made.

        Raises:
            UsageError: a link leads outside, or a photo would be replaced.
            BlurError: its folder can't be made.
        """
        path = self.folder.joinpath(*parts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BlurError(f"cannot make the folder {printable(path.parent)}: {error.strerror}") from error
        if os.path.commonpath([self._real, os.path.realpath(path.parent)]) != self._real:
            raise UsageError(
                f"{self._argument}: a link in it leads to {printable(os.path.realpath(path.parent))}, "
                "outside; remove the link or choose another folder"
            )
        self._originals.check(path, self._argument)
        return path


def _start(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(TEXT_BYTES)
