"""One call for one network: what `keras-blur export` does, from Python."""

import dataclasses
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from keras_blur import provenance, systems
from keras_blur.errors import UsageError
from keras_blur.systems.weights import load_network

from . import exporters, graph
from .exporters import Exporter

SHIPPED_BY = {"author": "The keras-blur authors", "license": "Apache-2.0"}
FORMATS = ("float32", "float16", "int8")
CALIBRATION = "blur_demo"


def export_network(
    system: str | os.PathLike = systems.DEFAULT,
    output_dir: str | os.PathLike = "exported",
    formats: str | Iterable[str] = FORMATS,
    *,
    input_size: tuple[int, int] | None = None,
    calibration: str | os.PathLike = CALIBRATION,
    dataset: str | None = None,
    split: str = "test",
    limit: int | None = None,
    data_dir: str | os.PathLike | None = None,
    author: str | None = None,
    license: str | None = None,
    all_or_nothing: bool = True,
    command: str = "keras_blur.export.export_network",
) -> dict[str, Any]:
    """Exports a trained network as files that are compared with it, and returns the report.

    Args:
        system: A network's name, a run folder, or a folder of weights.
        output_dir: A new folder, or that of an earlier export, which is replaced as a whole.
        formats: Names in `EXPORTERS`.
        input_size: Height and width of the files' input in pixels; None = the network's own.
        calibration: Real photos for integer ranges and for comparing: a prepared data set, or a folder.
        dataset: A prepared data set to measure accuracy, F1 and mIoU on; None = don't.
        split: Of `dataset`.
        limit: Only so many photos of `dataset`, spread evenly; None = all.
        data_dir: Where data sets are prepared; None = the default folder.
        author, license: Who trained the network, and its licence; written into the files.
        all_or_nothing: Whether one format that fails makes the export fail, or is left out and reported.
        command: What calls this, for the report.

    Returns:
        What is written to `export.json`: "formats" with the figures of each, "failed" with the reasons,
        "warnings" with what makes them doubtful, and where it all comes from.

    Raises:
        UsageError: an argument is wrong.
        BlurError: a format can't be converted, or is beyond its limits; `output_dir` is as it was then.
    """
    chosen = exporters.get(formats)
    folder = systems.network_folder(system)
    graph.use_tensorflow()
    from . import pipeline
    from .calibration import Photos

    examples, indices = _examples(dataset, split, limit, data_dir)
    photos = Photos(calibration, data_dir)
    _check_apart(photos, chosen, examples, indices)
    about = _origin(system, folder, command) | _measured_on(dataset, split, indices)
    job = pipeline.Job(*load_network(folder), chosen, photos, input_size, examples, indices, about)
    job = dataclasses.replace(job, **_owner(folder, author, license), all_or_nothing=all_or_nothing)
    return pipeline.run(job, output_dir)


def _origin(system: str | os.PathLike, folder: Path, command: str) -> dict[str, Any]:
    """What the report says about where the files come from."""
    return {"source": _public_name(system), "command": command, "training": provenance.training(folder)}


def _measured_on(dataset: str | None, split: str, indices: Sequence[int]) -> dict[str, Any]:
    """What the report says about the photos that the figures are of."""
    return {"dataset": {"name": dataset, "split": split, "photos": len(indices)}} if dataset else {}


def _owner(folder: Path, author: str | None, license: str | None) -> dict[str, Any]:
    """Who trained the network and its licence, which are known of networks that ship."""
    shipped = SHIPPED_BY if systems.PRETRAINED in folder.resolve().parents else {}
    return {
        "author": author or shipped.get("author", ""),
        "license": license or shipped.get("license", ""),
    }


def _public_name(system: str | os.PathLike) -> str:
    """A network's name or its folder's, without the path, which is this machine's."""
    name = os.fspath(system)
    return Path(name).resolve().name if Path(name).is_dir() else Path(name).name


def _check_apart(photos: Any, chosen: Sequence[Exporter], examples: Any, indices: Sequence[int]) -> None:
    """Raises UsageError if accuracy is measured on photos that ranges are taken from, by their names."""
    recipes = [exporter.recipe for exporter in chosen if exporter.recipe]
    calibrated = {name for r in recipes for name in photos.names(r.calibration_photos, r.seed)}
    both = calibrated & {examples.photos[index] for index in indices}
    if both:
        raise UsageError(
            f"calibration: expected none of the photos of the data set, found {len(both)} of the same name "
            f"in {photos.origin}, such as {min(both)}; calibrate with training photos of the same split"
        )


def _examples(
    dataset: str | None, split: str, limit: int | None, data_dir: str | os.PathLike | None
) -> tuple[Any, list[int]]:
    """The photos to measure accuracy on, and which of them."""
    if limit is not None and limit < 1:
        raise UsageError(f"limit: expected at least 1, received {limit}")
    if not dataset:
        return (), []
    from keras_blur.data import catalog

    examples = catalog.load(dataset, split, data_dir)
    number = min(limit or len(examples), len(examples))
    return examples, [i * len(examples) // number for i in range(number)]
