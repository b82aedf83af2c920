"""Judges millions of photos on Apache Beam, with any of its file systems and runners: a Parquet row a photo.

Photos are divided into a fixed number of shards by their paths, and each shard is sorted. So the same photos
give the same files, however many workers there are and whichever dies meanwhile.
"""

import contextlib
import dataclasses
import hashlib
import io
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet
from apache_beam.io.fileio import MatchFiles
from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.utils.shared import Shared

from keras_blur import systems
from keras_blur.contract import MAX_PIXELS
from keras_blur.errors import BlurError, UsageError
from keras_blur.photos.rows import BOX, Row, decide, make_row, too_small
from keras_blur.processing.formats import ENDINGS, HEADER_BYTES, is_video, sniff
from keras_blur.result import Result

SCHEMA = pa.schema(
    [
        ("photo", pa.string()),
        ("bytes", pa.int64()),
        ("height", pa.int32()),
        ("width", pa.int32()),
        ("judged", pa.bool_()),
        ("warn", pa.bool_()),
        ("reason", pa.string()),
        ("score", pa.float64()),
        ("blur_type", pa.string()),
        ("blurred_share", pa.float64()),
        ("motion_share", pa.float64()),
        ("defocus_share", pa.float64()),
        *((name, pa.float64()) for name in BOX),
        ("notes", pa.string()),
        ("error", pa.string()),
    ]
)
"""The columns of the files; those of `rows.COLUMNS` that photos have on Beam."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """How photos are judged.

    Attributes:
        system: What `systems.load` loads on every worker.
        refine, region: See `systems.load` and `System.predict`.
        threshold, least_side: See `rows.decide` and `rows.too_small`.
        max_pixels: See `System`.
    """

    system: str
    refine: bool
    region: tuple[float, float, float, float] | None
    threshold: float
    least_side: int
    max_pixels: int = MAX_PIXELS


class Judge(beam.DoFn):
    """Makes rows. The system is loaded once a worker process, and all its threads use it.

    Args:
        settings: How photos are judged.
    """

    def __init__(self, settings: Settings):
        self._settings, self._shared = settings, Shared()

    def setup(self) -> None:
        """Loads the system, unless this process has it."""
        settings = self._settings
        self._system = self._shared.acquire(
            lambda: systems.load(settings.system, refine=settings.refine), (settings.system, settings.refine)
        )
        self._system.max_pixels = settings.max_pixels

    def process(self, file: Any) -> Iterator[Row]:
        """The photo's row, with an error if it can't be judged; of a file that is no photo, nothing."""
        path = file.path
        if os.path.basename(path).startswith(".") or is_video(path):
            return
        try:
            content = _content(path)
            if not (path.lower().endswith(ENDINGS) or sniff(content[:HEADER_BYTES])):
                return
            result = self._system.predict(content, self._settings.region)
        except BlurError as error:
            result = Result.failed(path, BlurError(str(error).replace("the photo", path, 1)))
        except MemoryError:
            result = Result.failed(path, BlurError(f"cannot read {path}: not enough memory; shrink it first"))
        row = too_small(make_row(path, file.size_in_bytes, result), self._settings.least_side)
        row = decide(row, self._settings.threshold)
        yield {name: _unicode(value) if isinstance(value, str) else value for name, value in row.items()}


def _unicode(text: str) -> str:
    """Text that Beam and Parquet can hold: a byte that is no UTF-8, such as 0xFF, becomes "\\udcff"."""
    return text.encode("utf-8", "backslashreplace").decode()


def _content(path: str) -> bytes:
    try:
        with FileSystems.open(path, compression_type="uncompressed") as file:
            return file.read()
    except Exception as error:  # every file system has its own
        raise BlurError(f"cannot read {path}: {error}") from error


def shard_of(path: str, count: int) -> int:
    """Returns in which of so many files the row of a photo stands."""
    return int.from_bytes(hashlib.sha256(path.encode()).digest()[:8], "big") % count


def shard_path(output: str, number: int, count: int) -> str:
    """Returns the path of a shard: "*" in the pattern becomes "00003-of-00010"."""
    return output.replace("*", f"{number:05}-of-{count:05}")


def to_parquet(rows: Iterable[Row]) -> bytes:
    """Returns rows as a Parquet file, sorted by path: the same rows give the same bytes."""
    rows = sorted(rows, key=lambda row: row["photo"])
    table = pa.Table.from_pylist([{name: row.get(name) for name in SCHEMA.names} for row in rows], SCHEMA)
    file = io.BytesIO()
    pyarrow.parquet.write_table(table, file, compression="zstd")
    return file.getvalue()


class WriteShard(beam.DoFn):
    """Writes a shard's file: under another name first, so that no half of it ever looks finished."""

    def __init__(self, output: str, count: int):
        self._output, self._count = output, count

    def process(self, shard: tuple[int, Iterable[Row]]) -> Iterator[str]:
        """Returns the path of the file."""
        number, rows = shard
        path = shard_path(self._output, number, self._count)
        temporary = f"{path}.{uuid.uuid4().hex[:8]}.part"
        try:
            with FileSystems.create(temporary, compression_type="uncompressed") as file:
                file.write(to_parquet(rows))
            _replace(temporary, path)
        except BaseException:
            with contextlib.suppress(Exception):
                FileSystems.delete([temporary])
            raise
        yield path


