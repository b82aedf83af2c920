"""Trains what an experiment lacks and measures its rows, each by a command that its page can show."""

import contextlib
import csv
import dataclasses
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras_blur
from keras_blur import configs, files, provenance, systems
from keras_blur.data import catalog
from keras_blur.errors import BlurError
from keras_blur.reproduce.experiment import Measurement, Row, Run
from keras_blur.systems.base import System
from keras_blur.training.config import Config, override

COMMAND_FILE = "command.txt"
SHIPPED_FILES = ("*.h5", "*.tflite", "contract.json", "filters.json")
"""What decides the answers of a system that ships."""
PACKAGE = Path(keras_blur.__file__).parent
STDERR = 2  # the commands report there, so that stdout holds the page alone


@dataclasses.dataclass(frozen=True)
class Runner:
    """Runs the commands of experiments. Results lie below `folder`, a folder for each scale and length.

    Args:
        folder: Where runs and measurements lie.
        scale: One of `experiment.SCALES`.
        data_dir: Where data sets are prepared; None means the default of the commands.
        train: Whether missing or unfinished runs are trained. If not, their rows are not run.
        epochs: Epochs of every training; 0 means those of its recipe.
        measures: Whether rows are measured whose measurement isn't there. If not, they are not run.
        again: Whether rows are trained and measured, where that can be, though their figures are kept.
    """

    folder: Path
    scale: str
    data_dir: str | None = None
    train: bool = True
    epochs: int = 0
    measures: bool = True
    again: bool = False
    _complete: set[Run] = dataclasses.field(default_factory=set, init=False, compare=False)

    @property
    def runs(self) -> Path:
        """The folder of all runs of this scale and length: a short run is never taken for a whole one."""
        return self.folder / (f"{self.scale}_{self.epochs}_epochs" if self.epochs else self.scale)

    def run_folder(self, run: Run) -> Path:
        """Returns where a run lies."""
        return self.runs / run.name

    def train_words(self, run: Run) -> list[str]:
        """Returns the arguments of `keras-blur train` for a run."""
        words = ["--config", run.config_at(self.scale), "--run-dir", str(self.run_folder(run)), "--resume"]
        if self.epochs:
            words += ["--epochs", str(self.epochs)]
        for setting in self._settings(run):
            words += ["--set", setting]
        if run.folds:
            words += ["--folds", str(run.folds)]
        return words + self._data_words()

    def config(self, run: Run) -> Config:
        """Returns the configuration that `train_words` mean."""
        config = override(configs.load(run.config_at(self.scale)), self._settings(run))
        epochs = self.epochs or config.training.epochs
        return dataclasses.replace(config, training=dataclasses.replace(config.training, epochs=epochs))

    def _settings(self, run: Run) -> list[str]:
        start = [f"model.initial_weights={self.run_folder(run.after)}"] if run.after else []
        return [*run.settings, *start]

    def measure_words(self, row: Row) -> list[str]:
        """Returns the arguments of `keras-blur evaluate` for a row."""
        return [*self._what(row), "--output-dir", str(self.measured_folder(row)), *self._data_words()]

    def _what(self, row: Row) -> list[str]:
        system = str(self.run_folder(row.system)) if isinstance(row.system, Run) else row.system
        return ["--system", system, "--dataset", row.dataset, "--split", row.split, *row.options]

    def measured_folder(self, row: Row) -> Path:
        """Returns where the measurement of a row lies: what differs has a folder of its own.

        What ships is the same at every scale, so it is measured once.
        """
        system = row.system.name if isinstance(row.system, Run) else row.system
        parts = [system, row.dataset, row.split, *(Path(option).name for option in row.options)]
        place = self.runs if row.runs else self.folder
        return place / "measured" / re.sub(r"[^\w.]+", "-", "-".join(parts)).strip("-.")

    def _data_words(self) -> list[str]:
        return ["--data-dir", self.data_dir] if self.data_dir else []

    def is_trained(self, run: Run) -> bool:
        """Whether a run has weights that can be measured, its last epoch or not."""
        from keras_blur.systems.weights import has_network

        return all(has_network(folder / "best") for folder in self._parts(run).values())

    def is_finished(self, run: Run) -> bool:
        """Whether a trained run has all epochs that it should have."""
        wanted = self.config(run).training.epochs
        records = [provenance.training(folder / "best") for folder in self._parts(run).values()]
        return all(record is not None and record["epochs"] >= wanted for record in records)

    def find_mismatch(self, run: Run) -> str:
        """Returns what a run was trained with that isn't what the experiment says; "" if there is nothing.

        The settings and the package's version are compared, and the data as far as they are prepared.
        """
        started = {n: folder for n, folder in self._parts(run).items() if (folder / "config.json").is_file()}
        if not started:
            return ""
        from keras_blur.training import run_folder  # loads Keras

        config = self.config(run)
        for number, folder in started.items():
            data = dataclasses.replace(config.data, folds=run.folds, fold=number)
            changed = run_folder.find_changes(folder / "config.json", dataclasses.replace(config, data=data))
            if changed:
                return f"another {', '.join(changed)}"
            record = files.read_json(folder / "run.json")
            if record["keras_blur"] != keras_blur.__version__:
                return f"another version of keras-blur, {record['keras_blur']}"
            for split in provenance.read_data(record):
                try:
                    prepared = catalog.load_identity(split, self.data_dir).fingerprint
                except BlurError:
                    continue
                if prepared != split["fingerprint"]:
                    return f"other examples of {split['dataset']}"
        return ""

    def _parts(self, run: Run) -> dict[int, Path]:
        """Returns the folders of a run's trainings by their numbers: one, or one for each fold."""
        folder = self.run_folder(run)
        if not run.folds:
            return {0: folder}
        return {number: folder / f"fold_{number}" for number in range(run.folds)}

    def why_not(self, runs: Sequence[Run]) -> str:
        """Returns why a row that needs runs can't be measured, "" if it can.

        A run of another scale, one that isn't trained and may not be, or one that was trained otherwise than
        the experiment says.
        """
        shown = ", then ".join(map(self.show_training, runs))
        for run in runs:
            if self.scale not in run.scales:
                other = dataclasses.replace(self, scale=run.scales[0], epochs=0)
                trainings = ", then ".join(map(other.show_training, runs))
                return f"only at scale `{other.scale}`, because {run.why}: {trainings}"
            if mismatch := self.find_mismatch(run):
                return (
                    f"`{self._shown(self.run_folder(run))}` was trained with {mismatch}, so it isn't used; "
                    f"move it away: {self.show_training(run)}"
                )
            if not self.train and not self.is_trained(run):
                return f"its training was left out: {shown}"
            if not self.train and not self.is_finished(run):
                return f"its training is unfinished, which this command goes on with: {shown}"
        return ""

    def show_training(self, run: Run) -> str:
        """Returns a training's command as code, without the local folders of runs and of data."""
        words = dataclasses.replace(self, data_dir=None).train_words(run)
        return f"`{show_command('train', [self._shown(word) for word in words])}`"

    def show_measuring(self, row: Row) -> str:
        """Returns the command that measures a row as code, without local folders."""
        return f"`{show_command('evaluate', [self._shown(word) for word in self._what(row)])}`"

    def _shown(self, word: str | Path) -> str:
        return str(word).replace(str(self.folder), "runs/reproduce").replace(str(PACKAGE), PACKAGE.name)

    def describe(self, row: Row) -> dict[str, Any]:
        """Returns how a row is made, alike on every machine: if this changes, older figures don't count.

        These are the commands, a fingerprint of the configurations that they name, and those of the weights
        that ship.
        """
        made: dict[str, Any] = {
            "evaluate": self.show_measuring(row).strip("`"),
            **self.describe_runs(row.runs),
        }
        if not row.runs and (folders := self.weight_folders(row)):
            made["weights"] = {folder.name: _fingerprint_folder(folder) for folder in folders}
        return made

    def describe_runs(self, runs: Sequence[Run]) -> dict[str, Any]:
        """Returns how runs are trained, as `describe`; nothing if there are none."""
        if not runs:
            return {}
        # What has its default is left out, so that a new field changes nothing.
        default = Config().to_dict()
        values = [
            {f"{group}.{key}": value for key, value in fields.items() if value != default[group][key]}
            for run in runs
            for group, fields in self.config(run).to_dict().items()
        ]
        configs = self._shown(json.dumps(values, sort_keys=True))
        return {
            "train": [self.show_training(run).strip("`") for run in runs],
            "config": hashlib.sha256(configs.encode()).hexdigest()[:16],
        }

    def why_not_row(self, row: Row) -> str:
        """Returns why a row can't be run, "" if it can: see `why_not`, or it may not be measured."""
        if reason := self.why_not(row.runs):
            return reason
        if self.measures or self.is_measured(row):
            return ""
        return f"its measurement was left out: {self.show_measuring(row)}"

    def has(self, row: Row) -> bool:
        """Whether nothing is left to do for a row but to measure its runs, if that is allowed."""
        may_measure = self.measures and bool(row.runs)
        return not dataclasses.replace(self, train=False, measures=may_measure).why_not_row(row)

    def complete(self, runs: Sequence[Run]) -> None:
        """Trains runs to their end, in order, each once. One that was finished before costs a few seconds.

        Raises:
            BlurError: a training fails, or the run folder was trained with other settings or data.
        """
        for run in runs if self.train else ():
            if run not in self._complete:
                self._call("train", self.train_words(run), self.runs)
                self._complete.add(run)

    def measure(self, row: Row) -> Measurement:
        """Returns the measurement of a row, made now unless it is newer than the weights.

        Raises:
            BlurError: the data set isn't prepared, or the measurement fails.
        """
        folder = self.measured_folder(row)
        if not self.is_measured(row):
            catalog.load(row.dataset, row.split, self.data_dir)  # says in one line if it isn't prepared
            self._call("evaluate", self.measure_words(row), self.runs if row.runs else self._no_runs)
        with open(folder / "per_photo.csv", encoding="utf-8", newline="") as file:
            return Measurement(files.read_json(folder / "metrics.json"), list(csv.DictReader(file)))

    def weight_folders(self, row: Row) -> list[Path]:
        """Returns the folders of the weights that a row is measured with: of its runs, or those that ship."""
        if row.runs:
            return [self.run_folder(run) / "best" for run in row.runs]
        with self._only_shipped():
            return systems.weight_folders(str(row.system))

    def load(self, row: Row) -> System:
        """Returns the system of a row."""
        if isinstance(row.system, Run):
            return systems.load(self.run_folder(row.system))
        if not row.needs:
            with self._only_shipped():
                return systems.load(row.system)
        parts = [systems.load(self.run_folder(run)) for run in row.needs]
        return systems.COMPOSED[row.system].system(*parts)

    def is_measured(self, row: Row) -> bool:
        """Whether a row was measured by today's command since its weights were written."""
        folder = self.measured_folder(row)
        metrics, command = folder / "metrics.json", folder / COMMAND_FILE
        if not (metrics.is_file() and command.is_file()):
            return False
        if shlex.split(command.read_text(encoding="utf-8"))[3:] != self.measure_words(row):
            return False
        weights = [place / "weights.weights.h5" for place in self.weight_folders(row)]
        return all(path.stat().st_mtime < metrics.stat().st_mtime for path in weights if path.is_file())

    @property
    def _no_runs(self) -> Path:
        """A folder without runs: a run of the name of a network that ships would hide it."""
        return self.folder / "no_runs"

    @contextlib.contextmanager
    def _only_shipped(self) -> Iterator[None]:
        """Within the context, names of systems mean what ships."""
        before = os.environ.get("KERAS_BLUR_RUNS")
        os.environ["KERAS_BLUR_RUNS"] = str(self._no_runs)
        try:
            yield
        finally:
            if before is None:
                del os.environ["KERAS_BLUR_RUNS"]
            else:
                os.environ["KERAS_BLUR_RUNS"] = before

    def _call(self, command: str, words: Sequence[str], runs: Path) -> None:
        """Runs a command that looks up runs by their names in a folder, as composed systems do."""
        arguments = [sys.executable, "-m", f"keras_blur.{command}", *words]
        environment = {**os.environ, "KERAS_BLUR_RUNS": str(runs)}
        if code := subprocess.run(arguments, env=environment, stdout=STDERR).returncode:
            shown = show_command(command, words)
            raise BlurError(f"'{shown}' ended with exit code {code}; its message stands above")


def _fingerprint_folder(folder: Path) -> str:
    """Returns what changes with the weights in a folder."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in SHIPPED_FILES for path in folder.glob(pattern)}):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def default_folder() -> Path:
    """Returns where runs and measurements lie by default: `reproduce` in the folder of runs."""
    return systems.runs_folder() / "reproduce"


def show_command(command: str, words: Sequence[str]) -> str:
    """Returns a command as a person would type it."""
    return shlex.join(["keras-blur", command, *words])
