"""One training from configuration to run folder."""

import dataclasses
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_blur import files, labels, losses, models, provenance, systems
from keras_blur.data import augmentation, batches, catalog, kinds, photos
from keras_blur.errors import BlurError, UsageError, unknown
from keras_blur.metrics import streaming
from keras_blur.models import encoders
from keras_blur.systems import weights
from keras_blur.training import (
    adversarial,
    callbacks,
    distillation,
    optimizers,
    pictures,
    state,
    strategy,
    tensorboard,
)
from keras_blur.training.config import Config, DataConfig

STATE, LOG, RECORD = "state.npz", "log.csv", "run.json"
XLA = {"auto": "auto", "on": True, "off": False}  # Keras's jit_compile by the name that a config uses
CHOICES: dict[tuple[str, str], Iterable[str]] = {
    ("data", "kind"): kinds.KINDS,
    ("loss", "name"): losses.LOSSES,
    ("optimizer", "name"): optimizers.OPTIMIZERS,
    ("optimizer", "schedule"): optimizers.SCHEDULES,
    ("training", "procedure"): ("supervised", "adversarial", "distillation"),
    ("training", "precision"): ("float32", "mixed_float16", "mixed_bfloat16"),
    ("training", "xla"): XLA,
}
"""What the names in a configuration may be; `models.build` knows those of networks."""

WINDOWS = dataclasses.replace(augmentation.NONE, crop=1.0, native_crop=True)
"""What a network that learns from native windows is validated on: one of each photo, always the same."""


def run(
    config: Config,
    run_dir: str | Path,
    data_dir: str | Path | None = None,
    strategy_name: str = "auto",
    resume: bool = False,
) -> dict:
    """Trains a network as `config` says.

    The run folder gets `config.json`, `run.json` (commit, versions, data), `log.csv`, `curves.png`,
    `panels/`, `tensorboard/`, `state.npz` (to resume) and `best/` (weights and contract that `evaluate`,
    `predict` and `export` load).

    Args:
        config: The experiment.
        run_dir: Made if missing; must not hold another run unless `resume`.
        data_dir: Where data sets are prepared.
        strategy_name: See `strategy.scope`.
        resume: Go on after the last finished epoch of the run in `run_dir`, if there is one.

    Returns:
        The log's row of the best epoch.

    Raises:
        BlurError, UsageError: something outside the code is wrong; the message says what to do.
    """
    run_dir = Path(run_dir)
    check_run_dir(run_dir, config, resume)
    _check_config(config)
    strategy.check(strategy_name)
    strategy.make_deterministic(config.training.seed, config.training.deterministic)
    keras.mixed_precision.set_dtype_policy(config.training.precision)

    contract = models.contract(config.model.name, **_unweighted(config))
    if config.model.input_size:
        contract = contract.with_size(config.model.input_size)
    with strategy.scope(strategy_name, config.training.batch_size):
        training, validation, splits = _batches(config, contract, data_dir)
        model = _compiled(config, len(training))
    record = provenance.collect(*splits)
    if resume and (run_dir / RECORD).exists():
        record = _continued(run_dir / RECORD, record)
    files.write_json(run_dir / "config.json", config.to_dict())

    anchor = callbacks.Anchor(model, config.training.anchor)
    progress, epoch = callbacks.Progress(), 0
    if resume and (run_dir / STATE).exists():
        epoch, stored = state.restore(run_dir / STATE, model)
        progress.from_dict(stored)
        if progress.best_epoch and not weights.has_network(run_dir / "best"):
            raise BlurError(
                f"--resume: {run_dir / 'best'} is missing, the weights of epoch {progress.best_epoch}; "
                f"copy it there; {state.anew(run_dir)}"
            )
        callbacks.write_csv(run_dir / LOG, progress.rows)
    if epoch < config.training.epochs and not progress.is_stale(
        config.training.monitor, config.training.patience
    ):
        files.write_json(run_dir / RECORD, record)
        _fit(model, config, contract, run_dir, training, validation, progress, epoch, anchor)
    if not progress.best_epoch:  # no validation: the last weights are all there is
        _saver(config, contract, run_dir, anchor)(model)
        progress.best_epoch = len(progress.rows)
    pictures.save_curves(run_dir / "curves.png", progress.rows)
    return progress.rows[progress.best_epoch - 1]


def check_run_dir(run_dir: Path, config: Config, resume: bool) -> None:
    """Checks that a run can begin in a folder, or go on there.

    Raises:
        UsageError: it holds folds, or a run that `resume` doesn't allow for or that `config` is not of.
        BlurError: what it holds of a run is damaged.
    """
    if (run_dir / "fold_0").exists():
        raise UsageError(
            f"--run-dir: {run_dir} holds a cross-validation; add its --folds, or choose another folder"
        )
    stored = run_dir / "config.json"
    if not stored.exists():
        return
    if not resume:
        raise UsageError(f"--run-dir: {run_dir} holds a run already; add --resume, or choose another folder")
    # Compared as JSON, where tuples are lists; a field that is younger than the run counts as unchanged.
    before, now = files.read_json(stored), dataclasses.asdict(config)
    if not isinstance(before, dict) or not all(isinstance(group, dict) for group in before.values()):
        raise BlurError(f"{stored} is not a training's configuration; {state.anew(run_dir)}")
    changed = [
        f"{group}.{key}"
        for group, values in now.items()
        for key, value in values.items()
        if _plain(value) != before.get(group, {}).get(key, _plain(value))
    ]
    if changed:
        raise UsageError(
            f"--resume: the run in {run_dir} was started with another {', '.join(changed)}; "
            f"give the same options; {state.anew(run_dir)}"
        )
    if (run_dir / LOG).exists() and not (run_dir / STATE).exists():
        raise BlurError(f"--resume: {run_dir} has a log but no {STATE}; {state.anew(run_dir)}")


