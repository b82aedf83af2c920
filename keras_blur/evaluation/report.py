"""Writes a measurement as a folder: figures, tables, curves and pictures."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_blur import files
from keras_blur.data.catalog import Example
from keras_blur.evaluation import panels, plots, scoring, tables
from keras_blur.evaluation.maps import SavedMaps
from keras_blur.metrics import binary
from keras_blur.processing import save_picture
from keras_blur.systems.base import System
from keras_blur.text import called, counted

PANELS = 6  # photos in best.png and in worst.png
PER_PHOTO = ("accuracy", "precision", "recall", "f1", "f_beta", "iou_blurred", "iou_sharp", "miou", "mae")


def collect(score: scoring.Score, positive: str = "blurred", **facts: Any) -> dict[str, Any]:
    """Returns all figures as plain data, as metrics.json holds them.

    Args:
        score: What was found.
        positive: The class that precision, recall, F and the curve are about.
        **facts: What else belongs on record: command, what the system was loaded from (`source`), data set,
            split, versions.
    """
    everything = {
        name: scoring.summary(photos, score.threshold, positive)
        for name, photos in scoring.groups(score.photos).items()
    }
    trivial = scoring.all_positive(score.photos, positive)
    return {
        "system": score.system,
        "threshold": score.threshold,
        "positive": positive,
        "photos": len(score.photos),
        "skipped": score.skipped,
        "resized_maps": sum(photo.map_size is not None for photo in score.photos),
        **facts,
        "results": everything,
        f"all_{positive}": {
            name: scoring.summary(photos, 0.5, positive) for name, photos in scoring.groups(trivial).items()
        },
    }


def write(
    folder: str | os.PathLike,
    record: dict[str, Any],
    score: scoring.Score,
    system: System | SavedMaps,
    examples: Sequence[Example],
) -> None:
    """Writes metrics.json, table.md, table.csv, per_photo.csv, precision_recall.csv and the pictures.

    They are written into a hidden folder first and then moved, metrics.json last: where it is, the report is
    whole.

    Args:
        folder: Made if it isn't there; files of an earlier report are replaced.
        record: What `collect` returned.
        score: What was found.
        system: The system, asked again for the photos that are shown.
        examples: What was scored.

    Raises:
        BlurError: the folder can't be written, or another process writes a report there; an earlier report is
            as it was.
    """
    folder = Path(folder)
    files.make_folder(folder)
    with files.lock(folder), files.staged(folder, last="metrics.json") as partial:
        _write(partial, record, score, system, examples)


def _write(
    folder: Path,
    record: dict[str, Any],
    score: scoring.Score,
    system: System | SavedMaps,
    examples: Sequence[Example],
) -> None:
    positive = record["positive"]
    files.write_json(folder / "metrics.json", record)
    table = tables.rows(record["results"], record[f"all_{positive}"]["all"], positive)
    files.write_text(folder / "table.md", markdown(record, table))
    files.write_text(folder / "table.csv", tables.csv_text(table))
    files.write_text(folder / "per_photo.csv", tables.csv_text(per_photo(score, positive)))
    files.write_text(folder / "precision_recall.csv", tables.csv_text(precision_recall(score, positive)))
    title = f"{_called(record)}: {counted(len(score.photos), 'photo')}"
    groups = scoring.groups(score.photos)
    plots.pr_curve(folder / "pr_curve.png", groups, score.threshold, positive, title)
    plots.confusion_matrix(folder / "confusion.png", score.photos, score.threshold)
    ranked = sorted(score.photos, key=lambda photo: -_miou(photo, score.threshold))
    for name, photos in (("best", ranked[:PANELS]), ("worst", ranked[::-1][:PANELS])):
        heading = f"{_called(record)}: the {len(photos)} {name} of {counted(len(ranked), 'photo')} by mIoU"
        save_picture(folder / f"{name}.png", _sheet(photos, heading, score.threshold, system, examples))


def text(record: dict[str, Any]) -> str:
    """Returns the facts of the measurement and its table, for the terminal."""
    positive = record["positive"]
    table = tables.rows(record["results"], record[f"all_{positive}"]["all"], positive)
    extra = tables.class_lines(record["results"]["all"])
    return "\n".join([*_facts(record), "", tables.terminal(table), *extra])


def markdown(record: dict[str, Any], table: Sequence[Sequence[str]]) -> str:
    """The same for a page."""
    extra = "  \n".join(tables.class_lines(record["results"]["all"]))
    return (
        "\n".join([*(f"- {fact}" for fact in _facts(record)), "", tables.markdown(table), "", extra]) + "\n"
    )


def _called(record: dict[str, Any]) -> str:
    return called(record["system"], record.get("source"))


def _facts(record: dict[str, Any]) -> list[str]:
    seconds = record["results"]["all"]["seconds"]
    facts = [f"command: {record['command']}"] if "command" in record else []
    where = f" of {record['dataset']}, split {record['split']}" if "dataset" in record else ""
    facts.append(f"system: {_called(record)}, {counted(record['photos'], 'photo')}{where}")
    facts.append(
        f"means over photos, maps at the mask's size, blurred above {record['threshold']:g}, "
        f"{record['positive']} = positive"
    )
    if seconds is not None:
        facts.append(f"median time: {1000 * seconds:.0f} ms a photo")
    facts += record.get("notes", [])
    if record["skipped"]:
        facts.append(f"left out, all void: {', '.join(record['skipped'])}")
    return facts


def per_photo(score: scoring.Score, positive: str = "blurred") -> list[list[Any]]:
    """A header and a row per photo, for a CSV file."""
    table: list[list[Any]] = [["name", "type", "answered_type", *PER_PHOTO, "seconds"]]
    for photo in score.photos:
        figures = scoring.photo_figures(photo, score.threshold, positive)
        seconds = None if photo.seconds is None else f"{photo.seconds:.4f}"
        values = [f"{figures[name]:.5f}" for name in PER_PHOTO]
        table.append([photo.name, photo.type, photo.answered_type, *values, seconds])
    return table


def precision_recall(score: scoring.Score, positive: str = "blurred") -> list[list[Any]]:
    """Returns a header and a row per threshold 0 to 255: precision and recall, averaged over photos.

    Only the header where no photo has a pixel of the positive class.
    """
    histograms = np.stack([photo.histogram for photo in score.photos])
    ranked = binary.with_sharp_positive(histograms) if positive == "sharp" else histograms
    curve = binary.mean_curve(ranked)
    table: list[list[Any]] = [["threshold", "precision", "recall"]]
    if curve is not None:
        pairs = zip(curve.precision, curve.recall, strict=True)
        table += [[level, f"{p:.5f}", f"{r:.5f}"] for level, (p, r) in enumerate(pairs)]
    return table


def _miou(photo: scoring.PhotoScore, threshold: float) -> float:
    return scoring.photo_figures(photo, threshold)["miou"]


def _sheet(photos, title: str, threshold: float, system: System | SavedMaps, examples: Sequence[Example]):
    rows, captions = [], []
    for photo in photos:
        example = examples[photo.index]
        figures = scoring.photo_figures(photo, threshold)
        rows.append(panels.row(example, scoring.answer(system, example), threshold))
        figure = {name: tables.number(figures[name]) for name in ("accuracy", "f1", "miou")}
        asked = scoring.type_is_right(photo) is not None
        taken = f", its blur taken for {photo.answered_type}" if asked else ""
        captions.append(
            f"{photo.name} ({photo.type}): accuracy {figure['accuracy']}, F1 {figure['f1']}, "
            f"mIoU {figure['miou']}{taken}"
        )
    return panels.sheet(rows, captions, title)
