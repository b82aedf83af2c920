"""python -m keras_blur.export.benchmark FILE...: what exported files cost, side by side in the same run."""

import argparse
import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_blur import files
from keras_blur.commands import cli
from keras_blur.errors import BlurError, UsageError

EXAMPLES = """\
examples:
  python -m keras_blur.export.benchmark model_float32.tflite model_int8.tflite deeplabv3.tflite
      one thread, alternating, from a decoded photo to the probability map
  python -m keras_blur.export.benchmark model_int8.tflite --threads 1 2 4 --runs 100 --photo photo.jpg
  python -m keras_blur.export.benchmark m.tflite --android --benchmark-tool android_aarch64_benchmark_model
      on a phone connected by USB, with TensorFlow's benchmark tool

A file with a contract that fits it, inside or beside it, is run as the system that it is: resize, run, cut.
For any other file, the photo is stretched to its input and brought to -1..1; if it returns logits, a softmax
in NumPy makes probabilities of them, which --raw-peers leaves out.
The limit is what one thread of this machine multiplies and adds in a large float32 matrix product.
"""
MATRIX = 1024  # side of the matrices whose product shows the machine's limit
PHOTO_SIZE = 640, 480  # of the photo that is made where none is given


@dataclasses.dataclass(frozen=True)
class Timing:
    """Milliseconds of many runs: medians and 90th percentile of the wall clock, median of CPU time."""

    median: float
    p90: float
    cpu: float

    @classmethod
    def of(cls, runs: Sequence[tuple[float, float]]) -> "Timing":
        """From pairs of wall and CPU seconds."""
        wall, cpu = 1000 * np.array(runs).T
        return cls(float(np.median(wall)), float(np.percentile(wall, 90)), float(np.median(cpu)))


@dataclasses.dataclass(frozen=True)
class Measurement:
    """A file's figures.

    Attributes:
        file: Its name.
        threads: How many threads it ran with.
        summary: What its graph tells: `inspect.Summary` as plain values.
        inference: The network alone.
        photo_to_map: From a decoded photo to its map of probabilities.
        share_of_limit: Its multiply-adds per second of CPU time, over the machine's limit; None if the graph
            has none.
    """

    file: str
    threads: int
    summary: dict[str, Any]
    inference: Timing
    photo_to_map: Timing
    share_of_limit: float | None


class Contestant:
    """A file that is ready to run: a system if it has a contract, else a peer of some other task.

    A contract beside it that doesn't fit is another file's; an .onnx file has its own inside.
    """

    def __init__(self, path: Path, threads: int, raw: bool = False):
        from keras_blur.systems import tflite
        from keras_blur.systems.onnx import OnnxSystem

        self._raw = raw
        self._invoke: Callable[[], Any]
        self.photo_to_map: Callable[[np.ndarray], np.ndarray]
        if path.suffix == ".onnx":
            onnx = OnnxSystem(path, threads)
            grey = np.full((1, onnx.contract.height, onnx.contract.width, 3), 128, np.float32)
            self.photo_to_map, self._invoke = onnx.blur_map, lambda: onnx.infer(grey)
            return
        try:
            system = tflite.TFLiteSystem(path, threads)
        except BlurError:
            if tflite.has_contract(path):
                raise
        else:
            self.interpreter, self.photo_to_map = tflite.open_interpreter(path, threads), system.blur_map
            self._invoke = self.interpreter.invoke
            return
        tflite.check_file(path)
        tflite.probe(path)
        self.interpreter, self.photo_to_map = tflite.open_interpreter(path, threads), self._peers_map
        self._invoke = self.interpreter.invoke
        self._input, self._output = (
            details[0]
            for details in (self.interpreter.get_input_details(), self.interpreter.get_output_details())
        )
        shape = self._input["shape"].tolist()
        if len(shape) != 4 or shape[::3] != [1, 3]:
            raise BlurError(f"{path}: expected a file that takes one RGB photo, [1, H, W, 3], found {shape}")

    def inference(self, _image: np.ndarray) -> None:
        """The network alone, on whatever was last set."""
        self._invoke()

    def _peers_map(self, image: np.ndarray) -> np.ndarray:
        """What a user of the peer does with a photo, to have probabilities."""
        from keras_blur.processing import resize

        _, height, width, _ = self._input["shape"]
        pixels = resize(image, int(height), int(width))[None]
        if self._input["dtype"] == np.float32:
            pixels = pixels * np.float32(1 / 127.5) - np.float32(1)
        self.interpreter.set_tensor(self._input["index"], pixels.astype(self._input["dtype"], copy=False))
        self.interpreter.invoke()
        values = np.atleast_1d(self.interpreter.get_tensor(self._output["index"]))
        if self._raw or np.isclose(values.reshape(-1, values.shape[-1])[0].sum(), 1, atol=0.05):
            return values
        exponents = np.exp(values - values.max(axis=-1, keepdims=True))
        return exponents / exponents.sum(axis=-1, keepdims=True)


