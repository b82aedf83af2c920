"""Convert, describe, verify, and only then show: one network, several formats, one folder."""

import contextlib
import dataclasses
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras_blur
from keras_blur import files, provenance
from keras_blur.contract import Contract
from keras_blur.errors import BlurError
from keras_blur.systems.base import System
from keras_blur.systems.dense import DenseSystem
from keras_blur.systems.tflite import CONTRACT_FILE, TFLiteSystem

from . import benchmark, card, convert, graph, metadata, recipes, verify
from .calibration import Photos, samples
from .inspect import summarise

REPORT_FILE, CARD_FILE = "export.json", "model_card.md"
TRAINING_FILE = "training.json"  # what `provenance.training` reads


@dataclasses.dataclass(frozen=True)
class Job:
    """What is to be exported.

    Attributes:
        network: The trained Keras network.
        trained: Its contract.
        formats: Names in `recipes.FORMATS`.
        photos: To calibrate and to verify with.
        size: Height and width of the exported input; None = the contract's own.
        examples: A data set's photos with masks, to measure accuracy on; empty = don't.
        indices: Which of them.
        about: What the report and the card say about where all this comes from.
        author, license: Of the trained network; empty = not said.
        all_or_nothing: Whether one format that fails makes the export fail, or is left out and reported.
        timing_runs: Runs of each file for the speed in the card.
    """

    network: Any
    trained: Contract
    formats: Sequence[str]
    photos: Photos
    size: tuple[int, int] | None = None
    examples: Sequence[Any] = ()
    indices: Sequence[int] = ()
    about: dict[str, Any] = dataclasses.field(default_factory=dict)
    author: str = ""
    license: str = ""
    timing_runs: int = 15
    all_or_nothing: bool = True


def run(job: Job, output_dir: str | os.PathLike) -> dict[str, Any]:
    """Exports, verifies, and places the files in `output_dir` if every one of them is within its limits.

    Returns:
        The report, as it is written to `REPORT_FILE`.

    Raises:
        BlurError: a format can't be converted or is beyond its limits, or all are, or the folder can't be
            written; nothing new is in `output_dir` then.
    """
    contract = graph.exported_contract(job.trained, job.size)
    job = dataclasses.replace(job, network=graph.fitted(job.network, contract))
    with _staging(Path(output_dir)) as folder:
        contract.save(folder / CONTRACT_FILE)
        if job.about.get("training"):
            files.write_json(folder / TRAINING_FILE, job.about["training"])
        files.write_text(folder / metadata.LABELS_FILE, "\n".join(contract.classes) + "\n")
        written, failures = _converted(job, contract, folder)
        results = _compared(job, contract, written)
        for name, result in results.items():
            if excesses := result.excesses(recipes.limits(name)):
                failures[name] = f"differs too much from Keras: {', '.join(excesses)}"
        _settle(job, failures, written)
        report = _report(job, contract, written, results) | {"failed": failures}
        files.write_json(folder / REPORT_FILE, report)
        files.write_text(folder / CARD_FILE, card.text(report))
    return report


def file_name(contract: Contract, name: str) -> str:
    """What a format's file, or folder, is called."""
    return f"{contract.name}_{name}" + ("" if name == recipes.SAVED_MODEL else ".tflite")


