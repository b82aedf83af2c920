"""Motion or defocus? The second half of Su, Lu & Tan 2011: the directions of a matte's gradients.

Across an edge that moved by b pixels the matte climbs over |b n| pixels, n being the edge's normal: slopes
are gentle along the motion and steep across it. Defocus climbs over the same distance in all directions.
"""

import cv2
import numpy as np

from keras_blur import sources
from keras_blur.classical.images import grey
from keras_blur.classical.su2011 import singular_share, stretch_share
from keras_blur.spec import MethodSpec

BLURRED = 0.75  # share of the first singular value above which a pixel counts as blurred, as in the paper
FEWEST = 500  # blurred pixels; below that the whole photo is judged

NEIGHBOURHOOD = 31  # pixels, of the matte
CONTRAST = 25  # grey levels that a full change of the matte takes at least
DIRECTIONS = 18
FAINTEST = 0.01  # gradient per pixel that counts
SALIENT = 90  # percentile of the gradients in a direction
MEMBERS = 20  # gradients that a direction needs

# P(motion) = 1 / (1 + (MIDDLE / anisotropy)^EXPONENT), by `python benchmarks/fit_su2011_type.py --step 24`.
MIDDLE, EXPONENT = 0.0165, 2.16


def su2011_type(image: np.ndarray, blurred: np.ndarray | None = None) -> float:
    """The probability that the blur of a photo is of motion, if there is any.

    Args:
        image: uint8 RGB `(H, W, 3)` or grey `(H, W)`, of any size.
        blurred: `(H, W)` bool, the pixels to judge; None = where the first singular value's share exceeds
            0.75, or the whole photo if those are few.

    Returns:
        In 0..1; 0.5 where there are too few slopes to tell.

    Raises:
        ValueError: the image is not of that kind.
    """
    values = grey(image)
    if blurred is None:
        blurred = _judge(singular_share(values))
    found = anisotropy(matte(values), blurred)
    return 0.5 if found is None else float(1 / (1 + (MIDDLE / max(found, 1e-9)) ** EXPONENT))


def su2011_classes(image: np.ndarray) -> np.ndarray:
    """A map of three classes: the map of `su2011`, its blur divided by the photo's type.

    Args:
        image: uint8 RGB `(H, W, 3)` or grey `(H, W)`, of any size.

    Returns:
        `(H, W, 3)` float32 (sharp, motion, defocus), sums to 1.
    """
    shares = singular_share(grey(image))
    blurred, motion = stretch_share(shares), su2011_type(image, _judge(shares))
    return np.stack([1 - blurred, blurred * motion, blurred * (1 - motion)], axis=-1).astype(np.float32)


def _judge(shares: np.ndarray) -> np.ndarray:
    """The pixels that count as blurred; all of them if those are few."""
    blurred = shares > BLURRED
    return blurred if blurred.sum() >= FEWEST else np.ones(shares.shape, bool)


def matte(values: np.ndarray) -> np.ndarray:
    """Two layers, dark and bright: where a pixel lies between the extremes of its neighbourhood.

    Args:
        values: `(H, W)` uint8, grey.

    Returns:
        `(H, W)` float32 in 0..1.
    """
    square, side = np.ones((NEIGHBOURHOOD, NEIGHBOURHOOD), np.uint8), (NEIGHBOURHOOD, NEIGHBOURHOOD)
    values = values.astype(np.float32)
    dark, bright = (
        cv2.blur(extreme(values, square), side, borderType=cv2.BORDER_REFLECT)
        for extreme in (cv2.erode, cv2.dilate)
    )
    return np.clip((values - dark) / np.maximum(bright - dark, CONTRAST), 0, 1)


def anisotropy(alpha: np.ndarray, where: np.ndarray) -> float | None:
    """How much the matte's steepest slopes differ between directions.

    For each of 18 directions the distance from the centre of the gradients' distribution at which it has its
    rim, the 90th percentile; of these distances, over the greatest, the variance.

    Args:
        alpha: `(H, W)` float32 in 0..1.
        where: `(H, W)` bool, the pixels that count.

    Returns:
        0 (all alike) to 0.25; None if fewer than three directions have gradients enough.
    """
    right, down = (
        cv2.Sobel(alpha, cv2.CV_32F, *order, scale=1 / 8, borderType=cv2.BORDER_REFLECT)[where]
        for order in ((1, 0), (0, 1))
    )
    size = np.hypot(right, down)
    direction = (np.arctan2(down, right) % np.pi / np.pi * DIRECTIONS).astype(int) % DIRECTIONS
    rims = []
    for index in range(DIRECTIONS):
        sizes = size[(direction == index) & (size > FAINTEST)]
        if len(sizes) >= MEMBERS:
            rims.append(np.percentile(sizes, SALIENT))
    return float(np.var(np.divide(rims, max(rims)))) if len(rims) > 2 else None


SPECS = (
    MethodSpec(
        name="su2011",
        method=su2011_classes,
        threshold=0.698,
        citation="Su, Lu & Tan: Blurred image region detection and classification. ACM Multimedia 2011",
        published=(*sources.thousand_photos(0.804, 0.769), sources.schuster_table_2(0.76)),
    ),
)
