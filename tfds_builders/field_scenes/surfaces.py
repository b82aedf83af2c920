"""What flat things lie on or hang on, how light falls on them, and how a camera sees them from an angle."""

import cv2
import numpy as np

from keras_blur.synthesis.light import to_linear

SUPERSAMPLING = 2  # plates are drawn this many times larger than they are photographed


def noise(
    rng: np.random.Generator, height: int, width: int, octaves: int = 5, stretch: float = 1.0
) -> np.ndarray:
    """Cloudy noise `(H, W)` float32 of mean 0 and deviation 1, fine and coarse alike.

    Args:
        rng: the source of randomness.
        height: rows.
        width: columns.
        octaves: the number of scales, from two pixels upwards.
        stretch: above 1, what is drawn out along the columns, as the grain of wood is.
    """
    total = np.zeros((height, width), np.float32)
    for octave in range(1, octaves + 1):
        rows = max(2, round(height / 2**octave))
        columns = max(2, round(width / 2**octave / stretch))
        cells = rng.standard_normal((rows, columns), np.float32)
        total += cv2.resize(cells, (width, height), interpolation=cv2.INTER_LINEAR)
    return (total - total.mean()) / max(float(total.std()), 1e-6)


def colour(rng: np.random.Generator, least: float, most: float, saturation: float = 0.3) -> np.ndarray:
    """A random colour `(3,)` float32 in linear light whose brightest channel is between two values."""
    tint = 1 - saturation * rng.random(3)
    return (np.exp(rng.uniform(*np.log((least, most)))) * tint / tint.max()).astype(np.float32)


def surface(rng: np.random.Generator, height: int, width: int, photo: np.ndarray | None = None) -> np.ndarray:
    """A table or a wall, `(H, W, 3)` float32 linear light: wood, cloth, paint, or a photo."""
    kind = rng.random()
    base = colour(rng, 0.03, 0.6)
    if kind < 0.2 and photo is not None:
        return to_linear(cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA))
    if kind < 0.5:
        grain = noise(rng, height, width, stretch=rng.uniform(3, 8)) * rng.uniform(0.1, 0.3)
    elif kind < 0.8:
        grain = noise(rng, height, width, octaves=2) * rng.uniform(0.05, 0.25)
    else:
        grain = noise(rng, height, width) * rng.uniform(0.0, 0.06)
    return base * np.exp(grain)[..., None]


def light(rng: np.random.Generator, height: int, width: int, strength: float = 0.25) -> np.ndarray:
    """Uneven light `(H, W, 1)` float32 around 1: lamps near by, soft shadows, the lens's dark corners."""
    cells = rng.standard_normal((3, 4)).astype(np.float32) * np.float32(strength * rng.random())
    field = np.exp(cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC))
    if rng.random() < 0.3:  # the shadow of a hand or of the camera
        corners = rng.uniform(-0.3, 1.3, (4, 2)) * (width, height)
        shade = np.zeros((height, width), np.float32)
        cv2.fillPoly(shade, [corners.astype(np.int32)], float(rng.uniform(0.2, 0.6)))
        small = cv2.resize(shade, (width // 8, height // 8), interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), rng.uniform(2, 8))
        field *= 1 - cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return (field * vignette(rng, height, width))[..., None]


def vignette(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """The lens's dark corners, `(H, W)` float32, 1 in the middle."""
    rows, columns = (np.linspace(-1, 1, side, dtype=np.float32) ** 2 for side in (height, width))
    return 1 - np.float32(rng.uniform(0, 0.25)) * (rows[:, None] + columns) / 2


def seen(
    rng: np.random.Generator,
    plate: np.ndarray,
    ground: np.ndarray,
    tilt: float = 0.08,
    turn: float = 4.0,
    gloss: float = 0.0,
) -> tuple[np.ndarray, float]:
    """A plate on a ground, seen by a camera that doesn't stand quite straight above it.

    Args:
        rng: the source of randomness.
        plate: `(h, w, 3)` uint8 sRGB, `SUPERSAMPLING` times too large.
        ground: `(H, W, 3)` float32 linear light; its size is the picture's.
        tilt: how far the corners are moved, as a share of the plate's sides.
        turn: standard deviation of the turn in degrees.
        gloss: strength of a lamp's reflection on the plate, in linear light.

    Returns:
        The picture `(H, W, 3)` float32 linear light, and by how much the plate was enlarged in its middle.
    """
    height, width = ground.shape[:2]
    rows, columns = plate.shape[:2]
    lens = rng.uniform(0.8, 1.1)  # pixels of the plate: no lens and sensor see finer than this
    plate = cv2.GaussianBlur(plate, (0, 0), lens)
    corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    centred = (corners - (columns / 2, rows / 2)) * (1 + rng.uniform(-tilt, tilt, (4, 2)))
    radians = np.deg2rad(rng.normal(0, turn))
    rotation = np.array([[np.cos(radians), np.sin(radians)], [-np.sin(radians), np.cos(radians)]])
    free = np.abs([width - columns / SUPERSAMPLING, height - rows / SUPERSAMPLING])
    middle = (width / 2, height / 2) + rng.uniform(-0.4, 0.4, 2) * free
    places = (centred @ rotation / SUPERSAMPLING + middle).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, places)
    flags = {"flags": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_CONSTANT}
    flat = to_linear(
        cv2.warpPerspective(plate, matrix, (width, height), **{**flags, "borderMode": cv2.BORDER_REPLICATE})
    )
    cover = cv2.warpPerspective(np.full((rows, columns), 255, np.uint8), matrix, (width, height), **flags)
    cover = cv2.GaussianBlur(cover, (0, 0), 0.6).astype(np.float32)[..., None] / 255
    if gloss:
        spot = rng.uniform(0, 1, 2) * (width, height)
        across = np.square(np.arange(width, dtype=np.float32) - np.float32(spot[0]))
        down = np.square(np.arange(height, dtype=np.float32) - np.float32(spot[1]))[:, None]
        flat = flat + np.float32(gloss) * np.exp(-(across + down) / (2 * (0.12 * width) ** 2))[..., None]
    shadow = cv2.resize(cover, (max(1, width // 4), max(1, height // 4)), interpolation=cv2.INTER_AREA)
    shadow = cv2.GaussianBlur(np.roll(shadow, 1, axis=(0, 1)), (0, 0), 1.5)
    shadow = cv2.resize(shadow, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    picture = ground * (1 - 0.5 * shadow) * (1 - cover) + flat * cover
    left, top, right, bottom = cv2.perspectiveTransform(
        np.array([[[columns / 2 - 1, rows / 2 - 1], [columns / 2 + 1, rows / 2 + 1]]], np.float32), matrix
    ).ravel()
    return picture, float(np.hypot(right - left, bottom - top) / np.hypot(2, 2))
