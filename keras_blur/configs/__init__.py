"""Experiments: one file for each system, values only; its docstring is the experiments' record.

A file's `EXPERIMENTS` has its configurations by name; a line here for each file.
"""

import importlib
from types import ModuleType

from keras_blur.configs.experiment import Experiment
from keras_blur.errors import unknown
from keras_blur.training.config import Config

FILES = (
    "demo",
    "mobile",
    "mobile_v1",
    "schuster2016",
    "purohit2018",
    "kim2018",
    "zeng2019",
    "bdnet2020",
    "unet",
    "compared",
    "dbm2018",
    "sun2015",
    "park2017",
)
"""In the order in which `--list` shows them."""

_RECORDS = [importlib.import_module(f"{__name__}.{file}") for file in FILES]

CONFIGS: dict[str, Experiment] = {name: kept for file in _RECORDS for name, kept in file.EXPERIMENTS.items()}
"""Every experiment by its name."""


def load(name: str) -> Config:
    """Returns the configuration of an experiment.

    Raises:
        UsageError: no experiment has that name.
    """
    if name not in CONFIGS:
        raise unknown("config", name, CONFIGS)
    return CONFIGS[name].config


def record(name: str) -> ModuleType:
    """Returns the file of an experiment in CONFIGS."""
    return next(file for file in _RECORDS if name in file.EXPERIMENTS)
