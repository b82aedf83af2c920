"""Composes the pictures of the demo, with their truth, from the photos of `sources`."""

from typing import NamedTuple

import cv2
import numpy as np

from keras_blur.labels import DEFOCUS, MOTION, SHARP
from keras_blur.synthesis import camera, kernels, mattes
from keras_blur.synthesis.blur import blur
from keras_blur.synthesis.composite import composite, composite_mask, layered_defocus
from keras_blur.synthesis.light import to_linear, to_srgb
from tfds_builders.blur_demo import sources

# What blurs the background, and each object from the farthest to the nearest. Taken in turn.
SCENES = {
    "portrait": (DEFOCUS, (SHARP,)),
    "panning": (MOTION, (SHARP,)),
    "passer_by": (SHARP, (MOTION,)),
    "passer_by_far": (DEFOCUS, (MOTION,)),
    "too_near": (SHARP, (DEFOCUS,)),
    "two_objects": (DEFOCUS, (SHARP, MOTION)),
    "shake": (MOTION, ()),
    "out_of_focus": (DEFOCUS, ()),
    "sharp": (SHARP, (SHARP,)),
    "depth": (None, ()),  # the blur grows with the distance
}
MOTION_EXTENT = (8.0, 26.0)  # pixels
DISC_RADIUS = (2.5, 8.0)  # pixels
GREY_SHARE = 0.1


class Scene(NamedTuple):
    """One picture.

    Attributes:
        image: `(H, W, 3)` uint8 RGB.
        mask: `(H, W)` uint8 class ids, void where layers mix.
        photos: names of all photos in it.
    """

    image: np.ndarray
    mask: np.ndarray
    photos: tuple[str, ...]


def scene(rng: np.random.Generator, kind: str, split: str, height: int, width: int) -> Scene:
    """Composes one picture.

    Args:
        rng: the source of randomness.
        kind: a key of `SCENES`.
        split: whose photos are used.
        height: rows.
        width: columns.
    """
    names = list(rng.permutation(sources.PHOTOS[split]))
    background_class, object_classes = SCENES[kind]
    if background_class is None:
        picture, mask = _depth(rng, names[0], height, width)
    else:
        picture = blur(_view(rng, names[0], height, width), _kernel(rng, background_class))
        mask = np.full((height, width), background_class, np.uint8)
    photos = [names[0]]
    for number, object_class in enumerate(object_classes):
        surface = names[1 + number % (len(names) - 1)]
        cutouts = [name for name in sources.CUTOUTS[split] if name not in names[0]]
        (colours, matte), photo = _object(rng, cutouts, surface, height, width)
        photos.append(photo)
        kernel = _kernel(rng, object_class)
        picture, alpha = composite(colours, matte, picture, kernel, kernels.identity())
        mask = composite_mask(alpha, object_class, mask)
    return Scene(_take(rng, picture), mask, tuple(photos))


def _kernel(rng: np.random.Generator, blur_class: int) -> np.ndarray:
    if blur_class == SHARP:
        return kernels.identity()
    if blur_class == DEFOCUS:
        return kernels.disc(rng.uniform(*DISC_RADIUS))
    extent = rng.uniform(*MOTION_EXTENT)
    return kernels.line(extent, rng.uniform(0, 180)) if rng.random() < 0.7 else kernels.shake(rng, extent + 4)


