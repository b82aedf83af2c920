"""Trains what an experiment lacks and measures its rows, each by a command that its page can show."""

import csv
import dataclasses
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from keras_blur import files, systems
from keras_blur.errors import BlurError
from keras_blur.reproduce.experiment import Measurement, Row, Run
from keras_blur.systems.base import System

COMMAND_FILE = "command.txt"
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
    """

    folder: Path
    scale: str
    data_dir: str | None = None
    train: bool = True
    epochs: int = 0
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
        settings = list(run.settings_at(self.scale))
        if run.after:
            settings.append(f"model.initial_weights={self.run_folder(run.after)}")
        for setting in settings:
            words += ["--set", setting]
        if run.folds:
            words += ["--folds", str(run.folds)]
        return words + self._data_words()

    def measure_words(self, row: Row) -> list[str]:
        """Returns the arguments of `keras-blur evaluate` for a row."""
        system = str(self.run_folder(row.system)) if isinstance(row.system, Run) else row.system
        words = ["--system", system, "--dataset", row.dataset, "--split", row.split, *row.options]
        return [*words, "--output-dir", str(self.measured_folder(row)), *self._data_words()]

    def measured_folder(self, row: Row) -> Path:
        """Returns where the measurement of a row lies: what differs has a folder of its own."""
        system = row.system.name if isinstance(row.system, Run) else row.system
        parts = [system, row.dataset, row.split, *(Path(option).name for option in row.options)]
        return self.runs / "measured" / re.sub(r"[^\w.]+", "-", "-".join(parts)).strip("-.")

    def _data_words(self) -> list[str]:
        return ["--data-dir", self.data_dir] if self.data_dir else []

    def is_trained(self, run: Run) -> bool:
        """Whether a run has weights that can be measured."""
        from keras_blur.systems.weights import has_network

        folder = self.run_folder(run)
        return all(
            has_network(place / "best")
            for place in ([folder / f"fold_{fold}" for fold in range(run.folds)] if run.folds else [folder])
        )

    def can_run(self, runs: Sequence[Run]) -> bool:
        """Whether all runs belong to this scale and are trained, or may be."""
        return all(self.scale in run.scales and (self.train or self.is_trained(run)) for run in runs)

    def complete(self, runs: Sequence[Run]) -> None:
        """Trains runs to their end, in order, each once. One that was finished before costs a few seconds.

        Raises:
            BlurError: a training fails, or the run folder was trained with other settings or data.
        """
        for run in runs if self.train else ():
            if run not in self._complete:
                self._call("train", self.train_words(run))
                self._complete.add(run)

    def measure(self, row: Row) -> Measurement:
        """Returns the measurement of a row, made now unless it is newer than the weights.

        Raises:
            BlurError: the measurement fails.
        """
        folder, words = self.measured_folder(row), self.measure_words(row)
        if not self._is_current(row, folder, words):
            self._call("evaluate", words)
        with open(folder / "per_photo.csv", encoding="utf-8", newline="") as file:
            return Measurement(files.read_json(folder / "metrics.json"), list(csv.DictReader(file)))

    def load(self, row: Row) -> System:
        """Returns the system of a row."""
        if isinstance(row.system, Run):
            return systems.load(self.run_folder(row.system))
        if not row.needs:
            return systems.load(row.system)
        parts = [systems.load(self.run_folder(run)) for run in row.needs]
        return systems.COMPOSED[row.system].system(*parts)

    def _is_current(self, row: Row, folder: Path, words: Sequence[str]) -> bool:
        metrics, command = folder / "metrics.json", folder / COMMAND_FILE
        if not (metrics.is_file() and command.is_file()):
            return False
        if shlex.split(command.read_text(encoding="utf-8"))[3:] != list(words):
            return False
        weights = [self.run_folder(run) / "best" / "weights.weights.h5" for run in row.runs]
        return all(path.stat().st_mtime < metrics.stat().st_mtime for path in weights if path.is_file())

    def _call(self, command: str, words: Sequence[str]) -> None:
        arguments = [sys.executable, "-m", f"keras_blur.{command}", *words]
        # Composed systems find their parts by name in the folder of runs.
        environment = {**os.environ, "KERAS_BLUR_RUNS": str(self.runs)}
        if code := subprocess.run(arguments, env=environment, stdout=STDERR).returncode:
            shown = show_command(command, words)
            raise BlurError(f"'{shown}' ended with exit code {code}; its message stands above")


def default_folder() -> Path:
    """Returns where runs and measurements lie by default: `reproduce` in the folder of runs."""
    return systems.runs_folder() / "reproduce"


def show_command(command: str, words: Sequence[str]) -> str:
    """Returns a command as a person would type it."""
    return shlex.join(["keras-blur", command, *words])
