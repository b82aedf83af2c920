"""`keras-blur export`: turns a trained network into files for phones, browsers and servers."""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_blur import systems
from keras_blur.commands import cli

from . import graph
from .exporters import EXPORTERS
from .network import CALIBRATION, FORMATS, export_network

PROG = "keras-blur export"

EXAMPLES = f"""\
examples:
  keras-blur prepare blur_demo
  keras-blur export --output-dir exported
      the network mobile as float32, float16 and int8, calibrated on the embedded demo data
  keras-blur export --calibration photos/ --output-dir exported
      the same, calibrated on your own photos: a hundred and more
  keras-blur export --system runs/mine --formats int8 --calibration cuhk_blur/kim2018 --output-dir exported
      your own network in 8 bit, its ranges taken from training photos
  keras-blur export --system runs/unet --input-size 320x320 --dataset cuhk_blur/kim2018 --output-dir exported
      a network for photos of any size, at one size, with accuracy measured on the test photos

formats: {", ".join(EXPORTERS)}
Every file is compared with Keras on real photos; if one is beyond its format's limit, the command fails and
writes nothing.
Then: keras-blur predict photo.jpg --system exported/mobile_int8.tflite
      python -m keras_blur.export.benchmark exported/*.tflite
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(
        prog=PROG,
        description="Exports a trained network as TFLite, ONNX and SavedModel, verified against Keras.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = options.add_mutually_exclusive_group()
    what.add_argument(
        "--system",
        default=systems.DEFAULT,
        metavar="NAME|RUN",
        help="a network's name, a run folder or a folder of weights; not a formula, a composed system or a "
        "file (default: %(default)s)",
    )
    what.add_argument("--run", metavar="RUN", help="the same, an older name of --system")
    add_common(options)
    options.add_argument(
        "--output-dir",
        required=True,
        metavar="DIR",
        help="a new folder, or that of an earlier export, which is replaced as a whole",
    )
    return options


def add_common(options: argparse.ArgumentParser) -> None:
    """The options that one export and many share."""
    options.add_argument(
        "--formats",
        default=",".join(FORMATS),
        metavar="LIST",
        help="comma-separated (default: %(default)s)",
    )
    options.add_argument("--input-size", metavar="HxW", help="default: the network's own, if it has one")
    options.add_argument(
        "--calibration",
        default=CALIBRATION,
        metavar="DATASET|FOLDER",
        help="real photos for integer ranges and for comparing: a prepared data set's training and "
        "validation photos, or a folder (default: %(default)s, which 'keras-blur prepare' prepares)",
    )
    options.add_argument(
        "--dataset", metavar="NAME[/CONFIG]", help="also measure accuracy, F1 and mIoU on it"
    )
    options.add_argument("--split", default="test", help="of --dataset (default: test)")
    options.add_argument("--limit", type=int, metavar="N", help="only N photos of --dataset, spread evenly")
    options.add_argument("--data-dir", metavar="DIR", help="where data sets are prepared")
    options.add_argument("--author", metavar="TEXT", help="who trained it; written into the files")
    options.add_argument("--license", metavar="TEXT", help="its licence; the same")


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Exports one network."""
    argv = sys.argv[1:] if argv is None else argv
    arguments = parser().parse_args(argv)
    options = keywords(arguments)
    source = arguments.run or arguments.system
    with cli.quiet_natives():
        report = export_network(source, arguments.output_dir, **options, command=public(PROG, argv))
    from . import card

    print(card.table(report))
    show_warnings(report)
    print(f"\nwritten to {arguments.output_dir}")
    return 0


def keywords(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options of `add_common` as `export_network` takes them."""
    names = ("formats", "calibration", "dataset", "split", "limit", "data_dir", "author", "license")
    return {
        **{name: getattr(arguments, name) for name in names},
        "input_size": graph.parse_size(arguments.input_size) if arguments.input_size else None,
    }


def show_warnings(report: dict[str, Any]) -> None:
    """Prints an export's warnings."""
    for warning in report["warnings"]:
        print(f"warning: {warning}", file=sys.stderr)


def public(prog: str, argv: Sequence[str]) -> str:
    """The command line without the folders of this machine: of a path to them, its last name is left."""
    return f"{prog} {shlex.join(map(_public_word, argv))}"


def _public_word(word: str) -> str:
    option, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
    absolute = os.path.isabs(value) or value.startswith((".", "~"))
    local = absolute or (os.sep in value and os.path.exists(value))
    return option + equals + (Path(value).resolve().name if local else value)


if __name__ == "__main__":
    sys.exit(main())
