"""The shipped mobile network, on Kim's training split of CUHK.

python -m tfds_builders cuhk_blur/kim2018 --manual-dir FOLDER_OF_CUHK
KERAS_BLUR_DATA=... python -m keras_blur.train --config mobile

80 minutes on two cores that had other work too. Best epoch 135. On Kim's 200 test photos: accuracy .903,
F1 .888, mIoU .797 (docs/mobile_network.md). Needs the encoder weights that the path below names;
`--set model.encoder_weights=none` goes without; to start from the shipped weights instead:
`--set model.encoder_weights=none --set model.initial_weights=mobile`.
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
    model=ModelConfig(
        name="mobile",
        options={"encoder_weights": "$KERAS_BLUR_DATA/weights/mobilenet_v2_0.5_coco_voc.npz"},
    ),
    data=DataConfig(dataset="cuhk_blur/kim2018", motion_share=0.4),
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
    loss=LossConfig(name="crossentropy_iou"),
    optimizer=OptimizerConfig(learning_rate=1e-3, warmup_epochs=2, encoder_rate=0.3, average=0.998),
    training=TrainingConfig(epochs=150, batch_size=16, validate_every=5, panels_every=20),
)
