"""One scene: a sharp plate, blurred by lens or motion in linear light, then noise; and the truth about it."""

import dataclasses
from collections.abc import Callable

import cv2
import numpy as np

from keras_blur.labels import DEFOCUS, MOTION, SHARP, VOID
from keras_blur.synthesis import camera, kernels
from keras_blur.synthesis.blur import blur
from keras_blur.synthesis.composite import composite, composite_mask
from keras_blur.synthesis.light import to_srgb
from tfds_builders.field_scenes import drawings, night, pages, photos, surfaces
from tfds_builders.field_scenes.captions import add_caption

REFERENCE_SIDE = 640  # pixels: blur sizes are given for a picture whose longer side is this
SIDES = (640, 960)  # longer side of the drawn pictures, pixels
RATIOS = (4 / 3, 4 / 3, 3 / 2, 16 / 9, 1.0)
LINE_SHARE = 0.65  # of the motions are straight; the others are shakes
CLEAN, DARK, GRAINY = (1e-5, 6e-4), (1e-3, 8e-3), (15.0, 30.0)  # shot noise by day, by night; grey levels

# Discs' radii and motions' lengths in pixels of 640; for text in x-heights.
TEXT_DISC, TEXT_MOTION = (0.15, 1.2), (0.5, 4.0)
LEAST_DISC, LEAST_MOTION = 1.25, 3.0  # pixels: less is no blur to the eye
SIZES = {
    "night": ((1.5, 9.0), (5.0, 40.0)),
    "drawings": ((1.25, 12.0), (3.5, 40.0)),
    "lines": ((2.0, 12.0), (6.0, 40.0)),
    "captions": ((2.0, 12.0), (7.0, 40.0)),
    "noise": ((2.0, 12.0), (7.0, 40.0)),
    "soft_subject": ((2.5, 13.0), (8.0, 40.0)),
    "small_blur": ((1.5, 3.0), (5.0, 9.0)),
}


@dataclasses.dataclass
class Scene:
    """A picture and what is known of it.

    Attributes:
        image: `(H, W, 3)` uint8 RGB.
        mask: `(H, W)` uint8 class ids.
        blur_size: radius of the disc or length of the motion, in pixels of a longer side of 640; 0 = sharp.
        x_height: of the text, in the same unit; 0 = there is none.
        judgeable: whether there is anything to judge.
        photo: the ids of the photos in it; "" = it was drawn.
    """

    image: np.ndarray
    mask: np.ndarray
    blur_size: float = 0.0
    x_height: float = 0.0
    judgeable: bool = True
    photo: str = ""


def make(rng: np.random.Generator, kind: str, blur_class: int, sources: photos.Sources) -> Scene:
    """Makes one scene.

    Args:
        rng: the source of randomness.
        kind: a key of `KINDS`.
        blur_class: `SHARP`, `MOTION` or `DEFOCUS`: what blurs it.
        sources: photos, objects and fonts of its split.
    """
    return KINDS[kind](rng, blur_class, sources)


def _frame(rng: np.random.Generator) -> tuple[int, int]:
    longer = rng.uniform(*SIDES)
    sides = round(longer / RATIOS[rng.integers(len(RATIOS))]), round(longer)
    return sides if rng.random() < 0.7 else sides[::-1]


def _kernel(
    rng: np.random.Generator,
    blur_class: int,
    discs: tuple[float, float],
    motions: tuple[float, float],
    side: int,
) -> tuple[np.ndarray, float]:
    """A kernel for a picture of a longer side, and its size in pixels of 640."""
    if blur_class == SHARP:
        return kernels.identity(), 0.0
    size = float(np.exp(rng.uniform(*np.log(discs if blur_class == DEFOCUS else motions))))
    length = size * side / REFERENCE_SIDE
    if blur_class == DEFOCUS:
        return kernels.disc(length), size
    return kernels.line(length, rng.uniform(0, 180)) if rng.random() < LINE_SHARE else kernels.shake(
        rng, length
    ), size


