"""Experiments: one file each, values only; its docstring is the experiment's record."""

import importlib

from keras_blur.errors import unknown
from keras_blur.training.config import Config

CONFIGS = {
    "demo": "the shipped mobile network fine-tuned on the embedded demo data: minutes on two cores",
    "mobile": "the shipped mobile network, on Kim's split of CUHK",
    "kim2018": "Kim 2018 in full, stage 1: VGG-19 U-Net, multi-scale loss",
    "kim2018_small": "Kim 2018 at an eighth of the width, for two cores",
    "unet": "the plain U-Net, an eighth of the width",
}


def load(name: str) -> Config:
    """The configuration of an experiment.

    Raises:
        UsageError: no experiment has that name.
    """
    if name not in CONFIGS:
        raise unknown("config", name, CONFIGS)
    return importlib.import_module(f"keras_blur.configs.{name}").CONFIG
