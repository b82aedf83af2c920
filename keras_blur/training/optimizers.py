"""Builds optimizers: schedules, and a learning rate of its own for the encoder."""

import math
from typing import Any

import keras

from keras_blur.errors import UsageError, unknown
from keras_blur.training.config import OptimizerConfig


class _EncoderMultiplier:
    """Part of an optimizer that multiplies the learning rate of an encoder's variables.

    Keras has no learning rate per variable, and scaling gradients would do nothing under Adam.
    """

    def __init__(
        self, *args, encoder_lr_multiplier: float = 1.0, encoder_prefixes: tuple[str, ...] = (), **options
    ):
        super().__init__(*args, **options)
        self.encoder_lr_multiplier = encoder_lr_multiplier
        self.encoder_prefixes = tuple(encoder_prefixes)

    def build(self, variables):
        """Makes the optimizer's own variables for those of a network.

        Raises:
            UsageError: there is a multiplier for the encoder, but no variable is one of its.
        """
        of_encoder = [variable.path.startswith(self.encoder_prefixes) for variable in variables]
        if self.encoder_lr_multiplier != 1 and not any(of_encoder):
            raise UsageError(
                "optimizer.encoder_lr_multiplier: expected variables that begin with one of "
                f"{self.encoder_prefixes}, the first is '{variables[0].path}'; name the encoder's in "
                "optimizer.encoder_prefixes"
            )
        self._multipliers = [self.encoder_lr_multiplier if own else 1.0 for own in of_encoder]
        super().build(variables)

    def update_step(self, gradient, variable, learning_rate):
        learning_rate = learning_rate * self._multipliers[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate)

    def get_config(self):
        return {
            **super().get_config(),
            "encoder_lr_multiplier": self.encoder_lr_multiplier,
            "encoder_prefixes": list(self.encoder_prefixes),
        }


@keras.saving.register_keras_serializable("keras_blur")
class Adam(_EncoderMultiplier, keras.optimizers.Adam):
    """Keras's Adam with a learning rate for the encoder.

    Args:
        encoder_lr_multiplier: Factor on the learning rate of the encoder's variables.
        encoder_prefixes: What their paths begin with.
    """


@keras.saving.register_keras_serializable("keras_blur")
class AdamW(_EncoderMultiplier, keras.optimizers.AdamW):
    """Keras's AdamW with a learning rate for the encoder. Args: as `Adam`."""


@keras.saving.register_keras_serializable("keras_blur")
class SGD(_EncoderMultiplier, keras.optimizers.SGD):
    """Keras's SGD with a learning rate for the encoder. Args: as `Adam`."""


OPTIMIZERS = {"adam": Adam, "adamw": AdamW, "sgd": SGD}
SCHEDULES = ("cosine", "constant", "steps")


def build(config: OptimizerConfig, steps_per_epoch: int, epochs: int) -> keras.optimizers.Optimizer:
    """Builds the optimizer of a training of `epochs` epochs of `steps_per_epoch` steps.

    Raises:
        UsageError: unknown optimizer or schedule.
    """
    if config.name not in OPTIMIZERS:
        raise unknown("optimizer", config.name, OPTIMIZERS)
    options: dict[str, Any] = {"beta_1": config.momentum}
    if config.name == "sgd":
        options = {"momentum": config.momentum, "nesterov": config.nesterov}
    # AdamW takes no None, the others would count 0.0 as decay.
    options["weight_decay"] = config.weight_decay or (0.0 if config.name == "adamw" else None)
    if config.ema_momentum:
        options |= {"use_ema": True, "ema_momentum": config.ema_momentum}
    optimizer: Any = OPTIMIZERS[config.name](
        schedule(config, steps_per_epoch, epochs),
        global_clipnorm=config.clip_norm or None,
        encoder_lr_multiplier=config.encoder_lr_multiplier,
        encoder_prefixes=config.encoder_prefixes,
        **options,
    )
    if config.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def schedule(config: OptimizerConfig, steps_per_epoch: int, epochs: int):
    """Returns the learning rate at every step: linear warm-up, then the named course."""
    if config.schedule not in SCHEDULES:
        raise unknown("schedule", config.schedule, SCHEDULES)
    rate, total = config.learning_rate, steps_per_epoch * epochs
    warmup = min(round(config.warmup_epochs * steps_per_epoch), total - 1)
    if config.schedule == "cosine":
        return keras.optimizers.schedules.CosineDecay(
            rate / 100 if warmup else rate,
            max(1, total - warmup),
            alpha=0.01,
            warmup_target=rate if warmup else None,
            warmup_steps=warmup,
        )
    if config.schedule == "constant" and not warmup:
        return rate
    steps = [round(share * total) for share in config.steps] if config.schedule == "steps" else []
    return Steps(rate, steps, warmup)


@keras.saving.register_keras_serializable("keras_blur")
class Steps(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that is divided by ten after each step. It rises from a hundredth, as `CosineDecay` does.

    Args:
        rate: The rate behind the warm-up.
        steps: Numbers of the training steps behind which it is divided by ten.
        warmup: Number of steps of the linear rise.
    """

    def __init__(self, rate: float, steps: list[int], warmup: int):
        self.rate, self.steps, self.warmup = rate, list(steps), warmup

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        risen = 0.01 + 0.99 * step / self.warmup if self.warmup else 1.0
        tenths = [keras.ops.where(step > behind, 0.1, 1.0) for behind in self.steps]
        return math.prod(tenths, start=self.rate * keras.ops.minimum(1.0, risen))

    def get_config(self):
        return {"rate": self.rate, "steps": self.steps, "warmup": self.warmup}
