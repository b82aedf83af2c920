"""Draws the pictures that explain the verdict, with photos that scikit-image ships.

    python docs/pictures/explain.py

- pipeline.png: from a photo to its verdict;
- reasons.jpg: a photo without a warning and one with it, for every reason, with what the network says;
- accuracy_time.png: accuracy against time, from the table in docs/reproduction.md;
- report.jpg: the page of `keras-blur predict --report`, taken by Chromium if it is installed.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy as np
import skimage
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

import keras_blur
from keras_blur import processing, verdict
from keras_blur.commands import cli
from keras_blur.evaluation import comparison
from keras_blur.result import REASONS, Result
from keras_blur.synthesis import blur, kernels

HERE = Path(__file__).parent
PHOTOS = Path(skimage.__file__).parent / "data"
TABLE = HERE.parent / "reproduction.md"
GREEN = "#009e73"
CHROMIUM = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1100,640")


def main() -> None:
    """Writes all pictures beside this script."""
    system = keras_blur.load("mobile", runtime="litert")
    draw_pipeline(system)
    draw_reasons(system)
    draw_accuracy()
    if shutil.which("chromium"):
        draw_report()


def read(name: str, kernel: np.ndarray | None = None) -> np.ndarray:
    """Returns one of scikit-image's photos, uint8 RGB, maybe blurred."""
    photo = processing.read_photo(PHOTOS / name)
    return photo if kernel is None else blur.blur_photo(photo, kernel)


def draw_pipeline(system: keras_blur.System) -> None:
    """Draws photo, input, blur map, cells with the sharpest window, and the verdict of a portrait."""
    photo = read("astronaut.png")[:, :420]
    result = system.predict(photo)
    sharp = result.blur_map[..., 0]
    cells = cv2.resize(sharp, (verdict.GRID, verdict.GRID), interpolation=cv2.INTER_AREA)
    means = cv2.blur(cells, (verdict.WINDOW, verdict.WINDOW))[1:-1, 1:-1]
    row, column = np.unravel_index(means.argmax(), means.shape)

    figure = Figure(figsize=(13, 3.9), layout="constrained")
    axes = figure.subplots(1, 5)
    show(axes[0], photo, "photo")
    side = system.calibration.input_side
    show(axes[1], cv2.resize(photo, (300, 300)), f"input: {side} x {side}")
    rgb = [processing.overlay(np.full_like(photo, 255), result.blur_map)]
    show(axes[2], cv2.resize(rgb[0], (300, 300)), "blur map: 88 x 88,\nblue = out of focus")
    show(axes[3], cells, "P(sharp) in 30 x 30 cells,\nand the sharpest window")
    window = Rectangle(
        (column - 0.5, row - 0.5), verdict.WINDOW, verdict.WINDOW, fill=False, edgecolor=GREEN, linewidth=3
    )
    axes[3].add_patch(window)
    show(axes[4], photo, f"verdict: {caption(result)}\nand the box of what is sharp")
    mark_box(axes[4], photo, result)
    save(figure, "pipeline.png")


def draw_reasons(system: keras_blur.System) -> None:
    """Draws pairs of photos: without and with the reason."""
    wall = np.full((427, 640, 3), 178, np.uint8)
    poster = wall.copy()
    poster[110:310, 170:470] = cv2.resize(read("coffee.png"), (300, 200), interpolation=cv2.INTER_AREA)
    portrait = read("astronaut.png")[:341]
    pairs = [
        ("motion blur", read("coffee.png"), read("coffee.png", kernels.line(25, 20))),
        ("out of focus", portrait, blur.blur_photo(portrait, kernels.disc(6))),
        ("nothing to judge", poster, wall),
        ("too small to judge", read("rocket.jpg"), cv2.resize(read("rocket.jpg"), (320, 214))),
    ]
    figure = Figure(figsize=(13, 5.6), layout="constrained")
    axes = figure.subplots(2, len(pairs))
    for (name, good, bad), column in zip(pairs, axes.T, strict=True):
        for axis, photo in zip(column, (good, bad), strict=True):
            result = system.predict(photo)
            show(axis, photo, caption(result))
            mark_box(axis, photo, result)
        column[0].text(
            0.5, 1.17, name, transform=column[0].transAxes, ha="center", fontsize=14, weight="bold"
        )
    save(figure, "reasons.jpg")


