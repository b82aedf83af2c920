"""What an experiment is."""

from typing import NamedTuple

from keras_blur.training.config import Config


class Experiment(NamedTuple):
    """A configuration, and what it is in a line."""

    config: Config
    text: str
