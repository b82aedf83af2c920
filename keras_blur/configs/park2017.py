"""Park 2017 (DHDE): the classifier of edge patches, on patches of sharp parts of CUHK's training photos.

python -m tfds_builders cuhk_blur/kim2018 --manual-dir FOLDER_OF_CUHK
python -m keras_blur.train --config park2017
python benchmarks/park2017_curve.py --system runs/park2017

The last command fits the curve from the degree of blur to P(blurred). Four minutes on two cores that had
other work too; 28 % of the validation patches are given the right one of eleven degrees. On 16 of Kim's
validation photos the system reaches accuracy 0.680 and mIoU 0.463 (all blurred: 0.604, 0.302). It takes
about 1.6 seconds of CPU time a photo. Its weak side is motion blur, which it has never seen (0.279).
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
    model=ModelConfig(name="park2017"),
    data=DataConfig(dataset="cuhk_blur/kim2018", kind="edge_patches", crop=27, samples_per_epoch=12_800),
    augmentation=AugmentationConfig(
        flip_vertical=0.5, transpose=0.5, crop=0.0, colour=0.0, grey=0.0, noise=0.5, noise_level=2.0
    ),
    loss=LossConfig(name="crossentropy"),
    optimizer=OptimizerConfig(learning_rate=1e-3, weight_decay=0.01, ema_momentum=0.99),
    training=TrainingConfig(
        epochs=14, batch_size=128, validate_every=2, monitor="val_pixel_accuracy", panels_every=0
    ),
)

EXPERIMENTS = {
    "park2017": Experiment(CONFIG, "Park 2017's classifier of edge patches: deep and hand-made features"),
}
