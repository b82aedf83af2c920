"""Layers of light: objects with soft mattes over backgrounds, each with its own blur, and the truth about it.

A *matte* is float32 `(H, W)`, 0 to 1: how much of a pixel the object covers.
"""

import cv2
import numpy as np

from keras_blur.labels import DEFOCUS, SHARP, VOID
from keras_blur.synthesis.blur import blur
from keras_blur.synthesis.kernels import disc, identity

OBJECT_SHARE = 0.5  # from this share of the blurred matte a pixel is the object's
MIXED_SHARE = 0.08  # from this share up to OBJECT_SHARE both layers are seen: void


def composite(
    foreground: np.ndarray,
    matte: np.ndarray,
    background: np.ndarray,
    foreground_kernel: np.ndarray,
    background_kernel: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Puts a blurred object over a blurred background: I = k * (a F) + (1 - k * a) (b * B).

    The object is premultiplied with its matte before it is blurred, so nothing outside of it bleeds in.

    Args:
        foreground: `(H, W, 3)` float32 linear light F; only what the matte covers matters.
        matte: `(H, W)` float32, a.
        background: `(H, W, 3)` float32 linear light B, complete also behind the object.
        foreground_kernel: the object's kernel k.
        background_kernel: the background's kernel b.

    Returns:
        The picture, `(H, W, 3)` float32 linear light, and the blurred matte k * a, `(H, W)` float32.
    """
    result = blur(background, background_kernel)
    result = result.copy() if result is background else result
    alpha = np.zeros_like(matte)
    box = _reach(matte, foreground_kernel)
    covering = np.dstack([foreground[box] * matte[box][..., None], matte[box]])
    if covering.size:
        covering = blur(covering, foreground_kernel)
        alpha[box] = np.clip(covering[..., 3], 0, 1)
        result[box] = result[box] * (1 - alpha[box])[..., None] + covering[..., :3]
    return result, alpha


def _reach(matte: np.ndarray, kernel: np.ndarray) -> tuple[slice, slice]:
    """The part of the frame that a blurred object can touch: all else would be convolved in vain."""
    return _reach_along(matte, kernel, 0), _reach_along(matte, kernel, 1)


def _reach_along(matte: np.ndarray, kernel: np.ndarray, axis: int) -> slice:
    used = np.flatnonzero(matte.max(axis=1 - axis))
    reach = kernel.shape[axis] // 2
    return slice(max(0, used[0] - reach), used[-1] + reach + 1) if used.size else slice(0)


def composite_mask(alpha: np.ndarray, object_class: int, background_mask: np.ndarray) -> np.ndarray:
    """The truth of a composite.

    Args:
        alpha: `(H, W)` blurred matte of the object.
        object_class: its class id.
        background_mask: `(H, W)` uint8 ids of the background.

    Returns:
        `(H, W)` uint8: the object's class from half a share on, void where it covers 8 to 50 percent,
        the background's below. Where object and background are of one class there is nothing to mix.
    """
    mixed = np.where(background_mask == object_class, np.uint8(object_class), np.uint8(VOID))
    mask = np.where(alpha >= MIXED_SHARE, mixed, background_mask)
    return np.where(alpha >= OBJECT_SHARE, np.uint8(object_class), mask)


def fill_hole(image: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Fills unknown pixels smoothly from their surroundings: normalised convolution over a pyramid.

    Args:
        image: `(H, W, C)` float32.
        known: `(H, W)` float32, 0 (a hole) to 1 (kept as it is).

    Returns:
        `(H, W, C)` float32; zero if nothing is known.
    """
    return _fill(np.dstack([image * known[..., None], known]))[..., :-1]


def _fill(layer: np.ndarray) -> np.ndarray:
    """Completes a premultiplied layer (matte last) with itself at half the size."""
    height, width = layer.shape[:2]
    if height == width == 1:
        return layer / np.maximum(layer[..., -1:], 1e-6)
    half = cv2.resize(layer, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    # One known pixel of four makes a known pixel of half the size: the hole closes from its rim inwards.
    half *= np.minimum(4, 1 / np.maximum(half[..., -1:], 1e-6))
    fine = cv2.resize(_fill(half), (width, height), interpolation=cv2.INTER_LINEAR)
    return layer + (1 - layer[..., -1:]) * fine


def layered_defocus(
    linear: np.ndarray, disparity: np.ndarray, focus: float, strength: float, layers: int = 8
) -> tuple[np.ndarray, np.ndarray]:
    """Focuses a sharp picture of known depth at one distance: a disc per depth layer, from far to near.

    A point's circle of confusion grows with the difference of its disparity (1 / distance) and the focus.

    Args:
        linear: `(H, W, 3)` float32 linear light, sharp everywhere.
        disparity: `(H, W)` float32, larger is nearer.
        focus: the disparity that stays sharp.
        strength: radius in pixels of the circle of confusion per unit of disparity.
        layers: depth steps.

    Returns:
        The picture, `(H, W, 3)` float32, and its mask `(H, W)` uint8: sharp where the radius is below
        half a pixel, defocus from one pixel on, void in between.
    """
    edges = np.linspace(disparity.min(), disparity.max(), layers + 1)
    step = np.clip(np.searchsorted(edges, disparity, side="right") - 1, 0, layers - 1)
    radii = strength * np.abs((edges[1:] + edges[:-1]) / 2 - focus)
    result, mask = np.zeros_like(linear), np.full(disparity.shape, VOID, np.uint8)
    for layer in np.unique(step):
        plane = fill_hole(linear, (step == layer).astype(np.float32))
        # A layer also covers what the nearer ones will cover again, so that no gap opens between them.
        matte = cv2.GaussianBlur((step >= layer).astype(np.float32), (0, 0), 0.7)
        result, alpha = composite(plane, matte, result, disc(radii[layer]), identity())
        truth = SHARP if radii[layer] < 0.5 else DEFOCUS if radii[layer] >= 1 else VOID
        mask = composite_mask(alpha, truth, mask)
    return result, mask
