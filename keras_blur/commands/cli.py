"""The `keras-blur` command, and what its subcommands share."""

import functools
import importlib
import logging
import sys
from collections.abc import Callable
from importlib.util import find_spec
from types import ModuleType

import keras_blur
from keras_blur.errors import BlurError, unknown

COMMANDS = {
    "train": ("keras_blur.commands.train", "train a network on a prepared data set"),
    "evaluate": ("keras_blur.commands.evaluate", "measure a system on a data set"),
    "benchmark": ("keras_blur.commands.benchmark", "measure many systems, in one table"),
    "predict": ("keras_blur.commands.predict", "find the blur in photos"),
    "export": ("keras_blur.export.command", "turn a network into files for phones and servers"),
    "show": ("keras_blur.commands.show", "draw samples of a data set"),
}

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
