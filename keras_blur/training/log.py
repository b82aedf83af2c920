"""What a training writes down after every epoch: its figures, its state, and which epoch was the best."""

import csv
import io
import math
from collections.abc import Callable
from pathlib import Path

import keras

from keras_blur import files
from keras_blur.callbacks.stop import ADVICE
from keras_blur.data.batches import Batches
from keras_blur.errors import BlurError


class Progress:
    """What a resumed training must know besides weights: the log so far and the best epoch.

    Attributes:
        rows: A dictionary per finished epoch.
        best: The best value of the monitored figure.
        best_epoch: The epoch that had it, from 1; 0 = none yet.
    """

    def __init__(self):
        self.rows: list[dict] = []
        self.best = -math.inf
        self.best_epoch = 0

    def to_dict(self) -> dict:
        """Returns the progress as plain data."""
        best = None if math.isinf(self.best) else self.best
        return {"rows": self.rows, "best": best, "best_epoch": self.best_epoch}

    @classmethod
    def from_dict(cls, values: dict) -> "Progress":
        """Returns the progress that `to_dict` wrote.

        Raises:
            KeyError, TypeError, ValueError: the values are no such data.
        """
        progress = cls()
        progress.rows = [{**row, "epoch": int(row["epoch"])} for row in values["rows"]]
        progress.best_epoch = int(values["best_epoch"])
        progress.best = -math.inf if values["best"] is None else float(values["best"])
        if not 0 <= progress.best_epoch <= len(progress.rows):
            raise ValueError(f"the best of {len(progress.rows)} epochs is number {progress.best_epoch}")
        return progress

    def is_stale(self, monitor: str, patience: int) -> bool:
        """Returns whether the last validation is `patience` epochs behind the best one; 0 = never."""
        last = self.rows[-1] if self.rows else {}
        return bool(patience) and monitor in last and last["epoch"] - self.best_epoch >= patience


class Epochs(keras.callbacks.Callback):
    """Tells batches which epoch comes next, so that a resumed training learns from the right ones."""

    def __init__(self, training: Batches):
        super().__init__()
        self._training = training

    def on_epoch_begin(self, epoch, logs=None):
        self._training.epoch = epoch


class Record(keras.callbacks.Callback):
    """Adds a row to the log, notes the best epoch and saves its network.

    An epoch with a figure that is no number ends the training instead.

    Args:
        progress: Shared with `SaveState`.
        monitor: The column that decides; higher is better.
        patience: Epochs without a better one before stopping; 0 = never.
        save_best: Called with the best model so far.
    """

    def __init__(
        self,
        progress: Progress,
        monitor: str,
        patience: int,
        save_best: Callable[[keras.Model], None],
    ):
        super().__init__()
        self._progress, self._monitor = progress, monitor
        self._patience, self._save_best = patience, save_best

    def on_epoch_end(self, epoch, logs=None):
        # Of several outputs the last is the one that counts, so its figures need no prefix.
        prefix = f"{self.model.output_names[-1]}_" if len(self.model.outputs) > 1 else "\0"
        logs = {key.replace(prefix, ""): float(value) for key, value in (logs or {}).items()}
        for key, value in logs.items():
            if not math.isfinite(value):
                raise BlurError(f"{key} became {value} in epoch {epoch + 1}; {ADVICE}")
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        row = {"epoch": epoch + 1, "learning_rate": rate, **logs}
        self._progress.rows.append(row)
        if row.get(self._monitor, -math.inf) > self._progress.best:
            self._progress.best, self._progress.best_epoch = row[self._monitor], epoch + 1
            self._save_best(self.model)
        elif self._progress.is_stale(self._monitor, self._patience):
            self.model.stop_training = True


class SaveState(keras.callbacks.Callback):
    """Calls a function with the model and the number of finished epochs, after every epoch."""

    def __init__(self, save: Callable[[keras.Model, int], None]):
        super().__init__()
        self._save = save

    def on_epoch_end(self, epoch, logs=None):
        self._save(self.model, epoch + 1)


def write_csv(path: Path, rows: list[dict]) -> None:
    """Writes rows whose keys may differ (a validation is not in every epoch)."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    files.write_text(path, text.getvalue())
