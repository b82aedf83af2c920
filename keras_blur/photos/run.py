"""A run over photos: finds and judges them, keeps the rows, and writes what was asked for."""

import contextlib
import dataclasses
import functools
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_blur import files, progress
from keras_blur.errors import UsageError
from keras_blur.photos import burst, report
from keras_blur.photos.judge import Judge, Maker
from keras_blur.photos.places import Originals, OutputFolder, safe_path
from keras_blur.photos.record import Record
from keras_blur.photos.rows import Row, decide, write_csv, write_json
from keras_blur.photos.video import Scenes
from keras_blur.processing import blurred_picture, save_picture
from keras_blur.processing.find import Found, Photo
from keras_blur.result import Result
from keras_blur.systems.base import System
from keras_blur.text import called, printable
from keras_blur.verdict import WARN_SCORE

RECORD, CSV, JSON = "predictions.jsonl", "predictions.csv", "predictions.json"
FOLDERS = OVERLAYS, MAPS, FRAMES = "overlays", "maps", "frames"
"""Folders in the output folder that hold a file a photo."""


@dataclasses.dataclass(frozen=True)
class Options:
    """What a run does.

    Attributes:
        output_dir: The folder of all files but the report.
        settings: What the verdicts depend on beside the system, for the record: see `Record`.
        region, workers, every, least_side: See `Judge`.
        threshold: A photo is blurred if its score exceeds this.
        only_blurred: Whether rows of other photos are left out of all outputs.
        burst_seconds: The longest time between two photos of a burst; None = bursts are not looked for.
        resume: Whether the rows of an earlier run are used again.
        keep: Whether the rows are kept in the output folder, whatever else is written.
        overlays, maps, best_frames, csv, json: Which files are written.
        report: The page; None = none.
    """

    output_dir: Path = Path("blur_out")
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)
    region: tuple[float, float, float, float] | None = None
    workers: int | None = None
    every: float = 1.0
    least_side: int = 0
    threshold: float = WARN_SCORE
    only_blurred: bool = False
    burst_seconds: float | None = None
    resume: bool = False
    keep: bool = False
    overlays: bool = False
    maps: bool = False
    best_frames: bool = False
    csv: bool = False
    json: bool = False
    report: Path | None = None

    @property
    def writes(self) -> bool:
        """Whether anything is written into the output folder."""
        files_ = self.overlays, self.maps, self.best_frames, self.csv, self.json, self.report
        return self.keep or self.resume or any(files_)