@contextlib.contextmanager
def _staging(output_dir: Path) -> Iterator[Path]:
    """A hidden folder whose contents move to `output_dir` if the block succeeds, and vanish if it fails."""
    new = not output_dir.exists()
    staging = output_dir / f".export-{uuid.uuid4().hex[:8]}"
    try:
        staging.mkdir(parents=True)
        yield staging
        for source in sorted(staging.iterdir(), key=lambda path: path.name == REPORT_FILE):
            target = output_dir / source.name
            if target.is_dir():
                shutil.rmtree(target)
            os.replace(source, target)
    except OSError as error:
        raise BlurError(
            f"cannot write {output_dir}: {error.strerror or error}; "
            "choose an output folder that can be written and has free space"
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if new:
            with contextlib.suppress(OSError):
                output_dir.rmdir()  # only if it is empty


def _write(job: Job, name: str, contract: Contract, folder: Path) -> Path:
    """Converts to one format."""
    path = folder / file_name(contract, name)
    if name == recipes.SAVED_MODEL:
        convert.to_saved_model(graph.inference_model(job.network, contract, batch=None), path)
        return path
    recipe = recipes.RECIPES[name]()
    pixels = samples(job.photos.calibration(recipe.calibration_photos, recipe.seed), contract)
    recipe = dataclasses.replace(recipe, calibration_photos=len(pixels))
    content = convert.to_tflite(graph.inference_model(job.network, contract), recipe, pixels)
    recipe_json = json.dumps({**recipe.to_dict(), "calibration": job.photos.origin}, indent=2) + "\n"
    packed = {
        metadata.LABELS_FILE: (folder / metadata.LABELS_FILE).read_bytes(),
        CONTRACT_FILE: (folder / CONTRACT_FILE).read_bytes(),
        "recipe.json": recipe_json.encode(),
    }
    path.write_bytes(metadata.add_metadata(content, _description(job, contract, name, packed), contract))
    (folder / f"{path.stem}.recipe.json").write_text(recipe_json, encoding="utf-8")
    foreign = summarise(path).foreign
    if foreign:
        raise BlurError(f"{path.name} needs operators that are not built into TFLite: {', '.join(foreign)}")
    return path


def _description(job: Job, contract: Contract, name: str, packed: dict[str, bytes]) -> metadata.Description:
    return metadata.Description(
        name=f"keras-blur {contract.name}, {name}",
        description="Finds blur in a photo, pixel by pixel: "
        f"probabilities of {', '.join(contract.classes)}. Packed into the file: how a photo is prepared and "
        "the map read (contract.json), and how the file was made (recipe.json).",
        version=keras_blur.__version__,
        author=job.author,
        license=job.license,
        files=packed,
    )


def _converted(job: Job, contract: Contract, folder: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """The files by format, and why the others could not be converted."""
    written, failures = {}, {}
    for name in job.formats:
        try:
            written[name] = _write(job, name, contract, folder)
        except BlurError as error:
            if job.all_or_nothing:
                raise
            failures[name] = str(error)
    return written, failures


def _compared(job: Job, contract: Contract, written: dict[str, Path]) -> dict[str, verify.Comparison]:
    """Compares every file with Keras, on photos and, where there is one, on a data set."""
    reference = DenseSystem(job.network, contract)
    systems: dict[str, System] = {
        name: verify.SavedModelSystem(path, contract) if name == recipes.SAVED_MODEL else TFLiteSystem(path)
        for name, path in written.items()
    }
    results = verify.compare(reference, systems, job.photos.verification())
    if job.indices:
        job.about["keras"] = verify.figures(reference, job.examples, job.indices)
        for name, system in systems.items():
            found = verify.figures(system, job.examples, job.indices)
            results[name].measure(found, job.about["keras"], len(job.indices))
    return results


def _settle(job: Job, failures: dict[str, str], written: dict[str, Path]) -> None:
    """Fails the export, or deletes the files of formats that failed."""
    good = [name for name in written if name not in failures]
    if failures and (job.all_or_nothing or not good):
        hint = f"within their limits: --formats {','.join(good)}" if good else "no format can be exported"
        reasons = "; ".join(f"{name} {reason}" for name, reason in failures.items())
        raise BlurError(f"nothing was exported: {reasons}; {hint}")
    for name in failures.keys() & written.keys():
        path = written.pop(name)
        path.with_name(f"{path.stem}.recipe.json").unlink(missing_ok=True)
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _report(
    job: Job, contract: Contract, written: dict[str, Path], results: dict[str, verify.Comparison]
) -> dict[str, Any]:
    tflite = {name: path for name, path in written.items() if name != recipes.SAVED_MODEL}
    image = next(iter(job.photos.verification(1)))
    rows = benchmark.measure(list(tflite.values()), image, runs=job.timing_runs) if tflite else []
    speeds = dict(zip(tflite, rows, strict=True))
    drawn = [job.photos.names(r.calibration_photos, r.seed) for r in (recipes.RECIPES[n]() for n in tflite)]
    formats = {}
    for name in written:
        result = results[name]
        formats[name] = {
            "file": written[name].name,
            "bytes": sum(path.stat().st_size for path in _files(written[name])),
            "limits": dataclasses.asdict(recipes.limits(name)),
            **dataclasses.asdict(result),
            "speed": dataclasses.asdict(speeds[name]) if name in speeds else None,
        }
    return {
        "name": contract.name,
        "input": [contract.height, contract.width],
        "trained_for": dataclasses.asdict(job.trained),
        "calibration": job.photos.origin,
        "calibration_photos": max(map(len, drawn), default=0),
        "author": job.author,
        "license": job.license,
        **job.about,
        "formats": formats,
        "provenance": provenance.collect(),
    }


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [inner for inner in path.rglob("*") if inner.is_file()]
