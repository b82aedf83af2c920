"""The `keras-blur` command, and what its subcommands share."""

import contextlib
import functools
import importlib
import inspect
import logging
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from types import ModuleType
from typing import Protocol

import keras_blur
from keras_blur.errors import BlurError, naming_extras, unknown

COMMANDS = {
    "prepare": ("tfds_builders.__main__", "prepare a data set"),
    "train": ("keras_blur.commands.train", "train a network on a prepared data set"),
    "evaluate": ("keras_blur.commands.evaluate", "measure a system on a data set"),
    "benchmark": ("keras_blur.commands.benchmark", "measure many systems, in one table"),
    "predict": ("keras_blur.commands.predict", "find the blur in photos"),
    "sort": ("keras_blur.commands.sort", "move, copy or tag the blurred photos of a folder"),
    "bulk": ("keras_blur.commands.bulk", "judge millions of photos on Apache Beam"),
    "reproduce": ("keras_blur.commands.reproduce", "repeat the experiments of a paper"),
    "export": ("keras_blur.export.command", "turn a network into files for phones and servers"),
    "show": ("keras_blur.commands.show", "draw samples of a data set"),
}

REFINE = (
    "ask at several sizes and mirrored, and follow the photo's edges: seven times slower; for dense networks "
    "in Keras, not for files, formulas, patch networks and composed systems"
)
"""What --refine does, and which systems it doesn't fit."""


def name_flags(message: str, main: Callable) -> str:
    """Returns a library's message with the flags of a command instead of the arguments that they stand for.

    Arguments are the words before the first colon with commas between them, and those in backquotes. A field
    of a configuration in backquotes, such as `data.crop=128`, is given by --set.

    Args:
        message: Such as "output_dir: expected a new folder; or set `resume`".
        main: The command's function, beside which a function `parser` makes its parser.
    """
    make_parser = inspect.unwrap(main).__globals__.get("parser")
    if make_parser is None:
        return message
    flags = {
        action.dest: action.option_strings[-1] for action in make_parser()._actions if action.option_strings
    }

    def flag(word: re.Match) -> str:
        return flags.get(word[1], word[0])

    start = re.match(r"\w+(, \w+)*(?=: )", message)
    arguments = start[0] if start else ""
    rest = re.sub(r"`(\w+)`", flag, message[len(arguments) :])
    if "--set" in flags.values():
        rest = re.sub(r"`(\w+\.\w+=[^`]*)`", r"--set \1", rest)
    return re.sub(r"(\w+)", flag, arguments) + rest


class Main(Protocol):
    """A subcommand: takes the words after its name, by default the program's, and returns an exit code."""

    def __call__(self, argv: list[str] | None = None) -> int: ...


def command(main: Callable[[list[str] | None], int | None]) -> Main:
    """Wraps a subcommand's `main(argv)`: a BlurError or a missing extra becomes one line and an exit code."""

    @functools.wraps(main)
    def wrapped(argv: list[str] | None = None) -> int:
        # TensorFlow warns that a network is traced anew for photos of many sizes.
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
        warnings.filterwarnings("ignore", module="PIL")  # of damaged photos, which it doesn't name
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="replace")  # names of photos that the terminal has no letters for
        try:
            with naming_extras():
                return main(argv) or 0
        except BlurError as error:
            print(f"error: {name_flags(str(error), main)}", file=sys.stderr)
            return error.exit_code
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            return 130
        except BrokenPipeError:
            return 0

    return wrapped


@contextlib.contextmanager
def quiet_start() -> Iterator[None]:
    """Hides what TensorFlow and LiteRT print to stderr natively while they start.

    TensorFlow ignores the log level until it is initialised. If starting fails for a reason that the
    user can't fix, all of it is printed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with tempfile.TemporaryFile() as printed:
        stderr = os.dup(2)
        os.dup2(printed.fileno(), 2)
        try:
            yield
        except (BlurError, ModuleNotFoundError):
            raise
        except BaseException:
            printed.seek(0)
            os.write(stderr, printed.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


@contextlib.contextmanager
def quiet_natives() -> Iterator[None]:
    """Hides what decoders and runtimes print to stderr natively, because it names no photo.

    What Python prints there is still seen.
    """
    try:
        has_terminal = sys.stderr.fileno() == 2
    except (AttributeError, OSError, ValueError):  # something else took its place
        has_terminal = False
    if not has_terminal:
        yield
        return
    python, natives = sys.stderr, os.dup(2)
    python.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        with open(natives, "w", buffering=1, encoding=python.encoding, errors="backslashreplace") as stderr:
            sys.stderr = stderr
            try:
                yield
            finally:
                sys.stderr = python
                stderr.flush()
                os.dup2(natives, 2)
    finally:
        sys.stderr = python


@command
def main(argv: list[str] | None = None) -> int:
    """Runs `keras-blur COMMAND ...`."""
    argv = sys.argv[1:] if argv is None else argv
    if not argv or argv[0] in ("-h", "--help"):
        print("usage: keras-blur COMMAND [options]\n\ncommands:")
        for name, (_, text) in COMMANDS.items():
            print(f"  {name:10} {text}")
        print("\n'keras-blur COMMAND --help' explains each.")
        return 0 if argv else 2
    if argv[0] == "--version":
        print(f"keras-blur {keras_blur.__version__}")
        return 0
    if argv[0] not in COMMANDS:
        raise unknown("command", argv[0], COMMANDS)
    return _module(COMMANDS[argv[0]][0]).main(argv[1:])


def _module(name: str) -> ModuleType:
    """Imports a command; in a checkout that is not installed, `keras_blur.export` is the folder `export`."""
    package = name.rpartition(".")[0]
    return importlib.import_module(name if find_spec(package) else name.removeprefix("keras_blur."))


if __name__ == "__main__":
    sys.exit(main())
