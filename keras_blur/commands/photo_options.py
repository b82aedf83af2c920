"""The options of the commands that judge photos, and what they print."""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_blur import systems
from keras_blur.commands import cli
from keras_blur.contract import MAX_PIXELS
from keras_blur.errors import BlurError
from keras_blur.files import is_full
from keras_blur.text import counted, printable

if TYPE_CHECKING:
    from keras_blur.photos.run import Options, Run


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that `predict` and `sort` share."""
    looking = parser.add_argument_group("looking for photos")
    looking.add_argument("--no-recursive", action="store_true", help="leave sub-folders out")
    add_deciding(parser)
    looking.add_argument(
        "--best-of-burst",
        type=_seconds,
        metavar="SECONDS",
        help="rank photos by sharpness that one camera took within so many seconds of each other",
    )
    writing = parser.add_argument_group("writing")
    writing.add_argument(
        "--output-dir",
        default="blur_out",
        metavar="DIR",
        help="where files are written, never among the photos (default: %(default)s)",
    )
    writing.add_argument("--csv", action="store_true", help="write predictions.csv")
    writing.add_argument("--json", action="store_true", help="write predictions.json")
    writing.add_argument("--report", metavar="FILE.html", help="write a page that shows all photos")
    writing.add_argument(
        "--only-blurred", action="store_true", help="leave all other photos out of the outputs"
    )
    writing.add_argument("--resume", action="store_true", help="go on where an interrupted run has stopped")
    writing.add_argument(
        "--workers",
        type=at_least(1),
        metavar="N",
        help="photos that are read at the same time (default: a core each)",
    )


def add_deciding(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say how a photo is judged."""
    deciding = parser.add_argument_group("deciding")
    deciding.add_argument(
        "--system",
        default=systems.DEFAULT,
        metavar="NAME|RUN|FILE",
        help="a name, such as mobile or large, a run folder, a folder of weights, or a .tflite or .onnx file "
        "(default: %(default)s)",
    )
    deciding.add_argument(
        "--refine",
        action="store_true",
        help=cli.REFINE,
    )
    deciding.add_argument(
        "--threshold",
        type=_share,
        default=0.5,
        metavar="SCORE",
        help="a photo is blurred if its score exceeds this, from 0 to 1 (default: %(default)s)",
    )
    deciding.add_argument(
        "--region",
        type=_region,
        metavar="ROW,COLUMN,HEIGHT,WIDTH",
        help="judge only this part of each photo, as fractions of its sides: 0.25,0.25,0.5,0.5 is the middle",
    )
    deciding.add_argument(
        "--least-side",
        type=at_least(0),
        default=0,
        metavar="PIXELS",
        help="don't judge photos whose shorter side is shorter",
    )
    deciding.add_argument(
        "--max-pixels",
        type=at_least(1),
        default=MAX_PIXELS,
        metavar="N",
        help="refuse larger photos before they are decoded; 200 million, the default, take up to 2 GB",
    )


def run_options(options: argparse.Namespace, **more: Any) -> "Options":
    """Returns what the shared options mean; `more` are further fields."""
    from keras_blur.photos.run import Options

    settings = {name: getattr(options, name) for name in ("system", "refine", "region", "least_side")}
    return Options(
        output_dir=Path(options.output_dir),
        settings=settings | {"region": options.region and list(options.region)},
        region=options.region,
        workers=options.workers,
        least_side=options.least_side,
        threshold=options.threshold,
        only_blurred=options.only_blurred,
        burst_seconds=options.best_of_burst,
        resume=options.resume,
        csv=options.csv,
        json=options.json,
        report=Path(options.report) if options.report else None,
        **more,
    )


def judge_all(run: "Run", max_pixels: int = MAX_PIXELS) -> int:
    """Judges all photos; returns 0, 130 after Ctrl-C, or 1 if the disk is full."""
    run.system.max_pixels = max_pixels
    try:
        with cli.quiet_natives():
            for _ in run.judge():
                pass
        return 0
    except KeyboardInterrupt:
        problem, code = "interrupted", 130
    except BlurError as error:
        if not is_full(error):
            raise
        problem, code = f"error: {printable(str(error))}", 1
    hint = "; go on with --resume" if run.options.writes else ""
    counts = f"{len(run.record)} of {counted(len(run.found.photos), 'photo')} judged"
    print(f"{problem}: {counts}{hint}", file=sys.stderr)
    return code


def print_lines(lines: Iterable[str]) -> None:
    """Prints lines; if nobody reads them any more, as with `| head`, the rest is left out."""
    try:
        for line in lines:
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:
        with contextlib.suppress(OSError):  # else Python complains at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_remarks(run: "Run") -> int:
    """Prints what was left out, what limits verdicts and what failed on stderr; returns how many failed."""
    from keras_blur.photos.rows import note_lines

    found = run.found
    if line := found.left_out_line():
        print(line, file=sys.stderr)
    for line in note_lines(run.rows()):
        print(f"note: {line}", file=sys.stderr)
    failed = 0
    for folder, reason in found.unreadable:
        print(f"failed: cannot read the folder {printable(folder)}: {printable(reason)}", file=sys.stderr)
    for row in run.rows():
        if "error" in row:
            failed += 1
            name, error = printable(row["photo"]), printable(row["error"])
            print(f"failed: {error}" if name in error else f"failed: {name}: {error}", file=sys.stderr)
    if failed:
        print(f"error: {failed} of {counted(len(run.record), 'photo')} failed", file=sys.stderr)
    return failed + len(found.unreadable)


def _number(kind: Callable[[str], Any], text: str, expected: str) -> Any:
    """The number that a text stands for, or argparse's error that says what was expected."""
    try:
        return kind(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected {expected}, received {text}") from error


def _share(text: str) -> float:
    value = _number(float, text, "a number from 0 to 1")
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, received {text}")
    return value


def _seconds(text: str) -> float:
    value = _number(float, text, "seconds above 0")
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"expected seconds above 0, received {text}")
    return value


def _region(text: str) -> tuple[float, float, float, float]:
    from keras_blur.verdict import check_region

    expected = "four numbers with commas between them, such as 0.25,0.25,0.5,0.5"
    parts = _number(lambda text: [float(part) for part in text.split(",")], text, expected)
    if len(parts) != 4:
        raise argparse.ArgumentTypeError(f"expected {expected}, received {text}")
    try:
        return check_region((parts[0], parts[1], parts[2], parts[3]))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("region: ")) from error


def at_least(least: int) -> Callable[[str], int]:
    """Returns a type of argparse: a whole number that is not less."""

    def number(text: str) -> int:
        value = _number(int, text, f"a whole number of at least {least}")
        if value < least:
            raise argparse.ArgumentTypeError(f"expected a whole number of at least {least}, received {text}")
        return value

    return number
