"""Where to cut the maps of the hand-made methods: chosen on training photos.

    python benchmarks/classical_thresholds.py [--dataset cuhk_blur/kim2018] [--split train] [--every 16]

For each method, of all 255 thresholds on P(blurred), the one with the greatest mean over photos of mIoU. The
table gives it with the figures there and at 0.5, and the time per photo; each method's specification, in its
file in `keras_blur/classical`, has its threshold.
"""

import argparse
import csv
import io
from pathlib import Path

import numpy as np

from keras_blur.classical import SPECS
from keras_blur.commands.cli import command
from keras_blur.data import catalog
from keras_blur.evaluation.scoring import score
from keras_blur.files import write_text
from keras_blur.metrics import binary
from keras_blur.systems import trivial
from keras_blur.systems.classical import ClassicalSystem

OUTPUT = Path(__file__).parent / "results" / "classical_thresholds.csv"
COLUMNS = ("method", "threshold", "miou", "accuracy", "miou_at_half", "accuracy_at_half", "seconds", "photos")
ALL = trivial.AllBlurred.name


def parser() -> argparse.ArgumentParser:
    """The benchmark's options."""
    options = argparse.ArgumentParser(
        prog="python benchmarks/classical_thresholds.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("--dataset", default="cuhk_blur/kim2018", help="(default: %(default)s)")
    options.add_argument("--split", default="train", help="never a test split (default: %(default)s)")
    options.add_argument("--every", type=int, default=16, help="take every n-th photo (default: %(default)s)")
    options.add_argument(
        "--methods",
        nargs="+",
        choices=SPECS,
        default=list(SPECS),
        metavar="METHOD",
        help="(default: all)",
    )
    options.add_argument("--data-dir", help="where data sets are prepared")
    options.add_argument("--output", type=Path, default=OUTPUT, help="the table (default: %(default)s)")
    return options


def best_threshold(histograms: np.ndarray) -> float:
    """The threshold of the greatest mean mIoU; the middle one of several that are as good.

    Args:
        histograms: `(N, 2, 256)` of N photos, see `keras_blur.metrics.binary`.

    Returns:
        In 0..1; pixels above it are to be called blurred.
    """
    # Half way between two levels: a map with many pixels on one level is not at the mercy of rounding.
    thresholds = (np.arange(binary.LEVELS - 1) + 0.5) / (binary.LEVELS - 1)
    figures = np.array([mean_figures(histograms, threshold)["miou"] for threshold in thresholds])
    best = np.flatnonzero(np.isclose(figures, figures.max(), rtol=0, atol=1e-9))
    return float(thresholds[best[len(best) // 2]])


def mean_figures(histograms: np.ndarray, threshold: float) -> dict[str, float]:
    """Figures at a threshold, averaged over photos."""
    figures = binary.scores(binary.counts(histograms, threshold))
    return {name: float(values.mean()) for name, values in figures.items()}


def row(system, examples, indices) -> dict:
    """A method's line of the table."""
    photos = score(system, examples, indices).photos
    histograms = np.stack([photo.histogram for photo in photos])
    threshold = 0.5 if system.name == ALL else best_threshold(histograms)
    best, half = (mean_figures(histograms, t) for t in (threshold, 0.5))
    return {
        "method": system.name,
        "threshold": f"{threshold:.3f}",
        "miou": f"{best['miou']:.3f}",
        "accuracy": f"{best['accuracy']:.3f}",
        "miou_at_half": f"{half['miou']:.3f}",
        "accuracy_at_half": f"{half['accuracy']:.3f}",
        "seconds": f"{np.median([photo.seconds for photo in photos]):.2f}",
        "photos": len(photos),
    }


def merged(rows: list[dict], path: Path) -> list[dict]:
    """The new lines, and those of other methods that the file has."""
    old = list(csv.DictReader(path.read_text().splitlines())) if path.exists() else []
    lines = {line["method"]: line for line in [*old, *rows]}
    order = [*SPECS, ALL]
    return sorted(lines.values(), key=lambda line: order.index(line["method"]))


@command
def main(argv: list[str] | None = None) -> int:
    """Prints the table, and writes it: lines of methods that were not asked for stay."""
    arguments = parser().parse_args(argv)
    if arguments.every < 1:
        parser().error(f"argument --every: expected at least 1, received {arguments.every}")
    if "test" in arguments.split:
        parser().error(f"argument --split: no choice is made on test photos, received {arguments.split}")
    examples = catalog.load(arguments.dataset, arguments.split, arguments.data_dir)
    indices = range(0, len(examples), arguments.every)
    print(("{:>17}" * len(COLUMNS)).format(*COLUMNS))
    rows = []
    for system in [*map(ClassicalSystem, arguments.methods), trivial.AllBlurred()]:
        rows.append(row(system, examples, indices))
        print(("{:>17}" * len(COLUMNS)).format(*rows[-1].values()), flush=True)
        # Written after each, so that an interruption loses little.
        text = io.StringIO()
        table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(merged(rows, arguments.output))
        write_text(arguments.output, text.getvalue())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
