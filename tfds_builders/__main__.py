"""Prepares a data set: `keras-blur prepare NAME[/CONFIG]`, or `python -m tfds_builders NAME[/CONFIG]`.

TFDS's own command needs Apache Beam; this one doesn't.
"""

import argparse
import contextlib
import dataclasses
import fcntl
import importlib
import importlib.util
import io
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keras_blur.commands.cli import command
from keras_blur.errors import BlurError, UsageError, unknown
from keras_blur.files import default_data_dir, read_json, write_json
from keras_blur.progress import progress_bar

BUILDERS = (
    "blur_demo",
    "cuhk_blur",
    "lfsd_focus",
    "blur_db1",
    "blur_db2",
    "schuster_composites",
    "schuster_patches",
    "kim_composites",
    "purohit_patches",
    "zeng_patches",
    "realistic_composites",
    "field_scenes",
)
FILE_FORMAT = "array_record"  # the one that is read without TensorFlow
OPTIONS_FILE = "options.json"  # what a data set of photos was built with

EXAMPLES = """\
examples:
  keras-blur prepare --list
  keras-blur prepare blur_demo                   from photos inside Python packages: no download
  keras-blur prepare cuhk_blur/kim2018 --manual-dir FOLDER_OF_CUHK
                                                 from what you downloaded; every file is checked
  keras-blur prepare kim_composites --manual-dir FOLDER_OF_CUHK --objects-dir FOLDER_OF_OBJECTS --workers 2
                                                 made from photos

What is there already is left as it is.
"""


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


def builder_class(name: str) -> Any:
    """The TFDS builder called `name`.

    Raises:
        UsageError: there is none of that name.
        BlurError: TensorFlow Datasets is not installed.
    """
    if name not in BUILDERS:
        raise unknown("data set", name, BUILDERS)
    try:
        return importlib.import_module(f"tfds_builders.{name}.{name}_dataset_builder").Builder
    except ModuleNotFoundError as error:
        raise BlurError(
            f"building a data set needs {error.name}: install it with pip install 'keras-blur[data]'"
        ) from error


def build(
    dataset: str,
    data_dir: str | Path | None = None,
    manual_dir: str | Path | None = None,
    options: dict[str, Any] | None = None,
    beam_options: str = "",
) -> Path:
    """Builds a data set where it is not there yet.

    Args:
        dataset: "name", which means its default config, or "name/config".
        data_dir: the folder of all prepared data sets; None: `default_data_dir()`.
        manual_dir: the folder of hand-made downloads, for data sets that need them.
        options: fields of `tfds_builders.generated.Options` that differ from their defaults, for data
            sets that are made from photos.
        beam_options: "name=value,..." for Beam's pipeline.

    Returns:
        The folder of the prepared data set.

    Raises:
        UsageError: the data set or config is unknown.
        BlurError: what was downloaded by hand is not right, `data_dir` can't be written, or the data set is
            there but was built with other options.
    """
    name, _, config = dataset.partition("/")
    data_dir = Path(data_dir or default_data_dir()).expanduser().absolute()
    make = builder_class(name)
    configs = [config.name for config in make.BUILDER_CONFIGS]
    if config and config not in configs:
        raise (
            unknown(f"config of {name}", config, configs) if configs else UsageError(f"{name} has no configs")
        )
    builder = make(data_dir=str(data_dir), config=config or None, file_format=FILE_FORMAT)
    _set_options(builder, options or {})
    folder = Path(builder.data_dir)
    if (folder / "dataset_info.json").exists():
        _require_same_options(builder, folder)
        count = builder.info.splits.total_num_examples
        print(f"{builder.info.full_name} is already there with {count} pictures: {folder}")
        return folder
    if folder.exists():
        raise BlurError(f"{folder} is there but holds no prepared data set; remove it and build again")
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
        manual_dir = _manual_dir(name, builder.MANUAL_DOWNLOAD_INSTRUCTIONS, manual_dir)
    if hasattr(builder, "check_options"):
        builder.check_options()
    print(f"Building {builder.info.full_name} in {data_dir}")
    try:
        with _only_one(folder.parent):
            _prepare(builder, manual_dir, beam_options)
            if hasattr(builder, "options"):
                write_json(folder / OPTIONS_FILE, builder.recorded_options())
    except OSError as error:
        raise _unwritable(data_dir, error.strerror or str(error)) from error
    except RuntimeError as error:  # how array_record says that the disk is full
        if "No space left" not in str(error):
            raise
        raise _unwritable(data_dir, "No space left on device") from error
    for split, info in builder.info.splits.items():
        print(f"  {split:10} {info.num_examples:7d} pictures")
    print(f"Built {folder}")
    return folder


