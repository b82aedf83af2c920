"""Synthetic blur while a network trains: a photo and its mask in, a more blurred pair out.

Kernel sizes are given for a photo whose longer side is 640 pixels and grow with it, whatever part is seen.
"""

import cv2
import numpy as np

from keras_blur.labels import DEFOCUS, MOTION, SHARP, VOID
from keras_blur.synthesis import kernels
from keras_blur.synthesis.blur import blur
from keras_blur.synthesis.composite import composite, composite_mask, fill_hole
from keras_blur.synthesis.light import to_linear, to_srgb

REFERENCE_SIDE = 640  # pixels
STRONG = (3.3, 16.3)  # radii in pixels: less is hard to tell from a soft lens
LINE_PER_RADIUS = 3.0  # a disc of radius r looks about as blurred as a motion of 3 r
SHAKE_PER_RADIUS = 4.5  # a trace turns back on itself: it blurs less than a line
MATTE_SIGMA = 2.2  # pixels: of a cut-out's soft edge; masks are drawn twice that off the true one
OBJECT_SHARES = (0.03, 0.7)  # sharp shares of a photo that are taken as an object


def random_kernel(
    rng: np.random.Generator, blur_class: int, radii: tuple[float, float], scale: float = 1.0
) -> np.ndarray:
    """A random kernel of a class, its size drawn evenly on a logarithmic scale.

    Args:
        rng: the source of randomness.
        blur_class: `labels.MOTION` (a line or a camera shake) or `labels.DEFOCUS` (a disc or a Gaussian).
        radii: the least and greatest radius of a disc in pixels, above 0; motions look as blurred as it.
        scale: multiplies all sizes.
    """
    radius = np.exp(rng.uniform(*np.log(radii))) * scale
    if blur_class == MOTION:
        if rng.random() < 0.6:
            return kernels.line(LINE_PER_RADIUS * radius, rng.uniform(0, 180))
        return kernels.shake(rng, SHAKE_PER_RADIUS * radius)
    # A Gaussian of half the radius has the second moment of the disc.
    return kernels.disc(radius) if rng.random() < 0.7 else kernels.gaussian(radius / 2)


def whole_frame_blur(
    image: np.ndarray,
    mask: np.ndarray,
    rng: np.random.Generator,
    radii: tuple[float, float] = STRONG,
    side: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Blurs everything, by motion or defocus.

    Args:
        image: `(H, W, 3)` uint8 RGB.
        mask: `(H, W)` uint8 class ids.
        rng: the source of randomness.
        radii: see `random_kernel`, for a longer side of 640.
        side: longer side of the photo that `image` is a part of, in its pixels; None = it is all of it.

    Returns:
        Image and mask of the same shapes. Sharp pixels take the kernel's class; those already blurred by
        the other type are blurred by both and become void.
    """
    blur_class = MOTION if rng.random() < 0.5 else DEFOCUS
    kernel = random_kernel(rng, blur_class, radii, (side or max(mask.shape)) / REFERENCE_SIDE)
    return to_srgb(blur(to_linear(image), kernel)), _blurred_again(mask, blur_class)


def object_blur(
    image: np.ndarray,
    mask: np.ndarray,
    rng: np.random.Generator,
    radii: tuple[float, float] = STRONG,
    side: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Blurs the photo's sharp part, or everything but that, by motion (70 %) or defocus.

    In two cases of three the sharp part is cut out softly, the hole is filled from around it, and the
    blurred part is put back; else the surroundings are blurred more and the sharp part stays.

    Args:
        image: `(H, W, 3)` uint8 RGB.
        mask: `(H, W)` uint8 class ids.
        rng: the source of randomness.
        radii: see `random_kernel`, for a longer side of 640.
        side: longer side of the photo that `image` is a part of, in its pixels; None = it is all of it.

    Returns:
        Image and mask of the same shapes. Void where layers mix and where the old truth no longer holds.
        The arguments themselves if the sharp part is below 3 % or above 70 % of the photo.
    """
    sharp = (mask == SHARP).astype(np.float32)
    if not OBJECT_SHARES[0] <= sharp.mean() <= OBJECT_SHARES[1]:
        return image, mask
    scale = (side or max(mask.shape)) / REFERENCE_SIDE
    blur_class = MOTION if rng.random() < 0.7 else DEFOCUS
    kernel = random_kernel(rng, blur_class, radii, scale)
    moves = rng.random() < 2 / 3
    linear = to_linear(image)
    matte = cv2.GaussianBlur(sharp, (0, 0), max(MATTE_SIGMA * scale, 0.5), borderType=cv2.BORDER_REFLECT)
    background = fill_hole(linear, _surely_outside(matte, scale))
    still = kernels.identity()
    result, alpha = composite(linear, matte, background, *((kernel, still) if moves else (still, kernel)))
    old = np.where(mask == SHARP, np.uint8(VOID), mask)  # behind the object nothing is known
    if moves:
        return to_srgb(result), composite_mask(alpha, blur_class, old)
    return to_srgb(result), composite_mask(alpha, SHARP, _blurred_again(old, blur_class))


def _surely_outside(matte: np.ndarray, scale: float) -> np.ndarray:
    """Where nothing of the object is seen: masks are drawn by hand."""
    size = 2 * max(1, round(2 * MATTE_SIGMA * scale)) + 1
    grown = cv2.dilate(matte, np.ones((size, size), np.uint8))
    return 1 - np.minimum(grown / 0.5, 1)


def _blurred_again(mask: np.ndarray, blur_class: int) -> np.ndarray:
    fate = np.full(256, VOID, np.uint8)
    fate[[SHARP, blur_class]] = blur_class
    return fate[mask]
