"""Blur kernels: float32, odd sides, non-negative, sum 1, their centroid in the middle pixel."""

import math

import numpy as np
from scipy.special import erf

SAMPLES_PER_PIXEL = 8  # along a trajectory and across a disc: errors stay below 1e-3 of a weight


def identity() -> np.ndarray:
    """The kernel `(1, 1)` that changes nothing."""
    return np.ones((1, 1), np.float32)


def disc(radius: float) -> np.ndarray:
    """Defocus of a lens with a round aperture: a disc of even brightness, antialiased.

    Args:
        radius: of the circle of confusion, in pixels; 0 is `identity()`.

    Returns:
        `(n, n)` kernel; each weight is the share of its pixel that the disc covers.
    """
    _require_length("radius", radius)
    half = max(0, math.ceil(radius - 0.5))
    if half == 0:
        return identity()
    size = 2 * half + 1
    columns = (np.arange(size * SAMPLES_PER_PIXEL) + 0.5) / SAMPLES_PER_PIXEL - size / 2
    reach = np.sqrt(np.maximum(radius**2 - columns**2, 0))  # exact over rows, sampled over columns
    edges = np.clip(np.arange(size + 1)[:, None] - size / 2, -reach, reach)
    covered = np.diff(edges, axis=0).reshape(size, size, SAMPLES_PER_PIXEL).sum(axis=-1)
    return _normalised(covered + covered.T)


def gaussian(sigma: float) -> np.ndarray:
    """A Gaussian, integrated over each pixel and cut off at 3 sigma.

    Args:
        sigma: standard deviation in pixels; 0 is `identity()`.
    """
    _require_length("sigma", sigma)
    half = math.ceil(3 * sigma)
    if half == 0:
        return identity()
    edges = np.arange(-half, half + 2) - 0.5
    weights = np.diff(erf(edges / (math.sqrt(2) * sigma)))
    return _normalised(np.outer(weights, weights))


def line(length: float, angle: float) -> np.ndarray:
    """Motion at even speed along a straight line.

    Args:
        length: the way travelled, in pixels, from 0 (`identity()`), whole or not.
        angle: in degrees anticlockwise from the direction of growing columns; rows grow downwards,
            so a positive angle below 90 runs from the lower left to the upper right.

    Returns:
        The kernel; its variance along the line is length^2 / 12, and at most 1/4 pixel^2 more from the
        spreading of sub-pixel positions over neighbouring pixels.
    """
    _require_length("length", length)
    if length == 0:
        return identity()
    samples = max(2, math.ceil(length * SAMPLES_PER_PIXEL))
    way = ((np.arange(samples) + 0.5) / samples - 0.5) * length
    radians = math.radians(angle)
    return trajectory(np.stack([-math.sin(radians) * way, math.cos(radians) * way], axis=-1))


def shake(
    rng: np.random.Generator, length: float, steps: int = 64, inertia: float = 0.9, jerk: float = 0.04
) -> np.ndarray:
    """The kernel of a `hand_walk`, with its arguments; `identity()` for a length of 0."""
    _require_length("length", length)
    if length == 0:
        return identity()
    return trajectory(hand_walk(rng, length, steps, inertia, jerk))


def hand_walk(
    rng: np.random.Generator,
    length: float,
    steps: int = 64,
    inertia: float = 0.9,
    jerk: float = 0.04,
    exposure: float = 1.0,
) -> np.ndarray:
    """The way of a hand-held camera: a smooth random walk with inertia, a pull back and sudden jerks.

    The walk follows the model of Boracchi and Foi, "Modeling the performance of image restoration from
    motion blur", IEEE TIP 2012, section III.

    Args:
        rng: the source of randomness.
        length: the extent of the way: its longest diagonal, in pixels, above 0.
        steps: time steps of the walk.
        inertia: share of the velocity that survives a step, 0 to 1; more is straighter.
        jerk: probability per step that the hand jerks into a new direction.
        exposure: the share of the walk that is exposed, above 0: short ones are nearly straight, long ones
            turn back on themselves. The extent is `length` whatever the exposure.

    Returns:
        `(N, 2)` float of row and column in pixels, at equal times.
    """
    position, velocity = 0j, _random_direction(rng)
    walk = np.empty(steps, np.complex128)
    tremble = rng.normal(scale=0.3, size=(steps, 2)) @ (1, 1j)
    jerks = rng.random(steps) < jerk
    for step in range(steps):
        walk[step] = position
        velocity = inertia * velocity + tremble[step] - 0.01 * position
        if jerks[step]:
            velocity = 2 * abs(velocity) * _random_direction(rng)
        position += velocity
    walk = walk[: max(3, round(exposure * steps))]
    steps = len(walk)
    extent = np.abs(walk[:, None] - walk).max()
    times = np.linspace(0, steps - 1, max(steps, math.ceil(4 * length * SAMPLES_PER_PIXEL)))
    walk = np.interp(times, np.arange(steps), walk) * (length / extent)
    return np.stack([walk.imag, walk.real], axis=-1)


def trajectory(points: np.ndarray) -> np.ndarray:
    """The kernel of a point that visits `points` for equal times.

    Args:
        points: `(N, 2)` float of row and column, in pixels; their mean becomes the kernel's middle.

    Returns:
        The kernel; every point spreads bilinearly over four pixels, which keeps the centroid exactly.
    """
    points = points - points.mean(axis=0)
    half = max(1, math.ceil(np.abs(points).max() - 1e-9))
    size = 2 * half + 1
    points = points + half
    corner = np.clip(np.floor(points).astype(int), 0, size - 2)
    (row, column), (down, right) = corner.T, (points - corner).T
    kernel = np.zeros(size * size)
    for row_step, row_weight in ((0, 1 - down), (1, down)):
        for column_step, column_weight in ((0, 1 - right), (1, right)):
            index = (row + row_step) * size + column + column_step
            kernel += np.bincount(index, row_weight * column_weight, minlength=size * size)
    return _normalised(kernel.reshape(size, size))


def _normalised(kernel: np.ndarray) -> np.ndarray:
    kernel = np.maximum(kernel, 0)
    return (kernel / kernel.sum()).astype(np.float32)


def _random_direction(rng: np.random.Generator) -> complex:
    radians = rng.uniform(0, 2 * math.pi)
    return complex(math.cos(radians), math.sin(radians))


def _require_length(name: str, value: float) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name}: expected a finite number of pixels from 0, received {value!r}")
