"""What the `_small` experiments share: what two cores can train from scratch in minutes."""

import dataclasses
from typing import Any

from keras_blur.data.augmentation import AugmentationConfig
from keras_blur.training.config import Config, ModelConfig, OptimizerConfig, TrainingConfig


def small(full: Config, options: dict[str, Any], crop: int = 128, learning_rate: float = 2e-3) -> Config:
    """The same experiment without pre-trained weights, on shrunk photos.

    Optimizer and augmentation are those that a network from scratch and 720 photos need, not the paper's.

    Args:
        full: The paper's settings.
        options: Arguments of the network's builder: its width, and what lets it train from scratch.
        crop: Side of the training crops, in pixels. They hold half of a photo to all of it, so photos are
            shown with a longer side of 1.5 crops later on, in the middle of that.
        learning_rate: Peak rate of AdamW.
    """
    return dataclasses.replace(
        full,
        model=ModelConfig(name=full.model.name, input_size=3 * crop // 2, options=options),
        data=dataclasses.replace(full.data, crop=crop, motion_share=0.4),
        augmentation=AugmentationConfig(),
        optimizer=OptimizerConfig(learning_rate=learning_rate, ema_momentum=0.98),
        training=TrainingConfig(epochs=40, batch_size=16, validate_every=4),
    )
