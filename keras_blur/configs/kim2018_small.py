"""Kim 2018 at an eighth of the width, from scratch: what two cores can train.

    python -m keras_blur.train --config kim2018_small

Differs from `kim2018` in width, initial weights (random instead of ImageNet), learning rate (a network from
scratch needs a higher one), whole photos resized instead of native crops, and batch.
"""

import dataclasses

from keras_blur.configs import kim2018
from keras_blur.data.augmentation import AugmentationConfig
from keras_blur.training.config import Config, ModelConfig, OptimizerConfig, TrainingConfig

CONFIG = Config(
    model=ModelConfig(name="kim2018", options={"width": 0.125}),
    data=dataclasses.replace(kim2018.CONFIG.data, crop=192, motion_share=0.4),
    augmentation=AugmentationConfig(),
    loss=kim2018.CONFIG.loss,
    optimizer=OptimizerConfig(name="adam", learning_rate=3e-4, weight_decay=0.0, average=0.99),
    training=TrainingConfig(epochs=40, batch_size=16, validate_every=4),
)
