"""python -m keras_blur.evaluate: measures a system, or saved maps, on a prepared data set."""

import argparse
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_blur.commands import cli
from keras_blur.errors import BlurError, UsageError
from keras_blur.text import counted

EXAMPLES = """\
examples:
  keras-blur evaluate
      the network mobile on the embedded demo data
  keras-blur evaluate --system runs/unet --dataset cuhk_blur/kim2018
      the best weights of a training on Kim's 200 test photos
  keras-blur evaluate --system laplacian_variance --dataset cuhk_blur/kim2018 --limit 20
      a classical method, on 20 photos spread over the split
  keras-blur evaluate --maps kim_maps --dataset cuhk_blur/kim2018 --only-with-maps
      maps that another program saved as <photo's name>.png (8 or 16 bit) or .npy, white = blurred
  keras-blur evaluate --maps their_maps --blurred black --positive sharp
      --dataset cuhk_blur/zhao2018_defocus
      maps of sharpness, by the figures of the defocus community
  keras-blur evaluate --dataset cuhk_blur/kim2018 --photos kim_maps
      the network mobile on just the photos that have a map there

The figures are means over photos at threshold 0.5, maps resized to the mask's size; metrics.json has the
pooled ones, the curve's and those by type of blur too. "(all blurred)" is what calling every pixel blurred
would score: the row to beat. With --positive sharp it is "(all sharp)", and the table has the F-beta at the
adaptive threshold, the E-measure and the S-measure too.
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(
        prog="keras-blur evaluate",
        description="Measures a system on a prepared data set: a table, and a folder with metrics.json, "
        "per_photo.csv, a precision-recall curve, a confusion matrix and the best and worst photos.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = result.add_mutually_exclusive_group()
    what.add_argument("--system", metavar="NAME|RUN|FILE", help="what to measure (default: mobile)")
    what.add_argument(
        "--maps",
        metavar="FOLDER",
        help="measure maps saved as <photo's name>.png, of 8 or 16 bit, or as <photo's name>.npy",
    )
    result.add_argument(
        "--blurred", choices=("white", "black"), help="with --maps: what is blurred in them (default: white)"
    )
    data = result.add_argument_group("data")
    data.add_argument("--dataset", default="blur_demo", metavar="NAME[/CONFIG]", help="default: blur_demo")
    data.add_argument("--split", default="test", help="train, validation or test (default: test)")
    data.add_argument("--data-dir", metavar="DIR", help="where data sets are prepared")
    data.add_argument(
        "--photos", metavar="LIST|FOLDER", help="only these: a name a line, or a folder of maps"
    )
    data.add_argument(
        "--only-with-maps", action="store_true", help="with --maps: only the photos that have one"
    )
    data.add_argument("--limit", type=int, metavar="N", help="only N photos, spread evenly over the rest")
    figures = result.add_argument_group("figures")
    figures.add_argument("--threshold", type=float, metavar="T", help="P(blurred) above this = blurred")
    figures.add_argument(
        "--positive",
        choices=("blurred", "sharp"),
        default="blurred",
        help="class of precision, recall, F and the trivial row",
    )
    figures.add_argument("--refine", action="store_true", help=cli.REFINE)
    result.add_argument(
        "--output-dir",
        metavar="DIR",
        help="report (default: evaluate/SYSTEM-DATASET-SPLIT-OPTIONS in the folder that KERAS_BLUR_RUNS "
        "names, else in runs)",
    )
    return result


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Measures, prints the table and writes the report."""
    argv = sys.argv[1:] if argv is None else argv
    arguments = parser().parse_args(argv)
    check_options(arguments)
    from keras_blur import files, provenance, systems
    from keras_blur.data import catalog
    from keras_blur.evaluation import overlap, report, scoring

    maps = _maps(arguments)
    if maps is None:  # a wrong name fails before the data is looked for
        systems.weight_folders(arguments.system or systems.DEFAULT)
    examples = catalog.load(arguments.dataset, arguments.split, arguments.data_dir)
    system = _system(arguments) if maps is None else maps
    indices = _select(examples.names, arguments, system)
    folder = Path(arguments.output_dir or systems.runs_folder() / "evaluate" / _slug(arguments))
    command = shlex.join(["python", "-m", "keras_blur.evaluate", *argv])
    files.write_text(folder / "command.txt", command + "\n")  # fails now, not after an hour, if it can't

    trained_on = _trained_on(arguments)
    seen = overlap.find_notes(examples, indices, trained_on, arguments.data_dir)
    for note in seen:
        print(f"warning: {note}", file=sys.stderr)

    score = scoring.score(system, examples, indices, arguments.threshold, positive=arguments.positive)
    record = report.collect(
        score,
        arguments.positive,
        command=command,
        source=None if arguments.maps else arguments.system or systems.DEFAULT,
        dataset=arguments.dataset,
        split=arguments.split,
        notes=[*_notes(arguments, score, len(examples)), *seen],
        provenance=provenance.collect(test=[examples]),
        weights=system.num_params,
        peak_memory_mb=provenance.peak_memory(),
        trained_on=trained_on,
        published=_published(arguments),
    )
    print(report.text(record))
    report.write(folder, record, score, system, examples)
    print(f"\nreport: {folder} (pictures: best.png, worst.png, pr_curve.png, confusion.png)")
    return 0


