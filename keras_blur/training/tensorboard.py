"""TensorBoard without TensorFlow: event files through the `tensorboard` package alone, for any backend."""

import time
from pathlib import Path

import cv2
import keras
import numpy as np


class TensorBoardLog(keras.callbacks.Callback):
    """Writes each epoch's figures; `picture` adds an image.

    Args:
        folder: Where the event files go; a resumed training adds one of its own.
    """

    def __init__(self, folder: Path):
        super().__init__()
        from tensorboard.compat.proto import event_pb2, summary_pb2
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        self._event, self._summary = event_pb2.Event, summary_pb2.Summary
        self._writer = EventFileWriter(str(folder))

    def on_epoch_end(self, epoch, logs=None):
        for name, value in (logs or {}).items():
            self._write(epoch + 1, self._summary.Value(tag=name, simple_value=float(value)))
        self._writer.flush()

    def on_train_end(self, logs=None):
        self._writer.close()

    def picture(self, epoch: int, tag: str, image: np.ndarray) -> None:
        """Adds `(H, W, 3)` uint8 RGB to the events."""
        encoded = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))[1].tobytes()
        picture = self._summary.Image(
            height=image.shape[0], width=image.shape[1], colorspace=3, encoded_image_string=encoded
        )
        self._write(epoch, self._summary.Value(tag=tag, image=picture))

    def _write(self, step: int, value) -> None:
        summary = self._summary(value=[value])
        self._writer.add_event(self._event(wall_time=time.time(), step=step, summary=summary))


def available() -> bool:
    """Whether the `tensorboard` package is installed."""
    try:
        import tensorboard.summary.writer.event_file_writer  # noqa: F401
    except ImportError:
        return False
    return True
