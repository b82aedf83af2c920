"""The networks that BDNet's paper compares itself with, by its settings: SegNet, FCN-32s to FCN-2s, and DSS.

    python -m keras_blur.train --config segnet
    python -m keras_blur.train --config fcn32s
    python -m keras_blur.train --config fcn16s
    python -m keras_blur.train --config fcn8s
    python -m keras_blur.train --config fcn4s
    python -m keras_blur.train --config fcn2s
    python -m keras_blur.train --config dss
    python -m keras_blur.train --config segnet_small
    python -m keras_blur.train --config fcn32s_small
    python -m keras_blur.train --config fcn16s_small
    python -m keras_blur.train --config fcn8s_small
    python -m keras_blur.train --config fcn4s_small
    python -m keras_blur.train --config fcn2s_small
    python -m keras_blur.train --config dss_small

In full they start from VGG-16's ImageNet weights (downloaded by Keras) and need a GPU. The small ones have
an eighth of the width and batch normalisation, to train from scratch in minutes.
"""

import dataclasses

from keras_blur.configs import bdnet2020
from keras_blur.configs.experiment import Experiment
from keras_blur.configs.small import small
from keras_blur.training.config import Config, ModelConfig

NETWORKS = {
    "segnet": "SegNet",
    "fcn32s": "FCN-32s on VGG-16",
    "fcn16s": "FCN-16s on VGG-16",
    "fcn8s": "FCN-8s on VGG-16",
    "fcn4s": "FCN-4s on VGG-16",
    "fcn2s": "FCN-2s on VGG-16",
    "dss": "DSS",
}


def _full(name: str) -> Config:
    return dataclasses.replace(
        bdnet2020.CONFIG, model=ModelConfig(name=name, options={"encoder_weights": "imagenet"})
    )


def _small(name: str) -> Config:
    options = {"width": 0.125}
    if name != "segnet":  # which has batch normalisation itself
        options["use_batch_norm"] = True
    return small(_full(name), options)


EXPERIMENTS = {
    **{name: Experiment(_full(name), f"{title} in full") for name, title in NETWORKS.items()},
    **{
        f"{name}_small": Experiment(_small(name), f"{title} at an eighth of the width, for two cores")
        for name, title in NETWORKS.items()
    },
}
