"""An edge-keeping smoothing that costs the same for every width: the domain transform's recursive filter.

Gastal & Oliveira, "Domain transform for edge-aware image and video processing", SIGGRAPH 2011,
doi:10.1145/1964921.1964964.
"""

import numpy as np


def recursive_filter(
    values: np.ndarray, guide: np.ndarray, sigma_space: float, sigma_range: float, iterations: int = 3
) -> np.ndarray:
    """Smooths a map along rows and columns by turns, and hardly across the edges of a guide (section 5.3).

    Args:
        values: `(H, W)` floats, of any size.
        guide: `(H, W)` or `(H, W, C)` floats in 0..1.
        sigma_space: Standard deviation of the smoothing where the guide is flat, in pixels.
        sigma_range: How large a difference of the guide counts as an edge; smaller keeps more edges.
        iterations: Turns, each half as wide as the one before.

    Returns:
        `(H, W)` float32; never outside the range of the values.

    Raises:
        ValueError: the guide has another size.
    """
    if guide.shape[:2] != values.shape:
        raise ValueError(f"guide: expected the values' size {values.shape}, received {guide.shape[:2]}")
    guide = guide.astype(np.float32).reshape(*values.shape, -1)
    down, right = (
        1 + sigma_space / sigma_range * np.abs(np.diff(guide, axis=axis)).sum(axis=-1) for axis in (0, 1)
    )
    result = values.astype(np.float32)
    for turn in range(iterations):
        sigma = sigma_space * np.sqrt(3) * 2.0 ** (iterations - turn - 1) / np.sqrt(4.0**iterations - 1)
        decay = -np.sqrt(2) / sigma
        # The recursion runs over the first axis, whose lines lie together in memory.
        result = _there_and_back(np.ascontiguousarray(result.T), np.exp(decay * right.T))
        result = _there_and_back(np.ascontiguousarray(result.T), np.exp(decay * down))
    return result


def _there_and_back(lines: np.ndarray, feedback: np.ndarray) -> np.ndarray:
    """Equation 21, there and back, in place: `(N, M)` lines and the `(N - 1, M)` feedback between them."""
    feedback = np.ascontiguousarray(feedback, np.float32)
    for i in range(1, len(lines)):
        lines[i] += feedback[i - 1] * (lines[i - 1] - lines[i])
    for i in range(len(lines) - 2, -1, -1):
        lines[i] += feedback[i] * (lines[i + 1] - lines[i])
    return lines
