"""Kim 2018, stage 1: the paper's network and recipe on Kim's training photos.

    python -m keras_blur.train --config kim2018 --strategy mirrored

Crops of 256 at the photos' own resolution, batch 10, Adam with effective rates 1e-5 (decoder) and 1e-6
(encoder), flips and right-angle rotations, four cross-entropies with labels resized by nearest neighbour.
Needs the ImageNet weights of VGG-19 (downloaded by Keras) and a GPU; not trained to the end by us: see
docs/reproduction.md for what was.
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
        encoder_rate=0.1,
        weight_decay=0.0,
        clip_norm=0.0,
    ),
    training=TrainingConfig(epochs=600, batch_size=10, validate_every=5, panels_every=20),
)
