"""Optimizers from their configuration: schedules, and a smaller learning rate for the encoder."""

import functools
import math
from typing import Any

import keras

from keras_blur.errors import UsageError, unknown
from keras_blur.training.config import OptimizerConfig

OPTIMIZERS = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW, "sgd": keras.optimizers.SGD}
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
    if config.average:
        options |= {"use_ema": True, "ema_momentum": config.average}
    optimizer = _with_encoder_rate(OPTIMIZERS[config.name])(
        schedule(config, steps_per_epoch, epochs),
        global_clipnorm=config.clip_norm or None,
        **options,
    )
    if config.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def schedule(config: OptimizerConfig, steps_per_epoch: int, epochs: int):
    """The learning rate at every step: linear warm-up, then the named course."""
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
    return _Steps(rate, steps, warmup)


class _Steps(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that is divided by ten behind each step; it rises from a hundredth, as `CosineDecay`'s does."""

    def __init__(self, rate: float, steps: list[int], warmup: int):
        self.rate, self.steps, self.warmup = rate, steps, warmup

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        risen = 0.01 + 0.99 * step / self.warmup if self.warmup else 1.0
        tenths = [keras.ops.where(step > behind, 0.1, 1.0) for behind in self.steps]
        return math.prod(tenths, start=self.rate * keras.ops.minimum(1.0, risen))


def set_encoder_rate(
    optimizer: keras.optimizers.Optimizer, variables: list[keras.Variable], config: OptimizerConfig
) -> None:
    """Builds the optimizer for `variables` and applies `config.encoder_rate` to the encoder's.

    Raises:
        UsageError: there is a rate for the encoder, but no variable is one of its.
    """
    encoder = [variable.path.startswith(tuple(config.encoder_prefixes)) for variable in variables]
    if config.encoder_rate != 1 and not any(encoder):
        raise UsageError(
            f"optimizer.encoder_rate: expected variables that begin with one of {config.encoder_prefixes}, "
            f"the first is '{variables[0].path}'; name the encoder's in optimizer.encoder_prefixes"
        )
    optimizer.build(variables)
    optimizer.factors = [config.encoder_rate if own else 1.0 for own in encoder]


@functools.cache
def _with_encoder_rate(base: type) -> type:
    """A subclass of an optimizer that scales the learning rate per variable.

    Keras has no per-variable rates, and scaling gradients would do nothing under Adam.
    """

    class WithEncoderRate(base):
        factors: list[float] | None = None

        def update_step(self, gradient, variable, learning_rate):
            if self.factors is not None:
                learning_rate = learning_rate * self.factors[self._get_variable_index(variable)]
            super().update_step(gradient, variable, learning_rate)

    WithEncoderRate.__name__ = base.__name__
    return WithEncoderRate
