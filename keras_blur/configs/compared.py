"""The networks that BDNet's paper compares itself with, by its recipe: SegNet, FCN-8s, FCN-2s and DSS.

    python -m keras_blur.train --config segnet
    python -m keras_blur.train --config fcn8s
    python -m keras_blur.train --config fcn2s
    python -m keras_blur.train --config dss
    python -m keras_blur.train --config segnet_small
    python -m keras_blur.train --config fcn8s_small
    python -m keras_blur.train --config fcn2s_small
    python -m keras_blur.train --config dss_small

In full they start from VGG-16's ImageNet weights (downloaded by Keras) and need a GPU. The small ones have
an eighth of the width and batch normalisation, to train from scratch in minutes.
"""

import dataclasses

from keras_blur.configs import bdnet2020
from keras_blur.configs.small import small
from keras_blur.training.config import Config, ModelConfig


def _full(name: str) -> Config:
    return dataclasses.replace(
        bdnet2020.CONFIG, model=ModelConfig(name=name, options={"encoder_weights": "imagenet"})
    )


NARROW = {"width": 0.125, "normalise": True}

SEGNET, FCN8S, FCN2S, DSS = (_full(name) for name in ("segnet", "fcn8s", "fcn2s", "dss"))
SEGNET_SMALL = small(SEGNET, {"width": 0.125})
FCN8S_SMALL = small(FCN8S, NARROW)
FCN2S_SMALL = small(FCN2S, NARROW)
DSS_SMALL = small(DSS, NARROW)
