"""TensorBoard without TensorFlow: event files through the `tensorboard` package alone, for any backend."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import keras
import numpy as np

from keras_blur.errors import BlurError


class TensorBoardLog(keras.callbacks.Callback):
    """Writes each epoch's figures; `picture` adds an image.

    TensorBoard's own EventFileWriter writes through TensorFlow where that is installed, from a thread that
    prints a traceback when the disk is full.

    Args:
        folder: Where the event files go; a resumed training adds one of its own.

    Raises:
        BlurError: the folder can't be written, or the disk is full.
    """

    def __init__(self, folder: Path):
        super().__init__()
        from tensorboard.compat.proto import event_pb2, summary_pb2
        from tensorboard.summary.writer.record_writer import RecordWriter

        self._event, self._summary = event_pb2.Event, summary_pb2.Summary
        self._folder = folder
        with self._writing():
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"events.out.tfevents.{time.time():.6f}.{os.getpid()}"
            self._writer = RecordWriter(path.open("xb"))
        self._add(self._event(wall_time=time.time(), file_version="brain.Event:2"))

    def on_epoch_end(self, epoch, logs=None):
        for name, value in (logs or {}).items():
            self._add_value(epoch + 1, self._summary.Value(tag=name, simple_value=float(value)))

    def on_train_end(self, logs=None):
        self._writer.close()

    def picture(self, epoch: int, tag: str, image: np.ndarray) -> None:
        """Adds `(H, W, 3)` uint8 RGB to the events."""
        encoded = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))[1].tobytes()
        picture = self._summary.Image(
            height=image.shape[0], width=image.shape[1], colorspace=3, encoded_image_string=encoded
        )
        self._add_value(epoch, self._summary.Value(tag=tag, image=picture))

    def _add_value(self, step: int, value) -> None:
        self._add(self._event(wall_time=time.time(), step=step, summary=self._summary(value=[value])))

    def _add(self, event) -> None:
        with self._writing():
            self._writer.write(event.SerializeToString())
            self._writer.flush()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise BlurError(
                f"cannot write {self._folder}: {error.strerror or error}; make room, then `resume`"
            ) from error


def is_available() -> bool:
    """Returns whether the `tensorboard` package is installed."""
    try:
        import tensorboard.summary.writer.record_writer  # noqa: F401
    except ImportError:
        return False
    return True
