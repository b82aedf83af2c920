"""Progress of long work, on a terminal and in a log."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm

LOG_SECONDS = 30
"""Least time between two lines of progress in a log."""


class _Lines:
    """Stderr where no line can be overwritten: every state of a progress bar is a line of its own."""

    def write(self, text: str) -> None:
        if text.strip():
            print(text.strip(), file=sys.stderr)

    def flush(self) -> None:
        sys.stderr.flush()


def progress_bar(items: Iterable | None = None, leave: bool = True, **options: Any) -> "tqdm":
    """A progress bar on stderr; where that is no terminal but a log, a line every `LOG_SECONDS`.

    Args:
        items: What is counted while it is iterated over; None = `update` is called.
        leave: Whether the bar stays when all is done. In a log: whether there is a line at the beginning and
            one at the end too; without them, what is done within `LOG_SECONDS` leaves no trace.
        options: Further arguments of tqdm.
    """
    from tqdm import tqdm

    if not sys.stderr.isatty():
        options |= {"file": _Lines(), "mininterval": LOG_SECONDS, "miniters": 1}
        options["delay"] = 0 if leave else LOG_SECONDS
    return tqdm(items, leave=leave, **options)
