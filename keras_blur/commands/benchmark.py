"""python -m keras_blur.benchmark: measures many systems on the same photos, in one table."""

import argparse
import contextlib
import io
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_blur.commands import cli, evaluate
from keras_blur.errors import BlurError, UsageError

CARRIED = {"system", "refine", "threshold"}  # what may differ between the rows of a table
PLACES = {"data_dir": None, "output_dir": None}  # make no difference to what is measured

EXAMPLES = """\
examples:
  keras-blur benchmark --list
      what can be measured here: formulas, shipped networks, and trainings in the folder of runs
  keras-blur benchmark --dataset cuhk_blur/kim2018
      all of it on Kim's 200 test photos
  keras-blur benchmark --systems mobile,"mobile --refine",hifst2017,runs/mine
      some of it on the embedded demo data; a system may carry --refine and --threshold T
  keras-blur benchmark --dataset cuhk_blur/kim2018 --split train+validation+test \\
      --systems lbp2016,hifst2017
      all 1000 photos, as the classical papers have it

Every system runs in a process of its own (so its memory is its own, and a failure stops no other), by the
command that its folder's command.txt shows. What is measured already on the same data is not measured
again, unless its weights are younger.
exit code: 0 = all measured, 1 = some failed, 2 = the command was wrong
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(
        prog="keras-blur benchmark",
        description="Measures many systems on the same photos: benchmark.md and .csv, a picture of accuracy "
        "against time, and each system's own report.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    result.add_argument("--list", action="store_true", help="print what can be measured, and stop")
    result.add_argument(
        "--systems", metavar="A,B,...", help="names or run folders (default: all on the list)"
    )
    result.add_argument("--dataset", default="blur_demo", metavar="NAME[/CONFIG]", help="default: blur_demo")
    result.add_argument("--split", default="test", help="default: test")
    result.add_argument("--data-dir", metavar="DIR", help="where data sets are prepared")
    result.add_argument("--limit", type=int, metavar="N", help="only N photos, spread evenly over the split")
    result.add_argument("--again", action="store_true", help="measure what is measured already too")
    result.add_argument(
        "--output-dir",
        metavar="DIR",
        help="default: benchmark/DATASET-SPLIT in the folder that KERAS_BLUR_RUNS names, else in runs",
    )
    return result


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Measures what is not measured yet, and prints and writes the table."""
    arguments = parser().parse_args(argv)
    if arguments.list:
        print(_listing())
        return 0
    if arguments.limit is not None and arguments.limit < 1:
        raise UsageError(f"--limit: expected at least 1, received {arguments.limit}")
    from keras_blur import systems
    from keras_blur.data import catalog

    chosen = _chosen(arguments.systems)
    fingerprint = catalog.load(arguments.dataset, arguments.split, arguments.data_dir).fingerprint
    folder = Path(arguments.output_dir or systems.runs_folder() / "benchmark" / _slug(arguments))
    records, failed = {}, []
    for system in chosen:
        record = _measured(system, folder / re.sub(r"[^\w.]+", "-", system), arguments, fingerprint)
        if record is None:
            failed.append(system)
        else:
            records[system] = record
    if records:
        _write(folder, records, arguments)
    if failed:
        print(f"failed, see the messages above: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _listing() -> str:
    from keras_blur import systems

    available = systems.available()
    missing = [name for name in systems.names() if name not in available]
    lines = ["can be measured:", *(f"  {name}" for name in available)]
    if missing:
        lines += [f"not trained in {systems.runs_folder()} (keras-blur train --list names the configs):"]
        lines += [f"  {name}" for name in missing]
    return "\n".join(lines)


def _chosen(text: str | None) -> list[str]:
    """Returns the chosen systems, each once, after checking that they exist."""
    from keras_blur import systems

    if text is None:
        return systems.available()
    chosen = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not chosen:
        raise UsageError("--systems: expected names with commas between them, received none")
    for system in chosen:
        name = _words(system)[0]
        systems.weight_folders(name)
    return chosen


def _words(system: str) -> list[str]:
    """A system's name and the options that it carries."""
    try:
        words = shlex.split(system)
    except ValueError as error:
        raise UsageError(f"--systems: expected a name and options, received {system}: {error}") from error
    if not words[0]:
        raise UsageError("--systems: expected names with commas between them, received an empty one")
    plain, asked = _asked(["--system", words[0]]), _asked(["--system", *words])
    if others := [name for name in asked if asked[name] != plain[name] and name not in CARRIED]:
        raise UsageError(
            f"--systems: expected --refine or --threshold after {words[0]}, received "
            f"--{others[0].replace('_', '-')}; all are measured on the same photos"
        )
    return words


def _asked(words: Sequence[str]) -> dict[str, Any]:
    """Returns what the words of an `evaluate` command mean."""
    try:
        with contextlib.redirect_stderr(io.StringIO()) as said, contextlib.redirect_stdout(io.StringIO()):
            asked = evaluate.parser().parse_args(words)
    except SystemExit as error:
        reason = said.getvalue().rpartition("error: ")[2].strip()
        raise UsageError(
            "--systems: expected a name, and --refine or --threshold T after it, received "
            f"'{shlex.join(words[1:])}'" + (f": {reason}" if reason else "")
        ) from error
    evaluate.check_options(asked)
    return vars(asked)


def _slug(arguments: argparse.Namespace) -> str:
    photos = "" if arguments.limit is None else f"-{arguments.limit}"
    return re.sub(r"[^\w.]+", "-", f"{arguments.dataset}-{arguments.split}").strip("-") + photos


def _measured(
    system: str, folder: Path, arguments: argparse.Namespace, fingerprint: str
) -> dict[str, Any] | None:
    """Returns a system's record, from its folder or by a new measurement; None if that fails."""
    from keras_blur import files

    metrics = folder / "metrics.json"
    words = ["--system", *_words(system), "--dataset", arguments.dataset, "--split", arguments.split]
    words += ["--output-dir", str(folder)]
    words += ["--data-dir", arguments.data_dir] if arguments.data_dir else []
    words += ["--limit", str(arguments.limit)] if arguments.limit else []
    if arguments.again or not _is_current(metrics, system, words, fingerprint):
        command = [sys.executable, "-m", "keras_blur.evaluate", *words]
        if subprocess.run(command, stdout=subprocess.DEVNULL).returncode:
            return None
    return files.read_json(metrics)


def _is_current(metrics: Path, system: str, words: Sequence[str], fingerprint: str) -> bool:
    """Returns whether the same was measured on the same data since the weights were written."""
    from keras_blur import files, systems
    from keras_blur.evaluation import comparison

    if not metrics.is_file():
        return False
    try:
        record = files.read_json(metrics)
        (data,) = record["provenance"]["data"]
        measured = data["fingerprint"], _asked(shlex.split(record["command"])[3:]) | PLACES
        comparison.rows({system: record})
    except (BlurError, AttributeError, LookupError, TypeError, ValueError):
        return False  # damaged, or of another version
    if measured != (fingerprint, _asked(words) | PLACES):
        return False
    paths = [path for folder in systems.weight_folders(_words(system)[0]) for path in folder.iterdir()]
    weights = [path for path in paths if path.name not in ("README.md", "metrics.json")]  # what came of them
    return all(path.stat().st_mtime < metrics.stat().st_mtime for path in weights)


def _write(folder: Path, records: dict[str, Any], arguments: argparse.Namespace) -> None:
    from keras_blur import files
    from keras_blur.evaluation import comparison, tables
    from keras_blur.text import counted

    table = comparison.rows(records)
    photos = next(iter(records.values()))["photos"]
    title = f"{counted(photos, 'photo')} of {arguments.dataset}, split {arguments.split}"
    print(f"{title}; means over photos, each system at its own threshold\n")
    print(tables.terminal([row[: comparison.SHORT] for row in table]))
    files.write_text(folder / "benchmark.md", f"{title}\n\n{tables.markdown(table)}\n")
    files.write_text(folder / "benchmark.csv", tables.csv_text(table))
    comparison.accuracy_against_time(folder / "accuracy_time.png", records, title)
    print(f"\nwhole table: {folder / 'benchmark.md'}; picture: {folder / 'accuracy_time.png'}")


if __name__ == "__main__":
    sys.exit(main())
