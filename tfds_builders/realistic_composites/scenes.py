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
from keras_blur.synthesis.flow import Flow
from keras_blur.synthesis.light import to_linear, to_srgb
from keras_blur.synthesis.truth import Truth, covariance

REFERENCE_SIDE = 640  # pixels
MOTION_EXTENT = (7.0, 40.0)  # pixels
DISC_RADIUS = (3.0, 13.0)  # pixels
PLANE_RADIUS = (4.0, 14.0)  # pixels: at the end of a tilted plane that is farthest from the focus
REDUCTION = (1.1, 1.5)  # of a sharp photo: what was slightly soft becomes sharp
SHAKE_EXTENT = (8.0, 26.0)  # pixels
EXPOSURE = (0.12, 1.0)  # share of a hand's walk that is exposed
NEARNESS = (1.0, 2.5)  # how much farther an object moves in a shaken picture than the background does
LAMP_COUNT, LAMP_RADIUS = (2, 16), (0.6, 2.2)  # lamps, pixels
BORDER = 4  # pixels on both sides of a border that was drawn by hand: void
STILL = np.zeros(3, np.float32)


@dataclasses.dataclass(frozen=True)
class Style:
    """How often what happens in a scene. Shares sum to 1.

    Attributes:
        backgrounds: what blurs a sharp photo that is the background: "sharp", "plane" (a lens, by distance),
            "defocus", "panning" (all of it alike), "flow" (a camera that rolls or comes nearer).
        objects: what blurs an object: `SHARP`, `MOTION`, `DEFOCUS`, or "both": it moves outside of the focus.
        counts: of no, one, two, three objects.
        sizes: least and greatest share of the frame's side that an object takes.
        flow: of the moving objects turn and grow too.
        shake: of the pictures are shaken. Near objects move farther.
        lamps: of the sharp backgrounds and of the moving objects carry lamps, which streak.
    """

    backgrounds: dict[str, float]
    objects: dict[int | str, float]
    counts: tuple[float, ...]
    sizes: tuple[float, float] = (0.25, 0.85)
    flow: float = 0.35
    shake: float = 0.15
    lamps: float = 0.15


STYLES = {
    "mixed": Style(
        backgrounds={"sharp": 0.3, "plane": 0.25, "defocus": 0.2, "panning": 0.15, "flow": 0.1},
        objects={SHARP: 0.3, MOTION: 0.45, DEFOCUS: 0.15, "both": 0.1},
        counts=(0.15, 0.5, 0.25, 0.1),
    ),
    "soft_subjects": Style(
        backgrounds={"sharp": 1.0},
        objects={DEFOCUS: 0.7, MOTION: 0.3},
        counts=(0.0, 1.0, 0.0, 0.0),
        sizes=(0.5, 0.95),
        shake=0.0,
        lamps=0.05,
    ),
    "motion": Style(
        backgrounds={"sharp": 0.45, "panning": 0.25, "flow": 0.2, "defocus": 0.1},
        objects={SHARP: 0.15, MOTION: 0.75, "both": 0.1},
        counts=(0.1, 0.5, 0.3, 0.1),
        flow=0.5,
        shake=0.25,
        lamps=0.2,
    ),
}
"""The styles by the configs' names; "mixed" is that of `cuhk` and `photos`."""

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


def scene(
    rng: np.random.Generator,
    background: Background,
    cutouts: Sequence[Cutout],
    style: Style = STYLES["mixed"],
) -> Scene:
    """Composes one picture.

    Args:
        rng: the source of randomness.
        background: the farthest layer.
        cutouts: objects, from the farthest to the nearest.
        style: how often what happens.

    Returns:
        The camera's picture, `(H, W, 3)` uint8 RGB, and the truth.
    """
    if background.mask is None:
        picture, truth = _sharp_photo(rng, background, style)
    else:
        picture, truth = _real(rng, background)
    walk = None
    if background.mask is None and rng.random() < style.shake:
        extent = rng.uniform(*SHAKE_EXTENT) * _scale(truth)
        walk = kernels.hand_walk(rng, extent, exposure=rng.uniform(*EXPOSURE))
        kernel = kernels.trajectory(walk)
        picture = blur(picture, kernel)
        truth.blur(MOTION, kernel)
    nearness = np.sort(rng.uniform(*NEARNESS, len(cutouts)))
    for cutout, near in zip(cutouts, nearness, strict=True):
        shake = None if walk is None else kernels.trajectory(walk * near)
        picture = _with_object(rng, picture, truth, cutout, style, shake)
    return to_srgb(_sensor(rng, picture)), truth


def object_count(rng: np.random.Generator, style: Style = STYLES["mixed"]) -> int:
    """How many objects a picture gets."""
    return int(rng.choice(len(style.counts), p=style.counts))


def _chosen(rng: np.random.Generator, shares: dict) -> int | str:
    kinds = list(shares)
    return kinds[rng.choice(len(kinds), p=list(shares.values()))]


def _scale(truth: Truth) -> float:
    return max(truth.mixed.shape) / REFERENCE_SIDE


def _motion(rng: np.random.Generator, scale: float) -> np.ndarray:
    # Short motions are as frequent as long ones, on a logarithmic scale: they are the harder ones.
    extent = np.exp(rng.uniform(*np.log(MOTION_EXTENT))) * scale
    if rng.random() < 0.75:
        return kernels.line(extent, rng.uniform(0, 180))
    # A trace that turns back on itself blurs less than a line.
    return kernels.trajectory(kernels.hand_walk(rng, 1.2 * extent, exposure=rng.uniform(*EXPOSURE)))


