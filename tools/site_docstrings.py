"""An extension of Griffe, which reads docstrings for the site: one entry may document several arguments.

Our docstrings write `height, width: Size in pixels.`; Griffe knows entries of one name alone.
"""

import re
from typing import Any

import griffe

JOINED = re.compile(r"    (\w+(?:, \w+)+):(?= )")
CONTINUED = re.compile(r"\s{5,}\S")


def split_entries(text: str) -> str:
    """Returns a docstring with an entry for each name: the first has the text, the others refer to it."""
    lines: list[str] = []
    others: list[str] = []
    for line in text.splitlines():
        if not CONTINUED.match(line):
            lines += others
            others = []
        if found := JOINED.match(line):
            first, *rest = found[1].split(", ")
            line = f"    {first}:{line[found.end() :]}"
            others = [f"    {name}: See `{first}`." for name in rest]
        lines.append(line)
    return "\n".join(lines + others)


class JoinedEntries(griffe.Extension):
    """Splits entries of several names before Griffe parses a docstring."""

    def on_object(self, *, obj: griffe.Object, **options: Any) -> None:
        """Rewrites one object's docstring."""
        if obj.docstring:
            obj.docstring.value = split_entries(obj.docstring.value)
