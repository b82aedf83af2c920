"""Errors that are the user's to mend: one clear line, no traceback."""

import difflib
import inspect
from collections.abc import Callable, Iterable


class BlurError(Exception):
    """Something outside the code is wrong (a photo, a file, a data folder): exit code 1.

    The message names the file or argument, what was expected, what was received and what to do.
    """

    exit_code = 1


class UsageError(BlurError):
    """The command was called with something it does not know: exit code 2."""

    exit_code = 2


def unknown(kind: str, name: str, known: Iterable[str]) -> UsageError:
    """A UsageError for an unknown `name`, with the nearest known name or all of them.

    >>> str(unknown("system", "mobil", ["mobile", "kim2018"]))
    "unknown system 'mobil': did you mean 'mobile'?"
    """
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return UsageError(f"unknown {kind} '{name}': did you mean '{near[0]}'?")
    return UsageError(f"unknown {kind} '{name}': expected one of {', '.join(known)}")


def check_options(owner: str, function: Callable, options: Iterable[str]) -> None:
    """Checks that a function takes options of these names.

    Raises:
        UsageError: it has no parameter of one of the names; says which is the nearest.
    """
    known = inspect.signature(function).parameters
    for name in options:
        if name not in known:
            raise unknown(f"option of {owner}", name, known)