def _taken(rng: np.random.Generator, linear: np.ndarray, shot: tuple[float, float] = CLEAN) -> np.ndarray:
    """What the sensor and the camera's software make of the light: `(H, W, 3)` uint8."""
    linear = camera.saturate(linear, rng.uniform(0.85, 1.15))
    level = np.exp(rng.uniform(*np.log(shot)))
    linear = camera.noise(linear, rng, shot=level, read=rng.uniform(2e-4, 2e-3) + level / 4)
    image = to_srgb(linear)
    if rng.random() < 0.3:  # phones sharpen
        image = cv2.addWeighted(image, 1.5, cv2.GaussianBlur(image, (0, 0), 1.2), -0.5, 0)
    if rng.random() < 0.08:
        image = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=-1)
    return image


def _whole(image: np.ndarray, blur_class: int) -> np.ndarray:
    return np.full(image.shape[:2], blur_class, np.uint8)


def _ground(rng: np.random.Generator, height: int, width: int, sources: photos.Sources) -> np.ndarray:
    photo = photos.read(photos.any_photo(rng, sources.photos)) if rng.random() < 0.3 else None
    return surfaces.surface(rng, height, width, photo)


def _text(rng: np.random.Generator, blur_class: int, sources: photos.Sources) -> Scene:
    height, width = _frame(rng)
    name = ("document", "document", "screen", "board")[rng.integers(4)]
    plate = pages.PAGES[name](rng, sources.faces, height, width)
    gloss = rng.uniform(0, 0.5) if name != "document" and rng.random() < 0.4 else 0.0
    linear, scale = surfaces.seen(rng, plate.pixels, _ground(rng, height, width, sources), gloss=gloss)
    linear *= surfaces.light(rng, height, width, 0.1 if name == "screen" else 0.3)
    x_height = plate.x_height * scale * REFERENCE_SIDE / max(height, width)
    discs = max(LEAST_DISC, TEXT_DISC[0] * x_height), max(LEAST_DISC, TEXT_DISC[1] * x_height)
    motions = max(LEAST_MOTION, TEXT_MOTION[0] * x_height), max(LEAST_MOTION, TEXT_MOTION[1] * x_height)
    kernel, size = _kernel(rng, blur_class, discs, motions, max(height, width))
    image = _taken(rng, blur(linear, kernel))
    return Scene(image, _whole(image, blur_class), size, x_height)


def _drawing(rng: np.random.Generator, blur_class: int, sources: photos.Sources) -> Scene:
    height, width = _frame(rng)
    draw = drawings.DRAWINGS[rng.integers(len(drawings.DRAWINGS))]
    plate = draw(rng, sources.faces, height, width)
    linear, _ = surfaces.seen(rng, plate.pixels, _ground(rng, height, width, sources), tilt=0.12, turn=8)
    linear *= surfaces.light(rng, height, width)
    kernel, size = _kernel(rng, blur_class, *SIZES["drawings"], max(height, width))
    image = _taken(rng, blur(linear, kernel))
    return Scene(image, _whole(image, blur_class), size)


def _lines(rng: np.random.Generator, blur_class: int, sources: photos.Sources) -> Scene:
    height, width = _frame(rng)
    plate, direction = drawings.lines(rng, height, width)
    plain = np.zeros((height, width, 3), np.float32)
    linear, _ = surfaces.seen(rng, plate.pixels, plain, tilt=0.0, turn=0.0)
    linear *= surfaces.vignette(rng, height, width)[..., None]
    kernel, size = _kernel(rng, blur_class, *SIZES["lines"], max(height, width))
    if blur_class == MOTION and direction is not None:  # along the lines no motion could be seen
        angle = direction + 90 + rng.uniform(-60, 60)
        kernel = kernels.line(size * max(height, width) / REFERENCE_SIDE, angle)
    image = _taken(rng, blur(linear, kernel))
    return Scene(image, _whole(image, blur_class), size)


def _night(rng: np.random.Generator, blur_class: int, sources: photos.Sources) -> Scene:
    height, width = _frame(rng)
    linear = night.street(rng, sources.faces, height, width)
    kernel, size = _kernel(rng, blur_class, *SIZES["night"], max(height, width))
    image = _taken(rng, blur(linear, kernel), DARK)
    return Scene(image, _whole(image, blur_class), size)


