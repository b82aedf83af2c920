"""The row of a photo: what was found in it as plain values, the same in every file and on every runner."""

import collections
import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from keras_blur import files, verdict
from keras_blur.result import NOTES, REASONS, Result
from keras_blur.text import counted, printable, spreadsheet_path, spreadsheet_text

Row: TypeAlias = dict[str, Any]
"""The fields of `COLUMNS` that a photo has, and what a record keeps beside them."""

BOX = ("sharp_row", "sharp_column", "sharp_height", "sharp_width")

COLUMNS = (
    *("photo", "bytes", "height", "width", "frame", "seconds"),
    *("judged", "warn", "reason", "score", "blur_type", "blurred_share", "motion_share", "defocus_share"),
    *(*BOX, "notes", "burst", "burst_rank", "overlay", "map", "error"),
)
"""The columns of a table of rows. `frame` and `seconds` are for films, `burst` and its rank for bursts."""

SEPARATOR = "; "
"""Between the notes of a row."""


def make_row(path: str, size: int | None, result: Result) -> Row:
    """Returns the row of a photo.

    Args:
        path: The photo's exact path.
        size: The file's size in bytes; None if it can't be told.
        result: What was found.
    """
    if result.error is not None:
        return {"photo": path, "bytes": size, "error": str(result.error)}
    found = result.to_dict()
    box = found.pop("sharp_box") or (None,) * len(BOX)
    found |= {"photo": path, "bytes": size, "notes": SEPARATOR.join(found["notes"]) or None}
    return found | dict(zip(BOX, box, strict=True))


def too_small(row: Row, least_side: int) -> Row:
    """Returns the row without a verdict if the photo's shorter side is shorter than this many pixels."""
    if not row.get("judged") or min(row["height"], row["width"]) >= least_side:
        return row
    unknown = dict.fromkeys(("score", "blur_type", "blurred_share", "motion_share", "defocus_share", *BOX))
    return row | unknown | {"judged": False, "warn": False, "reason": verdict.TOO_SMALL}


def decide(row: Row, threshold: float) -> Row:
    """Returns the row with the verdict that a threshold makes of it: blurred if the score exceeds it."""
    if not row.get("judged"):
        return row
    warn = row["score"] > threshold
    return row | {"warn": warn, "reason": row["blur_type"] if warn else "none"}


def public(row: Row) -> Row:
    """Returns the fields that people see, in the order of `COLUMNS`."""
    return {name: row[name] for name in COLUMNS if name in row}


def write_csv(path: Path, rows: Iterable[Row]) -> None:
    """Writes a line a row, atomically.

    Paths are exact; one that a spreadsheet would take for a formula begins with "./", which names the same
    file. Bytes of a name that are no UTF-8 are written as they are.
    """
    with (
        files.atomic_path(path) as temporary,
        open(temporary, "w", encoding="utf-8", errors="surrogateescape", newline="") as file,
    ):
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: _cell(name, value) for name, value in public(row).items()})


def _cell(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return spreadsheet_path(value) if name in ("photo", "overlay", "map") else spreadsheet_text(value)


def write_json(path: Path, system: str, source: str | None, rows: Iterable[Row]) -> None:
    """Writes the system's name, the rows, and apart from them those that failed, atomically.

    Args:
        path: Where to.
        system: The system's name.
        source: What the system was loaded from; None = not known.
        rows: The failed ones last.
    """
    with files.atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        file.writelines(_json_parts({"system": system, "source": source}, rows))


def _json_parts(facts: Row, rows: Iterable[Row]) -> Iterator[str]:
    yield "{\n" + "".join(f"  {json.dumps(name)}: {json.dumps(value)},\n" for name, value in facts.items())
    yield '  "photos": ['
    failed = first = False
    for row in rows:
        if "error" in row and not failed:
            yield '\n  ],\n  "failed": ['
            failed, first = True, False
        yield (",\n    " if first else "\n    ") + json.dumps(public(row), allow_nan=False)
        first = True
    yield "\n  ]\n}\n" if failed else '\n  ],\n  "failed": []\n}\n'


def table(rows: Iterable[Row]) -> Iterator[str]:
    """The screen's summary, a line a photo, in the given order; failed ones are left out."""
    first = True
    for row in rows:
        if "error" in row:
            continue
        if first:
            yield "score  blurred  motion  defocus  verdict                       photo"
            first = False
        shares = (row[name] for name in ("blurred_share", "motion_share", "defocus_share"))
        blurred, motion, defocus = ("-" if share is None else f"{share:.0%}" for share in shares)
        score = "    -" if row["score"] is None else f"{row['score']:5.2f}"
        yield (
            f"{score}  {blurred:>7}  {motion:>6}  {defocus:>7}  "
            f"{REASONS.get(row['reason'], row['reason']):28}  {name_of(row)}"
        )


def notes_of(row: Row) -> list[str]:
    """Returns the notes of a row's verdict; none if there is no verdict."""
    return row["notes"].split(SEPARATOR) if row.get("judged") and row["notes"] else []


def note_lines(rows: Iterable[Row]) -> list[str]:
    """Returns what limits the verdicts, a line for each sort of note."""
    counts = collections.Counter(note for row in rows for note in notes_of(row))
    return [f"{note} ({counted(counts[note], 'photo')}): {NOTES[note]}" for note in NOTES if counts[note]]


def name_of(row: Row) -> str:
    """Returns how people call a row: the photo's path, for a film with the time; safe on a terminal."""
    name = printable(row["photo"])
    return name if row.get("seconds") is None else f"{name} at {row['seconds']:.2f} s"
