"""Converts one network to several formats, verifies the files, and only then makes their folder."""

import dataclasses
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_blur import files, provenance, verdict
from keras_blur.contract import Contract
from keras_blur.errors import BlurError, UsageError
from keras_blur.result import NOTES
from keras_blur.systems.dense import DenseSystem
from keras_blur.systems.weights import CONTRACT_FILE

from . import benchmark, card, graph, verify
from .calibration import Photos
from .exporters import RECIPE_FILE, Exporter, Source
from .recipes import Recipe

REPORT_FILE, CARD_FILE = "export.json", "model_card.md"
TRAINING_FILE = "training.json"  # what `provenance.training` reads
FEW = 8
"""Photos; a comparison on fewer says little."""


@dataclasses.dataclass(frozen=True)
class Job:
    """What is to be exported.

    Attributes:
        network: The trained Keras network.
        trained: Its contract.
        exporters: The formats, from `exporters.get`.
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
    exporters: Sequence[Exporter]
    photos: Photos
    size: tuple[int, int] | None = None
    examples: Sequence[Any] = ()
    indices: Sequence[int] = ()
    about: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    author: str = ""
    license: str = ""
    timing_runs: int = 15
    all_or_nothing: bool = True

    def source(self, contract: Contract, exporter: Exporter) -> Source:
        """What an exporter converts: the network with the calibration of the file that it makes."""
        own = contract.for_file(exporter.file_name(contract))
        return Source(self.network, own, self.photos, self.author, self.license)


def run(job: Job, output_dir: str | os.PathLike) -> dict[str, Any]:
    """Exports, verifies, and makes `output_dir` if every file is within its limits.

    Returns:
        The report, as it is written to `REPORT_FILE`.

    Raises:
        UsageError: `output_dir` holds other files than those of an earlier export.
        BlurError: a format can't be converted or is beyond its limits, or all are, or the folder can't be
            written; `output_dir` is as it was then.
    """
    contract = graph.exported_contract(job.trained, job.size)
    job = dataclasses.replace(job, network=graph.fitted(job.network, contract))
    _check_replaceable(Path(output_dir))
    with files.atomic_folder(output_dir) as folder:
        contract.save(folder / CONTRACT_FILE)
        if job.about.get("training"):
            files.write_json(folder / TRAINING_FILE, job.about["training"])
        files.write_text(folder / graph.LABELS_FILE, "\n".join(contract.classes) + "\n")
        written, failures = _convert(job, contract, folder)
        results, keras = _compare(job, contract, written)
        for exporter in written:
            if excesses := results[exporter.name].excesses(exporter.limits):
                failures[exporter.name] = f"differs too much from Keras: {', '.join(excesses)}"
        _settle(job, failures, written)
        report = _report(job, contract, written, results, keras) | {"failed": failures}
        files.write_json(folder / REPORT_FILE, report)
        files.write_text(folder / CARD_FILE, card.text(report))
    return report


def _check_replaceable(folder: Path) -> None:
    """Raises UsageError if the folder holds what no export wrote: it is going to be replaced as a whole."""
    found = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    ours = {CONTRACT_FILE, TRAINING_FILE, graph.LABELS_FILE, REPORT_FILE, CARD_FILE}
    if REPORT_FILE in found:
        for row in files.read_json(folder / REPORT_FILE)["formats"].values():
            ours |= {row["file"], f"{Path(row['file']).stem}.{RECIPE_FILE}"}
    if foreign := found - ours:
        raise UsageError(
            f"output_dir: expected a new folder, or that of an earlier export, which is replaced; found "
            f"{min(foreign)} in {folder}; choose another folder"
        )


def _convert(job: Job, contract: Contract, folder: Path) -> tuple[dict[Exporter, Path], dict[str, str]]:
    """The files by exporter, and why the others could not be converted."""
    written, failures = {}, {}
    for exporter in job.exporters:
        path = folder / exporter.file_name(contract)
        try:
            exporter.convert(job.source(contract, exporter), path)
        except BlurError as error:
            if job.all_or_nothing:
                raise
            failures[exporter.name] = str(error)
            _remove(path)
        else:
            written[exporter] = path
    return written, failures


def _remove(path: Path) -> None:
    """Deletes a format's file or folder, and its recipe."""
    path.with_name(f"{path.stem}.{RECIPE_FILE}").unlink(missing_ok=True)
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _compare(
    job: Job, contract: Contract, written: Mapping[Exporter, Path]
) -> tuple[dict[str, verify.Comparison], dict[str, float] | None]:
    """Every file against Keras, on photos and, where there is one, on a data set; and Keras's own figures."""
    reference = DenseSystem(job.network, contract)
    systems = {exporter.name: exporter.load(path, contract) for exporter, path in written.items()}
    results = verify.compare(reference, systems, job.photos.verification())
    if not job.indices:
        return results, None
    keras = verify.figures(reference, job.examples, job.indices)
    for name, system in systems.items():
        results[name].measure(verify.figures(system, job.examples, job.indices), keras, len(job.indices))
    return results, keras


