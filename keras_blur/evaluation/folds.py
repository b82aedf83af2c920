"""Cross-validation: the figures of every fold, their mean and their deviation."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_blur import files
from keras_blur.evaluation import tables

# Name, and where the figure stands in what `scoring.summary` returns: means over photos, then BDNet's four.
FIGURES = {
    "accuracy": ("mean", "accuracy"),
    "f1": ("mean", "f1"),
    "miou": ("mean", "miou"),
    "pixel_accuracy": ("two_class", "pixel_accuracy"),
    "mean_accuracy": ("two_class", "mean_accuracy"),
    "mean_iou": ("two_class", "mean_iou"),
    "frequency_weighted_iou": ("two_class", "frequency_weighted_iou"),
}


def figures(summary: Mapping[str, Any]) -> dict[str, float]:
    """The FIGURES of one fold, from the `scoring.summary` of its held-out photos, and their number."""
    return {"photos": summary["photos"], **{k: summary[part][name] for k, (part, name) in FIGURES.items()}}


def summarise(folds: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Mean and sample standard deviation over folds of what `figures` returns for each."""
    columns = {name: [fold[name] for fold in folds] for name in FIGURES}
    return {
        "folds": [dict(fold) for fold in folds],
        "mean": {name: statistics.fmean(values) for name, values in columns.items()},
        "deviation": {name: statistics.stdev(values) for name, values in columns.items()},
    }


def table(summary: Mapping[str, Any]) -> list[list[str]]:
    """A header, a row for every fold, and their mean and deviation."""
    rows = [["fold", "photos", *(name.replace("_", " ").replace("iou", "IoU") for name in FIGURES)]]
    for number, fold in enumerate(summary["folds"]):
        rows.append([str(number), str(fold["photos"]), *(tables.number(fold[name]) for name in FIGURES)])
    mean, deviation = summary["mean"], summary["deviation"]
    spread = [f"{tables.number(mean[name])} ± {tables.number(deviation[name])}" for name in FIGURES]
    return [*rows, ["mean", "", *spread]]


def write(folder: Path, summary: Mapping[str, Any]) -> None:
    """Writes summary.json and summary.md.

    Raises:
        BlurError: the folder can't be written.
    """
    files.write_json(folder / "summary.json", summary)
    files.write_text(folder / "summary.md", tables.markdown(table(summary)) + "\n")
