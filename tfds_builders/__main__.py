"""Prepares a data set: `keras-blur prepare NAME[/CONFIG]`, or `python -m tfds_builders NAME[/CONFIG]`.

TFDS's own command needs Apache Beam; this one doesn't.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from keras_blur.commands.cli import command
from keras_blur.errors import UsageError
from keras_blur.files import default_data_dir
from tfds_builders import BUILDERS, builder_class
from tfds_builders.building import build

EXAMPLES = """\
examples:
  keras-blur prepare --list
  keras-blur prepare blur_demo                   from photos inside Python packages: no download
  keras-blur prepare cuhk_blur/kim2018 --manual-dir FOLDER_OF_CUHK
                                                 from what you downloaded; every file is checked
  keras-blur prepare kim_composites --manual-dir FOLDER_OF_CUHK --objects-dir FOLDER_OF_OBJECTS --workers 2
                                                 made from photos
  keras-blur prepare photos/mine --images FOLDER --masks FOLDER --blurred black --split 0.9,0.1,0
                                                 your own photos and masks

What is there already is left as it is.
"""


FOLDERS = ("objects_dir", "photos_dir", "fonts_dir", "images", "masks")
VALUES = ("count", "blurred", "type", "void", "split", "unlabelled")


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="keras-blur prepare",
        description="Prepares a data set that keras-blur trains or measures on.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("dataset", nargs="?", metavar="NAME[/CONFIG]", help="the data set; see --list")
    parser.add_argument("--list", action="store_true", help="print all data sets and their configs")
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help=f"where data sets are prepared (default: KERAS_BLUR_DATASETS, else {default_data_dir()})",
    )
    parser.add_argument(
        "--manual-dir", type=Path, metavar="DIR", help="the folder with what you downloaded by hand"
    )
    _add_photos(parser)
    made = parser.add_argument_group("data sets that are made from photos")
    made.add_argument(
        "--objects-dir",
        type=Path,
        metavar="DIR",
        help="a folder with photos of objects in image/ and masks (white) in gt/",
    )
    made.add_argument("--photos-dir", type=Path, metavar="DIR", help="a folder of sharp photos")
    made.add_argument(
        "--fonts-dir", type=Path, metavar="DIR", help="a folder of fonts, used besides Matplotlib's"
    )
    made.add_argument(
        "--count",
        type=int,
        metavar="N",
        help="most training examples; the other splits shrink with them (default: all)",
    )
    made.add_argument(
        "--workers",
        type=int,
        default=1,
        metavar="N",
        help="processes that make examples (default: %(default)s)",
    )
    made.add_argument("--beam", action="store_true", help="make them on Apache Beam (pip: the extra beam)")
    made.add_argument(
        "--beam-options", default="", metavar="NAME=VALUE,...", help="pipeline options, such as runner=..."
    )
    return parser


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options that were given, as the builders' `Options` call them."""
    given = {name: getattr(arguments, name) for name in (*FOLDERS, *VALUES)}
    options = {name: value for name, value in given.items() if value is not None}
    for name in FOLDERS:
        if name in options:
            options[name] = options[name].expanduser().absolute()
    if arguments.workers != 1:
        options["workers"] = arguments.workers
    if arguments.beam or arguments.beam_options:
        options["beam"] = True
    return options


def _add_photos(parser: argparse.ArgumentParser) -> None:
    own = parser.add_argument_group(
        "your own photos and masks (photos, or photos/ANY_NAME for one of several)"
    )
    own.add_argument("--images", type=Path, metavar="DIR", help="the folder of photos")
    own.add_argument(
        "--masks", type=Path, metavar="DIR", help="the folder of masks, called as their photos are"
    )
    own.add_argument(
        "--blurred", choices=("white", "black"), help="what is blurred in the masks (default: white)"
    )
    own.add_argument("--type", choices=("motion", "defocus"), help="the type of all blur (default: defocus)")
    own.add_argument(
        "--void",
        type=int,
        metavar="VALUE",
        help="grey level of pixels of which nothing is known (default: none)",
    )
    own.add_argument(
        "--unlabelled",
        action="store_true",
        default=None,
        help="there are no masks: the photos are for a training with a teacher (procedure distillation)",
    )
    own.add_argument(
        "--split",
        type=_shares,
        metavar="A,B,C",
        help="shares of train, validation and test; 0 leaves a part out (default: 0.8,0.1,0.1)",
    )


def _shares(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected three numbers such as 0.8,0.1,0.1, received {text!r}"
        ) from None


def list_builders() -> None:
    """Prints every data set with its configs."""
    for name in BUILDERS:
        make = builder_class(name)
        print(f"{name:36} {make.__doc__.splitlines()[0]}")
        for config in make.BUILDER_CONFIGS:
            default = " (default)" if config.name == make.DEFAULT_BUILDER_CONFIG_NAME else ""
            print(f"  {name + '/' + config.name:34} {config.description}{default}")


@command
def main(argv: list[str] | None = None) -> int:
    """Prepares one data set, or lists all."""
    arguments = parser().parse_args(argv)
    if arguments.list:
        list_builders()
    elif arguments.dataset is None:
        raise UsageError(f"no data set named: expected one of {', '.join(BUILDERS)}")
    else:
        build(
            arguments.dataset,
            arguments.data_dir,
            arguments.manual_dir,
            _options(arguments),
            arguments.beam_options,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