def _set_options(builder: Any, options: dict[str, Any]) -> None:
    if not hasattr(builder, "options"):
        if options:
            named = ", ".join(f"--{name.replace('_', '-')}" for name in options)
            raise UsageError(f"{builder.name} is not made from photos and takes no {named}")
        return
    for name, value in options.items():
        if name in ("count", "workers") and value < 1:
            raise UsageError(f"--{name}: expected 1 or more, received {value}")
    if options.get("beam") and importlib.util.find_spec("apache_beam") is None:
        raise UsageError("--beam needs Apache Beam: install it with pip install 'keras-blur[beam]'")
    builder.options = dataclasses.replace(builder.options, **options)


def _require_same_options(builder: Any, folder: Path) -> None:
    """Refuses a prepared data set that was built with other options, as far as these were recorded."""
    if not (folder / OPTIONS_FILE).exists():
        return
    built = read_json(folder / OPTIONS_FILE)
    for name, value in builder.recorded_options().items():
        if value != built[name]:
            raise BlurError(
                f"{folder} was built with another --{name.replace('_', '-')}: expected "
                f"{built[name] or 'none'}, received {value or 'none'}; remove that folder and build again, "
                "or choose another --data-dir"
            )


def _unwritable(data_dir: Path, reason: str) -> BlurError:
    return BlurError(
        f"cannot build in {data_dir}: {reason}; choose a --data-dir that is writable and has free space"
    )


def _manual_dir(name: str, instructions: str, folder: str | Path | None) -> Path:
    hint = f"{instructions} Then add --manual-dir FOLDER"
    if folder is None:
        raise UsageError(f"{name} cannot be downloaded by itself. {hint}")
    folder = Path(folder).expanduser().absolute()
    if not folder.is_dir() or not any(folder.iterdir()):
        raise BlurError(f"--manual-dir {folder} is {'empty' if folder.is_dir() else 'not a folder'}. {hint}")
    return folder


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Lets one process build in `folder`, and clears what a killed one left there."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BlurError(f"another process is building in {folder}; wait until it has finished") from error
        for stale in folder.glob("incomplete.*"):
            shutil.rmtree(stale)
        yield


def _prepare(builder: Any, manual_dir: Path | None, beam_options: str = "") -> None:
    import tensorflow_datasets as tfds

    generate = builder._generate_examples
    # One bar for all splits; TFDS's own three, nested, would hide an error that follows them.
    tfds.display_progress_bar(False)
    with progress_bar(unit=" pictures", desc=builder.name) as bar, contextlib.redirect_stdout(io.StringIO()):

        def counted(examples: Iterator) -> Iterator:
            for example in examples:
                yield example
                bar.update()

        def generated(*arguments: Any) -> Any:
            examples = generate(*arguments)
            return counted(examples) if isinstance(examples, Iterator) else examples  # else Beam runs it

        builder._generate_examples = generated
        builder.download_and_prepare(
            download_config=tfds.download.DownloadConfig(
                manual_dir=str(manual_dir) if manual_dir else None,
                compute_stats=tfds.download.ComputeStatsMode.SKIP,
                beam_options=_beam_options(beam_options) if beam_options else None,
            )
        )


def _beam_options(text: str) -> Any:
    from apache_beam.options.pipeline_options import PipelineOptions

    return PipelineOptions([f"--{option}" for option in text.split(",")])


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options that were given, as `generated.Options` calls them."""
    given = {name: getattr(arguments, name) for name in ("objects_dir", "photos_dir", "fonts_dir", "count")}
    options = {name: value for name, value in given.items() if value is not None}
    for name in ("objects_dir", "photos_dir", "fonts_dir"):
        if name in options:
            options[name] = options[name].expanduser().absolute()
    if arguments.workers != 1:
        options["workers"] = arguments.workers
    if arguments.beam or arguments.beam_options:
        options["beam"] = True
    return options


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
