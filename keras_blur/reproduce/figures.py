"""Draws the figures of papers. Every function takes (path, runner, rows) and writes a picture to the path.

The runs of the rows are trained; what else a picture needs, its function measures.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_blur import files
from keras_blur.evaluation import panels, plots, tables
from keras_blur.processing import overlay, resize, save_picture
from keras_blur.reproduce.experiment import Row, Run
from keras_blur.reproduce.runner import Runner

COLUMNS = 12  # filters side by side
MAGNIFIED = 6  # pixels of the picture for each of a filter
PHOTOS = 6  # in a picture of methods side by side
CURVE_FILE = "precision_recall.csv"
CURVE_COLUMNS = ("threshold", "precision", "recall")


def draw_filters(path: Path, runner: Runner, rows: Sequence[Row]) -> None:
    """Draws the colour filters of the first layer of a network, each scaled to its own range."""
    from keras_blur.systems.weights import load_network

    (folder,) = runner.weight_folders(rows[0])
    network, _ = load_network(folder)
    kernels = network.get_layer("conv1").get_weights()[0].transpose(3, 0, 1, 2)  # (filters, n, n, 3)
    low = kernels.min(axis=(1, 2, 3), keepdims=True)
    high = kernels.max(axis=(1, 2, 3), keepdims=True)
    tiles = 255 * (kernels - low) / np.maximum(high - low, 1e-12)
    save_picture(path, _grid(tiles.repeat(MAGNIFIED, axis=1).repeat(MAGNIFIED, axis=2)))


def draw_zeng_filters(path: Path, runner: Runner, rows: Sequence[Row]) -> None:
    """Draws the two filters of the metric: red is positive, blue is negative."""
    system: Any = runner.load(rows[0])
    strength = system.filters / np.abs(system.filters).max(axis=(1, 2), keepdims=True)
    fade = 1 - np.abs(strength)
    tiles = np.stack([np.where(strength < 0, fade, 1), fade, np.where(strength > 0, fade, 1)], axis=-1)
    times = 4 * MAGNIFIED
    save_picture(path, _grid(255 * tiles.repeat(times, axis=1).repeat(times, axis=2)))


def draw_curves(path: Path, runner: Runner, rows: Sequence[Row]) -> None:
    """Draws loss and accuracy of runs against the epoch, on training and on validation examples."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    panes = figure.subplots(1, 2)
    for row in rows:
        with open(runner.run_folder(_run_of(row)) / "log.csv", encoding="utf-8", newline="") as file:
            log = list(csv.DictReader(file))
        for axes, name in zip(panes, ("loss", "blurred_accuracy"), strict=True):
            for key, label in ((name, "training"), (f"val_{name}", "validation")):
                points = [(int(line["epoch"]), float(line[key])) for line in log if line.get(key)]
                axes.plot(*zip(*points, strict=True), label=f"{row.label}, {label}", marker=".")
            axes.set(xlabel="epoch", title=name.replace("_", " "))
            axes.grid(alpha=0.3)
    panes[0].legend(fontsize=8)
    plots.save(figure, path)


def draw_precision_recall(path: Path, runner: Runner, rows: Sequence[Row]) -> None:
    """Draws precision against recall, averaged over photos, a curve for each system that is measured.

    The points lie beside the picture, as CSV.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 6), layout="constrained")
    axes = figure.add_subplot()
    found = []
    for row in rows:
        runner.measure(row)
        with open(runner.measured_folder(row) / CURVE_FILE, encoding="utf-8", newline="") as file:
            points = [line for line in csv.DictReader(file) if float(line["recall"]) > 0]
        found += [[row.label, *(point[name] for name in CURVE_COLUMNS)] for point in points]
        axes.plot(
            [float(line["recall"]) for line in points],
            [float(line["precision"]) for line in points],
            label=row.label,
            marker="o" if len({line["recall"] for line in points}) == 1 else None,  # one point has no line
        )
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.005), ylim=(0, 1.005))
    axes.grid(alpha=0.3)
    axes.legend(loc="lower left", fontsize=9)
    plots.save(figure, path)
    files.write_text(path.with_suffix(".csv"), tables.csv_text([["system", *CURVE_COLUMNS], *found]))


def draw_side_by_side(path: Path, runner: Runner, rows: Sequence[Row]) -> None:
    """Draws photos, their truth and the maps of each system: a row a photo, a column a system."""
    from keras_blur.data import catalog

    examples = catalog.load(rows[0].dataset, rows[0].split, runner.data_dir)
    chosen = [examples[i] for i in _spread(_wanted(rows[0], examples.names), PHOTOS)]
    loaded = [runner.load(row) for row in rows]
    lines = []
    for example in chosen:
        height = round(panels.COLUMN_WIDTH * example.image.shape[0] / example.image.shape[1])
        image = resize(example.image, height, panels.COLUMN_WIDTH)
        maps = [system.blur_map(example.image) for system in loaded]
        answers = [
            overlay(image, blur_map, system.calibration.blurred_threshold)
            for system, blur_map in zip(loaded, maps, strict=True)
        ]
        lines.append(np.hstack([image, panels.paint_truth(image, example.mask), *answers]))
    titles = ["photo", "truth", *(row.label for row in rows)]
    strip = panels.write_titles(titles, panels.COLUMN_WIDTH, lines[0].shape[1])
    save_picture(path, np.vstack([strip, *lines]))


def _wanted(row: Row, names: Sequence[str]) -> list[int]:
    """Returns the numbers of the photos that a row is measured on."""
    if "--photos" not in row.options:
        return list(range(len(names)))
    listed = Path(row.options[row.options.index("--photos") + 1]).read_text(encoding="utf-8").split()
    return [number for number, name in enumerate(names) if name in listed]


def _spread(numbers: Sequence[int], count: int) -> list[int]:
    count = min(count, len(numbers))
    return [numbers[i * len(numbers) // count] for i in range(count)]


def _run_of(row: Row) -> Run:
    if not isinstance(row.system, Run):
        raise TypeError(f"rows: expected a run behind '{row.label}', received the system {row.system}")
    return row.system


def _grid(tiles: np.ndarray) -> np.ndarray:
    """Returns tiles `(N, h, w, 3)` of 0..255 as one picture, a white line between them."""
    tiles = np.pad(np.rint(tiles).astype(np.uint8), ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=255)
    columns = min(COLUMNS, len(tiles))
    missing = -len(tiles) % columns
    tiles = np.concatenate([tiles, np.full((missing, *tiles.shape[1:]), 255, np.uint8)])
    return np.vstack([np.hstack(line) for line in tiles.reshape(-1, columns, *tiles.shape[1:])])
