"""python -m keras_blur.train: trains a network on a prepared data set."""

import argparse
import dataclasses
import os
import sys
from pathlib import Path

from keras_blur.commands import cli
from keras_blur.errors import UsageError, unknown

FOLD_SCORE = "score.json"
BACKENDS = ("tensorflow", "jax")
EXAMPLES = """\
examples:
  keras-blur train                               the demo: a small training on embedded data
  keras-blur train --config mobile               what the shipped weights were trained by
  keras-blur train --config unet --epochs 5 --set data.crop=128
  keras-blur train --config mobile --resume      go on after an interruption
  keras-blur train --config bdnet2020 --folds 3  cross-validation over the training photos

--set takes every field of keras_blur/training/config.py, such as optimizer.learning_rate=1e-4,
model.encoder_weights=none, augmentation.whole_frame_blur=0.2 or training.deterministic=true.
KERAS_BACKEND=jax trains without TensorFlow.

Several machines: start the same command on each, under JAX, with Keras's variables
KERAS_DISTRIBUTION_JOB_ADDRESSES=HOST0:PORT, KERAS_DISTRIBUTION_NUM_PROCESSES=N and
KERAS_DISTRIBUTION_PROCESS_ID=0 to N-1. Each makes its share of every batch; number 0 writes the run folder.
If one is lost, stop the others and start all again with --resume.
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(
        prog="keras-blur train",
        description="Trains a network; the run folder gets its configuration, log, curves, pictures and "
        "the weights that 'evaluate' and 'predict' load.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    result.add_argument("--config", default="demo", metavar="NAME", help="experiment (default: demo)")
    result.add_argument("--list", action="store_true", help="list the experiments and leave")
    result.add_argument(
        "--dataset", metavar="NAME[/CONFIG]", help="prepared data set instead of the config's"
    )
    result.add_argument("--data-dir", metavar="DIR", help="where data sets are prepared")
    result.add_argument(
        "--run-dir",
        metavar="DIR",
        help="run folder (default: CONFIG in the folder that KERAS_BLUR_RUNS names, else in runs)",
    )
    result.add_argument("--epochs", type=int, metavar="N", help="epochs instead of the config's")
    result.add_argument(
        "--set",
        dest="assignments",
        action="append",
        default=[],
        metavar="GROUP.KEY=VALUE",
        help="override a field",
    )
    result.add_argument(
        "--strategy",
        default="auto",
        metavar="auto|mirrored|none",
        help="use of several GPUs of this machine (default: auto)",
    )
    result.add_argument(
        "--folds",
        type=int,
        metavar="K",
        help="cross-validate: K trainings, each measured on a part of the training and validation photos "
        "that it has not seen. An eighth of the other photos chooses its best epoch; with "
        "--set training.monitor=epoch the last one is taken. RUN_DIR gets fold_0, ... and summary.json",
    )
    result.add_argument("--resume", action="store_true", help="go on after the run's last finished epoch")
    return result


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Trains; prints the best epoch's figures and where the run is."""
    arguments = parser().parse_args(argv)
    from keras_blur import configs, systems

    if arguments.list:
        for name, experiment in configs.CONFIGS.items():
            print(f"{name:24} {experiment.text}")
        return 0
    config = _configure(arguments)
    run_dir = Path(arguments.run_dir or systems.runs_folder() / arguments.config)
    if (backend := os.environ.get("KERAS_BACKEND") or BACKENDS[0]) not in BACKENDS:
        raise unknown("KERAS_BACKEND", backend, BACKENDS)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with cli.quiet_start():
        from keras_blur.training import hosts, trainer
    among = hosts.connect()
    if arguments.folds is not None:
        return _cross_validate(config, run_dir, arguments, among)
    best = trainer.train(config, run_dir, arguments.data_dir, arguments.strategy, arguments.resume, among)
    if among.is_writer:
        figures = ", ".join(f"{k} {v:.4g}" for k, v in best.items() if k != "epoch")
        pictures = (
            "pictures in panels/ and curves.png" if config.training.panels_every else "curves in curves.png"
        )
        print(f"best epoch {best['epoch']}: {figures}\nrun folder: {run_dir} ({pictures})")
    return 0


def _configure(arguments: argparse.Namespace):
    """Returns the configuration that the options ask for."""
    from keras_blur import configs
    from keras_blur.training.config import override

    config = override(configs.load(arguments.config), arguments.assignments)
    if arguments.dataset:
        config = dataclasses.replace(config, data=dataclasses.replace(config.data, dataset=arguments.dataset))
    if arguments.epochs is not None:
        training = dataclasses.replace(config.training, epochs=arguments.epochs)
        config = dataclasses.replace(config, training=training)
    return config


def _cross_validate(config, run_dir: Path, arguments: argparse.Namespace, among) -> int:
    """Trains and measures every fold, and prints the table of them all."""
    if arguments.folds < 2:
        raise UsageError(f"folds: expected at least 2, received {arguments.folds}")
    if among.count > 1:
        raise UsageError(f"folds: expected one host, received {among.count}; start a fold's training on each")
    from keras_blur import files
    from keras_blur.evaluation import folds, tables
    from keras_blur.training.run_folder import RunFolder

    if (run_dir / "config.json").exists():
        raise UsageError(
            f"run_dir: {run_dir} holds a run without folds; leave `folds` out, or choose another folder"
        )
    runs = []
    for number in range(arguments.folds):
        data = dataclasses.replace(config.data, folds=arguments.folds, fold=number)
        runs.append((dataclasses.replace(config, data=data), run_dir / f"fold_{number}"))
    for fold, folder in runs:  # those that are not trained again too
        RunFolder(folder, fold).check(arguments.resume)
    scores = []
    for fold, folder in runs:
        if not (arguments.resume and (folder / FOLD_SCORE).exists()):
            _train_fold(fold, folder, arguments)
        scores.append(files.read_json(folder / FOLD_SCORE))
    summary = folds.summarise(scores)
    folds.write(run_dir, summary)
    print(f"{tables.terminal(folds.table(summary))}\nrun folder: {run_dir}")
    return 0


def _train_fold(config, folder: Path, arguments: argparse.Namespace) -> None:
    """Trains a fold and measures it on its held-out photos."""
    import keras

    from keras_blur import files, systems
    from keras_blur.evaluation import folds, scoring
    from keras_blur.training import inputs, trainer

    keras.backend.clear_session()  # else every fold keeps the graphs of those before it
    trainer.train(config, folder, arguments.data_dir, arguments.strategy, arguments.resume)
    score = scoring.score(systems.load(folder), inputs.load_fold(config.data, "held_out", arguments.data_dir))
    files.write_json(folder / FOLD_SCORE, folds.figures(scoring.summary(score.photos, score.threshold)))


if __name__ == "__main__":
    sys.exit(main())
