"""Finds and checks the photos and masks of CUHK in a folder that a person filled."""

import csv
import dataclasses
import functools
import hashlib
import itertools
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from keras_blur.errors import BlurError

TYPES = {"motion": "motion", "out_of_focus": "defocus"}
NAMED_AT_MOST = 3  # files that an error names
DEEPEST = 3  # folder levels that are searched
# What zipfile raises on damaged zips: RuntimeError on unknown kinds, ValueError on broken names.
UNREADABLE = (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)
LARGEST_FILE = 1 << 24  # bytes: no photo and no mask of CUHK is nearly as large


@dataclasses.dataclass(frozen=True)
class Photo:
    """A line of `photos.tsv`: a photo's name, its checksums and the split it has in each config."""

    name: str
    image_sha256: str
    mask_sha256: str
    splits: dict[str, str]

    @property
    def type(self) -> str:
        """The blur's type, "motion" or "defocus": from the file name, never its index."""
        return TYPES[self.name.rstrip("0123456789")]


def read_manifest(path: str | os.PathLike) -> list[Photo]:
    """Reads `photos.tsv`."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [Photo(row.pop("name"), row.pop("image_sha256"), row.pop("mask_sha256"), row) for row in rows]


Reader = Callable[[], bytes]


class ManualFolder:
    """The photos and masks in a folder: as files or inside zips, at most three folders deep.

    A photo is a `.jpg` of any case and a mask a `.png`, told by stem and ending; where several files
    claim to be the same one (results of some method beside the true masks), the checksum decides.
    """

    def __init__(self, folder: str | os.PathLike):
        self.folder = Path(folder)
        self._readers: dict[tuple[str, str], list[Reader]] = {}
        depths = ("/".join("*" * depth) for depth in range(1, DEEPEST + 1))
        for path in sorted(itertools.chain.from_iterable(map(self.folder.glob, depths))):
            if path.suffix.lower() == ".zip":
                self._add_zip(path)
            else:
                self._add(path.name, functools.partial(_read_file, path))

    def _add(self, name: str, reader: Reader) -> None:
        path = PurePosixPath(name)
        kind = {".jpg": "image", ".jpeg": "image", ".png": "mask"}.get(path.suffix.lower())
        if kind and path.stem.rstrip("0123456789") in TYPES:
            self._readers.setdefault((path.stem, kind), []).append(reader)

    def _add_zip(self, path: Path) -> None:
        try:
            archive = zipfile.ZipFile(path)
        except UNREADABLE as error:
            raise BlurError(f"cannot open {path} as a zip: {error}; download it again") from error
        for member in archive.namelist():
            self._add(member, functools.partial(_read_member, archive, member))

    def read(self, name: str, kind: str, sha256: str) -> tuple[bytes | None, str]:
        """Reads one file.

        Args:
            name: the photo's name, such as "motion0001".
            kind: "image" or "mask".
            sha256: the checksum it must have.

        Returns:
            Its bytes and "", or None and "missing" or "altered".
        """
        problem = "missing"
        for reader in self._readers.get((name, kind), ()):
            try:
                data = reader()
            except UNREADABLE:
                data = b""
            if hashlib.sha256(data).hexdigest() == sha256:
                return data, ""
            problem = "altered"
        return None, problem

    def photo(self, photo: Photo) -> tuple[bytes, bytes]:
        """Reads the bytes of a photo and its mask, whose checksums `verify` has seen to be right.

        Raises:
            BlurError: one of them is missing or altered.
        """
        image, _ = self.read(photo.name, "image", photo.image_sha256)
        mask, _ = self.read(photo.name, "mask", photo.mask_sha256)
        if image is None or mask is None:
            raise BlurError(f"{photo.name} in {self.folder} changed while it was read; build again")
        return image, mask

    def verify(self, photos: Iterable[Photo]) -> None:
        """Checks that all photos and masks are there with the right SHA-256.

        Raises:
            BlurError: some are missing or altered; counts them, and names the first few.
        """
        problems: dict[str, list[str]] = {"missing": [], "altered": []}
        for photo in photos:
            for kind, sha256, ending in (
                ("image", photo.image_sha256, ".jpg"),
                ("mask", photo.mask_sha256, ".png"),
            ):
                _, problem = self.read(photo.name, kind, sha256)
                if problem:
                    problems[problem].append(photo.name + ending)
        found = [_count(problem, names) for problem, names in problems.items() if names]
        if found:
            raise BlurError(
                f"{self.folder} is not the CUHK blur data set as published: {'; '.join(found)}. "
                "Put the folders image and gt, or the two published zips, there again, unchanged"
            )


def _read_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST_FILE)


def _read_member(archive: zipfile.ZipFile, member: str) -> bytes:
    """The first bytes of a member: a small zip can hold any amount."""
    with archive.open(member) as file:
        return file.read(LARGEST_FILE)


def _count(problem: str, names: list[str]) -> str:
    shown = ", ".join(names[:NAMED_AT_MOST]) + (", ..." if len(names) > NAMED_AT_MOST else "")
    return f"{len(names)} file{'s' * (len(names) > 1)} {problem} ({shown})"
