"""Pictures of a training: what the network sees, should see and answers, and the course of its figures."""

import io
from pathlib import Path

import cv2
import keras
import numpy as np

from keras_blur import files, labels


def panel(model: keras.Model, images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """A row per photo: the photo, its mask, the network's answer with colours mixed by probability.

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


def save_curves(path: str | Path, rows: list[dict]) -> None:
    """Plots every logged figure over the epochs, training and validation in one diagram."""
    from matplotlib.figure import Figure  # slow to import

    names = [
        k for k in dict.fromkeys(k for row in rows for k in row) if k != "epoch" and not k.startswith("val_")
    ]
    columns = min(3, len(names))
    figure = Figure(figsize=(4.2 * columns, 3 * -(-len(names) // columns)), layout="constrained")
    for number, name in enumerate(names, 1):
        axes = figure.add_subplot(-(-len(names) // columns), columns, number)
        for key, label in ((name, "training"), (f"val_{name}", "validation")):
            points = [(row["epoch"], row[key]) for row in rows if key in row]
            if points:
                axes.plot(*zip(*points, strict=True), label=label, marker="." if len(points) < 3 else None)
        axes.set_title(name.replace("_", " "), fontsize=10)
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.3)
        if f"val_{name}" in rows[-1]:
            axes.legend(fontsize=8)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    with files.atomic_path(path) as temporary:
        temporary.write_bytes(buffer.getvalue())