def _take(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """The camera: exposure, noise, sometimes no colour."""
    picture = camera.saturate(picture, rng.uniform(0.8, 1.2))
    picture = camera.noise(picture, rng, shot=rng.uniform(2e-5, 5e-4), read=rng.uniform(2e-4, 3e-3))
    if rng.random() < GREY_SHARE:
        picture = np.repeat(picture @ np.array([[0.2126], [0.7152], [0.0722]], np.float32), 3, axis=-1)
    return to_srgb(picture)


def _view(rng: np.random.Generator, name: str, height: int, width: int) -> np.ndarray:
    """A random part of a photo, reduced by 1.15 at least so that it is sharp, in light of its own."""
    image = sources.photo(name)
    box = _crop(rng, image.shape[:2], height, width)
    return _lit(rng, _reduced(image[box], rng.random() < 0.5, height, width))


def _crop(rng: np.random.Generator, shape: tuple[int, int], height: int, width: int) -> tuple[slice, slice]:
    largest = min(shape[0] / height, shape[1] / width)
    scale = rng.uniform(min(1.15, largest), largest)
    rows, columns = round(scale * height), round(scale * width)
    top, left = rng.integers(shape[0] - rows + 1), rng.integers(shape[1] - columns + 1)
    return np.s_[top : top + rows, left : left + columns]


def _reduced(image: np.ndarray, mirrored: bool, height: int, width: int) -> np.ndarray:
    """Reduces in linear light; uint8 or float32 in, float32 out."""
    linear = to_linear(image) if image.dtype == np.uint8 else image
    reduced = cv2.resize(linear, (width, height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(reduced[:, ::-1]) if mirrored else reduced


def _lit(rng: np.random.Generator, linear: np.ndarray) -> np.ndarray:
    tint = np.exp(rng.normal(scale=0.12, size=3)) * rng.uniform(0.6, 1.3)
    return camera.expand_highlights(linear, gain=rng.uniform(1, 6)) * tint.astype(np.float32)


def _object(
    rng: np.random.Generator, cutouts: list[str], surface: str, height: int, width: int
) -> tuple[sources.Layer, str]:
    """An object cut from a photo, or a random shape with a photo's surface; and the photo's name."""
    if cutouts and rng.random() < 0.5:
        name = rng.choice(cutouts)
        return _placed(rng, sources.cutout(name), height, width), sources.CUT_FROM[name]
    centre = (rng.uniform(0.3, 0.7) * height, rng.uniform(0.25, 0.75) * width)
    size = rng.uniform(0.2, 0.38) * height
    if rng.random() < 0.3:
        matte = mattes.ellipse(height, width, centre, (1.3 * size, 0.8 * size), rng.uniform(0, 180))
    else:
        matte = mattes.blob(rng, height, width, centre, size)
    return (_view(rng, surface, height, width), matte), surface


def _placed(rng: np.random.Generator, layer: sources.Layer, height: int, width: int) -> sources.Layer:
    """Puts a cut-out somewhere into an empty frame, reduced to 50 to 85 percent of its height."""
    rows = round(rng.uniform(0.5, 0.85) * height)
    columns = min(round(layer[1].shape[1] * rows / layer[1].shape[0]), width)
    top, left = int(rng.integers(height - rows + 1)), int(rng.integers(width - columns + 1))
    mirrored = rng.random() < 0.5
    margins = ((top, height - rows - top), (left, width - columns - left))
    colours, matte = (_reduced(part, mirrored, rows, columns) for part in layer)
    return np.pad(_lit(rng, colours), (*margins, (0, 0))), np.pad(matte, margins)


def _depth(rng: np.random.Generator, name: str, height: int, width: int) -> sources.Layer:
    """A photo in focus at one distance: by the depth that was measured, or as a plane tilted away."""
    if name == "skimage/motorcycle_left.png":
        disparity = np.minimum(sources.motorcycle_disparity(), 40)  # all of the motorcycle in focus
        box = _crop(rng, disparity.shape, height, width)
        mirrored = rng.random() < 0.5
        linear = _lit(rng, _reduced(sources.photo(name)[box], mirrored, height, width))
        disparity = _reduced(disparity[box], mirrored, height, width)
        distance = 40 - disparity
    else:
        linear = _view(rng, name, height, width)
        rows, columns = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j].astype(np.float32)
        radians = rng.uniform(0, 2 * np.pi)
        ramp = rows * np.float32(np.sin(radians)) + columns * np.float32(np.cos(radians))
        distance = np.maximum(ramp - np.float32(rng.uniform(-0.2, 0.1)), 0)
    strength = rng.uniform(5, 9) / max(distance.max(), 1e-3)
    return layered_defocus(linear, -distance, focus=0.0, strength=strength, layers=12)
