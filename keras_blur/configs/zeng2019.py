"""Zeng 2019: the patch network on windows of CUHK's training photos around the centres of superpixels.

    python -m tfds_builders zeng_patches --manual-dir FOLDER_OF_CUHK --count 40000
    python -m keras_blur.train --config zeng2019
    python -m keras_blur.learnt_filters runs/zeng2019

The last command makes the two filters of the sharpness metric out of the first kernels. Four minutes on two
cores that had other work too; 82 % of the validation windows are classified rightly. The filters that ship
come from it. On Kim's 200 test photos the metric reaches accuracy 0.741, F1 0.772, mIoU 0.568 (all blurred:
0.644, 0.759, 0.322), in 10 ms a photo.
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
    model=ModelConfig(name="zeng2019"),
    data=DataConfig(dataset="zeng_patches", crop=32, samples_per_epoch=10_240),
    augmentation=AugmentationConfig(
        flip_vertical=0.5, transpose=0.5, crop=0.0, colour=0.5, grey=0.0, noise=0.0
    ),
    loss=LossConfig(name="crossentropy"),
    optimizer=OptimizerConfig(learning_rate=2e-3, weight_decay=0.05, ema_momentum=0.99),
    training=TrainingConfig(epochs=12, batch_size=128, validate_every=2, panels_every=0),
)

EXPERIMENTS = {
    "zeng2019": Experiment(CONFIG, "Zeng 2019's patch network, whose first kernels become two filters"),
}
