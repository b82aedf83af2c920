"""BDNet 2020: ResNet-152 with an FCN-2s decoder, the paper's settings on Kim's training photos.

    python -m keras_blur.train --config bdnet2020 --folds 3
    python -m keras_blur.train --config bdnet2020_joint
    python -m keras_blur.train --config bdnet2020_small

SGD of 1e-3 with momentum 0.9, a tenth at epochs 30 and 40 of 100, batch 5, native crops of 224, flips both
ways, cross-entropy. The weight decay of 5e-3 here, which is no part of the momentum, equals the paper's 5e-4,
which is (1 / (1 - 0.9) times as much). The paper's experiments are on BlurDB1 and BlurDB2 (`--dataset
blur_db1`). `bdnet2020_joint` adds the image-level head, losses weighted 0.8 and 0.2. In full they need the
ImageNet weights (downloaded by Keras) and a GPU; we have run `bdnet2020_small` only: ResNet-50 at a quarter
of the width. `benchmarks/ablations.py` has the paper's ablations.
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
    model=ModelConfig(name="bdnet2020", options={"depth": 152, "encoder_weights": "imagenet"}),
    data=DataConfig(dataset="cuhk_blur/kim2018", crop=224),
    augmentation=AugmentationConfig(
        flip_vertical=0.5, crop=1.0, native_crop=True, colour=0.0, grey=0.0, noise=0.0
    ),
    loss=LossConfig(name="crossentropy"),
    optimizer=OptimizerConfig(
        name="sgd",
        learning_rate=1e-3,
        schedule="steps",
        warmup_epochs=0.0,
        steps=(0.3, 0.4),
        weight_decay=5e-3,
        clip_norm=0.0,
    ),
    training=TrainingConfig(epochs=100, batch_size=5, validate_every=5, panels_every=20),
)

JOINT = dataclasses.replace(
    CONFIG,
    model=dataclasses.replace(CONFIG.model, options={**CONFIG.model.options, "joint": True}),
    loss=dataclasses.replace(CONFIG.loss, output_weights=(0.2, 0.8)),
)

SMALL = small(CONFIG, {"depth": 50, "width": 0.25}, crop=160)

EXPERIMENTS = {
    "bdnet2020": Experiment(CONFIG, "BDNet 2020 in full: ResNet-152, FCN-2s decoder"),
    "bdnet2020_joint": Experiment(JOINT, "the same with the image-level head"),
    "bdnet2020_small": Experiment(SMALL, "BDNet with ResNet-50 at a quarter of the width, for two cores"),
}
