"""The salient objects of a photo folder that are sharp and whole enough to be put into other pictures."""

import functools
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from keras_blur.errors import BlurError
from keras_blur.synthesis.cutout import Cutout, cut_out, largest_part
from keras_blur.synthesis.sharpness import sharpness
from tfds_builders.generated import need
from tfds_builders.photo_folder import MaskedPhoto, divide, find_masked_photos

SMALLEST_PHOTO = 64  # pixels of the shorter side
SHARP_FROM = 0.4  # `sharpness` of a part that passes for sharp
AREA = (0.015, 0.6)  # share of its photo that an object has
SOLIDITY = 0.45  # least share of its area that lies 4 pixels inside: thin things are all edge
TILES = 3  # a photo is sharp all over if each of 3 x 3 tiles is sharp, or flat


@functools.lru_cache(maxsize=128)
def cutout(photo: MaskedPhoto) -> Cutout:
    """The object of a photo. The last ones are kept: each is used many times."""
    found = cut_out(*photo.read())
    if found is None:
        raise BlurError(f"{photo.gt}: expected an object in the mask, found none")
    return found


def sharp_objects(folder: Path) -> dict[str, list[MaskedPhoto]]:
    """The photos of each split whose object is sharp, not tiny, thin, or cut at opposite sides.

    All photos of the folder are divided first, by the hashes of their names, so that a photo has one split
    whatever it is used for.

    Raises:
        BlurError: the folder is not one of photos with masks, or a split gets no object.
    """
    return _chosen(folder, "usable objects", is_usable)


def sharp_photos(folder: Path) -> dict[str, list[MaskedPhoto]]:
    """The photos of each split that are sharp all over, divided as the objects are."""
    return _chosen(folder, "photos that are sharp all over", lambda image, _: is_sharp_all_over(image))


def _chosen(
    folder: Path, what: str, fits: Callable[[np.ndarray, np.ndarray], bool]
) -> dict[str, list[MaskedPhoto]]:
    photos = {photo.name: photo for photo in find_masked_photos(folder, SMALLEST_PHOTO)}
    chosen = {
        split: [photos[name] for name in names if fits(*photos[name].read())]
        for split, names in divide(photos).items()
    }
    need(chosen, what, folder)
    return chosen


def is_usable(image: np.ndarray, mask: np.ndarray) -> bool:
    """Whether the largest part of a mask is worth cutting out: `(H, W, 3)` uint8 and `(H, W)` bool."""
    mask = largest_part(mask)
    if not AREA[0] <= mask.mean() <= AREA[1]:
        return False
    cut = cut_out(image, mask)
    if cut is None or {"left", "right"} <= cut.cut or {"top", "bottom"} <= cut.cut:
        return False
    thick = cv2.erode(np.pad(cut.matte, 1), np.ones((3, 3), np.uint8), iterations=4).sum() / cut.matte.sum()
    return thick >= SOLIDITY and sharpness(image, mask) >= SHARP_FROM


def is_sharp_all_over(image: np.ndarray) -> bool:
    """Whether every tile of a photo `(H, W, 3)` uint8 is sharp, or shows nothing that could be blurred."""
    values = [
        sharpness(np.ascontiguousarray(tile))
        for band in np.array_split(image, TILES)
        for tile in np.array_split(band, TILES, axis=1)
    ]
    return sum(value >= SHARP_FROM for value in values) >= TILES and all(
        value >= 0.9 * SHARP_FROM or value == 0 for value in values
    )
