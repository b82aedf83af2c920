"""Kim 2018: the paper's network and settings, on Kim's training photos, then on composites too.

    python -m keras_blur.train --config kim2018
    python -m tfds_builders kim_composites --manual-dir FOLDER_OF_CUHK
    python -m keras_blur.train --config kim2018_stage2
    python -m keras_blur.train --config kim2018_small
    python -m keras_blur.train --config kim2018_stage2_small

Crops of 256 at the photos' own resolution, batch 10, Adam with effective rates 1e-5 (decoder) and 1e-6
(encoder), flips and right-angle rotations, four cross-entropies with labels resized by nearest neighbour.
Needs the ImageNet weights of VGG-19 (downloaded by Keras) and a GPU; not trained to the end by us: see
docs/reproduction.md for what was. Stage 2 starts from the run `kim2018` and draws half of its samples from
the composites. `kim2018_small` has an eighth of the width and batch normalisation, to train from scratch;
`kim2018_stage2_small` goes on from it at a tenth of its rate. `benchmarks/ablations.py` has the paper's
ablations.
"""

import dataclasses

from keras_blur.configs.experiment import Experiment
from keras_blur.configs.small import small
from keras_blur.data.augmentation import AugmentationConfig
from keras_blur.training.config import (
    Config,
    DataConfig,
    LossConfig,
    ModelConfig,
    OptimizerConfig,
    TrainingConfig,
)

CONFIG = Config(
    model=ModelConfig(name="kim2018", options={"encoder_weights": "imagenet"}),
    data=DataConfig(dataset="cuhk_blur/kim2018", crop=256),
    augmentation=AugmentationConfig(
        flip_vertical=0.5, transpose=0.5, crop=1.0, native_crop=True, colour=0.0, grey=0.0, noise=0.0
    ),
    loss=LossConfig(name="crossentropy", options={"resample": "nearest"}),
    optimizer=OptimizerConfig(
        name="adam",
        learning_rate=1e-5,
        schedule="constant",
        warmup_epochs=0.0,
        encoder_lr_multiplier=0.1,
        weight_decay=0.0,
        clip_norm=0.0,
    ),
    training=TrainingConfig(epochs=600, batch_size=10, validate_every=5, panels_every=20),
)

STAGE2 = dataclasses.replace(
    CONFIG,
    model=dataclasses.replace(CONFIG.model, initial_weights="kim2018"),
    data=dataclasses.replace(CONFIG.data, extras=(("kim_composites", 0.5),)),
)

SMALL = small(CONFIG, {"width": 0.125, "use_batch_norm": True})

STAGE2_SMALL = dataclasses.replace(
    SMALL,
    model=dataclasses.replace(SMALL.model, initial_weights="kim2018_small"),
    data=dataclasses.replace(SMALL.data, extras=(("kim_composites", 0.5),)),
    optimizer=dataclasses.replace(SMALL.optimizer, learning_rate=2e-4),
    training=dataclasses.replace(SMALL.training, epochs=12),
)

EXPERIMENTS = {
    "kim2018": Experiment(CONFIG, "Kim 2018 in full, stage 1: VGG-19 U-Net, multi-scale loss"),
    "kim2018_stage2": Experiment(
        STAGE2, "Kim 2018 in full, stage 2: with composites, from the weights of stage 1"
    ),
    "kim2018_small": Experiment(SMALL, "Kim 2018 at an eighth of the width, for two cores"),
    "kim2018_stage2_small": Experiment(
        STAGE2_SMALL, "its second stage: with composites, from the weights of kim2018_small"
    ),
}