def _settle(job: Job, failures: dict[str, str], written: dict[Exporter, Path]) -> None:
    """Fails the export, or deletes the files of formats that failed."""
    good = [exporter.name for exporter in written if exporter.name not in failures]
    if failures and (job.all_or_nothing or not good):
        hint = f"within their limits: formats {','.join(good)}" if good else "no format can be exported"
        reasons = "; ".join(f"{name} {reason}" for name, reason in failures.items())
        raise BlurError(f"nothing was exported: {reasons}; {hint}")
    for exporter in [each for each in written if each.name in failures]:
        _remove(written.pop(exporter))


def _report(
    job: Job,
    contract: Contract,
    written: Mapping[Exporter, Path],
    results: Mapping[str, verify.Comparison],
    keras: dict[str, float] | None,
) -> dict[str, Any]:
    speeds = _speeds(job, written)
    recipe = _calibrated(written)
    calibrated = len(job.photos.names(recipe.calibration_photos, recipe.seed)) if recipe else 0
    formats = {
        exporter.name: {
            "file": path.name,
            "bytes": sum(part.stat().st_size for part in _files(path)),
            "even_odds": job.source(contract, exporter).contract.even_odds,
            "limits": dataclasses.asdict(exporter.limits),
            **dataclasses.asdict(results[exporter.name]),
            "speed": speeds.get(exporter.name),
        }
        for exporter, path in written.items()
    }
    return {
        "name": contract.name,
        "input": [contract.height, contract.width],
        "trained_for": dataclasses.asdict(job.trained),
        "calibration": job.photos.origin,
        "calibration_photos": calibrated,
        "author": job.author,
        "license": job.license,
        **job.about,
        **({"keras": keras} if keras else {}),
        "formats": formats,
        "warnings": [*_uncalibrated(formats), *_warnings(job, results, recipe)],
        "provenance": provenance.collect(),
    }


def _speeds(job: Job, written: Mapping[Exporter, Path]) -> dict[str, Any]:
    """What `benchmark.measure` says of the files that it can run, by format."""
    timed = {exporter.name: path for exporter, path in written.items() if exporter.ending}
    if not timed:
        return {}
    image = next(iter(job.photos.verification(1)))
    rows = benchmark.measure(list(timed.values()), image, runs=job.timing_runs)
    return {name: dataclasses.asdict(row) for name, row in zip(timed, rows, strict=True)}


def _calibrated(written: Mapping[Exporter, Path]) -> Recipe | None:
    """The recipe of the file that is calibrated with the most photos; None if none is."""
    recipes = [each.recipe for each in written if each.recipe and each.recipe.calibration_photos]
    return max(recipes, key=lambda recipe: recipe.calibration_photos, default=None)


def _uncalibrated(formats: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Returns a warning about the files whose verdicts nothing was measured for, if there are any."""
    names = [row["file"] for row in formats.values() if row["even_odds"] == 1]
    return [f"{', '.join(names)}: {verdict.UNCALIBRATED}, as {NOTES[verdict.UNCALIBRATED]}"] if names else []


def _warnings(job: Job, results: Mapping[str, verify.Comparison], recipe: Recipe | None) -> list[str]:
    """Returns warnings about the files or their verification."""
    warnings = []
    compared = min(result.photos for result in results.values())
    if compared < FEW:
        warnings.append(
            f"calibration {job.photos.origin}: expected at least {FEW} photos to compare the files with "
            f"Keras on, found {compared}; their agreement is hardly verified"
        )
    photos = job.photos.calibration(recipe.calibration_photos, recipe.seed) if recipe else ()
    plain = [verdict.detail(photo).contrast < verdict.LEAST_CONTRAST for photo in photos]
    if 2 * sum(plain) > len(plain):
        warnings.append(
            f"calibration {job.photos.origin}: expected photos of ordinary scenes, found nothing to see in "
            f"{sum(plain)} of {len(plain)}; integers calibrated on them may fail on others"
        )
    return warnings


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [inner for inner in path.rglob("*") if inner.is_file()]
