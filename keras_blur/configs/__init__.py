"""Experiments: one file for each system, values only; its docstring is the experiments' record."""

import importlib
from types import ModuleType
from typing import NamedTuple

from keras_blur.errors import unknown
from keras_blur.training.config import Config


class Experiment(NamedTuple):
    """Where a configuration stands, as "file.NAME", and what it is."""

    place: str
    text: str


CONFIGS = {
    "demo": Experiment(
        "demo.CONFIG", "the shipped mobile network fine-tuned on the embedded demo data: minutes on two cores"
    ),
    "mobile_coarse": Experiment(
        "mobile.COARSE", "the first stage of the shipped mobile network: 352 pixels, no slight blur"
    ),
    "mobile": Experiment(
        "mobile.CONFIG",
        "the shipped mobile network, on Kim's split of CUHK, from the weights of mobile_coarse",
    ),
    "schuster2016": Experiment("schuster2016.CONFIG", "Schuster 2016 in full: the patch CNN"),
    "schuster2016_small": Experiment(
        "schuster2016.SMALL", "Schuster 2016 at a quarter of the width, for two cores"
    ),
    "purohit2018_patch": Experiment("purohit2018.PATCH", "Purohit 2018's local network, on patches"),
    "purohit2018_global": Experiment(
        "purohit2018.GLOBAL", "Purohit 2018's global network in full: pix2pix on blur maps"
    ),
    "purohit2018_global_small": Experiment(
        "purohit2018.GLOBAL_SMALL", "the same with six levels of half the filters, for two cores"
    ),
    "kim2018": Experiment("kim2018.CONFIG", "Kim 2018 in full, stage 1: VGG-19 U-Net, multi-scale loss"),
    "kim2018_stage2": Experiment(
        "kim2018.STAGE2", "Kim 2018 in full, stage 2: with composites, from the weights of stage 1"
    ),
    "kim2018_small": Experiment("kim2018.SMALL", "Kim 2018 at an eighth of the width, for two cores"),
    "kim2018_stage2_small": Experiment(
        "kim2018.STAGE2_SMALL", "its second stage: with composites, from the weights of kim2018_small"
    ),
    "zeng2019": Experiment(
        "zeng2019.CONFIG", "Zeng 2019's patch network, whose first kernels become two filters"
    ),
    "bdnet2020": Experiment("bdnet2020.CONFIG", "BDNet 2020 in full: ResNet-152, FCN-2s decoder"),
    "bdnet2020_joint": Experiment("bdnet2020.JOINT", "the same with the image-level head"),
    "bdnet2020_small": Experiment(
        "bdnet2020.SMALL", "BDNet with ResNet-50 at a quarter of the width, for two cores"
    ),
    "unet": Experiment("unet.CONFIG", "the plain U-Net, an eighth of the width"),
    "segnet": Experiment("compared.SEGNET", "SegNet in full"),
    "segnet_small": Experiment("compared.SEGNET_SMALL", "SegNet at an eighth of the width, for two cores"),
    "fcn32s": Experiment("compared.FCN32S", "FCN-32s on VGG-16 in full"),
    "fcn32s_small": Experiment("compared.FCN32S_SMALL", "FCN-32s at an eighth of the width, for two cores"),
    "fcn16s": Experiment("compared.FCN16S", "FCN-16s on VGG-16 in full"),
    "fcn16s_small": Experiment("compared.FCN16S_SMALL", "FCN-16s at an eighth of the width, for two cores"),
    "fcn8s": Experiment("compared.FCN8S", "FCN-8s on VGG-16 in full"),
    "fcn8s_small": Experiment("compared.FCN8S_SMALL", "FCN-8s at an eighth of the width, for two cores"),
    "fcn4s": Experiment("compared.FCN4S", "FCN-4s on VGG-16 in full"),
    "fcn4s_small": Experiment("compared.FCN4S_SMALL", "FCN-4s at an eighth of the width, for two cores"),
    "fcn2s": Experiment("compared.FCN2S", "FCN-2s on VGG-16 in full"),
    "fcn2s_small": Experiment("compared.FCN2S_SMALL", "FCN-2s at an eighth of the width, for two cores"),
    "dss": Experiment("compared.DSS", "DSS in full"),
    "dss_small": Experiment("compared.DSS_SMALL", "DSS at an eighth of the width, for two cores"),
    "dbm2018": Experiment("dbm2018.CONFIG", "DBM 2018 (Ma et al.) in full, configuration V"),
    "dbm2018_small": Experiment("dbm2018.SMALL", "DBM 2018 at an eighth of the width, for two cores"),
    "sun2015": Experiment("sun2015.CONFIG", "Sun 2015's motion CNN in full, on patches blurred on the fly"),
    "sun2015_small": Experiment("sun2015.SMALL", "Sun 2015 at a quarter of the width, for two cores"),
    "park2017": Experiment(
        "park2017.CONFIG", "Park 2017's classifier of edge patches: deep and hand-made features"
    ),
}


def load(name: str) -> Config:
    """The configuration of an experiment.

    Raises:
        UsageError: no experiment has that name.
    """
    if name not in CONFIGS:
        raise unknown("config", name, CONFIGS)
    return getattr(record(name), CONFIGS[name].place.split(".")[1])


def record(name: str) -> ModuleType:
    """The file of an experiment in CONFIGS."""
    return importlib.import_module("keras_blur.configs." + CONFIGS[name].place.split(".")[0])
