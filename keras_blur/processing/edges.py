"""Fitting a coarse blur map to the edges of its photo."""

import cv2
import numpy as np


def follow_edges(
    blur_map: np.ndarray, image: np.ndarray, radius: int = 8, epsilon: float = 1e-3
) -> np.ndarray:
    """Guided filter (He, Sun & Tang, ECCV 2010): the map becomes locally linear in the photo's grey values.

    Where the photo has an edge near a border of the map, the border moves to it; elsewhere the map is
    smoothed.

    Args:
        blur_map: float32 `(H, W, C)`, at the photo's size.
        image: uint8 RGB `(H, W, 3)`, the guide.
        radius: Half the window's side in pixels.
        epsilon: Variance of the guide (of grey values in 0..1) below which a window counts as flat.

    Returns:
        float32 `(H, W, C)` in 0..1; sums to 1 over its last axis.
    """
    if blur_map.shape[:2] != image.shape[:2]:
        raise ValueError(f"image: expected the map's size {blur_map.shape[:2]}, received {image.shape[:2]}")
    guide = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)[..., None] / 255
    values = blur_map.astype(np.float32)
    guide_mean, values_mean = _mean(guide, radius), _mean(values, radius)
    covariance = _mean(guide * values, radius) - guide_mean * values_mean
    variance = _mean(guide * guide, radius) - guide_mean * guide_mean
    slope = covariance / (variance + epsilon)
    offset = values_mean - slope * guide_mean
    fitted = np.clip(_mean(slope, radius) * guide + _mean(offset, radius), 1e-6, 1)
    return fitted / fitted.sum(axis=-1, keepdims=True)


def _mean(values: np.ndarray, radius: int) -> np.ndarray:
    side = 2 * radius + 1
    return cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT).reshape(values.shape)
