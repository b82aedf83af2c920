"""How sharp a part of a photo is: how much of its detail another slight blur would take away."""

import cv2
import numpy as np

REBLUR_SIGMA = 1.2  # pixels
NOISE_FLOOR = 2.0  # grey levels per pixel: what smooth surfaces show of noise and JPEG
LEAST_DETAIL = 50  # pixels with a slope: fewer say nothing


def sharpness(image: np.ndarray, where: np.ndarray | None = None) -> float:
    """The share of the slopes' strength that a Gaussian of 1.2 pixels removes.

    A sharp photo loses much of it and a blurred one little, whatever the content (the idea of Crete et
    al., "The blur effect", 2007). Slopes of noise are left out.

    Args:
        image: `(H, W, 3)` uint8 RGB.
        where: `(H, W)` bool, the part to judge; None = everything.

    Returns:
        0 (blurred) to 1; 0 where there is too little detail to tell. About 0.4 to 0.6 for a sharp photo,
        half of that after a Gaussian of 1 pixel, a quarter after one of 2.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    slopes = _slopes(grey)
    detail = slopes > NOISE_FLOOR
    if where is not None:
        detail &= cv2.erode(where.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    if detail.sum() < LEAST_DETAIL:
        return 0.0
    again = _slopes(cv2.GaussianBlur(grey, (0, 0), REBLUR_SIGMA))
    # Squares make the strongest edges count, which tell more than faint texture does.
    before, after = (np.square(values[detail], dtype=np.float64).sum() for values in (slopes, again))
    return float(np.clip(1 - np.sqrt(after / before), 0, 1))


def _slopes(grey: np.ndarray) -> np.ndarray:
    """The gradient's magnitude, `(H, W)` float32, in grey levels per pixel."""
    across = cv2.filter2D(grey, cv2.CV_32F, np.array([[-0.5, 0, 0.5]], np.float32))
    down = cv2.filter2D(grey, cv2.CV_32F, np.array([[-0.5], [0], [0.5]], np.float32))
    return cv2.magnitude(across, down)
