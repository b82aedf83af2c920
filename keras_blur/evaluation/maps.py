"""Blur maps that another program saved as pictures."""

import os
from pathlib import Path

import numpy as np

from keras_blur.contract import Calibration
from keras_blur.errors import BlurError
from keras_blur.processing import read_mask

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")


class SavedMaps:
    """A folder of blur maps, one picture for a photo: 8 bit, 255 = certainly blurred.

    The map of the photo `motion0001` is `motion0001.png`, or the only picture whose name begins with
    `motion0001_`, as in the authors' own releases. A map may have any size: it is taken to cover the
    whole photo, and resized to the mask's size when it is scored.

    Attributes:
        name: The folder's name.
        calibration: None was measured, so a pixel's threshold is one half.

    Raises:
        BlurError: the folder is missing or holds no picture.
    """

    calibration = Calibration()
    num_params = None

    def __init__(self, folder: str | os.PathLike):
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise BlurError(
                f"no folder of maps at {folder}; expected pictures named <photo's name>.png in it"
            )
        self.name = self.folder.resolve().name
        self._paths = sorted(p for p in self.folder.iterdir() if p.suffix.lower() in ENDINGS)
        if not self._paths:
            raise BlurError(f"no maps in {folder}: expected pictures named <photo's name>.png, 255 = blurred")

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
        blurred = read_mask(path).astype(np.float32) / 255
        return np.stack([1 - blurred, blurred], axis=-1)