def _flow(
    rng: np.random.Generator, height: int, width: int, centre: tuple[float, float], reach: float
) -> Flow:
    """A motion that turns or grows, and moves.

    Args:
        rng: the source of randomness.
        height: rows of the frame.
        width: columns of the frame.
        centre: column and row around which it turns.
        reach: pixels from the centre at which turning and growing move as far as `MOTION_EXTENT` says.
    """
    scale = max(height, width) / REFERENCE_SIDE
    least, most = np.log(MOTION_EXTENT)
    around, along = np.exp(rng.uniform(least, most, 2)) * scale * (1, rng.uniform(0, 0.7))
    direction = rng.uniform(0, 2 * np.pi)
    rate = float(np.clip(around / reach, 0, 0.5)) * rng.choice([-1, 1])
    shift = (float(along * np.cos(direction)), float(along * np.sin(direction)))
    turns = rng.random() < 0.6
    return Flow(centre, shift, turn=rate if turns else 0.0, growth=0.0 if turns else rate)


def _disc(rng: np.random.Generator, scale: float) -> np.ndarray:
    return kernels.disc(np.exp(rng.uniform(*np.log(DISC_RADIUS))) * scale)


def _lit(rng: np.random.Generator, linear: np.ndarray) -> np.ndarray:
    """Light before it meets the lens: lamps regain what the sensor could not hold."""
    return camera.expand_highlights(linear, gain=rng.uniform(1, 6))


def _sharp_photo(rng: np.random.Generator, background: Background, style: Style) -> Scene:
    linear = _reduced(rng, background.image)
    height, width = linear.shape[:2]
    truth = Truth.sharp(height, width)
    scale = _scale(truth)
    linear = _lit(rng, linear)
    if rng.random() < style.lamps:
        _shine(rng, linear, scale)
    kind = _chosen(rng, style.backgrounds)
    if kind == "plane":
        disparity = depth.tilted_plane(rng, height, width)
        distance = np.abs(disparity - np.float32(rng.uniform(-0.1, 1.1)))
        distance = np.maximum(distance - np.float32(rng.uniform(0, 0.15)), 0)  # the lens's depth of field
        radius = distance * np.float32(rng.uniform(*PLANE_RADIUS) * scale / max(distance.max(), 0.1))
        variance = radius**2 / 4
        truth.spread(DEFOCUS, np.stack([variance, variance, np.zeros_like(variance)], axis=-1))
        return depth.varying_defocus(linear, radius), truth
    if kind == "sharp":
        return linear, truth
    if kind == "flow":
        centre = (float(rng.uniform(0.2, 0.8) * width), float(rng.uniform(0.2, 0.8) * height))
        flow = _flow(rng, height, width, centre, reach=0.5 * max(height, width))
        truth.spread(MOTION, flow.covariance(height, width))
        return flow.expose(linear), truth
    blur_class, kernel = (DEFOCUS, _disc(rng, scale)) if kind == "defocus" else (MOTION, _motion(rng, scale))
    truth.blur(blur_class, kernel)
    return blur(linear, kernel), truth


def _shine(rng: np.random.Generator, linear: np.ndarray, scale: float) -> None:
    """Adds lamps, in place."""
    radii = LAMP_RADIUS[0] * scale, LAMP_RADIUS[1] * scale
    camera.add_lamps(rng, linear, int(rng.integers(*LAMP_COUNT)), radii)


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
    image, mask = background.image, np.array(background.mask)
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


def _with_object(
    rng: np.random.Generator,
    picture: np.ndarray,
    truth: Truth,
    cutout: Cutout,
    style: Style = STYLES["mixed"],
    shake: np.ndarray | None = None,
) -> np.ndarray:
    """Puts an object over picture and truth; `shake` is the kernel of the camera at its distance."""
    height, width = truth.mixed.shape
    scale = _scale(truth)
    kind = _chosen(rng, style.objects)
    moves = kind in (MOTION, "both")
    # A sharp object must not be enlarged, or it is soft.
    enlarged = 1.0 if kind == SHARP else 1.3
    colours, matte = placed(rng, cutout, height, width, rng.uniform(*style.sizes), enlarged)
    colours = _lit(rng, _toned(rng, colours, matte, picture))
    if moves and rng.random() < style.lamps:
        _shine(rng, colours, scale)
    lens = _disc(rng, scale) if kind in (DEFOCUS, "both") else kernels.identity()
    motion, spread = kernels.identity(), STILL
    if moves and rng.random() < style.flow:
        colours, matte, spread = _turned(rng, colours, matte)
    elif moves:
        motion = _motion(rng, scale)
        spread = covariance(motion)
    if shake is not None:
        motion, spread = combined(motion, shake), spread + covariance(shake)
    picture, alpha = composite(colours, matte, picture, combined(motion, lens), kernels.identity())
    truth.cover(alpha, spread, covariance(lens) if lens.size > 1 else STILL)
    return picture


def _turned(
    rng: np.random.Generator, colours: np.ndarray, matte: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An object that turns or grows while it is exposed.

    Returns:
        Its colours `(H, W, 3)`, its matte `(H, W)` and the covariance of every pixel `(H, W, 3)`.
    """
    height, width = matte.shape
    left, top, across, down = cv2.boundingRect((matte > 0).astype(np.uint8))
    centre = (left + rng.uniform(0.3, 0.7) * across, top + rng.uniform(0.3, 0.7) * down)
    flow = _flow(rng, height, width, centre, reach=max(across, down) / 2)
    layer = flow.expose(np.dstack([colours * matte[..., None], matte]), cv2.BORDER_CONSTANT)
    alpha = np.clip(layer[..., 3], 0, 1)
    return layer[..., :3] / np.maximum(alpha, 1e-4)[..., None], alpha, flow.covariance(height, width)


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
