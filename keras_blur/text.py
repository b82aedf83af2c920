"""Text for terminals and spreadsheets: counts in words, and foreign names that can do no harm there."""

import os
import unicodedata

_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of writing: with them, a name can look like another."""

_CONTROLS = ("Cc", "Cs", "Zl", "Zp")  # control characters, lone surrogates, line and paragraph separators

LONGEST_LINE = 1200
"""Letters: paths of the greatest length that systems take, and what is said of them, fit in."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With these, spreadsheets may take a cell for a formula; the last four are wide letters of East Asia."""


def counted(number: int, noun: str) -> str:
    """Returns a number with its noun, which gets an "s" unless there is one thing.

    >>> counted(1, "photo"), counted(2, "photo")
    ('1 photo', '2 photos')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def called(name: str, source: str | os.PathLike | None) -> str:
    """Returns a system's name, with what it was loaded from where the name doesn't tell.

    >>> called("mobile", "runs/mine"), called("mobile_int8", "mobile"), called("kim2018", "kim2018")
    ('mobile (runs/mine)', 'mobile_int8', 'kim2018')
    """
    if source is None or f"{name}_".startswith(f"{os.fspath(source)}_"):
        return name
    return f"{name} ({printable(source)})"


def printable(text: str | os.PathLike) -> str:
    """Returns text for a terminal: what could move its cursor or start a line becomes "?".

    Letters of all scripts and all sorts of spaces stay as they are.

    >>> printable("a\\x1b[2Jb.jpg")
    'a?[2Jb.jpg'
    """
    return "".join(
        "?" if letter in _DIRECTIONS or unicodedata.category(letter) in _CONTROLS else letter
        for letter in os.fspath(text)
    )


def one_line(text: str) -> str:
    """Returns text as one line that a terminal shows as it is; of a very long one, its beginning and its end.

    >>> one_line("a\\nb")
    'a?b'
    >>> len(one_line("x" * 100_000)) <= LONGEST_LINE
    True
    """
    if len(text) > LONGEST_LINE:
        half = LONGEST_LINE // 2 - 3
        text = f"{text[:half]} ... {text[-half:]}"
    return printable(text)


def spreadsheet_path(path: str) -> str:
    """Returns a path that no spreadsheet takes for a formula and that names the same file.

    >>> spreadsheet_path("=1+1.jpg")
    './=1+1.jpg'
    """
    return f".{os.sep}{path}" if path.startswith(FORMULA_STARTS) else path


def spreadsheet_text(text: str) -> str:
    """Returns text that no spreadsheet takes for a formula: an apostrophe goes before it where needed."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
