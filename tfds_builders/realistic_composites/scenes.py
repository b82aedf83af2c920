"""Composes a scene as a camera sees it: layers of depth, a lens, motion, a sensor; and the truth about it.

Kernel sizes are given for a frame whose longer side is 640 pixels and grow with it.
"""

import dataclasses
from collections.abc import Sequence

import cv2
import numpy as np

from keras_blur.labels import DEFOCUS, MOTION, SHARP, VOID
from keras_blur.synthesis import camera, depth, kernels
from keras_blur.synthesis.blur import blur
from keras_blur.synthesis.composite import composite
from keras_blur.synthesis.cutout import Cutout, placed
from keras_blur.synthesis.light import to_linear, to_srgb
from keras_blur.synthesis.truth import Truth, covariance

REFERENCE_SIDE = 640  # pixels
MOTION_EXTENT = (7.0, 40.0)  # pixels
DISC_RADIUS = (3.0, 13.0)  # pixels
PLANE_RADIUS = (4.0, 14.0)  # pixels: at the end of a tilted plane that is farthest from the focus
REDUCTION = (1.1, 1.5)  # of a sharp photo: what was slightly soft becomes sharp
SHAKE_SHARE, SHAKE_EXTENT = 0.15, (8.0, 26.0)  # share of the pictures that are shaken, pixels
BORDER = 4  # pixels on both sides of a border that was drawn by hand: void
STILL = np.zeros(3, np.float32)

# What blurs a sharp photo that is the background, and how often.
BACKGROUNDS = {"sharp": 0.3, "plane": 0.25, "defocus": 0.2, "panning": 0.25}
# What blurs an object; "both": it moves outside of the focus.
OBJECTS = {SHARP: 0.3, MOTION: 0.45, DEFOCUS: 0.15, "both": 0.1}
OBJECT_COUNTS = (0.15, 0.5, 0.25, 0.1)  # of no, one, two, three objects

Scene = tuple[np.ndarray, Truth]


@dataclasses.dataclass(frozen=True)
class Background:
    """A photo to start from.

    Attributes:
        image: `(H, W, 3)` uint8 RGB.
        mask: `(H, W)` uint8 class ids of a photo that a real camera blurred; None = sharp all over.
    """

    image: np.ndarray
    mask: np.ndarray | None = None


def scene(rng: np.random.Generator, background: Background, cutouts: Sequence[Cutout]) -> Scene:
    """Composes one picture.

    Args:
        rng: the source of randomness.
        background: the farthest layer.
        cutouts: objects, from the farthest to the nearest.

    Returns:
        The camera's picture, `(H, W, 3)` uint8 RGB, and the truth.
    """
    picture, truth = _sharp_photo(rng, background) if background.mask is None else _real(rng, background)
    for cutout in cutouts:
        picture = _with_object(rng, picture, truth, cutout)
    if background.mask is None and rng.random() < SHAKE_SHARE:
        kernel = kernels.shake(rng, rng.uniform(*SHAKE_EXTENT) * _scale(truth))
        picture = blur(picture, kernel)
        truth.blur(MOTION, kernel)
    return to_srgb(_sensor(rng, picture)), truth


def object_count(rng: np.random.Generator) -> int:
    """How many objects a picture gets."""
    return int(rng.choice(len(OBJECT_COUNTS), p=OBJECT_COUNTS))


def _scale(truth: Truth) -> float:
    return max(truth.mixed.shape) / REFERENCE_SIDE


def _motion(rng: np.random.Generator, scale: float) -> np.ndarray:
    # Short motions are as frequent as long ones, on a logarithmic scale: they are the harder ones.
    extent = np.exp(rng.uniform(*np.log(MOTION_EXTENT))) * scale
    if rng.random() < 0.75:
        return kernels.line(extent, rng.uniform(0, 180))
    return kernels.shake(rng, 1.2 * extent)  # a trace turns back on itself: it blurs less than a line


def _disc(rng: np.random.Generator, scale: float) -> np.ndarray:
    return kernels.disc(np.exp(rng.uniform(*np.log(DISC_RADIUS))) * scale)


def _lit(rng: np.random.Generator, linear: np.ndarray) -> np.ndarray:
    """Light before it meets the lens: lamps regain what the sensor could not hold."""
    return camera.expand_highlights(linear, gain=rng.uniform(1, 6))


