"""Schuster 2016: the patch CNN on patches of Kim's training photos.

    python -m tfds_builders schuster_patches --manual-dir FOLDER_OF_CUHK --workers 2
    python -m keras_blur.train --config schuster2016
    python -m keras_blur.train --config schuster2016_small
    python -m keras_blur.evaluate --system runs/schuster2016_small --dataset cuhk_blur/kim2018

Patches of 31x31 pixels, labelled by the middle one, batch 64, SGD with a fixed rate of 1e-4 and momentum 0.9,
1e6 steps. The decay of 5e-3 here, which is no part of the momentum, equals the paper's 5e-4, which is
(1 / (1 - 0.9) times as much). That takes a GPU and was not run by us. `schuster2016_small` has a quarter of
the channels, AdamW with a higher rate that falls, and 200,000 samples of 80,000 patches (`--count 80000`
above).
"""

import dataclasses

from keras_blur.configs.experiment import Experiment
from keras_blur.data.augmentation import AugmentationConfig
from keras_blur.training.config import Config, DataConfig, ModelConfig, OptimizerConfig, TrainingConfig

CONFIG = Config(
    model=ModelConfig(name="schuster2016"),
    data=DataConfig(dataset="schuster_patches/cuhk", kind="patches", crop=31, samples_per_epoch=1_000_000),
    augmentation=AugmentationConfig(
        flip_vertical=0.5, transpose=0.5, crop=0.0, colour=0.0, grey=0.0, noise=0.0
    ),
    optimizer=OptimizerConfig(
        name="sgd",
        learning_rate=1e-4,
        schedule="constant",
        warmup_epochs=0.0,
        weight_decay=5e-3,
        nesterov=False,
        clip_norm=0.0,
    ),
    training=TrainingConfig(epochs=64, batch_size=64, panels_every=0),
)

SMALL = dataclasses.replace(
    CONFIG,
    model=ModelConfig(name="schuster2016", options={"width": 0.25}),
    data=dataclasses.replace(CONFIG.data, samples_per_epoch=25_600),
    augmentation=dataclasses.replace(CONFIG.augmentation, colour=0.5),
    optimizer=OptimizerConfig(learning_rate=2e-3, ema_momentum=0.99),
    training=TrainingConfig(epochs=8, batch_size=128, panels_every=0),
)

EXPERIMENTS = {
    "schuster2016": Experiment(CONFIG, "Schuster 2016 in full: the patch CNN"),
    "schuster2016_small": Experiment(SMALL, "Schuster 2016 at a quarter of the width, for two cores"),
}