def _continued(path: Path, now: dict) -> dict:
    """The record of a run's first start, with those of later ones."""
    first = files.read_json(path)
    if not isinstance(first, dict) or first.get("data") != now["data"]:
        names = " or ".join(dict.fromkeys(split["dataset"] for split in now["data"]))
        raise UsageError(
            f"--resume: {names} is no longer what {path} says; prepare the data set as it was; "
            f"{state.anew(path.parent)}"
        )
    return {**first, "resumed": [*first.get("resumed", []), now]}


def _plain(value):
    if isinstance(value, (tuple, list)):
        return [_plain(v) for v in value]
    return {k: _plain(v) for k, v in value.items()} if isinstance(value, dict) else value


def _check_config(config: Config) -> None:
    """Finds what the ranges of `Config` don't show, before anything slow begins."""
    if "test" in config.data.train or "test" in config.data.validation:
        raise UsageError("data.train, data.validation: test photos are for testing; name another split")
    if config.data.folds and config.data.extra:
        raise UsageError(
            f"--folds: expected no second data set, received data.extra={config.data.extra}; "
            "its pictures may show photos that are held out, so leave it out with --set data.extra=none"
        )
    if (total := config.augmentation.whole_frame_blur + config.augmentation.object_blur) > 1:
        raise UsageError(
            f"augmentation.whole_frame_blur, object_blur: expected a sum of at most 1, received {total:g}; "
            "a sample gets one or the other"
        )
    for (group, key), known in CHOICES.items():
        if (name := getattr(getattr(config, group), key)) not in known:
            raise unknown(f"{group}.{key}", name, known)
    if config.data.kind != "photos" and config.training.panels_every:
        raise UsageError(
            f"training.panels_every: expected 0, as data.kind={config.data.kind} has no maps to show, "
            f"received {config.training.panels_every}"
        )


def _batches(config: Config, contract, data_dir):
    data, size = config.data, config.training.batch_size
    height, width = photos.training_size(contract, data.crop)
    network = models.build(config.model.name, **_unweighted(config))
    _check_size(network, contract, height, width)
    common: dict[str, Any] = {"kind": data.kind, "outputs": len(network.outputs), "workers": data.workers}
    learnt, held_out = _splits(data, data_dir)
    extras = [(catalog.load(data.extra, data.train, data_dir), data.extra_share)] if data.extra else []
    training = kinds.make_training_batches(
        learnt,
        height,
        width,
        size,
        config=config.augmentation,
        extras=extras,
        motion_share=data.motion_share,
        samples=data.samples_per_epoch,
        seed=config.training.seed,
        **common,
    )
    _check_sample(network, config, training)
    # What learns from windows is measured on windows: photos squeezed to the crop's square look sharper.
    windows = WINDOWS if config.augmentation.native_crop else augmentation.NONE
    validation = kinds.make_validation_batches(held_out, height, width, size, config=windows, **common)
    return training, validation, [learnt, *(split for split, _ in extras), held_out]


def _splits(data: DataConfig, data_dir) -> tuple[catalog.PreparedSplit, catalog.PreparedSplit]:
    """What is learnt from and what the best epoch is chosen on."""
    if not data.folds:
        train, held_out = (
            catalog.load(data.dataset, part, data_dir) for part in (data.train, data.validation)
        )
        return train, held_out
    whole = catalog.load(data.dataset, f"{data.train}+{data.validation}", data_dir)
    return catalog.fold(whole, data.fold, data.folds)


def _check_size(network: keras.Model, contract, height: int, width: int) -> None:
    if height % contract.multiple or width % contract.multiple:
        key = "data.crop" if contract.resize == "pad" else "model.input_size"
        raise UsageError(f"{key}: expected a multiple of {contract.multiple}, received {height}x{width}")
    if len(network.inputs) > 1:  # its batches know what it takes
        return
    try:
        network.compute_output_shape((None, height, width, 3))
    except ValueError as error:
        raise UsageError(
            f"model.input_size: '{network.name}' can't take {height}x{width} pixels: {error}; "
            "a multiple of 64 suits every network"
        ) from error