def caption(result: Result) -> str:
    """Returns what people read below a photo."""
    found = result.verdict
    words = REASONS[found.reason]
    return f"{words}, score {found.score:.2f}" if found.judged else words


def show(axis: Axes, picture: np.ndarray, title: str) -> None:
    """Shows a picture without axes, its title above it."""
    axis.imshow(picture, cmap="gray", vmin=0, vmax=1 if picture.dtype != np.uint8 else 255)
    axis.set_title(title, fontsize=11)
    axis.axis("off")


def mark_box(axis: Axes, photo: np.ndarray, result: Result) -> None:
    """Draws the box of what is sharp."""
    if result.verdict.sharp_box is not None:
        height, width = photo.shape[:2]
        row, column, rows, columns = result.verdict.sharp_box
        corner = column * width, row * height
        axis.add_patch(
            Rectangle(corner, columns * width, rows * height, fill=False, edgecolor=GREEN, linewidth=2)
        )


def draw_accuracy() -> None:
    """Draws accuracy against time from the first table of all systems."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("| system | accuracy"))
    head, records = cells_of(lines[start]), {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        row = dict(zip(head, cells_of(line), strict=True))
        figures = {"mean": {"accuracy": float(row["accuracy"])}, "seconds": float(row["s a photo"])}
        weights = None if row["weights"] == "-" else row["weights"]
        records[row["system"].strip("`")] = {"results": {"all": figures}, "weights": weights}
    for record in records.values():
        record["all_blurred"] = records["all_blurred"]["results"]
    comparison.accuracy_against_time(HERE / "accuracy_time.png", records, "Kim's 200 test photos")


def cells_of(line: str) -> list[str]:
    """Returns the cells of a row of a Markdown table."""
    return [cell.strip() for cell in line.strip("| \n").split("|")]


def draw_report() -> None:
    """Takes a picture of the report about a small folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "holiday"
        folder.mkdir()
        for file, photo in {
            "IMG_0001": read("astronaut.png"),
            "IMG_0002": read("coffee.png"),
            "IMG_0003": read("coffee.png", kernels.line(25, 20)),
            "IMG_0004": read("coffee.png", kernels.disc(6)),
            "IMG_0005": read("rocket.jpg"),
            "IMG_0006": read("rocket.jpg", kernels.line(21, 80)),
            "IMG_0007": read("motorcycle_left.png"),
            "IMG_0008": read("motorcycle_left.png", kernels.disc(5)),
        }.items():
            Image.fromarray(photo).save(folder / f"{file}.jpg", quality=92)
        page, shot = Path(name) / "report.html", Path(name) / "report.png"
        arguments = ["predict", folder, "--report", page, "--output-dir", Path(name) / "out"]
        cli.main([str(word) for word in arguments])
        run_chromium(page, shot)
        Image.open(shot).convert("RGB").save(HERE / "report.jpg", quality=88)


def run_chromium(page: Path, shot: Path) -> None:
    """Writes what Chromium shows of a page."""
    profile = f"--user-data-dir={page.parent / 'profile'}"
    command = ["chromium", *CHROMIUM, profile, f"--screenshot={shot}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def save(figure: Figure, name: str) -> None:
    """Writes a figure beside this script."""
    options = {"pil_kwargs": {"quality": 88}} if name.endswith("jpg") else {}
    figure.savefig(HERE / name, dpi=100, **options)


if __name__ == "__main__":
    main()
