"""The photos inside scikit-image and scikit-learn, and the objects that can be cut out of them.

A photo belongs to one split, so nothing that is tested on was seen in training.
"""

import functools
import importlib.util
from pathlib import Path

import cv2
import numpy as np

from keras_blur.errors import BlurError
from keras_blur.synthesis.composite import fill_hole
from keras_blur.synthesis.cutout import largest_part, lift

FOLDERS = {"skimage": "data", "sklearn": "datasets/images"}

# Sharp all over once they are reduced to the demo's size.
PHOTOS = {
    "train": (
        "skimage/astronaut.png",
        "skimage/brick.png",
        "skimage/camera.png",
        "skimage/coffee.png",
        "skimage/hubble_deep_field.jpg",
        "skimage/ihc.png",
        "skimage/motorcycle_left.png",
    ),
    "validation": ("skimage/chelsea.png", "skimage/grass.png"),
    "test": ("sklearn/china.jpg", "skimage/gravel.png", "skimage/rocket.jpg"),
}
# The photo that each object is cut from, by the functions below.
CUT_FROM = {
    "motorcycle": "skimage/motorcycle_left.png",
    "coins": "skimage/coins.png",
    "flower": "sklearn/flower.jpg",
}
CUTOUTS = {"train": ("motorcycle", "coins"), "validation": (), "test": ("flower",)}

Layer = tuple[np.ndarray, np.ndarray]  # float32 linear light (H, W, 3) and matte (H, W)


def path(name: str) -> Path:
    """The file of "package/file".

    Raises:
        BlurError: the package is not installed, or has no such file.
    """
    package, file = name.split("/")
    spec = importlib.util.find_spec(package)  # doesn't import it, which would take a second
    places = spec.submodule_search_locations if spec else None
    found = Path(places[0], FOLDERS[package], file) if places else None
    if found is None or not found.is_file():
        raise BlurError(
            f"blur_demo is made of photos such as {file} that ship with {package}, which is not there; "
            "install it with pip install 'keras-blur[data]'"
        )
    return found


@functools.cache
def photo(name: str) -> np.ndarray:
    """A photo as `(H, W, 3)` uint8 RGB."""
    image = np.asarray(cv2.imdecode(np.frombuffer(path(name).read_bytes(), np.uint8), cv2.IMREAD_COLOR))
    return np.ascontiguousarray(image[..., ::-1])


@functools.cache
def motorcycle_disparity() -> np.ndarray:
    """The motorcycle photo's disparity in pixels, `(H, W)` float32; where none was measured, filled in."""
    with path("skimage/motorcycle_disp.npz").open("rb") as file:
        disparity = np.load(file)["arr_0"].astype(np.float32)
    known = np.isfinite(disparity).astype(np.float32)
    return fill_hole(np.where(known > 0, disparity, 0)[..., None], known)[..., 0]


@functools.cache
def cutout(name: str) -> Layer:
    """An object of `CUTOUTS`, with its matte, cropped to its frame."""
    image, mask = {"motorcycle": _motorcycle, "coins": _coins, "flower": _flower}[name]()
    linear, soft = lift(image, mask)
    left, top, width, height = cv2.boundingRect(mask)
    box = np.s_[top : top + height, left : left + width]
    return linear[box], soft[box]


def _motorcycle() -> tuple[np.ndarray, np.ndarray]:
    disparity = motorcycle_disparity()
    rows = np.arange(disparity.shape[0])
    # The floor's disparity grows evenly with the row; the photo's left margin shows nothing but floor.
    floor = slice(disparity.shape[0] * 4 // 5, None)
    slope, start = np.polyfit(rows[floor], np.median(disparity[floor, :60], axis=1), 1)
    near = (disparity > 35) & (disparity > (slope * rows + start)[:, None] + 2)
    return photo("skimage/motorcycle_left.png"), largest_part(near.astype(np.uint8))


def _coins() -> tuple[np.ndarray, np.ndarray]:
    image = photo("skimage/coins.png")
    bright = (image[..., 0] > 110).astype(np.uint8)
    bright[:80] = 0  # the lamp brightens the ground there
    bright = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    round_brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (15, 15))
    return image, cv2.morphologyEx(bright, cv2.MORPH_OPEN, round_brush)


def _flower() -> tuple[np.ndarray, np.ndarray]:
    image = photo("sklearn/flower.jpg")
    red, blue = image[..., 0].astype(int), image[..., 2].astype(int)
    orange = ((red > 120) & (red > blue + 20)).astype(np.uint8)
    orange = cv2.morphologyEx(orange, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return image, cv2.morphologyEx(largest_part(orange), cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
