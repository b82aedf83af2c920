"""Compares systems on the same photos in a table and a picture."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from keras_blur import provenance
from keras_blur.evaluation import plots, tables
from keras_blur.text import counted

Record = Mapping[str, Any]  # what `report.collect` returned, with the facts that `evaluate` adds

NOT_RECORDED = "not recorded"
NETWORK_COLOUR, FORMULA_COLOUR = "#0072b2", "#e69f00"

TRAINING = ("trained on", "pre-training", "epochs")
"""What `training_cells` tells of a system."""

HEADER = (
    "system",
    "accuracy",
    "F1",
    "mIoU",
    "IoU blurred",
    "MAE",
    "max F1",
    "max F0.3",
    "motion: accuracy / mIoU",
    "defocus: accuracy / mIoU",
    "type",
    "s a photo",
    "memory, MB",
    "weights",
    *TRAINING,
    "published (theirs)",
)
SHORT = HEADER.index("memory, MB")  # the columns before this one fit a terminal


def rows(records: Mapping[str, Record]) -> list[list[str]]:
    """A header and a row for every system, in the order given.

    Figures are means over photos at the system's threshold, except "max F1" and "max F0.3" (beta^2 = 0.3),
    which are those of mean precision and recall at the best threshold.
    """
    return [list(HEADER), *(_row(name, record) for name, record in records.items())]


def _row(name: str, record: Record) -> list[str]:
    results = record["results"]
    mean = results["all"]["mean"]
    figures = [mean[key] for key in ("accuracy", "f1", "miou", "iou_blurred", "mae", "ods_f1", "ods_f_beta")]
    seconds = results["all"]["seconds"]
    return [
        name,
        *(tables.EMPTY if figure is None else tables.number(figure) for figure in figures),
        *(_pair(results.get(group)) for group in ("motion", "defocus")),
        tables.EMPTY
        if results["all"]["type_accuracy"] is None
        else tables.number(results["all"]["type_accuracy"]),
        tables.EMPTY if seconds is None else f"{seconds:.2g}",
        str(record.get("peak_memory_mb") or tables.EMPTY),
        f"{record['weights']:,}" if record.get("weights") else tables.EMPTY,
        *training_cells(record.get("trained_on")),
        "; ".join(record.get("published") or ()) or tables.EMPTY,
    ]


def _pair(results: Mapping[str, Any] | None) -> str:
    if results is None:
        return tables.EMPTY
    return " / ".join(tables.number(results["mean"][key]) for key in ("accuracy", "miou"))


def training_cells(records: Sequence[Mapping[str, Any]] | None) -> tuple[str, str, str]:
    """Returns the cells below `TRAINING`, from the records of a system's trainings.

    What a record doesn't say is "not recorded". A system of several networks has a part for each.
    """
    data, starts, epochs = [], [], []
    for record in map(provenance.read_training, records or ()):
        names = " + ".join(provenance.describe_split(identity) for identity in record["data"])
        examples = sum(identity.get("examples", 0) for identity in record["data"])
        data.append(f"{names}: {counted(examples, 'example')}")
        starts.append(record.get("pretrained", NOT_RECORDED) or "none")
        epochs.append(str(record["epochs"]))
    return (
        "; ".join(data) or tables.EMPTY,
        "; ".join(dict.fromkeys(starts)) or tables.EMPTY,
        "; ".join(epochs) or tables.EMPTY,
    )


def accuracy_against_time(path: str | os.PathLike, records: Mapping[str, Record], title: str) -> None:
    """Draws accuracy against seconds a photo: a dot for every system, a line for all blurred."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6), layout="constrained")
    axes = figure.add_subplot()
    shown = {name: record for name, record in records.items() if name != "all_blurred"}  # that is the line
    timed = {name: record for name, record in shown.items() if record["results"]["all"]["seconds"]}
    points = [
        (r["results"]["all"]["seconds"], r["results"]["all"]["mean"]["accuracy"]) for r in timed.values()
    ]
    trivial = next(iter(records.values()))["all_blurred"]["all"]["mean"]["accuracy"]
    axes.axhline(trivial, color=plots.GREY, linewidth=1, linestyle=":")
    axes.text(
        0.99,
        trivial,
        "all blurred",
        transform=axes.get_yaxis_transform(),
        ha="right",
        va="bottom",
        color=plots.GREY,
    )
    for (seconds, accuracy), record in zip(points, timed.values(), strict=True):
        colour = NETWORK_COLOUR if record.get("weights") else FORMULA_COLOUR
        axes.plot(seconds, accuracy, "o", color=colour, markersize=6)
    for colour, kind in ((NETWORK_COLOUR, "trained network"), (FORMULA_COLOUR, "formula")):
        axes.plot([], [], "o", color=colour, label=kind)
    axes.set(
        xscale="log", xlabel="seconds a photo (median)", ylabel="accuracy (mean over photos)", title=title
    )
    axes.margins(x=0.15, y=0.08)
    axes.grid(axis="y", color="#eeeeee")
    axes.legend(loc="best")
    _label(figure, axes, points, list(timed))
    plots.save(figure, path)


def _label(figure, axes, points: Sequence[tuple[float, float]], names: Sequence[str]) -> None:
    """Writes a name beside every dot, moved up or down until it covers no other."""
    figure.canvas.draw()
    taken: list[tuple[float, float, float, float]] = []
    for point, name in sorted(zip(points, names, strict=True), key=lambda item: item[0][1]):
        x, y = axes.transData.transform(point)
        width, height = 6.2 * len(name) + 10, 13.0
        for step in (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5):
            box = (x, y + step * height, x + width, y + (step + 1) * height)
            if not any(_overlap(box, other) for other in taken):
                break
        taken.append(box)
        axes.annotate(
            name,
            point,
            xytext=(8, (box[1] - y) * 72 / figure.dpi - 3),
            textcoords="offset points",
            fontsize=8,
            arrowprops={"arrowstyle": "-", "color": "#bbbbbb", "linewidth": 0.6} if step else None,
        )


def _overlap(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
