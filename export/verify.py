"""Compares exported files with the trained network on real photos."""

import dataclasses
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_blur.contract import Contract
from keras_blur.evaluation import scoring
from keras_blur.processing import prepare, restore
from keras_blur.systems.base import System

from .graph import INPUT, OUTPUT
from .recipes import Limits

FIGURES = ("accuracy", "f1", "miou")


class SavedModelSystem(System):
    """A SavedModel folder as a system: see `System`.

    Args:
        folder: What `convert.to_saved_model` wrote.
        contract: From `graph.exported_contract`.
    """

    def __init__(self, folder: Path, contract: Contract):
        import tensorflow as tf

        from .convert import SIGNATURE

        self._model = tf.saved_model.load(str(folder))  # a signature doesn't keep its model alive
        self._function = self._model.signatures[SIGNATURE]
        self.contract = contract
        self.name = folder.name
        self.calibration = contract.calibration

    @property
    def num_params(self) -> int:
        """How many trained numbers it has."""
        return sum(math.prod(variable.shape) for variable in self._model.variables)

    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Finds the blur in a photo: see `System.blur_map`."""
        pixels, placement = prepare(image, self.contract)
        return restore(np.asarray(self._function(**{INPUT: pixels})[OUTPUT])[0], placement)


@dataclasses.dataclass
class Comparison:
    """How far one file is from the Keras network.

    Attributes:
        photos: How many photos the differences are of.
        max_difference, mean_difference: Of the probabilities.
        figures: Mean accuracy, F1 and mIoU over a data set's photos; None if none was given.
        losses: What of them is lost against Keras; negative = gained.
        scored: How many photos those are of.
    """

    photos: int
    max_difference: float
    mean_difference: float
    figures: dict[str, float] | None = None
    losses: dict[str, float] | None = None
    scored: int = 0

    def measure(self, figures: dict[str, float], reference: dict[str, float], scored: int) -> None:
        """Adds the figures on a data set, and what of the reference's is lost."""
        self.figures, self.scored = figures, scored
        self.losses = {name: reference[name] - value for name, value in figures.items()}

    def excesses(self, limits: Limits) -> list[str]:
        """What is beyond the limits, in words; empty if nothing is."""
        measured = {
            "maximum difference of probabilities": (self.max_difference, limits.max_difference),
            "mean difference of probabilities": (self.mean_difference, limits.mean_difference),
        }
        for name, loss in (self.losses or {}).items():
            measured[f"loss of {name}"] = loss, limits.loss_over(self.scored)
        return [
            f"{name} {value:.2g}, limit {limit:.2g}"
            for name, (value, limit) in measured.items()
            if limit is not None and not value <= limit  # NaN is beyond every limit
        ]


def compare(
    reference: System, others: dict[str, System], photos: Iterable[np.ndarray]
) -> dict[str, Comparison]:
    """Compares blur maps photo by photo.

    Args:
        reference: The Keras network, at the exported size.
        others: The files, by format.
        photos: uint8 RGB `(H, W, 3)`, at least one.
    """
    largest = dict.fromkeys(others, 0.0)
    means: dict[str, list[float]] = {name: [] for name in others}
    for image in photos:
        expected = reference.blur_map(image)
        for name, system in others.items():
            difference = np.abs(system.blur_map(image) - expected)
            largest[name] = max(largest[name], float(difference.max()))
            means[name].append(float(difference.mean()))
    return {
        name: Comparison(len(values), largest[name], float(np.mean(values))) for name, values in means.items()
    }


def figures(system: System, examples: Sequence[Any], indices: Sequence[int]) -> dict[str, float]:
    """Mean accuracy, F1 and mIoU of a system over a data set's photos, as `evaluate` measures them."""
    score = scoring.score(system, examples, indices)
    mean = scoring.summary(score.photos, score.threshold)["mean"]
    return {name: mean[name] for name in FIGURES}
