"""Purohit 2018: the local network on patches, and the global one on CUHK, against a discriminator.

    python -m tfds_builders purohit_patches --photos-dir FOLDER_OF_SHARP_PHOTOS
    python -m keras_blur.train --config purohit2018_patch
    python -m keras_blur.train --config purohit2018_global
    python -m keras_blur.train --config purohit2018_global_small
    python -m keras_blur.evaluate --system purohit2018 --dataset cuhk_blur/kim2018

The last command composes the runs of both stages (`purohit2018_global_small` where there is no
`purohit2018_global`); `purohit2018_patch`, `purohit2018_global` and `purohit2018_product` measure them.

The paper states no optimizer, discriminator or weights. The global network has pix2pix's: Adam 2e-4 with a
beta 1 of 0.5, cross-entropy times 100, batch 1, random crops of at least 256/286 of each side, mirrored. It
asks for a GPU. `purohit2018_global_small` has six levels of half the filters, photos of 192 pixels, batches
of 8, a higher rate that falls, and the augmentation of our other networks from scratch.
"""

import dataclasses

from keras_blur.configs.experiment import Experiment
from keras_blur.data.augmentation import AugmentationConfig
from keras_blur.training.config import (
    AdversarialConfig,
    Config,
    DataConfig,
    ModelConfig,
    OptimizerConfig,
    TrainingConfig,
)

PATCH = Config(
    model=ModelConfig(name="purohit2018_patch"),
    data=DataConfig(dataset="purohit_patches", crop=30, samples_per_epoch=20_480),
    augmentation=AugmentationConfig(
        flip_vertical=0.5, transpose=0.5, crop=0.0, colour=0.5, grey=0.0, noise=0.0
    ),
    optimizer=OptimizerConfig(learning_rate=1e-3, ema_momentum=0.99),
    training=TrainingConfig(epochs=12, batch_size=128, panels_every=0),
)

GLOBAL = Config(
    model=ModelConfig(name="purohit2018_global"),
    data=DataConfig(dataset="cuhk_blur/kim2018"),
    augmentation=AugmentationConfig(
        crop=1.0, crop_scale=256 / 286, crop_aspect=0.0, colour=0.0, grey=0.0, noise=0.0
    ),
    optimizer=OptimizerConfig(
        name="adam",
        learning_rate=2e-4,
        momentum=0.5,
        schedule="constant",
        warmup_epochs=0.0,
        weight_decay=0.0,
        clip_norm=0.0,
    ),
    training=TrainingConfig(procedure="adversarial", epochs=200, batch_size=1, validate_every=5),
    adversarial=AdversarialConfig(weight=100.0, filters=64),
)

GLOBAL_SMALL = dataclasses.replace(
    GLOBAL,
    model=ModelConfig(name="purohit2018_global", input_size=192, options={"filters": 32, "levels": 6}),
    data=dataclasses.replace(GLOBAL.data, motion_share=0.4),
    augmentation=AugmentationConfig(),
    optimizer=dataclasses.replace(
        GLOBAL.optimizer, learning_rate=2e-3, schedule="cosine", warmup_epochs=1.0, ema_momentum=0.99
    ),
    training=dataclasses.replace(GLOBAL.training, epochs=18, batch_size=8, validate_every=3),
    adversarial=AdversarialConfig(weight=100.0, filters=16),
)

EXPERIMENTS = {
    "purohit2018_patch": Experiment(PATCH, "Purohit 2018's local network, on patches"),
    "purohit2018_global": Experiment(GLOBAL, "Purohit 2018's global network in full: pix2pix on blur maps"),
    "purohit2018_global_small": Experiment(
        GLOBAL_SMALL, "the same with six levels of half the filters, for two cores"
    ),
}