def _featureless(rng: np.random.Generator, blur_class: int, sources: photos.Sources) -> Scene:
    """A wall, a sky, a covered lens: nothing that could be sharp or blurred."""
    height, width = _frame(rng)
    kind = rng.integers(4)
    if kind == 0:  # black: a covered lens, a dark room
        linear = np.full((height, width, 3), rng.uniform(0, 0.004), np.float32)
    else:
        ends = [surfaces.colour(rng, 0.06, 1.0, saturation=0.7 if kind == 3 else 0.05) for _ in range(2)]
        turn, steepness = rng.uniform(0, 2 * np.pi), rng.uniform(0, 1) if kind > 1 else 0.0
        rows, columns = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j].astype(np.float32)
        way = (
            0.5
            + steepness * (rows * np.float32(np.sin(turn)) + columns * np.float32(np.cos(turn)))[..., None]
        )
        linear = ends[0] * (1 - way) + ends[1] * way
    linear = np.float32(linear) * surfaces.vignette(rng, height, width)[..., None]
    image = _taken(rng, linear)
    if rng.random() < 0.6:
        image = _grainy(rng, image, (1.0, 10.0))
    return Scene(image, _whole(image, VOID), judgeable=False)


def _grainy(rng: np.random.Generator, image: np.ndarray, levels: tuple[float, float]) -> np.ndarray:
    """Normal noise of a standard deviation in grey levels, as of a dark photo that was brightened."""
    grain = rng.standard_normal(image.shape, np.float32) * np.float32(rng.uniform(*levels))
    return cv2.add(image, grain, dtype=cv2.CV_8U)


def _photo(rng: np.random.Generator, blur_class: int, sources: photos.Sources, kind: str) -> Scene:
    source = photos.any_photo(rng, sources.photos)
    linear = photos.view(rng, source)
    kernel, size = _kernel(rng, blur_class, *SIZES[kind], max(linear.shape))
    image = _taken(rng, blur(linear, kernel))
    return Scene(image, _whole(image, blur_class), size, photo=photos.name_of(source))


def _captioned(rng: np.random.Generator, blur_class: int, sources: photos.Sources) -> Scene:
    scene = _photo(rng, blur_class, sources, "captions")
    before = max(scene.mask.shape)
    scene.image, scene.mask = add_caption(rng, sources.faces, scene.image, scene.mask)
    scene.blur_size *= before / max(scene.mask.shape)
    return scene


def _noisy(rng: np.random.Generator, blur_class: int, sources: photos.Sources) -> Scene:
    scene = _photo(rng, blur_class, sources, "noise")
    scene.image = _grainy(rng, scene.image, GRAINY)
    return scene


def _soft_subject(rng: np.random.Generator, blur_class: int, sources: photos.Sources) -> Scene:
    source = photos.any_photo(rng, sources.photos)
    background = photos.view(rng, source)
    height, width = background.shape[:2]
    kernel, size = _kernel(rng, blur_class, *SIZES["soft_subject"], max(height, width))
    enlarged = 1.0 if blur_class == SHARP else 1.4
    colours, matte = photos.subject(rng, sources, source, height, width, enlarged)
    linear, alpha = composite(colours, matte, background, kernel, kernels.identity())
    mask = composite_mask(alpha, blur_class, np.full((height, width), SHARP, np.uint8))
    return Scene(_taken(rng, linear), mask, size, photo=photos.name_of(source))


def _small_blur(rng: np.random.Generator, blur_class: int, sources: photos.Sources) -> Scene:
    linear, names = photos.shrunk_view(rng, sources.photos)
    kernel, size = _kernel(rng, blur_class, *SIZES["small_blur"], max(linear.shape))
    image = _taken(rng, blur(linear, kernel))
    return Scene(image, _whole(image, blur_class), size, photo=names)


KINDS: dict[str, Callable[[np.random.Generator, int, photos.Sources], Scene]] = {
    "text": _text,
    "night": _night,
    "drawings": _drawing,
    "lines": _lines,
    "featureless": _featureless,
    "captions": _captioned,
    "noise": _noisy,
    "soft_subject": _soft_subject,
    "small_blur": _small_blur,
}
"""What makes the scenes of each kind."""
BLURS = (SHARP, MOTION, DEFOCUS, SHARP, MOTION, DEFOCUS, SHARP, MOTION, DEFOCUS, SHARP)
"""What blurs the scenes of a kind, taken in turn."""
