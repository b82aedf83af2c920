"""The first version of the mobile network, on Kim's training split of CUHK, in two stages.

    python -m tfds_builders cuhk_blur/kim2018 --manual-dir FOLDER_OF_CUHK
    KERAS_BLUR_DATA=... python -m keras_blur.train --config mobile_v1_coarse --run-dir runs/mobile_v1_coarse
    python -m keras_blur.train --config mobile_v1
    python -m keras_blur.train --config mobile_scratch

The first learns what CUHK knows, at 352 pixels, from the encoder weights that the path below names
(`--set model.encoder_weights=none` goes without). The second sees four times as many pixels and learns
slight blur of the whole frame too, which CUHK has none of. Its last epoch is taken, because validation photos
without such blur can't choose, and it keeps a part of the first one's weights, to forget less of CUHK.
docs/mobile_network.md has its row beside those of today. `mobile_scratch` has random weights and the training
of the papers' small networks, to compare architectures alone.
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

COARSE = Config(
    model=ModelConfig(
        name="mobile",
        options={
            "encoder_weights": "$KERAS_BLUR_DATA/weights/mobilenet_v2_0.5_coco_voc.npz",
            "stem_stride": 2,
            "detail_filters": 0,
        },
    ),
    data=DataConfig(dataset="cuhk_blur/kim2018", motion_share=0.4),
    augmentation=AugmentationConfig(
        flip_vertical=0.15, transpose=0.2, whole_frame_blur=0.08, object_blur=0.12
    ),
    loss=LossConfig(name="crossentropy_iou"),
    optimizer=OptimizerConfig(
        learning_rate=1e-3, warmup_epochs=2, encoder_lr_multiplier=0.3, ema_momentum=0.998
    ),
    training=TrainingConfig(epochs=150, batch_size=16, validate_every=5, panels_every=20),
)

CONFIG = dataclasses.replace(
    COARSE,
    model=ModelConfig(name="mobile", initial_weights="mobile_v1_coarse"),
    augmentation=AugmentationConfig(
        flip_vertical=0.15,
        transpose=0.2,
        crop_scale=0.7,
        noise=0.5,
        jpeg=0.4,
        whole_frame_blur=0.3,
        whole_frame_radii=(1.3, 8.0),
        object_blur=0.1,
    ),
    optimizer=OptimizerConfig(
        learning_rate=8e-4, warmup_epochs=1, encoder_lr_multiplier=0.3, ema_momentum=0.995
    ),
    training=dataclasses.replace(COARSE.training, epochs=60, monitor="epoch", wise_ft_alpha=0.75),
)

SCRATCH = dataclasses.replace(
    small(COARSE, {}), model=ModelConfig(name="mobile", options={"stem_stride": 2, "detail_filters": 0})
)

EXPERIMENTS = {
    "mobile_scratch": Experiment(
        SCRATCH,
        "the mobile network at 352 pixels from random weights, trained as the small networks of papers",
    ),
    "mobile_v1_coarse": Experiment(COARSE, "the first stage of mobile_v1: 352 pixels, no slight blur"),
    "mobile_v1": Experiment(
        CONFIG, "the mobile network's first version, from the weights of mobile_v1_coarse"
    ),
}
