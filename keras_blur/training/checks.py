"""Checks a configuration beyond its ranges, before anything slow begins."""

from collections.abc import Iterable

import keras

from keras_blur import losses, systems
from keras_blur.contract import Contract
from keras_blur.data.batches import Batches
from keras_blur.data.kinds import KINDS
from keras_blur.errors import BlurError, UsageError, unknown
from keras_blur.training.compilation import XLA
from keras_blur.training.config import Config
from keras_blur.training.optimizers import OPTIMIZERS, SCHEDULES
from keras_blur.training.procedures import PROCEDURES

CHOICES: dict[tuple[str, str], Iterable[str]] = {
    ("data", "kind"): KINDS,
    ("loss", "name"): losses.LOSSES,
    ("optimizer", "name"): OPTIMIZERS,
    ("optimizer", "schedule"): SCHEDULES,
    ("training", "procedure"): PROCEDURES,
    ("training", "precision"): ("float32", "mixed_float16", "mixed_bfloat16"),
    ("training", "xla"): XLA,
}
"""What the names in a configuration may be; `models.build` knows those of networks."""


def check_config(config: Config) -> None:
    """Checks names, and fields that contradict each other.

    Raises:
        UsageError: a name is unknown, fields contradict each other, or a network to start or to learn from
            isn't there.
    """
    if "test" in config.data.train or "test" in config.data.validation:
        raise UsageError("data.train, data.validation: test photos are for testing; name another split")
    if config.data.folds and config.data.extras:
        names = ", ".join(name for name, _ in config.data.extras)
        raise UsageError(
            f"folds: expected no further data set, received data.extras of {names}; its pictures may show "
            "photos that are held out, so leave it out with `data.extras=()`"
        )
    if (total := config.augmentation.whole_frame_blur + config.augmentation.object_blur) > 1:
        raise UsageError(
            f"augmentation.whole_frame_blur, object_blur: expected a sum of at most 1, received {total:g}; "
            "a sample gets one or the other"
        )
    for (group, key), known in CHOICES.items():
        if (name := getattr(getattr(config, group), key)) not in known:
            raise unknown(f"{group}.{key}", name, known)
    for field, source in (
        ("model.initial_weights", config.model.initial_weights),
        ("distillation.teacher", config.distillation.teacher),
    ):
        if source:
            try:
                systems.network_folder(source)
            except BlurError as error:
                raise UsageError(f"{field}: {error}") from error
    if config.data.kind != "photos" and config.training.panels_every:
        raise UsageError(
            f"training.panels_every: expected 0, as data.kind={config.data.kind} has no maps to show, "
            f"received {config.training.panels_every}"
        )


def check_size(network: keras.Model, contract: Contract, height: int, width: int) -> None:
    """Checks that the network accepts samples of this size.

    Raises:
        UsageError: it doesn't; says which sizes it accepts.
    """
    if height % contract.multiple or width % contract.multiple:
        key = "data.crop" if contract.resize == "pad" else "model.input_size"
        raise UsageError(f"{key}: expected a multiple of {contract.multiple}, received {height}x{width}")
    if len(network.inputs) > 1:  # its samples have sizes of their own
        return
    try:
        network.compute_output_shape((None, height, width, 3))
    except ValueError as error:
        raise UsageError(
            f"model.input_size: '{network.name}' can't take {height}x{width} pixels: {error}; "
            "a multiple of 64 suits every network"
        ) from error


def check_samples(network: keras.Model, config: Config, batches: Batches) -> None:
    """Checks early that the network accepts these samples.

    Raises:
        UsageError: it doesn't, or the procedure doesn't accept the network's map.
    """
    inputs, mask = batches.sample(0, 0)
    inputs = inputs if isinstance(inputs, tuple) else (inputs,)
    fits = len(inputs) == len(network.inputs)
    if fits:
        shapes = [(None, *part.shape) for part in inputs]
        answer = network.compute_output_shape(shapes if len(shapes) > 1 else shapes[0])
        height, width = (answer[-1] if isinstance(answer, list) else answer)[1:3]
        fits = not (mask.shape[0] % height or mask.shape[1] % width)
    if not fits:
        raise UsageError(
            f"data.kind: '{config.data.kind}' is not what '{network.name}' learns from; "
            "leave it as the network's own config has it"
        )
    procedure = config.training.procedure
    if PROCEDURES[procedure].full_size and (height, width) != inputs[0].shape[:2]:
        raise UsageError(
            f"training.procedure: expected a network whose map has the input's size for '{procedure}', "
            f"'{network.name}' makes {height}x{width} of {inputs[0].shape[0]}x{inputs[0].shape[1]}; "
            "train it with 'supervised'"
        )