def _replace(temporary: str, path: str) -> None:
    """Gives a file its name, which an earlier run's file may have."""
    try:
        FileSystems.rename([temporary], [path])
    except BeamIOError:  # some file systems replace nothing
        FileSystems.delete([path])
        FileSystems.rename([temporary], [path])


def run(pattern: str, output: str, settings: Settings, shards: int, arguments: Sequence[str]) -> list[str]:
    """Judges the photos that fit a pattern.

    Args:
        pattern: Files, as Beam's file systems match them, such as "photos/**" or "gs://bucket/photos/**.jpg".
        output: Where to, such as "gs://bucket/rows-*.parquet"; "*" is replaced by the number of the shard.
        settings: How photos are judged.
        shards: How many files are written, at least 1.
        arguments: Beam's own options, such as "--runner=DirectRunner".

    Returns:
        The paths of the files.

    Raises:
        UsageError: no file fits, or the output has no "*" for several shards.
        BlurError: the pipeline failed, for example because a worker died; no file is half-written.
    """
    if shards > 1 and "*" not in output:
        raise UsageError(f"output: expected a '*' for the number of the shard, received {output}")
    try:
        matched = FileSystems.match([pattern], limits=[1])[0].metadata_list
    except Exception as error:  # every file system has its own
        raise UsageError(f"cannot look for {pattern}: {error}") from error
    if not matched:
        raise UsageError(f"no photos match {pattern}")
    systems.load(settings.system, refine=settings.refine)  # fails here rather than on every worker
    try:
        with beam.Pipeline(options=PipelineOptions(list(arguments))) as pipeline:
            _build(pipeline, pattern, output, settings, shards)
    except Exception as error:  # runners raise what they like
        reason = str(error).strip().rpartition("\n")[2] or type(error).__name__
        raise BlurError(f"the pipeline failed, run it again: {reason}") from error
    return [shard_path(output, number, shards) for number in range(shards)]


def _build(pipeline: beam.Pipeline, pattern: str, output: str, settings: Settings, shards: int) -> None:
    """Adds the steps: match, spread over the workers, judge, collect by shard, write."""
    rows = (
        pipeline
        | MatchFiles(pattern)
        | "Spread" >> beam.Reshuffle()
        | "Judge" >> beam.ParDo(Judge(settings))
        | "Shard" >> beam.Map(lambda row: (shard_of(row["photo"], shards), row))
    )
    empty = pipeline | "Shards" >> beam.Create([(number, None) for number in range(shards)])
    _ = (
        (rows, empty)
        | beam.Flatten()
        | beam.GroupByKey()
        | "Rows" >> beam.MapTuple(lambda number, found: (number, [row for row in found if row]))
        | "Write" >> beam.ParDo(WriteShard(output, shards))
    )
