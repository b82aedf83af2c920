"""Photos with masks in any folder: `image/` holds the photos and `gt/` a mask of the same stem for each."""

import dataclasses
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from keras_blur.errors import BlurError
from keras_blur.processing.formats import ENDINGS
from keras_blur.processing.photos import read_mask, read_photo
from keras_blur.text import counted

FRAME = 3  # pixels: scans and cameras leave a dark line along the photo's edges
NAMED_AT_MOST = 3  # files that an error names
SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}


@dataclasses.dataclass(frozen=True)
class Photo:
    """The path of a photo."""

    image: Path

    @property
    def name(self) -> str:
        """The photo's stem."""
        return self.image.stem


@dataclasses.dataclass(frozen=True)
class MaskedPhoto(Photo):
    """A photo and the mask of the object in it, as paths."""

    gt: Path

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """Reads both, without their outermost `FRAME` pixels.

        Returns:
            `(H, W, 3)` uint8 RGB and `(H, W)` bool, True = object.

        Raises:
            BlurError: one of them can't be read, or their sizes differ.
        """
        image = read_photo(self.image)
        mask = read_mask(self.gt, image.shape[:2])
        inner = np.s_[FRAME:-FRAME, FRAME:-FRAME]
        return np.ascontiguousarray(image[inner]), mask[inner] > 127


def find_masked_photos(folder: str | os.PathLike, smallest: int, masks: str = "gt") -> list[MaskedPhoto]:
    """Finds the photos with masks of a folder, and reads them all.

    Args:
        folder: with the sub-folders `image` and `masks`.
        smallest: the least length in pixels of a photo's shorter side.
        masks: name of the sub-folder of the masks.

    Returns:
        The photos, sorted by name.

    Raises:
        BlurError: see `match_photos`.
    """
    return match_photos(Path(folder, "image"), Path(folder, masks), smallest)


def match_photos(images: Path, masks: Path, smallest: int = 1) -> list[MaskedPhoto]:
    """Finds the photos of a folder and their masks, which are called as they are, and reads them all.

    Args:
        images: the folder of photos.
        masks: the folder of masks.
        smallest: the least length in pixels of a photo's shorter side.

    Returns:
        The photos, sorted by name.

    Raises:
        BlurError: there are none, or some have no mask, a mask of another size, are unreadable or smaller.
            All problems are listed.
    """
    found, complaints = [], []
    for folder in (images, masks):
        try:
            found.append(_pictures(folder))
        except BlurError as error:
            complaints.append(str(error))
    if complaints:
        raise BlurError("; ".join(complaints))
    photos, mask_files = found
    _refuse(
        images,
        {path.name: _problem(path, mask_files.get(stem), masks, smallest) for stem, path in photos.items()},
    )
    return [MaskedPhoto(path, mask_files[stem]) for stem, path in photos.items()]


def find_photos(images: Path) -> list[Photo]:
    """Finds the photos of a folder without masks, and reads them all.

    Returns:
        The photos, sorted by name.

    Raises:
        BlurError: there are none, or some are unreadable, which are listed.
    """
    photos = _pictures(images)
    _refuse(images, {path.name: "" if _shape(path) else "unreadable" for path in photos.values()})
    return [Photo(path) for path in photos.values()]


def _refuse(images: Path, problems: dict[str, str]) -> None:
    """Raises a BlurError that lists photos by their problem; "" is none."""
    groups: dict[str, list[str]] = {}
    for name, problem in problems.items():
        if problem:
            groups.setdefault(problem, []).append(name)
    if groups:
        listed = "; ".join(f"{counted_names(names)} {problem}" for problem, names in groups.items())
        raise BlurError(f"{images} cannot be used: {listed}. Fix these photos or take them out")


def _pictures(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise BlurError(f"{folder} is not a folder")
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
    if not found:
        below = count_below(folder)
        what = f"has {counted(below, 'picture')} in sub-folders alone" if below else "is empty"
        raise BlurError(f"{folder} {what}: expected files in it, ending in {' '.join(ENDINGS)}")
    return by_stem(found)


def count_below(folder: Path) -> int:
    """Returns how many pictures lie in a folder's sub-folders, which are left out."""
    return sum(path.suffix.lower() in ENDINGS for path in folder.glob("*/**/*"))


def by_stem(paths: Iterable[Path]) -> dict[str, Path]:
    """Pictures by their stems.

    Raises:
        BlurError: two have the same stem, by which masks are found and examples are named and divided.
    """
    found: dict[str, Path] = {}
    for path in paths:
        if path.stem in found:
            raise BlurError(
                f"{path.parent} holds {found[path.stem].name} and {path.name}: expected one picture of each "
                "stem; rename one or take it out"
            )
        found[path.stem] = path
    return found


def _problem(image: Path, mask: Path | None, masks: Path, smallest: int) -> str:
    if mask is None:
        return f"without a mask in {masks.name}"
    if (shape := _shape(image)) is None:
        return "unreadable"
    try:
        mask_shape = read_mask(mask).shape
    except BlurError:
        return "with an unreadable mask"
    if shape != mask_shape:
        return "with a mask of another size"
    return f"smaller than {smallest} pixels" if min(shape) < smallest else ""


def _shape(image: Path) -> tuple[int, ...] | None:
    """The rows and columns of a photo; None if it can't be read."""
    try:
        return read_photo(image).shape[:2]
    except BlurError:
        return None


def counted_names(names: list[str]) -> str:
    """How many photos there are, and the first few names: "2 photos (a.jpg, b.jpg)"."""
    shown = ", ".join(names[:NAMED_AT_MOST]) + (", ..." if len(names) > NAMED_AT_MOST else "")
    return f"{counted(len(names), 'photo')} ({shown})"


def divide(names: Iterable[str], shares: dict[str, float] = SHARES) -> dict[str, list[str]]:
    """Divides names between splits, by the hashes of the names: the same on every machine and in any order.

    Args:
        names: different from each other.
        shares: of each split; they sum to 1.

    Returns:
        The names of each split, sorted. Every split has one at least if there are enough.
    """
    names = sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())
    counts = {split: max(1, round(share * len(names))) for split, share in list(shares.items())[1:]}
    first = next(iter(shares))
    counts = {first: len(names) - sum(counts.values()), **counts}
    divided, start = {}, 0
    for split, count in counts.items():
        divided[split] = sorted(names[start : start + count])
        start += count
    return divided


def decoded(data: bytes, name: str) -> np.ndarray:
    """A photo's bytes as `(H, W, 3)` uint8 RGB.

    Raises:
        BlurError: they are no photo.
    """
    try:
        return read_photo(data)
    except BlurError as error:
        raise BlurError(f"{name}: {error}; download it again") from error
