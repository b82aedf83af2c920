"""The mobile network from scratch on `blur_demo`: shows a training from end to end in a few minutes.

python -m tfds_builders blur_demo
python -m keras_blur.train --config demo
"""

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
    model=ModelConfig(name="mobile", input_size=192),
    data=DataConfig(dataset="blur_demo"),
    augmentation=AugmentationConfig(transpose=0.3, flip_vertical=0.3),
    loss=LossConfig(name="crossentropy_iou"),
    optimizer=OptimizerConfig(learning_rate=2e-3, average=0.98),
    training=TrainingConfig(epochs=40, batch_size=16, validate_every=2, panels_every=10),
)
