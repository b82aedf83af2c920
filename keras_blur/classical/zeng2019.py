"""The sharpness metric of Zeng 2019: two filters, learnt by a network (`models/zeng2019.py`), and no network.

Zeng, Wang, Mao, Liu, Peng & Chen, "A local metric for defocus blur detection based on CNN feature learning",
IEEE TIP 28 (2019).
"""

import cv2
import numpy as np

from keras_blur.classical import images

COMPONENTS = 2
ITERATIONS = {10: 0.3, 50: 0.2, 100: 0.5}
"""The weight of the refined map after so many iterations."""

CELL = 4  # pixels: the map's resolution, far below that of the windows it averages
WINDOW = 8  # cells: 32 pixels, the network's training patches
NEIGHBOURHOOD = 9  # cells
LEAST = 1e-4  # of a greatest value: below it is rounding


def learnt_filters(kernels: np.ndarray, count: int = COMPONENTS) -> np.ndarray:
    """The principal components of a convolution layer's kernels (section III-C).

    Each kernel of n x n weights is a column of an n^2 x N matrix.

    Args:
        kernels: `(n, n, N)`, or `(n, n, 1, N)` as Keras has them, float, N from 2.
        count: How many components, at most n^2 and N.

    Returns:
        `(count, n, n)` float32 of norm 1, orthogonal, in descending order of variance; the largest weight of
        each is positive.

    Raises:
        ValueError: the kernels have several input channels, or there are too few.
    """
    kernels = np.asarray(kernels, np.float64)
    if kernels.ndim == 4 and kernels.shape[2] == 1:
        kernels = kernels[:, :, 0]
    if kernels.ndim != 3 or kernels.shape[0] != kernels.shape[1]:
        raise ValueError(f"kernels: expected shape (n, n, N) or (n, n, 1, N), received {kernels.shape}")
    side, number = kernels.shape[0], kernels.shape[2]
    if count > min(side * side, number):
        raise ValueError(f"kernels: expected at least {count}, received {number} of {side}x{side}")
    columns = kernels.reshape(side * side, number)
    components = np.linalg.svd(columns - columns.mean(axis=1, keepdims=True))[0][:, :count].T
    largest = np.take_along_axis(components, np.abs(components).argmax(axis=1)[:, None], axis=1)
    return (components * np.sign(largest)).reshape(count, side, side).astype(np.float32)


def zeng2019(image: np.ndarray, filters: np.ndarray) -> np.ndarray:
    """The probability that a pixel is blurred.

    `1 / (1 + (s / t)^2)`, s being the refined sharpness and t the adaptive threshold, the mean of s; 1 where
    there is no sharpness at all.

    Args:
        image: uint8 RGB `(H, W, 3)` or grey `(H, W)`, of any size; the windows mean photos of about 640x450.
        filters: `(K, n, n)` float, as `learnt_filters` makes them.

    Returns:
        `(H, W)` float32 in [0, 1].
    """
    values = refine(sharpness(image, filters))
    threshold = max(float(values.mean()), 1e-6)
    blurred = 1 / (1 + np.square(values / threshold))
    return cv2.resize(blurred, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)


def sharpness(image: np.ndarray, filters: np.ndarray) -> np.ndarray:
    """The metric: how strongly the surroundings answer to the filters (section III-C).

    The root of the summed squares of the answers, averaged over windows of 32 pixels, over the photo's
    greatest. Only changes of brightness count: what the filters answer to an even patch is taken off.

    Args:
        image: uint8 RGB `(H, W, 3)` or grey `(H, W)`.
        filters: `(K, n, n)` float.

    Returns:
        `(h, w)` float32 in [0, 1], high = sharp: a value for each cell of about 4x4 pixels; all 0 for an even
        photo.
    """
    grey = images.grey(image)
    energy = np.zeros(grey.shape, np.float32)
    for kernel in filters:
        kernel = np.asarray(kernel, np.float32)
        answer = cv2.filter2D(grey, cv2.CV_32F, kernel - kernel.mean(), borderType=cv2.BORDER_REFLECT_101)
        energy += answer * answer
    cells = tuple(max(1, round(side / CELL)) for side in grey.shape[::-1])
    values = cv2.resize(np.sqrt(energy), cells, interpolation=cv2.INTER_AREA)
    values = cv2.blur(values, (WINDOW, WINDOW), borderType=cv2.BORDER_REFLECT)
    greatest = float(values.max())
    return values / greatest if greatest > LEAST else np.zeros_like(values)


def refine(values: np.ndarray) -> np.ndarray:
    """Drives sharp regions to 1 and the others to 0 (section III-D).

    A hundred times: where the mean of the neighbourhood is below the global threshold, the mean of the whole
    map at the start, the value becomes 0, else its hyperbolic tangent. The maps after 10, 50 and 100 times
    are added with the weights 0.3, 0.2 and 0.5. As the tangent lowers all values, each map is divided by its
    greatest: else all would end below any threshold.

    Args:
        values: `(h, w)` float32 in [0, 1], high = sharp.

    Returns:
        `(h, w)` float32 in [0, 1].
    """
    threshold = values.mean()
    combined, current = np.zeros_like(values), values
    for iteration in range(1, max(ITERATIONS) + 1):
        mean = cv2.blur(current, (NEIGHBOURHOOD, NEIGHBOURHOOD), borderType=cv2.BORDER_REFLECT)
        current = np.tanh(current)
        current[mean < threshold] = 0
        current /= max(float(current.max()), LEAST)
        if iteration in ITERATIONS:
            combined += np.float32(ITERATIONS[iteration]) * current
    return combined