class Run:
    """Judges the photos that were found. A context: the output folder is locked inside.

    Args:
        system: What finds the blur.
        found: The photos.
        options: What is done.

    Raises:
        UsageError: an output would replace a photo, or the record that is to be resumed is another's.
        BlurError: the output folder can't be written, or another run works in it.
    """

    def __init__(self, system: System, found: Found, options: Options):
        self.system, self.found, self.options = system, found, options
        self.saved: list[Path] = []
        self._stack = contextlib.ExitStack()
        self._ranks: dict[str, tuple[int, int]] = {}
        self._output: OutputFolder | None = None

    def __enter__(self) -> "Run":
        with contextlib.ExitStack() as stack:
            if self.options.writes:
                self._output = self._prepare()
                stack.enter_context(files.lock(self.options.output_dir))
                files.remove_leftovers(self.options.output_dir, below=FOLDERS)
                if self.options.report is not None:
                    files.remove_leftovers_of(self.options.report)
            path = self._output.place(RECORD) if self._output else None
            settings = {"network": self.system.name} | self.options.settings
            self.record = Record(path, settings, self.options.resume)
            stack.callback(self.record.close)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def _prepare(self) -> OutputFolder:
        """The output folder, which holds no photo that is read."""
        folder = self.options.output_dir
        originals = Originals(photo.path for photo in self.found.photos)
        if originals.lie_in(folder):
            raise UsageError(
                f"output_dir: {printable(folder)} holds photos that are read, and what is written could "
                "replace them; choose another folder"
            )
        if self.options.report is not None:
            originals.check_text(self.options.report, "report")
        return OutputFolder(folder, originals)

    def judge(self) -> Iterator[Row]:
        """Judges the photos, with a progress bar; every row is kept before it is yielded.

        Raises:
            BlurError: the disk is full; the rows up to there are kept.
        """
        options = self.options
        made = self._makers()
        judge = Judge(
            self.system,
            self.record,
            makers=[maker for maker, _ in made],
            fields=frozenset(itertools.chain.from_iterable(fields for _, fields in made)),
            region=options.region,
            workers=options.workers,
            every=options.every,
            least_side=options.least_side,
            scenes=self._scenes if options.best_frames else None,
        )
        rows = judge.rows(self.found.photos)
        total = len(self.found.photos)
        yield from progress.progress_bar(rows, total=total, unit="photo", leave=False)

    def _makers(self) -> list[tuple[Maker, Sequence[str]]]:
        """What is made of each photo, and the fields that tell of it."""
        options = self.options
        makers: list[tuple[Maker, Sequence[str], bool]] = [
            (functools.partial(_save_overlay, self._place), ["overlay"], options.overlays),
            (functools.partial(_save_map, self._place), ["map"], options.maps),
            (report.pictures, report.FIELDS, options.report is not None),
            (burst.when_taken, burst.FIELDS, options.burst_seconds is not None),
        ]
        return [(maker, fields) for maker, fields, is_wanted in makers if is_wanted]

    def _place(self, folder: str, photo: Photo, seconds: float | None, ending: str) -> Path:
        """Where a photo's file goes; a frame's name has its time."""
        time = "" if seconds is None else f".{seconds:09.2f}s"
        assert self._output is not None
        return self._output.place(folder, safe_path(photo.inside, time + ending))

    def _scenes(self, film: Photo) -> Scenes:
        """What saves the sharpest frame of each scene of a film."""

        def place(seconds: float) -> Path:
            self.saved.append(self._place(FRAMES, film, seconds, ".jpg"))
            return self.saved[-1]

        return Scenes(place)

    def rank_bursts(self) -> None:
        """Finds the bursts among the photos that were judged, if that was asked for."""
        if self.options.burst_seconds is not None:
            self._ranks = burst.bursts(self.record.rows(), self.options.burst_seconds)

    def rows(self, moved: dict[str, str] | None = None) -> Iterator[Row]:
        """The rows as they are to be shown, from the most to the least blurred, failed ones last.

        Args:
            moved: New paths of photos that were moved.
        """
        for row in self.record.rows():
            row = decide(row, self.options.threshold)
            if self.options.only_blurred and "error" not in row and not row["warn"]:
                continue
            if row["photo"] in self._ranks:
                row["burst"], row["burst_rank"] = self._ranks[row["photo"]]
            if moved and row["photo"] in moved:
                row["photo"] = moved[row["photo"]]
            yield row

    def write(self, moved: dict[str, str] | None = None) -> list[Path]:
        """Writes the tables and the page that were asked for; returns their paths.

        Raises:
            BlurError: one can't be written; the record of rows is there all the same.
        """
        written = []
        rows = functools.partial(self.rows, moved)
        source = self.options.settings.get("system")
        self.record.sync()
        writers: list[tuple[bool, str, Callable[[Path], None]]] = [
            (self.options.csv, CSV, lambda path: write_csv(path, rows())),
            (self.options.json, JSON, lambda path: write_json(path, self.system.name, source, rows())),
        ]
        for is_wanted, name, write in writers:
            if is_wanted:
                assert self._output is not None
                written.append(self._output.place(name))
                write(written[-1])
        if self.options.report is not None:
            report.write_report(self.options.report, rows, called(self.system.name, source))
            written.append(self.options.report)
        return written


Place = Callable[[str, Photo, float | None, str], Path]


def _save_overlay(place: Place, photo: Photo, result: Result, row: Row) -> dict[str, Any]:
    """Writes the photo with its blur drawn over it."""
    path = place(OVERLAYS, photo, row.get("seconds"), ".overlay.jpg")
    save_picture(path, np.asarray(result.overlay()), quality=90)
    return {"overlay": os.fspath(path)}


def _save_map(place: Place, photo: Photo, result: Result, row: Row) -> dict[str, Any]:
    """Writes the blur map at the photo's size."""
    path = place(MAPS, photo, row.get("seconds"), ".blur.png")
    assert result.height is not None and result.width is not None
    save_picture(path, blurred_picture(result.blur_map, result.height, result.width), compress_level=3)
    return {"map": os.fspath(path)}
