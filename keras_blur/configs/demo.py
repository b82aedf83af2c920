"""The shipped mobile network fine-tuned on `blur_demo`: a training from end to end in a few minutes.

    python -m tfds_builders blur_demo
    python -m keras_blur.train --config demo

`--set model.initial_weights=none --epochs 60` trains it from scratch.
"""

from keras_blur.configs.experiment import Experiment
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
    model=ModelConfig(name="mobile", initial_weights="mobile", input_size=448, options={"gather": 2}),
    data=DataConfig(dataset="blur_demo"),
    augmentation=AugmentationConfig(transpose=0.3, flip_vertical=0.3),
    loss=LossConfig(name="crossentropy_iou"),
    optimizer=OptimizerConfig(learning_rate=3e-4, encoder_lr_multiplier=0.3, ema_momentum=0.95),
    training=TrainingConfig(epochs=16, batch_size=16, validate_every=2, panels_every=4),
)

EXPERIMENTS = {
    "demo": Experiment(
        CONFIG, "the shipped mobile network fine-tuned on the embedded demo data: minutes on two cores"
    ),
}
