"""Pictures of what a network sees, should see and answers."""

from pathlib import Path

import cv2
import keras
import numpy as np

from keras_blur import labels
from keras_blur.callbacks.tensorboard import TensorBoardLog
from keras_blur.callbacks.weights import KeptWeights
from keras_blur.data.batches import Batches
from keras_blur.processing import save_picture

PHOTOS = 4  # in a picture


class Panels(keras.callbacks.Callback):
    """Draws predictions on a few validation photos, spread over the split.

    Args:
        folder: Where the pictures go; None = nowhere, but the network answers, as every host's must.
        validation: What the photos are chosen from.
        every: Epochs between pictures; the last epoch always has one.
        kept: Makes the weights that predict; None = the optimizer's moving average alone.
        log: Gets the pictures too; None = no TensorBoard.
    """

    def __init__(
        self,
        folder: str | Path | None,
        validation: Batches,
        every: int = 1,
        kept: KeptWeights | None = None,
        log: TensorBoardLog | None = None,
    ):
        super().__init__()
        self._folder, self._validation, self._every = folder, validation, every
        self._kept, self._log = kept, log

    def on_train_begin(self, logs=None):
        self._kept = self._kept or KeptWeights(self.model)

    def on_epoch_end(self, epoch, logs=None):
        last = epoch + 1 == self.params["epochs"]
        if (epoch + 1) % self._every and not last:
            return
        photos = np.linspace(0, self._validation.samples - 1, PHOTOS).round().astype(int)
        samples = [self._validation.sample(0, photo) for photo in photos]
        images, masks = (np.stack(arrays) for arrays in zip(*samples, strict=True))
        with self._kept.inside(self.model):
            image = draw_panel(self.model, images, masks)
        if self._folder is not None:
            save_picture(Path(self._folder) / f"epoch_{epoch + 1:04d}.jpg", image, quality=90)
        if self._log:
            self._log.picture(epoch + 1, "validation", image)


def draw_panel(model: keras.Model, images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Draws a row per photo: the photo, its mask, the network's answer with colours mixed by probability.

    Args:
        model: Logits out; of several outputs the last is shown.
        images: `(B, H, W, 3)` uint8.
        masks: `(B, H, W)` uint8 class ids.

    Returns:
        `(B * H, 3 * W, 3)` uint8.
    """
    # Not predict_on_batch: under tf.distribute every copy of the network would answer for the whole batch.
    logits = model(images.astype(np.float32), training=False)
    logits = keras.ops.convert_to_numpy(logits[-1] if isinstance(logits, (list, tuple)) else logits)
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities = odds / odds.sum(axis=-1, keepdims=True)
    palette = np.array([labels.COLOURS[name] for name in labels.CLASS_NAMES], np.float32)
    rows = []
    for image, mask, answer in zip(images, masks, probabilities, strict=True):
        mixed = (answer @ palette[: answer.shape[-1]]).astype(np.uint8)
        mixed = cv2.resize(mixed, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        rows.append(np.hstack([image, labels.painted(mask), mixed]))
    return np.vstack(rows)
