"""A .tflite file as a system, with nothing but NumPy, OpenCV and the LiteRT runtime.

The runtime trusts its files: one that is damaged, or made for the purpose, can end the process. So a file
is first loaded and run in a process of its own.
"""

import collections
import contextlib
import dataclasses
import functools
import json
import lzma
import math
import os
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from keras_blur.contract import Contract
from keras_blur.errors import BlurError
from keras_blur.processing import least_side, prepare, restore
from keras_blur.systems.base import System, check_probabilities

CONTRACT_FILE = "contract.json"
MAX_BYTES = 2**31 - 1
"""No flatbuffer is larger."""
MAX_CONTRACT_BYTES = 65536
PROBE_SECONDS = 120
MAX_MEMORY = 2 << 30
"""Bytes that one run of a file may take, or half of the machine's memory where that is less."""
PROBE = Path(__file__).with_name("tflite_probe.py")


class TFLiteSystem(System):
    """Runs an exported network as its contract says.

    The contract is the one packed into the file or, if there is none, `contract.json` beside it.

    Args:
        path: A .tflite file with one image in and one map of probabilities out.
        threads: How many threads the runtime may use for one photo; None = as many as there are cores, at
            most 4.
        max_memory: Bytes that one run may take; a file that asks for more is refused.

    Raises:
        BlurError: the file is missing, damaged, too large, no TFLite file, has no contract, or is of another
            task; or the runtime is not installed.
    """

    def __init__(self, path: str | os.PathLike, threads: int | None = None, max_memory: int = MAX_MEMORY):
        path = Path(path)
        check_file(path)
        # The input has one size: small photos grow to it, and nothing is padded.
        self.contract = dataclasses.replace(
            find_contract(path).for_file(path.name), max_enlargement=0.0, multiple=1
        )
        probe(path, max_memory)
        self._interpreters = _Interpreters(path, threads or min(4, os.cpu_count() or 1))
        with self._interpreters.borrow() as interpreter:
            self._input, self._output = _check_fit(path, interpreter, self.contract)
        self.path, self.name = path, path.stem
        self.calibration = self.contract.calibration
        self.least_side = least_side(self.contract)

    @functools.cached_property
    def num_params(self) -> int:
        """See `System`: the file's constants that are real numbers, or integers that stand for such."""
        from ai_edge_litert import schema_py_generated as schema

        model = schema.Model.GetRootAs(self._interpreters.content)
        graph = model.Subgraphs(0)
        tensors = [graph.Tensors(index) for index in range(graph.TensorsLength())]
        real = schema.TensorType.FLOAT32, schema.TensorType.FLOAT16
        return sum(
            math.prod(tensor.ShapeAsNumpy().tolist())
            for tensor in tensors
            if model.Buffers(tensor.Buffer()).DataLength()
            and (tensor.Type() in real or tensor.Quantization().ScaleLength())
        )

    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Finds the blur in a photo: see `System.blur_map`.

        Raises:
            BlurError: the file's output is no map of probabilities.
        """
        pixels, placement = prepare(image, self.contract)
        with self._interpreters.borrow() as interpreter:
            interpreter.set_tensor(self._input["index"], pixels.astype(self._input["dtype"], copy=False))
            interpreter.invoke()
            probabilities = interpreter.get_tensor(self._output["index"])[0]
        check_probabilities(probabilities, self.name)
        return restore(probabilities, placement)


class _Interpreters:
    """Interpreters of one file: each serves one thread at a time, and there are at most as many as cores.

    Args:
        path: The file; it is read once.
        threads: How many threads each may use.
    """

    def __init__(self, path: Path, threads: int):
        self.content = path.read_bytes()
        self._path, self._threads = path, threads
        self._idle: collections.deque[Any] = collections.deque()
        self._free = threading.BoundedSemaphore(os.cpu_count() or 1)

    @contextlib.contextmanager
    def borrow(self) -> Iterator[Any]:
        """Yields an interpreter that no other thread has meanwhile; waits for one if there are enough."""
        with self._free:
            try:
                interpreter = self._idle.pop()
            except IndexError:
                interpreter = open_interpreter(self._path, self._threads, content=self.content)
            try:
                yield interpreter
            finally:
                self._idle.append(interpreter)


def open_interpreter(
    path: Path, threads: int = 1, keep_all: bool = False, content: bytes | None = None
) -> Any:
    """Returns a LiteRT interpreter with its memory allocated; `check_file` and `probe` go before.

    Args:
        path: The file.
        threads: How many threads it may use.
        keep_all: Whether every tensor can be read after a run; slower, and without XNNPACK.
        content: The file's bytes; None = they are read.

    Raises:
        BlurError: the runtime is not installed or refuses the file.
    """
    interpreter_class = _runtime(path)
    try:
        interpreter = interpreter_class(
            model_content=path.read_bytes() if content is None else content,
            num_threads=threads,
            experimental_preserve_all_tensors=keep_all,
        )
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise BlurError(f"cannot run {path}: {str(error).splitlines()[0]}") from error
    return interpreter


def _runtime(path: Path) -> Any:
    """The class of LiteRT's interpreters."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise BlurError(
            f"cannot run {path}: the LiteRT runtime is not installed ({error}); "
            "install it with pip install 'keras-blur[lite]'"
        ) from error
    return Interpreter


