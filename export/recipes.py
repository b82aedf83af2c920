"""How a network is stored and computed in a TFLite file: one small function per format."""

import dataclasses
from collections.abc import Callable

FULL_SAMPLE = 100
"""Photos whose mean loss is judged as it is; that of fewer scatters with the root of their number."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """How far a file's probabilities may be from Keras's; beyond any of them an export fails.

    Attributes:
        max_difference: Of any probability of any pixel; None = any, for integers can turn a pixel's answer.
        mean_difference: Of the probabilities, on average.
        loss: Of mean accuracy, F1 and mIoU over the photos of a data set, where one is given; more by chance
            if there are fewer than FULL_SAMPLE.
    """

    max_difference: float | None
    mean_difference: float
    loss: float

    def loss_over(self, photos: int) -> float:
        """The limit of a loss that was measured on so many photos."""
        return self.loss * max(1.0, FULL_SAMPLE / photos) ** 0.5


@dataclasses.dataclass(frozen=True)
class Recipe:
    """All that distinguishes one TFLite format from another; saved as JSON beside the model.

    Attributes:
        name: The format's name.
        weights: How weights are stored: "float32", "float16" or "int8" (one scale per output channel).
        activations: What is computed with: "float32", or integers of the type "int8" or "int16".
        input: Type of the input, RGB 0-255: "float32", or "uint8" with scale 1 and zero point 0. The output
            is float32 probabilities in every format.
        calibration_photos: From how many photos the ranges of integer activations are taken, or fewer where
            there are no more.
        seed: Draws those photos.
        limits: See `Limits`.
    """

    name: str
    weights: str
    activations: str
    input: str
    calibration_photos: int
    seed: int
    limits: Limits

    def to_dict(self) -> dict:
        """The recipe as plain JSON values."""
        return dataclasses.asdict(self)


def float32() -> Recipe:
    """The network as it was trained: differs by rounding alone."""
    return Recipe("float32", "float32", "float32", "float32", 0, 0, Limits(1e-4, 1e-5, 0.0005))


def float16() -> Recipe:
    """Half the size; a GPU computes it in 16 bit, a CPU in 32."""
    return Recipe("float16", "float16", "float32", "float32", 0, 0, Limits(0.25, 0.003, 0.002))


def dynamic_int8() -> Recipe:
    """A third of the size, no calibration: weights in 8 bit, ranges of activations found while it runs."""
    return Recipe("dynamic_int8", "int8", "float32", "float32", 0, 0, Limits(None, 0.03, 0.005))


def int8() -> Recipe:
    """Everything in 8 bit: the smallest and, on most phones, the fastest."""
    return Recipe("int8", "int8", "int8", "uint8", 100, 0, Limits(None, 0.03, 0.005))


def int16x8() -> Recipe:
    """Weights in 8 bit, activations in 16: nearer to float than int8, and slow where nothing supports it."""
    return Recipe("int16x8", "int8", "int16", "float32", 100, 0, Limits(None, 0.03, 0.005))


RECIPES: dict[str, Callable[[], Recipe]] = {
    function.__name__: function for function in (float32, float16, dynamic_int8, int8, int16x8)
}
