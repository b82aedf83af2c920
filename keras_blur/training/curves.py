"""The course of a training's figures as a picture."""

import io
from pathlib import Path

from keras_blur import files


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
