"""The variance of the Laplacian, the blur test that everybody knows, as a system."""

import numpy as np

from keras_blur.processing import check_image, limit_side

MAX_SIDE = 640
"""Larger photos are shrunk to this longer side, in pixels, because the formula was fitted to such photos."""


class LaplacianVariance:
    """Calls a pixel blurred where the Laplacian around it varies little; it can't tell the types apart.

    The formula and its constants are those of `keras_blur.classical.laplacian_variance`.
    """

    name = "laplacian_variance"
    blurred_threshold = 0.5

    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Returns float32 `(h, w, 2)` (sharp, blurred) at the photo's size, at most `MAX_SIDE`."""
        from keras_blur.classical.laplacian_variance import laplacian_variance

        check_image(image)
        blurred = laplacian_variance(limit_side(image, MAX_SIDE))
        return np.stack([1 - blurred, blurred], axis=-1)
