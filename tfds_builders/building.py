"""Builds a data set, once, whatever else runs or was killed."""

import contextlib
import dataclasses
import fcntl
import importlib.util
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keras_blur.errors import BlurError, UsageError, unknown
from keras_blur.files import default_data_dir, read_json, remove_leftovers, write_json
from keras_blur.progress import progress_bar
from keras_blur.text import counted
from tfds_builders import builder_class

FILE_FORMAT = "array_record"  # the one that is read without TensorFlow
OPTIONS_FILE = "options.json"  # what a data set of photos was built with


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
        options: what differs from the defaults of the builder's `options`, for data sets that have some:
            fields of `tfds_builders.generated.Options`, or of `tfds_builders.photos.folders.Options`.
        beam_options: "name=value,..." for Beam's pipeline.

    Returns:
        The folder of the prepared data set.

    Raises:
        UsageError: the data set or config is unknown.
        BlurError: what was downloaded by hand is not right, `data_dir` can't be written, or the data set is
            there but was built with other options.
    """
    data_dir = Path(data_dir or default_data_dir()).expanduser().absolute()
    builder = _builder(dataset, data_dir)
    _set_options(builder, options or {})
    folder = Path(builder.data_dir)
    if (folder / "dataset_info.json").exists():
        _keep_options(folder)
        _require_same_options(builder, folder)
        count = builder.info.splits.total_num_examples
        print(f"{builder.info.full_name} is already there with {counted(count, 'picture')}: {folder}")
        return folder
    if folder.exists():
        raise BlurError(f"{folder} is there but holds no prepared data set; remove it and build again")
    downloads = None
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
        downloads = _manual_dir(builder.name, builder.MANUAL_DOWNLOAD_INSTRUCTIONS, manual_dir)
    if hasattr(builder, "check_options"):
        builder.check_options()
    print(f"Building {builder.info.full_name} in {data_dir}")
    if hasattr(builder, "notes"):
        print(*(f"  {note}\n" for note in builder.notes()), sep="", end="")
    _write(builder, downloads, beam_options, data_dir)
    for split, info in builder.info.splits.items():
        print(f"  {split:10} {info.num_examples:7d} picture{'s' * (info.num_examples != 1)}")
    print(f"Built {folder}")
    return folder


def _write(builder: Any, downloads: Path | None, beam_options: str, data_dir: Path) -> None:
    """Prepares the data set and keeps its options beside it, both or none.

    Raises:
        BlurError: `data_dir` can't be written, or the disk is full.
    """
    folder = Path(builder.data_dir)
    try:
        with _only_one(folder.parent):
            if hasattr(builder, "options"):
                write_json(_options_beside(folder), builder.recorded_options())
            try:
                _prepare(builder, downloads, beam_options)
                _keep_options(folder)
            finally:
                _options_beside(folder).unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(data_dir, error.strerror or str(error)) from error
    except RuntimeError as error:  # how array_record says that the disk is full
        if "No space left" not in str(error):
            raise
        raise _unwritable(data_dir, "No space left on device") from error


def _builder(dataset: str, data_dir: Path) -> Any:
    name, _, config = dataset.partition("/")
    make = builder_class(name)
    configs = [config.name for config in make.BUILDER_CONFIGS]
    if config and make.get_builder_config(config) is None:
        raise (
            unknown("config", config, configs, of=name)
            if configs
            else UsageError(f"{name} has no configs, received '{dataset}'; name it alone")
        )
    return make(data_dir=str(data_dir), config=config or None, file_format=FILE_FORMAT)


def _set_options(builder: Any, options: dict[str, Any]) -> None:
    known = (
        {field.name for field in dataclasses.fields(builder.options)} if hasattr(builder, "options") else ()
    )
    if strange := [name for name in options if name not in known]:
        raise UsageError(
            f"{', '.join(strange)}: {builder.name} takes no such option; see its README in "
            f"tfds_builders/{builder.name}"
        )
    if not known:
        return
    for name, value in options.items():
        if name in ("count", "workers") and value < 1:
            raise UsageError(f"{name}: expected 1 or more, received {value}")
    if options.get("beam") and importlib.util.find_spec("apache_beam") is None:
        raise UsageError(
            "beam: expected Apache Beam, which is not there; install it with pip install 'keras-blur[beam]'"
        )
    builder.options = dataclasses.replace(builder.options, **options)


def _options_beside(folder: Path) -> Path:
    """Where the options of a data set stand until it is whole, so that no kill leaves it without them."""
    return folder.with_name(f".{folder.name}.{OPTIONS_FILE}")


def _keep_options(folder: Path) -> None:
    """Moves the options into a data set that has become whole, if they aren't there yet."""
    with contextlib.suppress(FileNotFoundError):
        _options_beside(folder).replace(folder / OPTIONS_FILE)


def _require_same_options(builder: Any, folder: Path) -> None:
    """Refuses a prepared data set that was built with other options, as far as these were recorded."""
    if not (folder / OPTIONS_FILE).exists():
        return
    built = read_json(folder / OPTIONS_FILE)
    for name, value in builder.recorded_options().items():
        if value != built.get(name):
            raise BlurError(
                f"{name}: expected {built.get(name) or 'none'}, with which {folder} was built, received "
                f"{value or 'none'}; remove that folder and build again, or choose another `data_dir`"
            )


def _unwritable(data_dir: Path, reason: str) -> BlurError:
    return BlurError(
        f"cannot build in {data_dir}: {reason}; choose a `data_dir` that is writable and has free space"
    )


def _manual_dir(name: str, instructions: str, folder: str | Path | None) -> Path:
    hint = f"{instructions} Then add `manual_dir` FOLDER"
    if folder is None:
        raise UsageError(f"{name} cannot be downloaded by itself. {hint}")
    folder = Path(folder).expanduser().absolute()
    if not folder.is_dir() or not any(folder.iterdir()):
        raise BlurError(f"manual_dir: {folder} is {'empty' if folder.is_dir() else 'not a folder'}. {hint}")
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
        remove_leftovers(folder)
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