def check_file(path: Path) -> None:
    """Raises BlurError unless the file is there, is of a possible size and begins like a TFLite file."""
    if path.is_dir() or not path.is_file():
        raise BlurError(f"cannot read {path}: there is no such file")
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            start = stream.read(8)
    except OSError as error:
        raise BlurError(f"cannot read {path}: {error.strerror}") from error
    if start[4:8] != b"TFL3" or size > MAX_BYTES:
        raise BlurError(f"cannot read {path}: not a TFLite file ({size} bytes); export it again")


def find_contract(path: Path) -> Contract:
    """The contract inside a .tflite file or else beside it.

    Raises:
        BlurError: there is none, or it is damaged.
    """
    packed = _packed_contract(path)
    if packed is not None:
        try:
            return Contract(**json.loads(packed))
        except (TypeError, ValueError, RecursionError) as error:
            raise BlurError(f"{CONTRACT_FILE} inside {path} is not a contract: {error}") from error
    beside = path.with_name(CONTRACT_FILE)
    if not beside.is_file():
        raise BlurError(
            f"{path} does not say what goes in and comes out: expected {CONTRACT_FILE} inside or beside it; "
            "'keras-blur export' writes both, and a file of another task has none"
        )
    return Contract.load(beside)


def has_contract(path: Path) -> bool:
    """Whether a file has a contract inside, be it damaged; one beside it may be another file's."""
    return _packed_contract(path) is not None


def _packed_contract(path: Path) -> bytes | None:
    """What the zip archive at the model's end holds; None if there is no such archive or file."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(CONTRACT_FILE).file_size <= MAX_CONTRACT_BYTES:
                return archive.read(CONTRACT_FILE)
    except (
        KeyError,
        OSError,
        EOFError,
        ValueError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
    ):
        pass
    return None


def probe(path: Path, max_memory: int = MAX_MEMORY) -> None:
    """Loads and runs a file in a process of its own, where it can do no harm.

    Args:
        path: The file.
        max_memory: Bytes that it may take there; never more than half of the machine's memory.

    Raises:
        BlurError: it fails there, ends the process, takes too long or too much memory, or holds weights that
            can't be calculated with; or the runtime is not installed.
    """
    _runtime(path)
    command = [sys.executable, "-P", str(PROBE), str(path), str(min(max_memory, _half_of_memory()))]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PROBE_SECONDS, errors="replace"
        )
    except subprocess.TimeoutExpired as error:
        raise BlurError(f"cannot run {path}: one run takes more than {PROBE_SECONDS} s") from error
    if done.returncode < 0:
        raise BlurError(
            f"cannot run {path}: the file is damaged, it ends the runtime's process "
            f"(signal {-done.returncode}); export it again"
        )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise BlurError(f"cannot run {path}: {reason}")


def _half_of_memory() -> int:
    """Half of the machine's memory in bytes; as good as infinite where it can't be told."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):
        return sys.maxsize


def _check_fit(path: Path, interpreter: Any, contract: Contract) -> tuple[dict, dict]:
    """The only input and output, if they are what the contract says.

    Raises:
        BlurError: they are not.
    """
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    stride = contract.output_stride
    grid = (contract.height // stride, contract.width // stride)
    expected = [[1, contract.height, contract.width, 3]], [[1, *grid, len(contract.classes)]]
    found = tuple([details["shape"].tolist() for details in group] for group in (inputs, outputs))
    if found != expected:
        raise BlurError(
            f"{path} does not fit its contract ({contract.name}): expected input {expected[0]} and output "
            f"{expected[1]}, found {found[0]} and {found[1]}; it is a file of another task or size"
        )
    types = inputs[0]["dtype"], outputs[0]["dtype"]
    plain = types[0] == np.float32 or (types[0] == np.uint8 and inputs[0]["quantization"] == (1.0, 0))
    if not plain or types[1] != np.float32:
        raise BlurError(
            f"{path}: expected RGB 0-255 as float32, or as uint8 of scale 1 and zero point 0, in, and "
            f"float32 probabilities out, found {types[0].__name__} {inputs[0]['quantization']} in and "
            f"{types[1].__name__} out; export it again"
        )
    return inputs[0], outputs[0]
