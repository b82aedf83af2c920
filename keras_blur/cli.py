"""The `keras-blur` command, and what its subcommands share."""

import functools
import importlib
import logging
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import keras_blur
from keras_blur.errors import BlurError, unknown

if TYPE_CHECKING:
    from tqdm import tqdm

LOG_SECONDS = 30
"""Least time between two lines of progress in a log."""

COMMANDS = {
    "train": ("keras_blur.train", "train a network on a prepared data set"),
    "evaluate": ("keras_blur.evaluate", "measure a system on a data set"),
    "benchmark": ("keras_blur.benchmark", "measure many systems, in one table"),
    "predict": ("keras_blur.predict", "find the blur in photos"),
    "export": ("export.command", "turn a network into files for phones and servers"),
    "show": ("keras_blur.show", "draw samples of a data set"),
}

EXTRAS = {
    **dict.fromkeys(("keras", "tensorflow", "h5py", "scipy", "matplotlib", "tensorboard"), "tensorflow"),
    **dict.fromkeys(("tensorflow_datasets", "array_record", "skimage", "sklearn"), "data"),
    **dict.fromkeys(("ai_edge_litert", "flatbuffers"), "lite"),
    "jax": "jax",
}
"""Packages that not every installation has, and the extra that brings them."""


def command(main: Callable[[list[str] | None], int | None]) -> Callable[[list[str] | None], int]:
    """Wraps a subcommand's `main(argv)`: a BlurError or a missing extra becomes one line and an exit code."""

    @functools.wraps(main)
    def wrapped(argv: list[str] | None = None) -> int:
        # TensorFlow warns that a network is traced anew for photos of many sizes.
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="replace")  # names of photos that the terminal has no letters for
        try:
            return main(argv) or 0
        except BlurError as error:
            print(f"error: {error}", file=sys.stderr)
            return error.exit_code
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            if package not in EXTRAS:
                raise
            print(
                f"error: this needs {package}: install it with pip install 'keras-blur[{EXTRAS[package]}]'",
                file=sys.stderr,
            )
            return 1
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            return 130
        except BrokenPipeError:
            return 0

    return wrapped


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
    module = importlib.import_module(COMMANDS[argv[0]][0])
    return module.main(argv[1:])


if __name__ == "__main__":
    sys.exit(main())
