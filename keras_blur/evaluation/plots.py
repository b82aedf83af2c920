"""Figures of a measurement: precision-recall curve and confusion matrix."""

import io
import os
from collections.abc import Mapping, Sequence

import numpy as np

from keras_blur import files, labels
from keras_blur.evaluation import scoring
from keras_blur.metrics import binary
from keras_blur.text import counted

GREY = "#777777"
INK = "#222222"
GROUP_COLOURS = {
    "all": INK,
    "mixed": "#cc79a7",
    **{name: "#{:02x}{:02x}{:02x}".format(*rgb) for name, rgb in labels.COLOURS.items()},
}
ON_LINE = {"zorder": 0.5, "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1}}
ISO_F1 = (0.6, 0.7, 0.8, 0.9)


def pr_curve(
    path: str | os.PathLike,
    groups: Mapping[str, Sequence[scoring.PhotoScore]],
    threshold: float,
    positive: str = "blurred",
    title: str = "",
) -> None:
    """Draws precision against recall, averaged over photos, for every group; the dot is at `threshold`.

    The curves' right ends, at recall 1, are those of calling everything positive. Maps of two levels have
    only one other point. Groups without a pixel of the positive class have no curve.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.6, 5.6), layout="constrained")
    axes = figure.add_subplot()
    _draw_iso_f1(axes)
    for name, photos in groups.items():
        histograms = np.stack([photo.histogram for photo in photos])
        figures = binary.summary(histograms, threshold, positive)["mean"]
        ranked = binary.with_sharp_positive(histograms) if positive == "sharp" else histograms
        curve = binary.mean_curve(ranked)
        if curve is None:
            continue
        colour = GROUP_COLOURS[name]
        label = f"{name} ({len(photos)}): AP {figures['average_precision']:.3f}, F1 {figures['f1']:.3f}"
        width = 2.2 if name == "all" else 1.3
        found = curve.recall > 0
        axes.plot(curve.recall[found], curve.precision[found], color=colour, label=label, linewidth=width)
        dot = [np.array([figures[name]], float) for name in ("recall", "precision")]
        axes.plot(*dot, "o", color=colour, markersize=6)
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.005), ylim=(0, 1.005), title=title)
    axes.set_aspect("equal")
    axes.legend(loc="lower left", fontsize=9, title=f"{positive} = positive; dot: threshold {threshold:g}")
    save(figure, path)


def _draw_iso_f1(axes) -> None:
    """Lines of equal F1: precision = F r / (2 r - F)."""
    for f1 in ISO_F1:
        recall = np.linspace(f1 / (2 - f1), 1, 100)
        axes.plot(recall, f1 * recall / (2 * recall - f1), ":", color=GREY, linewidth=0.8, zorder=0)
        # Where the line meets the diagonal, precision and recall are F1 themselves.
        axes.text(f1, f1, f"F1 {f1:.1f}", ha="center", va="center", color=GREY, fontsize=7, **ON_LINE)


def confusion_matrix(path: str | os.PathLike, photos: Sequence[scoring.PhotoScore], threshold: float) -> None:
    """Draws the pooled confusion matrix, of three classes if the system knows them, else of two.

    Rows are the truth and sum to 100 %; below the percentage stand the pixels.
    """
    from matplotlib.figure import Figure

    names, matrix = _matrix(photos, threshold)
    totals = matrix.sum(axis=1, keepdims=True)
    shares = matrix / np.maximum(totals, 1)
    figure = Figure(figsize=(1.6 + 1.3 * len(names), 1.2 + 1.2 * len(names)), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row in range(len(names)):
        for column in range(len(names)):
            share = shares[row, column]
            text = f"{100 * share:.1f} %\n{_amount(matrix[row, column])}" if totals[row] else "-"
            axes.text(column, row, text, ha="center", va="center", color="white" if share > 0.55 else INK)
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names, rotation=90, va="center")
    axes.set(xlabel="answer", ylabel="truth", title=f"pixels of {counted(len(photos), 'photo')}")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    save(figure, path)


def _amount(pixels: int) -> str:
    """For example "12.5 M" or "310 k"."""
    return f"{pixels / 1e6:.1f} M" if pixels >= 1e6 else f"{pixels / 1e3:.0f} k"


def _matrix(photos: Sequence[scoring.PhotoScore], threshold: float) -> tuple[Sequence[str], np.ndarray]:
    matrix = scoring.confusion(photos)
    if matrix is not None:
        return labels.CLASS_NAMES, matrix
    c = binary.counts(np.sum([photo.histogram for photo in photos], axis=0), threshold)
    cells = [[c.true_negative, c.false_positive], [c.false_negative, c.true_positive]]
    return labels.BINARY_NAMES, np.array(cells)


def save(figure, path: str | os.PathLike) -> None:
    """Writes a Matplotlib figure as PNG, atomically."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    with files.atomic_path(path) as temporary:
        temporary.write_bytes(buffer.getvalue())
