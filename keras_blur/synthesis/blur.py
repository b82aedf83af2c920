"""Convolving light with a kernel."""

import cv2
import numpy as np

from keras_blur.synthesis.light import to_linear, to_srgb


def blur(linear: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Convolves each channel with a kernel; borders are mirrored.

    Args:
        linear: `(H, W)` or `(H, W, C)` float32 linear light.
        kernel: `(n, m)` float32 with odd sides and sum 1, as `keras_blur.synthesis.kernels` makes them.

    Returns:
        float32 of the same shape; for a kernel of one pixel `linear` itself.
    """
    if kernel.ndim != 2 or not all(side % 2 for side in kernel.shape):
        raise ValueError(f"kernel: expected two odd sides, received shape {kernel.shape}")
    if kernel.size == 1:
        return linear  # the identity
    # OpenCV correlates, so the kernel is turned round; beyond 11 x 11 it uses the Fourier transform itself.
    flipped = np.ascontiguousarray(kernel[::-1, ::-1])
    return cv2.filter2D(linear, cv2.CV_32F, flipped, borderType=cv2.BORDER_REFLECT).reshape(linear.shape)


def blur_photo(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Blurs a photo `(H, W, 3)` uint8 in linear light."""
    return to_srgb(blur(to_linear(image), kernel))