def check_options(arguments: argparse.Namespace) -> None:
    """Checks values, and options that go together.

    Raises:
        UsageError: one is wrong.
    """
    if arguments.threshold is not None and not 0 < arguments.threshold < 1:
        raise UsageError(
            f"--threshold: expected a probability between 0 and 1, received {arguments.threshold:g}"
        )
    if arguments.limit is not None and arguments.limit < 1:
        raise UsageError(f"--limit: expected at least 1, received {arguments.limit}")
    if arguments.only_with_maps and not arguments.maps:
        raise UsageError(
            "--only-with-maps: expected --maps FOLDER too; --photos FOLDER selects by maps for a system"
        )
    if arguments.blurred and not arguments.maps:
        raise UsageError("--blurred: expected --maps FOLDER too; a system says itself what is blurred")
    if arguments.refine and arguments.maps:
        raise UsageError("--refine: expected a network, received --maps; leave --refine out")


def _maps(arguments: argparse.Namespace):
    from keras_blur.evaluation.maps import SavedMaps

    return SavedMaps(arguments.maps, arguments.blurred or "white") if arguments.maps else None


def _system(arguments: argparse.Namespace):
    from keras_blur import systems

    with cli.quiet_start():
        name = arguments.system or systems.DEFAULT
        runtime = "keras" if systems.is_shipped(name) else None  # figures don't depend on what is installed
        return systems.load(name, arguments.refine, runtime)


def _trained_on(arguments: argparse.Namespace) -> list[Mapping[str, Any]]:
    """Returns how the system's networks were trained, as far as that is on record."""
    from keras_blur import provenance, systems

    if arguments.maps:
        return []
    folders = systems.weight_folders(arguments.system or systems.DEFAULT)
    return [record for folder in folders if (record := provenance.training(folder))]


def _published(arguments: argparse.Namespace) -> list[str]:
    """What others report of the system, in words."""
    from keras_blur import systems

    if arguments.maps:
        return []
    spec = systems.specification(arguments.system or systems.DEFAULT)
    return [str(figure) for figure in spec.published] if spec else []


def _select(names: Sequence[str], arguments: argparse.Namespace, system) -> list[int]:
    """Returns the indices of the chosen examples."""
    indices = list(range(len(names)))
    if arguments.photos:
        wanted = _wanted(Path(arguments.photos), names)
        indices = [i for i in indices if names[i] in wanted]
    if arguments.only_with_maps:
        indices = [i for i in indices if system.path_of(names[i])]
    if not indices:
        chosen = f"--photos {arguments.photos}" if arguments.photos else f"--maps {arguments.maps}"
        raise BlurError(
            f"{chosen}: expected names of photos of {arguments.dataset}, split {arguments.split}, such as "
            f"{names[0]}, found none"
        )
    if arguments.limit and arguments.limit < len(indices):
        indices = [indices[i * len(indices) // arguments.limit] for i in range(arguments.limit)]
    return indices


def _wanted(source: Path, names: Sequence[str]) -> set[str]:
    """Returns the names in a list or a folder of maps; those of a list must all exist."""
    from keras_blur.evaluation.maps import SavedMaps

    if source.is_dir():
        maps = SavedMaps(source)
        return {name for name in names if maps.path_of(name)}
    try:
        lines = source.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise BlurError(f"--photos: cannot read {source} as a list of names: {reason}") from error
    wanted = {re.sub(r"\.(jpe?g|png)$", "", line.strip(), flags=re.IGNORECASE) for line in lines} - {""}
    missing = sorted(wanted - set(names))
    if missing:
        raise BlurError(
            f"--photos: {len(missing)} of the {len(wanted)} names in {source} are not in the split, "
            f"e.g. {missing[0]}; it has e.g. {names[0]}"
        )
    return wanted


def _notes(arguments: argparse.Namespace, score, number: int) -> list[str]:
    from keras_blur.evaluation import maps

    notes = []
    if len(score.photos) + len(score.skipped) < number:
        notes.append(f"a part of the split: {len(score.photos)} of its {counted(number, 'photo')}")
    if arguments.maps:
        found = maps.find_notes(score.photos, arguments.blurred or "white")
        notes += [cli.name_flags(note, main) for note in found]
    return notes


def _slug(arguments: argparse.Namespace) -> str:
    """Returns a folder name that differs for other photos or other options."""
    from keras_blur import systems

    parts = [arguments.maps or arguments.system or systems.DEFAULT, arguments.dataset, arguments.split]
    for option in ("blurred", "photos", "only_with_maps", "limit", "threshold", "positive", "refine"):
        value = getattr(arguments, option)
        if value != parser().get_default(option):
            parts.append(option if value is True else f"{option}-{value}")
    return re.sub(r"[^\w.]", "-", "-".join(parts)).strip("-.")


if __name__ == "__main__":
    sys.exit(main())
