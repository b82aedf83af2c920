"""The plain U-Net at an eighth of the width, from scratch: the field's yardstick, as two cores can train it.

python -m keras_blur.train --config unet
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
    model=ModelConfig(name="unet", input_size=320, options={"filters": 8}),
    data=DataConfig(dataset="cuhk_blur/kim2018", crop=192, motion_share=0.4),
    augmentation=AugmentationConfig(),
    loss=LossConfig(name="crossentropy"),
    optimizer=OptimizerConfig(learning_rate=2e-3, ema_momentum=0.99),
    training=TrainingConfig(epochs=40, batch_size=16, validate_every=4),
)

EXPERIMENTS = {
    "unet": Experiment(CONFIG, "the plain U-Net, an eighth of the width"),
}