def measure(
    paths: Sequence[Path], image: np.ndarray, threads: int = 1, runs: int = 50, raw_peers: bool = False
) -> list[Measurement]:
    """Times files in turns, so that whatever else the machine does meets all of them.

    Args:
        paths: .tflite and .onnx files.
        image: uint8 RGB photo `(H, W, 3)`.
        threads: Threads of the runtime.
        runs: Runs of each file, after three that don't count.
        raw_peers: Leave out the softmax of files without contract.
    """
    from .inspect import summarise

    contestants = [Contestant(path, threads, raw_peers) for path in paths]
    times: dict[tuple[int, str], list] = {}
    for run in range(-3, runs):
        for number, contestant in enumerate(contestants):
            for what in ("photo_to_map", "inference"):
                timed = _timed(getattr(contestant, what), image)
                if run >= 0:
                    times.setdefault((number, what), []).append(timed)
    limit = machine_limit()
    result = []
    for number, path in enumerate(paths):
        summary = summarise(path)
        inference = Timing.of(times[number, "inference"])
        share = summary.macs / (inference.cpu / 1000) / limit if summary.macs else None
        result.append(
            Measurement(
                path.name,
                threads,
                dataclasses.asdict(summary),
                inference,
                Timing.of(times[number, "photo_to_map"]),
                share,
            )
        )
    return result


def _timed(function: Callable, image: np.ndarray) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    function(image)
    return time.perf_counter() - wall, time.process_time() - cpu


def machine_limit() -> float:
    """Float32 multiply-adds a second of one thread, by the best of several large matrix products."""
    code = (
        f"import time, numpy as np; a = np.random.rand({MATRIX}, {MATRIX}).astype('f'); best = 9.9\n"
        "for _ in range(8):\n"
        " start = time.process_time(); a @ a; best = min(best, time.process_time() - start)\n"
        f"print({MATRIX} ** 3 / best)"
    )
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **one}, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def table(measurements: Sequence[Measurement]) -> str:
    """The figures as a Markdown table; "against last" compares CPU time from photo to map."""
    lines = [
        "| file | MB | MMAC | arena MB | threads | inference ms (p90) | CPU ms | photo to map ms (p90) | "
        "CPU ms | against last | of the limit |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in measurements:
        last = [other for other in measurements if other.threads == row.threads][-1]
        inference, whole, summary = row.inference, row.photo_to_map, row.summary
        share = "-" if row.share_of_limit is None else f"{row.share_of_limit:.0%}"
        lines.append(
            f"| {row.file} | {summary['size'] / 1e6:.2f} | {summary['macs'] / 1e6:.0f} | "
            f"{summary['arena'] / 1e6:.2f} | {row.threads} | {inference.median:.1f} ({inference.p90:.1f}) | "
            f"{inference.cpu:.1f} | {whole.median:.1f} ({whole.p90:.1f}) | {whole.cpu:.1f} | "
            f"{last.photo_to_map.cpu / whole.cpu:.1f} x | {share} |"
        )
    return "\n".join(lines)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(
        prog="python -m keras_blur.export.benchmark",
        description="Size, operators, multiply-adds, memory and latency of exported files, in turns.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        type=Path,
        help=".tflite files of any task that take a photo, or .onnx files of export",
    )
    options.add_argument("--photo", metavar="FILE", help="what to run them on (default: a made one, 640x480)")
    options.add_argument("--threads", type=int, nargs="+", default=[1], metavar="N", help="default: 1")
    options.add_argument("--runs", type=int, default=50, metavar="N", help="runs of each (default: 50)")
    options.add_argument("--raw-peers", action="store_true", help="no softmax for files without contract")
    options.add_argument("--json", metavar="FILE", help="also write the figures there")
    phone = options.add_argument_group("on a phone")
    phone.add_argument("--android", nargs="?", const="", metavar="SERIAL", help="run on a connected phone")
    phone.add_argument("--benchmark-tool", metavar="FILE", help="TensorFlow's benchmark_model for Android")
    return options


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Measures and prints the table."""
    arguments = parser().parse_args(argv)
    if arguments.runs < 1 or min(arguments.threads) < 1:
        raise UsageError("runs, threads: expected at least 1")
    if arguments.android is not None:
        return _on_phone(arguments)
    from keras_blur.processing import read_photo

    image = read_photo(arguments.photo) if arguments.photo else made_photo()
    with cli.quiet_natives():
        rows = [
            row
            for n in arguments.threads
            for row in measure(arguments.files, image, n, arguments.runs, arguments.raw_peers)
        ]
    print(table(rows))
    for row in rows[: len(arguments.files)]:
        operators = ", ".join(f"{count} {name}" for name, count in row.summary["operators"].items())
        print(f"\n{row.file}: {operators}")
    if arguments.json:
        files.write_json(arguments.json, [dataclasses.asdict(row) for row in rows])
    return 0


def made_photo() -> np.ndarray:
    """A photo to time with: smooth noise, uint8 RGB."""
    width, height = PHOTO_SIZE
    coarse = np.random.default_rng(0).integers(0, 256, (height // 16, width // 16, 3), dtype=np.uint8)
    from keras_blur.processing import resize

    return resize(coarse, height, width)


def _on_phone(arguments: argparse.Namespace) -> int:
    from . import android

    if not arguments.benchmark_tool:
        raise UsageError(
            "benchmark_tool: expected TensorFlow's benchmark_model built for Android, "
            "from https://ai.google.dev/edge/litert/models/measurement; received nothing"
        )
    rows = android.measure(
        arguments.files, Path(arguments.benchmark_tool), arguments.threads, arguments.runs, arguments.android
    )
    print(android.table(rows))
    if arguments.json:
        files.write_json(arguments.json, [dataclasses.asdict(row) for row in rows])
    return 0


if __name__ == "__main__":
    sys.exit(main())
