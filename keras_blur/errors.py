"""Errors that the user can fix: one clear line, no traceback."""

import contextlib
import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator

from keras_blur.text import one_line

EXTRAS = {
    **dict.fromkeys(("keras", "tensorflow", "h5py", "scipy", "matplotlib", "tensorboard"), "tensorflow"),
    **dict.fromkeys(("tensorflow_datasets", "array_record", "skimage", "sklearn"), "data"),
    **dict.fromkeys(("ai_edge_litert", "flatbuffers"), "lite"),
    **dict.fromkeys(("onnx", "tf2onnx"), "onnx_export"),
    "onnxruntime": "onnx",
    "apache_beam": "beam",
    "jax": "jax",
    "maxflow": "graphcut",
    "pillow_heif": "heif",
}
"""Packages that not every installation has, and the extra that brings them."""


class BlurError(Exception):
    """Something outside the code is wrong (a photo, a file, a data folder): exit code 1.

    The message names the file or argument, what was expected, what was received and what to do. It becomes
    one line of a bounded length, whatever the names and values of strangers in it hold.
    """

    exit_code = 1

    def __init__(self, message: str = ""):
        super().__init__(one_line(message))


class UsageError(BlurError, ValueError):
    """A function or command was called with something that it does not know or take: exit code 2."""

    exit_code = 2


class MissingPackage(BlurError, ImportError):
    """A package is not installed that an extra of keras-blur brings."""


@contextlib.contextmanager
def naming_extras(subject: str = "this") -> Iterator[None]:
    """Turns the lack of a package in `EXTRAS` into a `MissingPackage` that says how to install it.

    Args:
        subject: What needs the package.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        raise MissingPackage(
            f"{subject} needs {package}: install it with pip install 'keras-blur[{EXTRAS[package]}]'"
        ) from error


def unknown(kind: str, name: object, known: Iterable[str], of: str = "") -> UsageError:
    """Returns a UsageError for an unknown `name`, with the nearest known name or all of them.

    Args:
        kind: What should have this name.
        name: What was received.
        known: All names.
        of: What they are the names of, if `kind` doesn't say it.

    >>> str(unknown("system", "mobil", ["mobile", "kim2018"]))
    "unknown system 'mobil': did you mean 'mobile'?"
    """
    known, received = sorted(known), f"'{name}'" + (f" of {of}" if of else "")
    near = difflib.get_close_matches(str(name), known, n=1)
    if near:
        return UsageError(f"unknown {kind} {received}: did you mean '{near[0]}'?")
    return UsageError(f"unknown {kind} {received}: expected one of {', '.join(known)}")


def check_options(owner: str, function: Callable, options: Iterable[str]) -> None:
    """Checks that a function takes options of these names.

    Raises:
        UsageError: it has no parameter of one of the names; says which is the nearest.
    """
    known = inspect.signature(function).parameters
    for name in options:
        if name not in known:
            raise unknown("option", name, known, of=owner)
