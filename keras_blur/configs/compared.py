"""The networks that BDNet's paper compares itself with, by its recipe: SegNet, FCN-32s to FCN-2s, and DSS.

    python -m keras_blur.train --config segnet
    python -m keras_blur.train --config fcn8s  # and fcn32s, fcn16s, fcn4s, fcn2s
    python -m keras_blur.train --config dss
    python -m keras_blur.train --config segnet_small
    python -m keras_blur.train --config fcn8s_small  # and so on
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


NARROW = {"width": 0.125, "use_batch_norm": True}

SEGNET, DSS = _full("segnet"), _full("dss")
FCN32S, FCN16S, FCN8S, FCN4S, FCN2S = (_full(f"fcn{stride}s") for stride in (32, 16, 8, 4, 2))
SEGNET_SMALL = small(SEGNET, {"width": 0.125})
DSS_SMALL = small(DSS, NARROW)
FCN32S_SMALL, FCN16S_SMALL, FCN8S_SMALL, FCN4S_SMALL, FCN2S_SMALL = (
    small(full, NARROW) for full in (FCN32S, FCN16S, FCN8S, FCN4S, FCN2S)
)
