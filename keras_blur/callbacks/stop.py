"""Ends a training that can't go well."""

import keras
import numpy as np

from keras_blur.errors import BlurError

ADVICE = (
    "lower the rate with `optimizer.learning_rate=...`, or go back to `training.precision=float32`, "
    "in another `run_dir` (or remove this one)"
)
"""What helps where figures are no numbers; the same options would lead there again."""


class StopOnNaN(keras.callbacks.Callback):
    """Ends the training at the first loss that is not a number.

    Raises:
        BlurError: says at which step, and what helps.
    """

    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is not None and not np.isfinite(loss):
            raise BlurError(f"the loss became {loss} at step {batch + 1} of this epoch; {ADVICE}")