def _check_sample(network: keras.Model, config: Config, examples: batches.Batches) -> None:
    """Finds that network and samples don't go together, which Keras would say in many lines, and late."""
    inputs, mask = examples.sample(0, 0)
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
    if config.training.procedure == "adversarial" and (height, width) != inputs[0].shape[:2]:
        raise UsageError(
            f"training.procedure: expected a network whose map has the input's size for 'adversarial', "
            f"'{network.name}' makes {height}x{width} of {inputs[0].shape[0]}x{inputs[0].shape[1]}; "
            "train it with 'supervised'"
        )


def _unweighted(config: Config) -> dict:
    options = dict(config.model.options)
    if "encoder_weights" in options:
        options["encoder_weights"] = None
    return options


def _initialised(config: Config) -> keras.Model:
    """The network with its own initialisation or the weights that it starts from.

    Parts that these weights lack keep their own initialisation; a stem of more or of gathered
    pixels takes what a plain one has.
    """
    if not config.model.initial_weights:
        return models.build(config.model.name, **config.model.options)
    source = weights.load_network(systems.network_folder(config.model.initial_weights))[0]
    model = models.build(config.model.name, **_unweighted(config))
    targets = {variable.path: variable for variable in model.weights}
    values = {
        path: encoders.fit_kernel(np.asarray(variable), targets[path].shape) if path in targets else variable
        for variable in source.weights
        for path in [variable.path]
    }
    if source.name != model.name or any(
        path not in targets or tuple(targets[path].shape) != value.shape for path, value in values.items()
    ):
        raise BlurError(
            f"model.initial_weights: expected weights of '{model.name}' with the options "
            f"{_unweighted(config)}, {config.model.initial_weights} holds a '{source.name}' of other options "
            "or another network; name other weights, or change model.name and its options"
        )
    for path, value in values.items():
        targets[path].assign(value)
    return model


def _compiled(config: Config, steps_per_epoch: int) -> keras.Model:
    model = _initialised(config)
    if config.training.procedure == "adversarial":
        model = adversarial.build(model, config.adversarial)
    elif config.training.procedure == "distillation":
        model = distillation.build(model, config.distillation)
    optimizer = optimizers.build(config.optimizer, steps_per_epoch, config.training.epochs)
    optimizers.set_encoder_rate(optimizer, model.trainable_variables, config.optimizer)
    if config.training.precision == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    outputs = len(model.outputs)
    loss = [_loss(config, output) for output in model.outputs]
    measures = [[]] * (outputs - 1) + [_measures(model.outputs[-1].shape[-1])]
    monitors = ["epoch", *(f"val_{measure.name}" for measure in measures[-1])]
    if config.training.monitor not in monitors:
        raise UsageError(
            f"training.monitor: expected one of {', '.join(monitors)}, received '{config.training.monitor}'"
        )
    model.compile(
        optimizer,
        loss if outputs > 1 else loss[0],
        loss_weights=_output_weights(config, outputs),
        metrics=measures if outputs > 1 else measures[0],
        jit_compile=XLA[config.training.xla],
    )
    return model


def _loss(config: Config, output: keras.KerasTensor) -> keras.losses.Loss:
    """The configured loss for a map of logits; an image-level output learns the photo's type of blur."""
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


def _output_weights(config: Config, outputs: int) -> list[float] | None:
    factors = config.loss.output_weights
    if factors is None or outputs == 1:
        return None
    if len(factors) != outputs:
        raise UsageError(
            f"loss.output_weights: expected {outputs} as '{config.model.name}' has outputs, "
            f"received {len(factors)}"
        )
    return [float(factor) for factor in factors]


def _measures(classes: int) -> list[keras.metrics.Metric]:
    if classes > len(labels.CLASS_NAMES):  # not types but degrees of blur
        return [streaming.PixelAccuracy(classes)]
    measures = [streaming.BlurredAccuracy(), streaming.BlurredIoU()]
    return measures + [streaming.TypeAccuracy()] * (classes == len(labels.CLASS_NAMES))


def _saver(config: Config, contract, run_dir: Path, anchor: callbacks.Anchor):
    def save(model: keras.Model) -> None:
        network = getattr(model, "network", model)  # without the discriminator
        with anchor.kept(model):
            weights.save_network(run_dir / "best", config.model.name, _unweighted(config), network, contract)

    return save


def _fit(model, config, contract, run_dir, training, validation, progress, epoch, anchor) -> None:
    settings = config.training
    save_best = _saver(config, contract, run_dir, anchor)
    record = callbacks.Record(progress, settings.monitor, settings.patience, save_best)
    listeners = [callbacks.Epochs(training), callbacks.StopOnNaN(), callbacks.KeptWeights(anchor), record]
    log = None
    if tensorboard.available():
        log = tensorboard.TensorBoardLog(run_dir / "tensorboard")
        listeners.append(log)
    if settings.panels_every:
        listeners.append(callbacks.Panels(run_dir / "panels", validation, settings.panels_every, anchor, log))
    listeners.append(callbacks.SaveState(progress, run_dir / STATE, run_dir / LOG))
    model.fit(
        training,
        epochs=settings.epochs,
        shuffle=False,  # the batches are already
        initial_epoch=epoch,
        validation_data=validation,
        validation_freq=settings.validate_every,
        callbacks=listeners,
        verbose="auto" if sys.stdout.isatty() else 2,
    )
