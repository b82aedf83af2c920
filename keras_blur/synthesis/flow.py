"""Motion that differs from place to place: what turns, grows and moves while it is exposed.

A kernel moves every pixel alike. A `Flow` is a steady similarity motion: a wheel, a camera that rolls, a car
that comes nearer. Its blur is the mean of the picture along the motion.
"""

import dataclasses
import math

import cv2
import numpy as np

LARGEST_STEPS = 256  # positions on the way: more is never seen


@dataclasses.dataclass(frozen=True)
class Flow:
    """A steady motion during one exposure, which the picture shows in its middle.

    Attributes:
        centre: column and row around which it turns and grows, in pixels.
        shift: columns and rows that the centre moves.
        turn: anticlockwise turn in radians.
        growth: natural logarithm of the growth; 0.1 = about ten percent larger at the end.
    """

    centre: tuple[float, float]
    shift: tuple[float, float] = (0.0, 0.0)
    turn: float = 0.0
    growth: float = 0.0

    def matrix(self, time: float) -> np.ndarray:
        """Where a pixel is at a time from -0.5 to 0.5: `(2, 3)` float64 for (column, row, 1)."""
        rate = complex(self.growth, -self.turn)  # rows grow downwards
        factor = np.exp(rate * time)
        drift = complex(*self.shift) * (time if rate == 0 else (factor - 1) / rate)
        offset = complex(*self.centre) * (1 - factor) + drift
        return np.array([[factor.real, -factor.imag, offset.real], [factor.imag, factor.real, offset.imag]])

    def velocity(self, height: int, width: int) -> np.ndarray:
        """How far and in which direction every pixel moves, `(H, W, 2)` float32 of rows and columns."""
        across = np.arange(width, dtype=np.float32) - np.float32(self.centre[0])
        down = np.arange(height, dtype=np.float32)[:, None] - np.float32(self.centre[1])
        growth, turn = np.float32(self.growth), np.float32(self.turn)
        rows = growth * down - turn * across + np.float32(self.shift[1])
        columns = growth * across + turn * down + np.float32(self.shift[0])
        return np.stack(np.broadcast_arrays(rows, columns), axis=-1)

    def covariance(self, height: int, width: int) -> np.ndarray:
        """The covariance of every pixel's light, as in `keras_blur.synthesis.truth`: `(H, W, 3)` float32."""
        rows, columns = np.moveaxis(self.velocity(height, width), -1, 0)
        return np.stack([rows * rows, columns * columns, rows * columns], axis=-1) / np.float32(12)

    def expose(self, layer: np.ndarray, border: int = cv2.BORDER_REFLECT) -> np.ndarray:
        """The mean of a layer along the motion.

        Steps that lie within each other halve the work each time: the mean of 2 n positions is that of n and
        of the same moved on by n.

        Args:
            layer: `(H, W)` or `(H, W, C)` float32.
            border: OpenCV's rule for what comes in from outside of the frame.

        Returns:
            float32 of the same shape.
        """
        height, width = layer.shape[:2]
        corners = self.velocity(height, width)[:: max(1, height - 1), :: max(1, width - 1)]
        longest = float(np.hypot(*np.moveaxis(corners, -1, 0)).max())
        doublings = math.ceil(math.log2(min(max(longest, 1.0), LARGEST_STEPS)))
        steps = 2**doublings
        result = self._moved(layer, 0.5 / steps - 0.5, border)
        for doubling in range(doublings):
            result = cv2.addWeighted(result, 0.5, self._moved(result, 2**doubling / steps, border), 0.5, 0)
        return result.reshape(layer.shape)

    def _moved(self, layer: np.ndarray, time: float, border: int) -> np.ndarray:
        if time == 0:
            return layer
        size = layer.shape[1], layer.shape[0]
        # Linear interpolation softens: after some doublings what stands still would be blurred too.
        moved = cv2.warpAffine(layer, self.matrix(time), size, flags=cv2.INTER_CUBIC, borderMode=border)
        return np.maximum(moved, 0, out=moved)
