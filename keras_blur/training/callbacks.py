"""What happens between epochs: state, best weights, logs and pictures."""

import contextlib
import csv
import io
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np

from keras_blur import files
from keras_blur.data.batches import Batches
from keras_blur.errors import BlurError
from keras_blur.processing import save_picture
from keras_blur.training import pictures, state
from keras_blur.training.tensorboard import TensorBoardLog

PANEL_PHOTOS = 4
ADVICE = (
    "lower the rate with --set optimizer.learning_rate=..., or go back to training.precision=float32, "
    "in another --run-dir (or remove this one)"
)
"""What helps where figures are no numbers; the same options would lead there again."""


class Progress:
    """What a resumed training must know besides weights: the log so far and the best epoch."""

    def __init__(self):
        self.rows: list[dict] = []
        self.best = -math.inf
        self.best_epoch = 0

    def to_dict(self) -> dict:
        best = None if math.isinf(self.best) else self.best
        return {"rows": self.rows, "best": best, "best_epoch": self.best_epoch}

    def from_dict(self, values: dict) -> None:
        self.rows, self.best_epoch = values["rows"], values["best_epoch"]
        self.best = -math.inf if values["best"] is None else values["best"]

    def is_stale(self, monitor: str, patience: int) -> bool:
        """Whether the last validation is `patience` epochs behind the best one; 0 = never."""
        last = self.rows[-1] if self.rows else {}
        return bool(patience) and monitor in last and last["epoch"] - self.best_epoch >= patience


class Epochs(keras.callbacks.Callback):
    """Tells batches which epoch they are of, so that a resumed training learns from what comes next."""

    def __init__(self, training: Batches):
        super().__init__()
        self._training = training

    def on_epoch_begin(self, epoch, logs=None):
        self._training.epoch = epoch


class StopOnNaN(keras.callbacks.Callback):
    """Ends the training with a clear error at the first loss that is not a number."""

    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is not None and not np.isfinite(loss):
            raise BlurError(f"the loss became {loss} at step {batch + 1} of this epoch; {ADVICE}")


class Record(keras.callbacks.Callback):
    """Adds a row to the log, notes the best epoch and keeps its weights.

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
    """Saves the state after every epoch, the averaged weights swapped out, and then the log.

    Args:
        progress: Shared with `Record`.
        path: The state.
        log: The CSV file, rewritten whole so that it is never torn.
    """

    def __init__(self, progress: Progress, path: Path, log: Path):
        super().__init__()
        self._progress, self._path, self._log = progress, path, log

    def on_epoch_end(self, epoch, logs=None):
        state.save(self._path, self.model, epoch + 1, self._progress.to_dict())
        write_csv(self._log, self._progress.rows)


class Anchor:
    """Makes the weights that are validated and kept: the averaged ones, drawn back towards the initial ones.

    So what the start knew is forgotten less: Wortsman et al., "Robust fine-tuning of zero-shot models",
    CVPR 2022.

    Args:
        model: Before its first step.
        share: Of the initial weights in those that are kept; 0 = the averaged ones alone.
    """

    def __init__(self, model: keras.Model, share: float):
        self._share = share
        self._initial = model.get_weights() if share else []

    @contextlib.contextmanager
    def kept(self, model: keras.Model) -> Iterator[None]:
        """Within, the model has the weights that are kept; outside, those that learn."""
        swap(model)
        trained = model.get_weights() if self._share else []
        if trained:
            pairs = zip(self._initial, trained, strict=True)
            model.set_weights([self._share * old + (1 - self._share) * new for old, new in pairs])
        try:
            yield
        finally:
            if trained:
                model.set_weights(trained)
            swap(model)


class KeptWeights(keras.callbacks.Callback):
    """Puts the weights that are kept into the model while it is validated.

    Keras's SwapEMAWeights leaves them in until the next epoch begins, where a saved state would mix up
    which is which; here they leave as soon as the validation ends.
    """

    def __init__(self, anchor: Anchor):
        super().__init__()
        self._anchor, self._within = anchor, contextlib.ExitStack()

    def on_test_begin(self, logs=None):
        self._within.enter_context(self._anchor.kept(self.model))

    def on_test_end(self, logs=None):
        self._within.close()


class Panels(keras.callbacks.Callback):
    """Pictures of predictions on a few validation photos, spread over the split.

    Args:
        folder: Where the pictures go.
        validation: What they are chosen from.
        every: Epochs between them; the last epoch always has one.
        anchor: Makes the weights that predict.
        log: Gets them too; None = no TensorBoard.
    """

    def __init__(
        self, folder: Path, validation: Batches, every: int, anchor: Anchor, log: TensorBoardLog | None
    ):
        super().__init__()
        self._folder, self._validation, self._every = folder, validation, every
        self._anchor, self._log = anchor, log

    def on_epoch_end(self, epoch, logs=None):
        last = epoch + 1 == self.params["epochs"]
        if (epoch + 1) % self._every and not last:
            return
        photos = np.linspace(0, self._validation.samples - 1, PANEL_PHOTOS).round().astype(int)
        samples = [self._validation.sample(0, photo) for photo in photos]
        images, masks = (np.stack(arrays) for arrays in zip(*samples, strict=True))
        with self._anchor.kept(self.model):
            image = pictures.panel(self.model, images, masks)
        save_picture(self._folder / f"epoch_{epoch + 1:04d}.jpg", image, quality=90)
        if self._log:
            self._log.picture(epoch + 1, "validation", image)


def swap(model: keras.Model) -> None:
    """Exchanges the weights with their moving average; twice is as if nothing had been done."""
    optimizer = model.optimizer
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    if not optimizer.use_ema:
        return
    for variable, average in zip(
        optimizer._trainable_variables, optimizer._model_variables_moving_average, strict=True
    ):
        current = keras.ops.convert_to_numpy(variable)
        variable.assign(average)
        average.assign(current)


def write_csv(path: Path, rows: list[dict]) -> None:
    """Writes rows whose keys may differ (a validation is not in every epoch)."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    files.write_text(path, text.getvalue())
