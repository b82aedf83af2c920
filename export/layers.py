"""python -m export.layers FLOAT INTEGER: where an integer file loses accuracy, operator by operator."""

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_blur.commands import cli
from keras_blur.errors import UsageError

CONVERSIONS = ("QUANTIZE", "DEQUANTIZE", "DELEGATE")
EXAMPLES = """\
example:
  python -m export.layers exported/mobile_float32.tflite exported/mobile_int8.tflite

The signal-to-noise ratio of an operator's output, in dB, is ten times the logarithm of its mean square in
the float file over that of its difference in the integer file. Where it drops from one line to the next,
accuracy is lost. 8 bit can't hold more than about 45 dB of such values.
"""


@dataclasses.dataclass(frozen=True)
class Noise:
    """What integers do to one operator's output.

    Attributes:
        operator: Its name.
        tensor: The end of its output's name.
        decibels: Signal over noise.
        bias: Mean of integer minus float, in standard deviations of the float values.
    """

    operator: str
    tensor: str
    decibels: float
    bias: float


def compare(float_file: Path, integer_file: Path, images: Sequence[np.ndarray]) -> list[Noise]:
    """Runs both files on the same photos and compares every operator's output, in order.

    Args:
        float_file, integer_file: Exports of one network.
        images: uint8 RGB photos `(H, W, 3)`.

    Raises:
        BlurError: a file can't be run.
        UsageError: the files are not of the same network.
    """
    from keras_blur.processing import prepare
    from keras_blur.systems.tflite import TFLiteSystem, check_file, probe

    check_file(float_file)
    probe(float_file)
    contract = TFLiteSystem(integer_file).contract
    inputs = [prepare(image, contract)[0] for image in images]
    names, expected = _outputs(float_file, inputs)
    other_names, found = _outputs(integer_file, inputs)
    if [operator for operator, _ in names] != [operator for operator, _ in other_names]:
        raise UsageError(f"{float_file} and {integer_file} are not the same network: their operators differ")
    return [_noise(*name, *values) for name, *values in zip(names, expected, found, strict=True)]


def _noise(operator: str, tensor: str, expected: np.ndarray, found: np.ndarray) -> Noise:
    error = found - expected
    power, noise = np.mean(np.square(expected)), np.mean(np.square(error))
    spread = max(float(np.std(expected)), 1e-12)
    decibels = 10 * np.log10(max(power, 1e-20) / max(noise, 1e-20))
    return Noise(operator, tensor, float(decibels), float(np.mean(error)) / spread)


def _outputs(path: Path, inputs: Sequence[np.ndarray]) -> tuple[list[tuple[str, str]], list[np.ndarray]]:
    """Of every operator: its name and its output's, and the output's real values for all inputs."""
    from keras_blur.systems.tflite import open_interpreter

    interpreter = open_interpreter(path, keep_all=True)
    # The list of operators has no public name in the runtime's Python interface.
    operators = [o for o in interpreter._get_ops_details() if o["op_name"] not in CONVERSIONS]
    details = {d["index"]: d for d in interpreter.get_tensor_details()}
    image = interpreter.get_input_details()[0]
    shapes = [image["shape"].tolist(), *(list(pixels.shape) for pixels in inputs[:1])]
    if shapes[0] != shapes[-1]:
        raise UsageError(
            f"{path}: expected the other file's input {shapes[1]}, found {shapes[0]}; not the same network"
        )
    values: list[list[np.ndarray]] = [[] for _ in operators]
    for pixels in inputs:
        interpreter.set_tensor(image["index"], pixels.astype(image["dtype"]))
        interpreter.invoke()
        for kept, operator in zip(values, operators, strict=True):
            index = operator["outputs"][0]
            kept.append(_real(interpreter.get_tensor(index), details[index]))
    names = [(o["op_name"], details[o["outputs"][0]]["name"]) for o in operators]
    return names, [np.stack(kept) for kept in values]


def _real(values: np.ndarray, details: dict[str, Any]) -> np.ndarray:
    scale, zero_point = details["quantization"]
    return (values.astype(np.float32) - zero_point) * np.float32(scale) if scale else values


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(
        prog="python -m export.layers",
        description="Where an integer .tflite file loses accuracy against the float one of the same network.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("float_file", type=Path, metavar="FLOAT")
    options.add_argument("integer_file", type=Path, metavar="INTEGER")
    options.add_argument("--calibration", default="blur_demo", metavar="DATASET|FOLDER", help="as in export")
    options.add_argument("--photos", type=int, default=4, metavar="N", help="default: 4")
    options.add_argument("--data-dir", metavar="DIR", help="where data sets are prepared")
    return options


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Prints a line for every operator."""
    arguments = parser().parse_args(argv)
    if arguments.photos < 1:
        raise UsageError(f"photos: expected at least 1, received {arguments.photos}")
    from .calibration import Photos

    images = list(Photos(arguments.calibration, arguments.data_dir).verification(arguments.photos))
    for noise in compare(arguments.float_file, arguments.integer_file, images):
        print(f"{noise.decibels:6.1f} dB  bias {noise.bias:+.3f}  {noise.operator:20} {noise.tensor[-60:]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
