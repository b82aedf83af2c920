"""Sun 2015: the motion CNN on patches of the sharp parts of Kim's training photos, blurred on the fly.

    python -m tfds_builders cuhk_blur/kim2018 --manual-dir FOLDER_OF_CUHK
    python -m keras_blur.train --config sun2015
    python -m keras_blur.train --config sun2015_small
    python -m keras_blur.evaluate --system runs/sun2015_small --dataset cuhk_blur/kim2018

73 motions, patches of 30x30 pixels. The paper states no optimizer; this one is Schuster's, who started from
this network, at a rate that a network from scratch needs, divided by ten after 0.6 and 0.8 of the training.
`sun2015_small` has a quarter of the channels and is what two cores train.
"""

import dataclasses

from keras_blur.configs.experiment import Experiment
from keras_blur.data.augmentation import AugmentationConfig
from keras_blur.training.config import Config, DataConfig, ModelConfig, OptimizerConfig, TrainingConfig

CONFIG = Config(
    model=ModelConfig(name="sun2015"),
    data=DataConfig(dataset="cuhk_blur/kim2018", kind="motion_patches", crop=30, samples_per_epoch=1_000_000),
    augmentation=AugmentationConfig(crop=0.0, colour=0.0, grey=0.0, noise=0.5, noise_level=3.0),
    optimizer=OptimizerConfig(
        name="sgd",
        learning_rate=1e-2,
        schedule="steps",
        warmup_epochs=0.0,
        weight_decay=5e-3,
        nesterov=False,
        clip_norm=0.0,
    ),
    training=TrainingConfig(epochs=60, batch_size=64, monitor="val_pixel_accuracy", panels_every=0),
)

SMALL = dataclasses.replace(
    CONFIG,
    model=ModelConfig(name="sun2015", options={"width": 0.25}),
    data=dataclasses.replace(CONFIG.data, samples_per_epoch=25_600),
    optimizer=OptimizerConfig(learning_rate=2e-3, ema_momentum=0.99),
    training=TrainingConfig(epochs=8, batch_size=128, monitor="val_pixel_accuracy", panels_every=0),
)

EXPERIMENTS = {
    "sun2015": Experiment(CONFIG, "Sun 2015's motion CNN in full, on patches blurred on the fly"),
    "sun2015_small": Experiment(SMALL, "Sun 2015 at a quarter of the width, for two cores"),
}
