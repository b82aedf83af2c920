"""Keeps what was measured beside a page, so that the page is written again where the runs are gone."""

import json
from pathlib import Path
from typing import Any

from keras_blur import files
from keras_blur.errors import BlurError

MADE = "made"
"""The key under which a record says how it was made; see `Runner.describe`."""


class Kept:
    """Records of a paper's experiments at one scale and length, by experiment and label, in a JSON file.

    A record is kept at once, so an interrupted call keeps what it measured. The file is read anew each time,
    so two calls for different experiments may run side by side.

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
        if not _is_nested(records, 2) or not all(
            MADE in kept for rows in records.values() for kept in rows.values()
        ):
            raise BlurError(
                f"{self.path}: expected experiments, and in each its rows with '{MADE}', received something "
                f"else; {advice}"
            )
        return records


def _is_nested(value: Any, depth: int) -> bool:
    """Whether a value is a dictionary of dictionaries, so many levels deep below the first."""
    inner = value.values() if isinstance(value, dict) and depth else ()
    return isinstance(value, dict) and all(_is_nested(item, depth - 1) for item in inner)
