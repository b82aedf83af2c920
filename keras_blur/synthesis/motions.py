"""Straight motions of a few lengths and directions: the classes of Sun et al. (CVPR 2015, section 3)."""

import itertools

import numpy as np

from keras_blur.synthesis import kernels

LENGTHS = tuple(range(1, 26, 2))  # pixels; 1 is no motion
ANGLES = tuple(range(0, 180, 30))  # degrees anticlockwise from the direction of growing columns
MOTIONS = ((1, 0), *itertools.product(LENGTHS[1:], ANGLES))
"""(length, angle) of every class; the first is no motion, whose angle says nothing."""
COUNT = len(MOTIONS)
TURNS = tuple(range(0, 30, 6))  # degrees by which photos are turned to tell finer angles


def kernel(label: int) -> np.ndarray:
    """The blur kernel of a class, as `kernels.line` makes it; one pixel for no motion."""
    length, angle = MOTIONS[label]
    return kernels.line(length, angle) if label else kernels.identity()


def finer(turns: tuple[float, ...] = TURNS) -> np.ndarray:
    """The motions that the classes stand for if photos are turned before they are classified.

    A photo turned by 6 degrees shows a motion at 24 degrees as one at 30.

    Args:
        turns: degrees, anticlockwise.

    Returns:
        float32 `(1 + 72 * len(turns), 2)` of length and angle in [0, 180): no motion, then the other
        classes for the first turn, for the second and so on. 361 for the paper's five turns.
    """
    moving = np.array(MOTIONS[1:], np.float32)
    turned = [np.stack([moving[:, 0], (moving[:, 1] - turn) % 180], axis=-1) for turn in turns]
    return np.concatenate([np.array(MOTIONS[:1], np.float32), *turned])


def vectors(motions: np.ndarray) -> np.ndarray:
    """Motions as vectors.

    Args:
        motions: `(..., 2)` of length in pixels and angle in degrees, as in `MOTIONS`.

    Returns:
        float32 `(..., 2)` of (u, v) in pixels: u to the right, v downwards. A motion and its reverse blur
        alike; the one that doesn't run downwards is given.
    """
    length, radians = motions[..., 0], np.deg2rad(motions[..., 1])
    return np.stack([length * np.cos(radians), -length * np.sin(radians)], axis=-1).astype(np.float32)
