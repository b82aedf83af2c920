"""DBM 2018 (Ma et al.), configuration V: VGG-16, a 1x1 convolution and enlargement in the network.

    python -m keras_blur.train --config dbm2018
    python -m keras_blur.train --config dbm2018_small

`--set model.configuration=III` and so on cuts VGG-16 earlier. The paper's optimizer is not stated: BDNet's
is taken. In full it needs VGG-16's ImageNet weights (downloaded by Keras) and a GPU; the small one has an
eighth of the width and batch normalisation.
"""

import dataclasses

from keras_blur.configs import bdnet2020
from keras_blur.configs.experiment import Experiment
from keras_blur.configs.small import small
from keras_blur.training.config import ModelConfig

CONFIG = dataclasses.replace(
    bdnet2020.CONFIG, model=ModelConfig(name="dbm2018", options={"encoder_weights": "imagenet"})
)

SMALL = small(CONFIG, {"width": 0.125, "use_batch_norm": True})

EXPERIMENTS = {
    "dbm2018": Experiment(CONFIG, "DBM 2018 (Ma et al.) in full, configuration V"),
    "dbm2018_small": Experiment(SMALL, "DBM 2018 at an eighth of the width, for two cores"),
}
