"""Whether `keras-blur predict` and `keras-blur bulk` with one and with several workers give the same rows.

    .venv-beam/bin/python -m benchmarks.bulk_agreement FOLDER --workers 3

FOLDER holds any photos, such as those of `benchmarks.photo_folder make`. Rows are compared to the last digit,
the files of both bulk runs byte by byte. It prints seconds, CPU seconds and peak memory of each, and what a
million such photos would cost by the CPU seconds of the run with one worker. It needs the extra beam, in its
environment: see `make test-beam`.
"""

import argparse
import json
import sys
from pathlib import Path

import pyarrow.parquet

from benchmarks.photo_folder import timed
from keras_blur.photos.bulk import SCHEMA

PRICE = 0.04
"""Dollars for a core for an hour: about what large clouds ask for a virtual core without a contract."""


def rows_of_predict(path: Path) -> list[dict]:
    """The rows of a JSON file of predict, with the columns of bulk, by path."""
    report = json.loads(path.read_text())
    rows = [{name: row.get(name) for name in SCHEMA.names} for row in report["photos"] + report["failed"]]
    return sorted(rows, key=lambda row: row["photo"])


def rows_of_bulk(paths: list[Path]) -> list[dict]:
    """The rows of Parquet files by path."""
    rows = [row for path in paths for row in pyarrow.parquet.read_table(path).to_pylist()]
    return sorted(rows, key=lambda row: row["photo"])


def main() -> None:
    """Runs the command."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("folder", type=Path, help="the photos")
    options.add_argument("--workers", type=int, default=3, help="of the second run (default: %(default)s)")
    options.add_argument("--output", type=Path, default=Path("blur_out"), help="where files are written")
    arguments = options.parse_args()
    output = arguments.output
    output.mkdir(parents=True, exist_ok=True)
    bulk = ["bulk", f"{arguments.folder}/**", "--shards", "4", "--output"]
    several = ["--direct_running_mode=multi_processing", f"--direct_num_workers={arguments.workers}"]
    runs = {
        "predict": ["predict", str(arguments.folder), "--json", "--output-dir", str(output)],
        "bulk, one worker": [*bulk, str(output / "one-*.parquet")],
        f"bulk, {arguments.workers} workers": [*bulk, str(output / "several-*.parquet"), *several],
    }
    cpu = {}
    print("| what | seconds | CPU seconds | peak MB |\n|---|---|---|---|")
    for name, command in runs.items():
        seconds, cpu[name], memory = timed([sys.executable, "-m", "keras_blur", *command])
        print(f"| {name} | {seconds:.0f} | {cpu[name]:.0f} | {memory:.0f} |", flush=True)
    expected = rows_of_predict(output / "predictions.json")
    one, more = (sorted(output.glob(f"{name}-*.parquet")) for name in ("one", "several"))
    differing = sum(a != b for a, b in zip(expected, rows_of_bulk(one), strict=True))
    same = [path.read_bytes() for path in one] == [path.read_bytes() for path in more]
    print(f"{len(expected)} photos; rows that differ: {differing}; both wrote the same bytes: {same}")
    million = cpu["bulk, one worker"] / len(expected) * 1e6 / 3600
    print(f"a million photos: {million:.1f} hours of a core, ${million * PRICE:.2f} at ${PRICE} an hour")


if __name__ == "__main__":
    main()
