"""Keeps what was measured beside a page, so that the page is written again where the runs are gone."""

import json
import math
from pathlib import Path
from typing import Any

from keras_blur import files
from keras_blur.errors import BlurError
from keras_blur.evaluation import folds

MADE = "made"
"""The key under which a record says how it was made; see `Runner.describe`."""


class Kept:
    """Records of a paper's experiments at one scale and length, by experiment and label, in a JSON file.

    A record is kept at once, so an interrupted call keeps what it measured. The file is read anew each time,
    and locked while it is changed, so two calls for different experiments may run side by side.

    Args:
        path: The file; it need not be there.
    """

    def __init__(self, path: Path):
        self.path = path

    def find(self, experiment: str, label: str) -> dict[str, Any] | None:
        """Returns a record; None if nothing is kept.

        Raises:
            BlurError: the file can't be read, or something else stands in it.
        """
        return self._read().get(experiment, {}).get(label)

    def keep(self, experiment: str, label: str, made: dict[str, Any], **found: Any) -> None:
        """Keeps how something was made and what was found; it takes the place of an older record.

        Raises:
            BlurError: the file can't be read or written; it is as it was.
        """
        files.make_folder(self.path.parent)
        with files.lock(self.path.parent, wait=True):
            files.remove_leftovers_of(self.path)
            records = self._read()
            records.setdefault(experiment, {})[label] = {MADE: made, **found}
            text = json.dumps(records, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
            files.write_text(self.path, text + "\n")

    def _read(self) -> dict[str, dict[str, dict[str, Any]]]:
        if not self.path.exists():
            return {}
        advice = "put it back as it was, or move it away, and its rows count as not measured"
        try:
            records = files.read_json(self.path)
        except BlurError as error:
            raise BlurError(f"{error}; {advice}") from error
        if not (isinstance(records, dict) and all(isinstance(rows, dict) for rows in records.values())):
            raise BlurError(
                f"{self.path}: expected experiments, and in each its rows, received something else; {advice}"
            )
        for experiment, rows in records.items():
            for label, record in rows.items():
                if not _is_record(record):
                    raise BlurError(
                        f"{self.path}: expected '{label}' of '{experiment}' to have '{MADE}' and the figures "
                        f"and training of a row, the figures of folds, or the sha256 of a picture, received "
                        f"{record!s:.80}; {advice}"
                    )
        return records


def _is_record(value: Any) -> bool:
    """Whether a value is how a row, a cross-validation or a picture was made, and what was found."""
    if not (isinstance(value, dict) and isinstance(value.get(MADE), dict)):
        return False
    found = {key: item for key, item in value.items() if key != MADE}
    if found.keys() == {"figures", "training"}:
        return _are_figures(found["figures"]) and _are_texts(found["training"])
    if found.keys() == {"figures"}:
        return _is_summary(found["figures"])
    return found.keys() == {"sha256"} and isinstance(found["sha256"], str | None)


def _are_figures(value: Any) -> bool:
    return isinstance(value, dict) and all(item is None or _is_number(item) for item in value.values())


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _are_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _is_summary(value: Any) -> bool:
    """Whether a value is what `folds.table` shows."""
    if not (isinstance(value, dict) and isinstance(value.get("folds"), list)):
        return False
    rows = [*value["folds"], value.get("mean"), value.get("deviation")]
    numbered = all(isinstance(fold, dict) and "photos" in fold for fold in value["folds"])
    return numbered and all(
        isinstance(row, dict) and all(_is_number(row.get(name)) for name in folds.FIGURES) for row in rows
    )
