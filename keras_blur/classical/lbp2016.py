"""Blur from local binary patterns.

Yi & Eramian, "LBP-based segmentation of defocus blur", IEEE TIP 25 (2016), doi:10.1109/TIP.2016.2528042.
"""

import cv2
import numpy as np

from keras_blur import sources
from keras_blur.classical.field import beliefs
from keras_blur.classical.images import grey, stretch
from keras_blur.classical.matting import propagate
from keras_blur.spec import MethodSpec

WINDOWS = (11, 15, 21)
THRESHOLD = 0.016 * 255  # grey levels by which a neighbour must be brighter
SHARP, BLURRED = 0.3, 0.01  # sharpness above which, and below which, a pixel is known
STRENGTH, LEVELS = 100, 3  # of the matting


def lbp2016(image: np.ndarray) -> np.ndarray:
    """How blurred each pixel is: a lack of the patterns that only sharp texture has.

    The sharpness at three window sizes is made a matte each, by what is surely sharp and surely blurred, and
    the mattes are joined in the three-scale field.

    Args:
        image: uint8 RGB `(H, W, 3)` or grey `(H, W)`, of any size.

    Returns:
        `(H, W)` float32 in (0, 1), bright = blurred.

    Raises:
        ValueError: the image is not of that kind.
    """
    rare = rare_patterns(grey(image))
    return 1 - beliefs(np.stack([matte(image, sharpness(rare, window)) for window in WINDOWS]))[-1]


def rare_patterns(image: np.ndarray) -> np.ndarray:
    """Where the uniform rotation-invariant pattern's code is 6 to 9, which blur makes rare.

    Eight neighbours at radius 1, the diagonal ones interpolated. Bits are neighbours that are brighter by
    more than 4.08 grey levels. The code is the number of ones, or 9 if they are not in one run.

    Args:
        image: `(H, W)` uint8; repeated beyond its borders.

    Returns:
        `(H, W)` bool.
    """
    centre = image.astype(np.float32)
    padded = np.pad(centre, 1, "edge")
    near = np.sqrt(0.5)  # rows and columns to a diagonal neighbour at radius 1
    found = []
    height, width = image.shape
    for down, right in [(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)]:
        neighbour = padded[1 + down : 1 + down + height, 1 + right : 1 + right + width]
        if down and right:
            beside = padded[1 : 1 + height, 1 + right : 1 + right + width]
            above = padded[1 + down : 1 + down + height, 1 : 1 + width]
            neighbour = near**2 * neighbour + near * (1 - near) * (beside + above) + (1 - near) ** 2 * centre
        found.append(neighbour - centre > THRESHOLD)
    bits = np.stack(found)
    runs = (bits != np.roll(bits, 1, axis=0)).sum(axis=0)
    ones = bits.sum(axis=0)
    return (runs > 2) | (ones >= 6)


def sharpness(rare: np.ndarray, window: int) -> np.ndarray:
    """The share of rare patterns in a window around each pixel, stretched.

    Args:
        rare: `(H, W)` bool.
        window: Side of the square window in pixels; mirrored at the borders.

    Returns:
        `(H, W)` float32 in 0..1.
    """
    share = cv2.blur(rare.astype(np.float32), (window, window), borderType=cv2.BORDER_REFLECT)
    return stretch(share)


def matte(image: np.ndarray, sharp: np.ndarray) -> np.ndarray:
    """The sharp part as a matte: what is known by the sharpness, spread along the photo's colours.

    Args:
        image: uint8 RGB `(H, W, 3)` or grey `(H, W)`.
        sharp: `(H, W)` float32 in 0..1.

    Returns:
        `(H, W)` float32 in 0..1.
    """
    known = (sharp > SHARP) | (sharp < BLURRED)
    # As in Levin's own programme, a coarse pixel is known only if most of its pixels are.
    found = propagate(image, sharp > SHARP, known, STRENGTH, levels=LEVELS, least_known=0.5)
    return np.clip(found, 0, 1)


SPECS = (
    MethodSpec(
        name="lbp2016",
        method=lbp2016,
        threshold=0.2,
        citation="Yi & Eramian: LBP-based segmentation of defocus blur. IEEE TIP 25 (2016)",
        published=sources.thousand_photos(0.822, 0.797),
    ),
)
