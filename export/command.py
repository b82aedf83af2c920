"""python -m export: turns a trained network into files for phones, browsers and servers."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_blur.commands import cli
from keras_blur.errors import UsageError

SHIPPED_BY = {"author": "The keras-blur authors", "license": "Apache-2.0"}
FEW = 8
"""Photos; a comparison on fewer says little."""

EXAMPLES = """\
examples:
  python -m tfds_builders blur_demo
  python -m export --output-dir exported
      the shipped network as float32, float16 and int8, calibrated on the embedded demo data
  python -m export --calibration photos/ --output-dir exported
      the same, calibrated on your own photos: a hundred and more
  python -m export --run runs/mine --formats int8 --calibration cuhk_blur/kim2018 --output-dir exported
      your own network in 8 bit, its ranges taken from training photos
  python -m export --run runs/unet --input-size 320x320 --dataset cuhk_blur/kim2018 --output-dir exported
      a network for photos of any size, at one size, with accuracy measured on the test photos

formats: saved_model, float32, float16, dynamic_int8, int8, int16x8
Every file is compared with Keras on real photos; if one is beyond its format's limit, the command fails and
writes nothing.
Then: python -m keras_blur.predict photo.jpg --system exported/mobile_int8.tflite
      python -m export.benchmark exported/*.tflite
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(
        prog="keras-blur export",
        description="Export a trained network as TFLite and SavedModel, verified against Keras.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = options.add_mutually_exclusive_group()
    what.add_argument("--run", metavar="RUN", help="a run folder, or a folder of weights")
    what.add_argument("--system", metavar="NAME", help="a network's name (default: mobile, the shipped one)")
    add_common(options)
    options.add_argument("--output-dir", required=True, metavar="DIR", help="where the files are written")
    return options


def add_common(options: argparse.ArgumentParser) -> None:
    """The options that one export and many share."""
    options.add_argument(
        "--formats",
        default="float32,float16,int8",
        metavar="LIST",
        help="comma-separated (default: %(default)s)",
    )
    options.add_argument("--input-size", metavar="HxW", help="default: the network's own, if it has one")
    options.add_argument(
        "--calibration",
        default="blur_demo",
        metavar="DATASET|FOLDER",
        help="real photos for integer ranges and for comparing: a prepared data set's training and "
        "validation photos, or a folder (default: %(default)s, which 'python -m tfds_builders' prepares)",
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
    name = arguments.run or arguments.system or "mobile"
    command = shlex.join(["python", "-m", "export", *argv])
    report = export(name, arguments, Path(arguments.output_dir), command)
    from . import card

    print(card.table(report))
    print(f"\nwritten to {arguments.output_dir}")
    return 0


def export(
    name: str, arguments: argparse.Namespace, output_dir: Path, command: str, all_or_nothing: bool = True
) -> dict[str, Any]:
    """Exports the network of this name or folder with the options of `add_common`; returns the report."""
    from keras_blur import provenance, systems

    from . import graph, recipes

    formats = recipes.parse_formats(arguments.formats)
    size = graph.parse_size(arguments.input_size) if arguments.input_size else None
    if arguments.limit is not None and arguments.limit < 1:
        raise UsageError(f"--limit: expected at least 1, received {arguments.limit}")
    folder = systems.network_folder(name)
    graph.use_tensorflow()
    from keras_blur.systems.weights import load_network

    from . import pipeline
    from .calibration import Photos

    photos = Photos(arguments.calibration, arguments.data_dir)
    about: dict[str, Any] = {"source": name, "command": command, "training": provenance.training(folder)}
    examples, indices = _examples(arguments, about)
    _check_apart(photos, formats, examples, indices)
    shipped = systems.PRETRAINED in folder.resolve().parents
    by = [getattr(arguments, key) or (text if shipped else "") for key, text in SHIPPED_BY.items()]
    network, contract = load_network(folder)
    job = pipeline.Job(
        network, contract, formats, photos, size, examples, indices, about, *by, all_or_nothing=all_or_nothing
    )
    report = pipeline.run(job, output_dir)
    compared = min(row["photos"] for row in report["formats"].values())
    if compared < FEW:
        print(
            f"warning: --calibration {arguments.calibration}: expected at least {FEW} photos to compare the "
            f"files with Keras on, found {compared}; their agreement is hardly verified",
            file=sys.stderr,
        )
    return report


def _check_apart(photos: Any, formats: Sequence[str], examples: Any, indices: Sequence[int]) -> None:
    """Fails if accuracy is measured on photos that ranges are taken from, going by their names."""
    from .recipes import RECIPES

    recipes = [RECIPES[name]() for name in formats if name in RECIPES]
    calibrated = {name for r in recipes for name in photos.names(r.calibration_photos, r.seed)}
    both = calibrated & {examples.photos[index] for index in indices}
    if both:
        raise UsageError(
            f"--calibration: expected none of the photos of --dataset, found {len(both)} of the same name in "
            f"{photos.origin}, such as {min(both)}; calibrate with training photos of the same split"
        )


def _examples(arguments: argparse.Namespace, about: dict[str, Any]) -> tuple[Any, list[int]]:
    """The photos to measure accuracy on, and which of them."""
    if not arguments.dataset:
        return (), []
    from keras_blur.data import catalog

    examples = catalog.load(arguments.dataset, arguments.split, arguments.data_dir)
    number = min(arguments.limit or len(examples), len(examples))
    about["dataset"] = {"name": arguments.dataset, "split": arguments.split, "photos": number}
    return examples, [i * len(examples) // number for i in range(number)]


if __name__ == "__main__":
    sys.exit(main())
