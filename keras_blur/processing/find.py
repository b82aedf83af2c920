"""Which photos files, folders and patterns name."""

import collections
import dataclasses
import fnmatch
import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from keras_blur import files, text
from keras_blur.errors import UsageError
from keras_blur.processing.formats import ENDINGS, is_photo, is_video

MOST_ENDINGS = 8
"""The line that counts what was left out names this many endings."""


@dataclasses.dataclass(frozen=True)
class Photo:
    """A photo or a film that was found.

    Attributes:
        path: Where it lies, as the arguments named it.
        inside: The path within the folders that were looked at: the folder structure that outputs keep.
    """

    path: Path
    inside: Path


@dataclasses.dataclass
class Found:
    """What was found.

    Attributes:
        photos: Each photo once, in the order of the arguments; folders by name.
        left_out: How many files are no photos, by ending in lower case.
        unreadable: Folders that couldn't be read, with the reason.
    """

    photos: list[Photo]
    left_out: collections.Counter[str]
    unreadable: list[tuple[Path, str]]

    def left_out_line(self) -> str | None:
        """Returns what was left out in one line, the most frequent ending first; None if nothing was."""
        if not self.left_out:
            return None
        common = self.left_out.most_common(MOST_ENDINGS)
        rest = self.left_out.total() - sum(count for _, count in common)
        parts = [f"{count} {text.printable(ending) or 'without ending'}" for ending, count in common]
        parts += [text.counted(rest, "other")] if rest else []
        return f"left out, as no photos: {', '.join(parts)}"


def find(
    paths: Iterable[str | os.PathLike],
    recursive: bool = True,
    videos: bool = False,
    without: Iterable[Path] = (),
) -> Found:
    """Finds the photos that files, folders and patterns name.

    A file is taken as it is. Of a folder, everything below it is looked at, without hidden files and
    folders; symbolic links to folders are not followed. A file is a photo by its ending (`ENDINGS`) or by
    its first bytes. Of a pattern (`*`, `?`, `[...]`, `**`), the files and folders that fit are
    looked at.

    Args:
        paths: Files, folders and patterns.
        recursive: Whether sub-folders are looked at.
        videos: Whether films in folders are taken too; a film that is named itself always is.
        without: Folders that are not looked at, such as the output's.

    Raises:
        UsageError: a path is not there, a folder that is named can't be read, or one holds no photo.
    """
    named = [os.fspath(path) for path in paths]
    base = _common_folder(named)
    search = _Search(recursive, videos, without)
    found: dict[str, Photo] = {}
    for path in named:
        photos = list(search.photos(path))
        if not photos:
            raise UsageError(search.reason(path))
        for photo in photos:
            full = os.path.abspath(photo)
            found.setdefault(full, Photo(Path(photo), Path(os.path.relpath(full, base))))
    endings = collections.Counter(ending for full, ending in search.left_out.items() if full not in found)
    return Found(list(found.values()), endings, search.unreadable)


def find_photos(paths: Iterable[str | os.PathLike]) -> list[Path]:
    """Returns the photos that files, folders without what is below them, and patterns name: see `find`.

    Raises:
        UsageError: see `find`.
    """
    return [photo.path for photo in find(paths, recursive=False).photos]


class _Search:
    """Looks through folders, and keeps what it left out."""

    def __init__(self, recursive: bool, videos: bool, without: Iterable[Path]):
        self.recursive, self.videos = recursive, videos
        self.without = set[tuple[int, int]]().union(*(files.identities(folder) for folder in without))
        self.left_out: dict[str, str] = {}
        self.unreadable: list[tuple[Path, str]] = []

    def photos(self, path: str) -> Iterator[str]:
        """The photos of one argument."""
        if os.path.isdir(path):
            candidates = self._files(path, self.recursive)
        elif os.path.lexists(path):
            yield path
            return
        elif glob.has_magic(path):
            candidates = self._fitting(path)
        else:
            raise UsageError(f"no such photo or folder: {text.printable(path) or repr(path)}")
        for file in candidates:
            if self.videos if is_video(file) else is_photo(file):
                yield file
            else:
                self.left_out[os.path.abspath(file)] = os.path.splitext(file)[1].lower()

    def reason(self, path: str) -> str:
        """Why an argument gave no photo."""
        for folder, error in self.unreadable:
            if folder == Path(path):
                return f"cannot read the folder {text.printable(path)}: {error}"
        if not os.path.lexists(path) and not self.left_out:
            return f"no file fits the pattern {text.printable(path)}"
        where = text.printable(path) if self.recursive else f"{text.printable(path)} itself"
        return f"no photos in {where}: expected files ending in {' '.join(ENDINGS)}"

    def _fitting(self, pattern: str) -> Iterator[str]:
        """The files that fit a pattern, and everything below the folders that fit."""
        fixed, varying = _split(pattern)
        if "**" in varying:  # `glob` would follow links to folders, in circles too
            folder = fixed or os.curdir
            for file in self._files(folder, recursive=True):
                if _fits(os.path.relpath(file, folder).split(os.sep), varying):
                    yield file
            return
        for path in sorted(glob.glob(pattern)):
            if os.path.isfile(path):
                yield path
            elif self.recursive and not os.path.islink(path):
                yield from self._files(path, self.recursive)

    def _files(self, folder: str, recursive: bool) -> Iterator[str]:
        """The plain files in a folder by name, then those below it."""
        waiting = [folder]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(folder) as scanned:
                    visible = [entry for entry in scanned if not entry.name.startswith(".")]
            except OSError as error:
                self.unreadable.append((Path(folder), error.strerror or str(error)))
                continue
            visible.sort(key=lambda entry: entry.name)
            yield from (entry.path for entry in visible if _is_file(entry))
            if recursive:
                below = [entry.path for entry in visible if entry.is_dir(follow_symlinks=False)]
                waiting += [path for path in reversed(below) if not files.identities(path) & self.without]


def _common_folder(paths: list[str]) -> str:
    """The folder that holds all that is looked at."""
    folders = []
    for path in paths:
        folder = path if os.path.isdir(path) else os.path.dirname(path)
        if not os.path.lexists(path):
            folder = _split(path)[0]
        folders.append(os.path.abspath(folder))
    try:
        return os.path.commonpath(folders)
    except ValueError as error:  # Windows: on several drives
        raise UsageError(f"photos on several drives: {error}; look at one drive at a time") from error


def _split(pattern: str) -> tuple[str, list[str]]:
    """The folder that a pattern begins with ("" if none), and its parts from the first with `*`, `?`, `[`."""
    parts = pattern.split(os.sep)
    first = next((index for index, part in enumerate(parts) if glob.has_magic(part)), len(parts) - 1)
    fixed = os.sep.join(parts[:first])
    return (os.sep if first and not fixed else fixed), parts[first:]


def _fits(parts: list[str], pattern: list[str]) -> bool:
    """Whether the parts of a path fit those of a pattern; `**` stands for any number of folders."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_fits(parts[first:], pattern[1:]) for first in range(len(parts) + 1))
    return bool(parts) and fnmatch.fnmatch(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:])


def _is_file(entry: os.DirEntry) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link in a circle
        return False
