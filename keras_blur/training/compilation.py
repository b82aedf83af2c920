"""The network that a training trains: built, given its initial weights, and compiled."""

from typing import Any

import keras
import numpy as np

from keras_blur import labels, losses, models, systems
from keras_blur.contract import Contract
from keras_blur.errors import BlurError, UsageError
from keras_blur.metrics import streaming
from keras_blur.models import encoders
from keras_blur.systems import weights
from keras_blur.training import optimizers, procedures
from keras_blur.training.config import Config

XLA = {"auto": "auto", "on": True, "off": False}
"""Keras's `jit_compile` by the name that a configuration uses."""


def make_contract(config: Config) -> Contract:
    """Returns what the configured network expects and returns."""
    contract = models.contract(config.model.name, **network_options(config))
    return contract.with_size(config.model.input_size) if config.model.input_size else contract


def network_options(config: Config) -> dict[str, Any]:
    """Returns the builder's arguments, with which the network is rebuilt to load its weights."""
    options = dict(config.model.options)
    if "encoder_weights" in options:
        options["encoder_weights"] = None
    return options


def build_network(config: Config) -> keras.Model:
    """Builds the network with its own initialisation or the weights that it starts from.

    Parts that these weights lack keep their own initialisation; a stem of more or of gathered
    pixels takes what a plain one has. Of its parent a network takes what has a place in it.

    Raises:
        BlurError: the weights are of another network, or of other options.
    """
    if not config.model.initial_weights:
        return models.build(config.model.name, **config.model.options)
    source = weights.load_network(systems.network_folder(config.model.initial_weights))[0]
    model = models.build(config.model.name, **network_options(config))
    targets = {variable.path: variable for variable in model.weights}
    values = {
        path: encoders.fit_kernel(np.asarray(variable), targets[path].shape) if path in targets else variable
        for variable in source.weights
        for path in [variable.path]
    }
    fitting = {
        path: value
        for path, value in values.items()
        if path in targets and tuple(targets[path].shape) == value.shape
    }
    of_parent = source.name == models.SPECS[model.name].parent
    whole = source.name == model.name and len(fitting) == len(values)
    if not fitting or not (whole or of_parent):
        raise BlurError(
            f"model.initial_weights: expected weights of '{model.name}' with the options "
            f"{network_options(config)}, {config.model.initial_weights} holds a '{source.name}' of other "
            "options or another network; name other weights, or change model.name and its options"
        )
    for path, value in fitting.items():
        targets[path].assign(value)
    return model


def compile_model(config: Config, steps_per_epoch: int) -> keras.Model:
    """Builds what is fitted, with its optimizer, losses and metrics.

    Raises:
        BlurError, UsageError: a part of the configuration doesn't suit the network.
    """
    model = procedures.wrap(build_network(config), config)
    outputs = len(model.outputs)
    loss = [_make_loss(config, output) for output in model.outputs]
    metrics = [[]] * (outputs - 1) + [_make_metrics(model.outputs[-1].shape[-1])]
    monitors = ["epoch", *(f"val_{metric.name}" for metric in metrics[-1])]
    if config.training.monitor not in monitors:
        raise UsageError(
            f"training.monitor: expected one of {', '.join(monitors)}, received '{config.training.monitor}'"
        )
    optimizer = optimizers.build(config.optimizer, steps_per_epoch, config.training.epochs)
    if config.training.precision == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    optimizer.build(model.trainable_variables)
    model.compile(
        optimizer,
        loss if outputs > 1 else loss[0],
        loss_weights=_weigh_outputs(config, outputs),
        metrics=metrics if outputs > 1 else metrics[0],
        jit_compile=XLA[config.training.xla],
    )
    return model


def _make_loss(config: Config, output: keras.KerasTensor) -> keras.losses.Loss:
    """Makes the configured loss of a map of logits, or that of a photo's type of blur."""
    if len(output.shape) == 2:
        return losses.PhotoTypeCrossentropy()
    options, factors, classes = dict(config.loss.options), config.loss.class_weights, output.shape[-1]
    if factors is not None:
        if len(factors) != classes:
            raise UsageError(
                f"loss.class_weights: expected {classes} as '{config.model.name}' has classes, "
                f"received {len(factors)}"
            )
        options["class_weights"] = factors
    return losses.build(config.loss.name, **options)


def _weigh_outputs(config: Config, outputs: int) -> list[float] | None:
    factors = config.loss.output_weights
    if factors is None or outputs == 1:
        return None
    if len(factors) != outputs:
        raise UsageError(
            f"loss.output_weights: expected {outputs} as '{config.model.name}' has outputs, "
            f"received {len(factors)}"
        )
    return [float(factor) for factor in factors]


def _make_metrics(classes: int) -> list[keras.metrics.Metric]:
    if classes > len(labels.CLASS_NAMES):  # not types but degrees of blur
        return [streaming.PixelAccuracy(classes)]
    metrics = [streaming.BlurredAccuracy(), streaming.BlurredIoU()]
    return metrics + [streaming.TypeAccuracy()] * (classes == len(labels.CLASS_NAMES))
