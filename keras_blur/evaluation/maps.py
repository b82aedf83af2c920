"""Blur maps that another program saved as pictures or arrays."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from keras_blur.contract import Calibration
from keras_blur.errors import BlurError, unknown
from keras_blur.metrics import binary
from keras_blur.processing import read_mask
from keras_blur.processing.photos import read_size

if TYPE_CHECKING:
    from keras_blur.evaluation.scoring import PhotoScore

ARRAY = ".npy"
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ARRAY)
POLARITIES = ("white", "black")
LARGEST = {"bool": 1, "uint8": 255, "uint16": 65535, "float16": 1, "float32": 1, "float64": 1}
MISFIT = 1.06  # a side of 300 pixels that was cut to a multiple of 16 has 1.05 at most


class SavedMaps:
    """A folder of blur maps, one file for a photo: a picture of 8 or 16 bit, or a NumPy array.

    The map of the photo `motion0001` is `motion0001.png`, or the only file whose name begins with
    `motion0001_`, as in the authors' own releases. A map may have any size: it is taken to cover the
    whole photo, and resized to the mask's size when it is scored. Arrays hold floats from 0 to 1, or
    integers of 8 or 16 bit.

    Args:
        folder: Where the maps are.
        blurred: "white" if the largest value means certainly blurred, "black" if 0 does.

    Attributes:
        name: The folder's name.
        calibration: None was measured, so a pixel's threshold is one half.

    Raises:
        BlurError: the folder is missing or holds no map.
    """

    calibration = Calibration()
    num_params = None

    def __init__(self, folder: str | os.PathLike, blurred: str = "white"):
        if blurred not in POLARITIES:
            raise unknown("polarity of maps", blurred, POLARITIES)
        self.folder, self.blurred = Path(folder), blurred
        if not self.folder.is_dir():
            raise BlurError(
                f"no folder of maps at {folder}; expected pictures named <photo's name>.png in it"
            )
        self.name = self.folder.resolve().name
        self._paths = sorted(p for p in self.folder.iterdir() if p.suffix.lower() in ENDINGS)
        if not self._paths:
            raise BlurError(f"no maps in {folder}: expected files named <photo's name>.png or .npy")

    def __len__(self) -> int:
        return len(self._paths)

    def path_of(self, name: str) -> Path | None:
        """The map of a photo, or None.

        Raises:
            BlurError: several pictures could be it.
        """
        found = [path for path in self._paths if path.stem == name]
        found = found or [path for path in self._paths if path.stem.startswith(f"{name}_")]
        if len(found) > 1:
            names = ", ".join(path.name for path in found[:3])
            raise BlurError(f"several maps for {name} in {self.folder}: {names}; leave one of them there")
        return found[0] if found else None

    def blur_map_of(self, name: str) -> np.ndarray:
        """The map of a photo as `(h, w, 2)` float32.

        Raises:
            BlurError: there is none, or it can't be read.
        """
        path = self.path_of(name)
        if path is None:
            raise BlurError(
                f"no map for {name} in {self.folder}: expected {name}.png; "
                "set `only_with_maps` to score just the photos that have one"
            )
        blurred = _read_array(path) if path.suffix.lower() == ARRAY else _read_picture(path)
        if self.blurred == "black":
            blurred = 1 - blurred
        return np.stack([1 - blurred, blurred], axis=-1)


def _read_picture(path: Path) -> np.ndarray:
    """Returns the levels of a picture of 8 or 16 bit, `(h, w)` float32 from 0 to 1."""
    read_size(path)  # refuses what is no picture, or of too many pixels
    deep = cv2.imread(os.fspath(path), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH)
    if deep is not None and deep.dtype == np.uint16:
        return deep.astype(np.float32) / 65535
    return read_mask(path).astype(np.float32) / 255


def _read_array(path: Path) -> np.ndarray:
    """Returns the values of an array file, `(h, w)` float32 from 0 to 1.

    Raises:
        BlurError: it can't be read, or holds no map.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(array, np.ndarray):
            raise ValueError("expected one array, found an archive")
    except Exception as error:  # damage shows in errors of zipfile, tokenize and NumPy: too many to name
        raise BlurError(f"cannot read the map {path}: {error}") from error
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    largest = LARGEST.get(array.dtype.name)
    if array.ndim != 2 or not array.size or largest is None:
        raise BlurError(
            f"the map {path}: expected (h, w) floats from 0 to 1, or integers of 8 or 16 bit, "
            f"received {array.dtype} of shape {array.shape}"
        )
    with np.errstate(over="ignore"):  # infinity is refused below
        values = array.astype(np.float32) / largest
    if not (values >= 0).all() or values.max() > 1:  # NaN isn't above 0 either
        raise BlurError(
            f"the map {path}: expected values from 0 to 1, received {array.min():g} to {array.max():g}"
        )
    return values


def find_notes(photos: Sequence["PhotoScore"], blurred: str) -> list[str]:
    """Returns what is odd about saved maps, a line each: their sizes, their shapes, their polarity.

    Arguments that a caller can change stand in backquotes, as in errors.

    Args:
        photos: The photos as they were scored.
        blurred: What was taken for blurred, "white" or "black".
    """
    notes = []
    resized = [photo for photo in photos if photo.map_size]
    if resized:
        notes.append(
            f"{len(resized)} of the {len(photos)} maps had another size than their mask and were resized, "
            f"such as {_sizes(resized[0])}"
        )
    stretched = [photo for photo in resized if _is_stretched(photo)]
    if stretched:
        notes.append(
            f"{len(stretched)} of them have another shape than their photo, such as {_sizes(stretched[0])}: "
            "they are right only if their program stretched the photos"
        )
    error = np.mean([binary.mean_absolute_error(photo.histogram) for photo in photos])
    if error > 0.5:
        other = "black" if blurred == "white" else "white"
        notes.append(
            f"inverted, the maps would score better (MAE {1 - error:.3f} instead of {error:.3f}): "
            f"if {other} means blurred in them, set `blurred` to '{other}'"
        )
    return notes


def _sizes(photo: "PhotoScore") -> str:
    sizes = (photo.map_size or photo.mask_size, photo.mask_size)
    shown = (f"{width}x{height}" for height, width in sizes)
    return f"{photo.name} ({' for '.join(shown)})"


def _is_stretched(photo: "PhotoScore") -> bool:
    """Whether a map's sides are in another proportion than its mask's, more than cutting a few rows makes."""
    (h, w), (height, width) = photo.map_size or photo.mask_size, photo.mask_size
    return max(h * width, w * height) > MISFIT * min(h * width, w * height)