def _sharp_photo(rng: np.random.Generator, background: Background) -> Scene:
    linear = _reduced(rng, background.image)
    truth = Truth.sharp(*linear.shape[:2])
    scale = _scale(truth)
    linear = _lit(rng, linear)
    kind = rng.choice(list(BACKGROUNDS), p=list(BACKGROUNDS.values()))
    if kind == "plane":
        disparity = depth.tilted_plane(rng, *truth.mixed.shape)
        distance = np.abs(disparity - np.float32(rng.uniform(-0.1, 1.1)))
        distance = np.maximum(distance - np.float32(rng.uniform(0, 0.15)), 0)  # the lens's depth of field
        radius = distance * np.float32(rng.uniform(*PLANE_RADIUS) * scale / max(distance.max(), 0.1))
        variance = radius**2 / 4
        truth.defocus += np.stack([variance, variance, np.zeros_like(variance)], axis=-1)
        return depth.varying_defocus(linear, radius), truth
    if kind == "sharp":
        return linear, truth
    blur_class, kernel = (DEFOCUS, _disc(rng, scale)) if kind == "defocus" else (MOTION, _motion(rng, scale))
    truth.blur(blur_class, kernel)
    return blur(linear, kernel), truth


def _reduced(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """The photo reduced in linear light, so that it is sharp, and perhaps mirrored."""
    factor = rng.uniform(*REDUCTION)
    height, width = (round(side / factor) for side in image.shape[:2])
    linear = cv2.resize(to_linear(image), (width, height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(linear[:, ::-1]) if rng.random() < 0.5 else linear


def _real(rng: np.random.Generator, background: Background) -> Scene:
    """A photo that is blurred already, as it is, or (a third) once more by the same type of blur.

    A second blur of the same type leaves no doubt: it covers everything.
    """
    image, mask = background.image, background.mask.copy()
    if rng.random() < 0.5:
        image, mask = (np.ascontiguousarray(part[:, ::-1]) for part in (image, mask))
    linear = to_linear(image)
    truth = Truth.sharp(*mask.shape)
    truth.given = mask
    blurred = (mask != SHARP).astype(np.uint8)
    brush = np.ones((2 * BORDER + 1, 2 * BORDER + 1), np.uint8)
    border = cv2.dilate(blurred, brush) != cv2.erode(blurred, brush)
    if rng.random() < 1 / 3:
        blur_class = int(mask[mask != SHARP].min(initial=VOID))
        if blur_class != VOID:
            scale = _scale(truth)
            kernel = _disc(rng, scale) if blur_class == DEFOCUS else _motion(rng, scale)
            truth.blur(blur_class, kernel)
            return blur(_lit(rng, linear), kernel), truth
    truth.mixed |= border
    return linear, truth


def _with_object(rng: np.random.Generator, picture: np.ndarray, truth: Truth, cutout: Cutout) -> np.ndarray:
    height, width = truth.mixed.shape
    scale = _scale(truth)
    kinds = list(OBJECTS)
    kind = kinds[rng.choice(len(kinds), p=list(OBJECTS.values()))]
    # A sharp object must not be enlarged, or it is soft.
    enlarged = 1.3 if kind in (MOTION, "both") else 1.0
    colours, matte = placed(rng, cutout, height, width, rng.uniform(0.25, 0.85), enlarged)
    colours = _lit(rng, _toned(rng, colours, matte, picture))
    motion = _motion(rng, scale) if kind in (MOTION, "both") else kernels.identity()
    lens = _disc(rng, scale) if kind in (DEFOCUS, "both") else kernels.identity()
    kernel = combined(motion, lens)
    picture, alpha = composite(colours, matte, picture, kernel, kernels.identity())
    truth.cover(alpha, *(covariance(part) if part.size > 1 else STILL for part in (motion, lens)))
    return picture


def combined(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The kernel of two blurs in a row."""
    if min(first.size, second.size) == 1:
        return first if second.size == 1 else second
    margins = [(side // 2, side // 2) for side in second.shape]
    wide = np.pad(first, margins)
    kernel = cv2.filter2D(
        wide, cv2.CV_32F, np.ascontiguousarray(second[::-1, ::-1]), borderType=cv2.BORDER_CONSTANT
    )
    kernel = np.maximum(kernel, 0)
    return kernel / kernel.sum()


def _toned(
    rng: np.random.Generator, colours: np.ndarray, matte: np.ndarray, picture: np.ndarray
) -> np.ndarray:
    """Moves an object's brightness towards the light of where it stands, with a cast of its own."""
    weight = matte.sum() + 1e-6
    own, around = (
        float((matte.ravel() @ part.reshape(-1, 3)).mean() / weight) for part in (colours, picture)
    )
    level = np.clip((around + 0.02) / (own + 0.02), 0.4, 2.5) ** rng.uniform(0, 0.7)
    cast = np.exp(rng.normal(scale=0.05, size=3))
    return colours * (level * cast).astype(np.float32)


def _sensor(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Exposure and saturation, then noise."""
    picture = camera.saturate(picture, rng.uniform(0.85, 1.15))
    night = rng.random() < 0.15
    shot = np.exp(rng.uniform(*np.log((1e-3, 8e-3) if night else (1e-5, 8e-4))))
    return camera.noise(picture, rng, shot=shot, read=rng.uniform(2e-4, 6e-3 if night else 2e-3))
