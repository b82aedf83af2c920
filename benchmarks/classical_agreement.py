"""`python benchmarks/classical_agreement.py`: our maps of the classical methods against their authors'.

--maps names a folder with one folder per method and one picture per photo, bright = blurred; --photos the
photos of the same names. Both maps are compared at 8 bit: rank correlation (Spearman), mean difference in
grey levels, share of pixels on the same side of the middle. Every photo that is done stands in the CSV and
is not done again: delete the file to measure anew.
"""

import argparse
import csv
import importlib
import io
import multiprocessing
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from scipy.stats import spearmanr

from keras_blur.commands.cli import command
from keras_blur.errors import UsageError, unknown
from keras_blur.files import write_text
from keras_blur.processing import find_photos, read_photo

METHODS = ("su2011", "shi2014", "lbp2016", "hifst2017")
COLUMNS = ("method", "photo", "spearman", "difference", "agreement", "seconds")
POOR = 0.8


def parser() -> argparse.ArgumentParser:
    """The benchmark's options."""
    options = argparse.ArgumentParser(prog="python benchmarks/classical_agreement.py", description=__doc__)
    options.add_argument("--maps", type=Path, required=True, help="published maps, a folder per method")
    options.add_argument("--photos", type=Path, required=True, help="folder of the photos")
    options.add_argument("--methods", nargs="+", default=list(METHODS), help="(default: all)")
    options.add_argument("--limit", type=int, help="so many photos per method, evenly spread (default: all)")
    options.add_argument("--workers", type=int, default=1, help="processes (default: %(default)s)")
    options.add_argument(
        "--output",
        type=Path,
        default=Path(__file__).parent / "results" / "classical_agreement.csv",
        help="CSV, continued if it is there (default: %(default)s)",
    )
    return options


def compare(ours: np.ndarray, published: np.ndarray) -> tuple[float, float, float]:
    """Rank correlation, mean difference in grey levels and share of pixels on the same side of 127.5.

    Args:
        ours: `(H, W)` float32 in 0..1.
        published: `(h, w)` uint8; resized if it has another size.

    Returns:
        Three numbers; the correlation is nan where one of the maps is constant.
    """
    height, width = ours.shape
    if published.shape != ours.shape:
        published = cv2.resize(published, (width, height), interpolation=cv2.INTER_LINEAR)
    ours = np.rint(255 * ours).astype(np.uint8)
    constant = np.ptp(ours) == 0 or np.ptp(published) == 0
    correlation = np.nan if constant else spearmanr(ours.ravel(), published.ravel()).statistic
    difference = np.abs(ours.astype(float) - published).mean()
    return float(correlation), float(difference), float(((ours > 127) == (published > 127)).mean())


def measure(task: tuple[str, Path, Path]) -> dict[str, str]:
    """A row of the table, of `(method, photo, map)`."""
    method, photo, published = task
    cv2.setNumThreads(1)
    function = getattr(importlib.import_module(f"keras_blur.classical.{method}"), method)
    image = read_photo(photo)
    start = time.process_time()
    ours = function(image)
    seconds = time.process_time() - start
    figures = compare(ours, cv2.cvtColor(read_photo(published), cv2.COLOR_RGB2GRAY))
    values = (method, published.stem, *(f"{figure:.4f}" for figure in figures), f"{seconds:.2f}")
    return dict(zip(COLUMNS, values, strict=True))


def tasks(arguments: argparse.Namespace) -> Iterator[tuple[str, Path, Path]]:
    """What is to be measured."""
    if not arguments.photos.is_dir():
        raise UsageError(f"--photos: {arguments.photos} is not a folder")
    photos = {path.stem: path for path in find_photos([arguments.photos])}
    for method in arguments.methods:
        if method not in METHODS:
            raise unknown("method", method, METHODS)
        if not (arguments.maps / method).is_dir():
            raise UsageError(f"--maps: expected a folder {method} in {arguments.maps}")
        maps = find_photos([arguments.maps / method])
        count = min(arguments.limit or len(maps), len(maps))
        for index in np.linspace(0, len(maps) - 1, count).round().astype(int):
            published = maps[index]
            if published.stem not in photos:
                raise UsageError(f"--photos: no photo {published.stem} in {arguments.photos}")
            yield method, photos[published.stem], published


def measured(missing: list[tuple[str, Path, Path]], workers: int) -> Iterator[dict[str, str]]:
    """The rows of tasks, in the order in which they are done."""
    if workers == 1:
        yield from map(measure, missing)
        return
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap_unordered(measure, missing)


def table(rows: list[dict[str, str]]) -> str:
    """The rows as CSV, sorted."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda row: (row["method"], row["photo"])))
    return text.getvalue()


def summary(rows: list[dict[str, str]]) -> Iterator[str]:
    """A line per method, and a line per photo below 0.8."""
    yield f"{'method':10} photos  median     min  below 0.8  difference  agreement  seconds"
    for method in METHODS:
        mine = [row for row in rows if row["method"] == method]
        if not mine:
            continue
        columns = {name: np.array([float(row[name]) for row in mine]) for name in COLUMNS[2:]}
        ranks = columns["spearman"]
        poor = ~(ranks >= POOR)  # a constant map counts as poor
        yield (
            f"{method:10} {len(mine):6} {np.nanmedian(ranks):7.3f} {np.nanmin(ranks):7.3f} {poor.mean():9.2f}"
            f" {np.median(columns['difference']):11.1f} {np.median(columns['agreement']):10.3f}"
            f" {np.median(columns['seconds']):8.1f}"
        )
        yield from (
            "    {photo} {spearman}, difference {difference}, agreement {agreement}".format(**row)
            for row, is_poor in zip(mine, poor, strict=True)
            if is_poor
        )


@command
def main(argv: list[str] | None = None) -> int:
    """Measures what is not yet in the table, and prints the summary."""
    arguments = parser().parse_args(argv)
    output, rows = arguments.output, []
    if output.exists():
        rows = list(csv.DictReader(io.StringIO(output.read_text(encoding="utf-8"))))
    done = {(row["method"], row["photo"]) for row in rows}
    wanted = list(tasks(arguments))
    missing = [task for task in wanted if (task[0], task[2].stem) not in done]
    for row in measured(missing, arguments.workers):
        rows.append(row)
        write_text(output, table(rows))
    print("\n".join(summary([row for row in rows if row["method"] in arguments.methods])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
