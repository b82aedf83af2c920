"""The folder of a training: what is written where, and whether a training can begin or go on there."""

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from keras_blur import files, models, provenance
from keras_blur.contract import Contract
from keras_blur.errors import BlurError, UsageError
from keras_blur.systems import weights
from keras_blur.training import curves, log, renamed, state
from keras_blur.training.config import Config
from keras_blur.training.state import advise_restart


class RunFolder:
    """The folder of one training.

    It holds `config.json`, `run.json` (commit, versions, data), `log.csv`, `curves.png`, `panels/`,
    `tensorboard/`, `state.npz` (to resume) and `best/` (weights and contract that `evaluate`, `predict` and
    `export` load).

    Args:
        path: Made when the training begins.
        config: What the training does.
    """

    def __init__(self, path: str | Path, config: Config):
        self.path, self.config = Path(path), config
        self.best, self.panels, self.tensorboard = (
            self.path / name for name in ("best", "panels", "tensorboard")
        )
        self._config, self._record, self._log, self._state, self._curves = (
            self.path / name for name in ("config.json", "run.json", "log.csv", "state.npz", "curves.png")
        )

    def check(self, resume: bool) -> None:
        """Checks that the training can begin in the folder, or go on there.

        Raises:
            UsageError: it holds folds, or a run that `resume` doesn't allow for or of another configuration.
            BlurError: what it holds of a run is damaged.
        """
        if (self.path / "fold_0").exists():
            raise UsageError(
                f"run_dir: {self.path} holds a cross-validation; add its `folds`, or choose another folder"
            )
        if not self._config.exists():
            return
        if not resume:
            raise UsageError(
                f"run_dir: {self.path} holds a run already; add `resume`, or choose another folder"
            )
        if changed := find_changes(self._config, self.config):
            raise UsageError(
                f"resume: the run in {self.path} was started with another {', '.join(changed)}; "
                f"give the same options; {advise_restart(self.path)}"
            )
        if self._log.exists() and not self._state.exists():
            raise BlurError(
                f"resume: {self.path} has a log but no {self._state.name}; {advise_restart(self.path)}"
            )

    @contextlib.contextmanager
    def own(self, resume: bool) -> Iterator[None]:
        """Locks the folder against other trainings within the context, and removes what a killed one left.

        Raises:
            UsageError: as `check`.
            BlurError: as `check`, another training uses it, or it can't be written.
        """
        files.make_folder(self.path)
        with files.lock(self.path):
            self.check(resume)  # anew: until now another training may have used it
            files.remove_leftovers(self.path)
            weights.remove_leftovers(self.best)
            yield

    def continue_record(self, record: dict) -> dict:
        """Returns the records of all starts, this one last.

        Args:
            record: What `provenance.collect` returned.

        Raises:
            UsageError: the run began with other data.
        """
        if not self._record.exists():
            return record
        first = files.read_json(self._record)
        if not _has_same_data(first, record):
            names = " or ".join(dict.fromkeys(split["dataset"] for split in record["data"]))
            raise UsageError(
                f"resume: {names} is no longer what {self._record} says; prepare the data set as it was; "
                f"{advise_restart(self.path)}"
            )
        return {**first, "resumed": [*first.get("resumed", []), record]}

    def begin(self, record: dict) -> None:
        """Writes what the training does and what it is made from."""
        files.write_json(self._config, self.config.to_dict())
        files.write_json(self._record, record)

    def read_state(self) -> state.State | None:
        """Returns where the training stands; None at its beginning.

        Raises:
            BlurError: the state is damaged.
        """
        return state.read(self._state) if self._state.exists() else None

    def check_state(self, stored: state.State, model: keras.Model) -> None:
        """Checks that the training can go on from a state.

        Raises:
            BlurError: it belongs to another model, or the weights of the best epoch are gone.
        """
        state.check(self._state, stored, model)
        if stored.progress.best_epoch and not weights.has_network(self.best):
            raise BlurError(
                f"resume: {self.best} is missing, the weights of epoch {stored.progress.best_epoch}; "
                f"copy it there; {advise_restart(self.path)}"
            )

    def save_state(self, model: keras.Model, epoch: int, progress: log.Progress) -> None:
        """Saves the state after an epoch, and then the log."""
        state.save(self._state, model, epoch, progress)
        self.write_log(progress)

    def write_log(self, progress: log.Progress) -> None:
        """Writes the whole log atomically."""
        log.write_csv(self._log, progress.rows)

    def save_best(self, network: keras.Model, options: dict[str, Any], contract: Contract) -> None:
        """Saves a network as the run's best one."""
        weights.save_network(self.best, self.config.model.name, options, network, contract)

    def draw_curves(self, progress: log.Progress) -> None:
        """Draws the log."""
        curves.save_curves(self._curves, progress.rows)


def _has_same_data(first: Any, now: dict) -> bool:
    try:
        return provenance.read_data(first) == provenance.read_data(now)
    except (LookupError, TypeError):  # no record, or a damaged one
        return False


def find_changes(path: Path, config: Config) -> list[str]:
    """Returns the names of the fields of a stored configuration that differ from `config`.

    Compared as JSON, where tuples are lists; a field that is younger than the run counts as unchanged.
    """
    before = files.read_json(path)
    if not isinstance(before, dict) or not all(isinstance(group, dict) for group in before.values()):
        raise BlurError(f"{path} is not a training's configuration; {advise_restart(path.parent)}")
    before, now = renamed.update(before), dataclasses.asdict(config)
    spec = models.specification(config.model.name)
    for groups in (before, now):
        options = groups.get("model", {}).get("options")
        if isinstance(options, dict):
            groups["model"]["options"] = spec.current_options(options)
    return [
        f"{group}.{key}"
        for group, values in now.items()
        for key, value in values.items()
        if _as_json(value) != before.get(group, {}).get(key, _as_json(value))
    ]


def _as_json(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_as_json(item) for item in value]
    return {key: _as_json(item) for key, item in value.items()} if isinstance(value, dict) else value
