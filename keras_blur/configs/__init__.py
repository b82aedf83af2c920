"""Experiments: one file each, values only; its docstring is the experiment's record."""

import importlib
from types import ModuleType

from keras_blur.errors import unknown
from keras_blur.training.config import Config

CONFIGS = {
    "demo": "the shipped mobile network fine-tuned on the embedded demo data: minutes on two cores",
    "mobile": "the shipped mobile network, on Kim's split of CUHK, from the weights of mobile_coarse",
    "mobile_coarse": "its first stage: 352 pixels, no slight blur",
    "kim2018": "Kim 2018 in full, stage 1: VGG-19 U-Net, multi-scale loss",
    "kim2018_small": "Kim 2018 at an eighth of the width, for two cores",
    "park2017": "Park 2017's classifier of edge patches: deep and hand-made features",
    "zeng2019": "Zeng 2019's patch network, whose first kernels become two filters",
    "kim2018_stage2": "Kim 2018 in full, stage 2: with composites, from the weights of stage 1",
    "bdnet2020": "BDNet 2020 in full: ResNet-152, FCN-2s decoder",
    "bdnet2020_joint": "the same with the image-level head",
    "bdnet2020_small": "BDNet with ResNet-50 at a quarter of the width, for two cores",
    "dbm2018": "DBM 2018 (Ma et al.) in full, configuration V",
    "dbm2018_small": "DBM 2018 at an eighth of the width, for two cores",
    "dss": "DSS in full",
    "dss_small": "DSS at an eighth of the width, for two cores",
    "fcn2s": "FCN-2s on VGG-16 in full",
    "fcn2s_small": "FCN-2s at an eighth of the width, for two cores",
    "fcn8s": "FCN-8s on VGG-16 in full",
    "fcn8s_small": "FCN-8s at an eighth of the width, for two cores",
    "segnet": "SegNet in full",
    "segnet_small": "SegNet at an eighth of the width, for two cores",
    "purohit2018_patch": "Purohit 2018's local network, on patches",
    "purohit2018_global": "Purohit 2018's global network in full: pix2pix on blur maps",
    "purohit2018_global_small": "the same with six levels of half the filters, for two cores",
    "schuster2016": "Schuster 2016 in full: the patch CNN",
    "schuster2016_small": "Schuster 2016 at a quarter of the width, for two cores",
    "sun2015": "Sun 2015's motion CNN in full, on patches blurred on the fly",
    "sun2015_small": "Sun 2015 at a quarter of the width, for two cores",
    "unet": "the plain U-Net, an eighth of the width",
}

# Where an experiment stands that is not CONFIG in the file of its name.
VARIANTS = {
    "bdnet2020_joint": "bdnet2020.JOINT",
    "bdnet2020_small": "bdnet2020.SMALL",
    "dbm2018_small": "dbm2018.SMALL",
    "dss": "compared.DSS",
    "dss_small": "compared.DSS_SMALL",
    "fcn2s": "compared.FCN2S",
    "fcn2s_small": "compared.FCN2S_SMALL",
    "fcn8s": "compared.FCN8S",
    "fcn8s_small": "compared.FCN8S_SMALL",
    "kim2018_small": "kim2018.SMALL",
    "kim2018_stage2": "kim2018.STAGE2",
    "mobile_coarse": "mobile.COARSE",
    "purohit2018_global": "purohit2018.GLOBAL",
    "purohit2018_global_small": "purohit2018.GLOBAL_SMALL",
    "purohit2018_patch": "purohit2018.PATCH",
    "schuster2016_small": "schuster2016.SMALL",
    "segnet": "compared.SEGNET",
    "segnet_small": "compared.SEGNET_SMALL",
    "sun2015_small": "sun2015.SMALL",
}


def load(name: str) -> Config:
    """The configuration of an experiment.

    Raises:
        UsageError: no experiment has that name.
    """
    if name not in CONFIGS:
        raise unknown("config", name, CONFIGS)
    return getattr(record(name), VARIANTS.get(name, ".CONFIG").split(".")[1])


def record(name: str) -> ModuleType:
    """The file of an experiment in CONFIGS."""
    file = VARIANTS.get(name, name).split(".")[0]
    return importlib.import_module(f"keras_blur.configs.{file}")
