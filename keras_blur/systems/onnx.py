"""An .onnx file as a system, with nothing but NumPy, OpenCV and ONNX Runtime."""

import dataclasses
import functools
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from keras_blur.contract import Contract
from keras_blur.errors import BlurError
from keras_blur.processing import least_side, prepare, restore
from keras_blur.systems.base import System, check_probabilities

CONTRACT_FILE = "contract.json"
MAX_BYTES = 2**31 - 1
"""No protobuf is larger."""


class OnnxSystem(System):
    """Runs an exported network as the contract in its metadata says; several threads may use it at once.

    Args:
        path: An .onnx file that `export` wrote, with one image in and one map of probabilities out.
        threads: How many threads one run may use; None = as many as there are cores, at most 4.

    Raises:
        BlurError: the file is missing, damaged, too large, has no contract, or is of another task; or the
            runtime is not installed.
    """

    def __init__(self, path: str | os.PathLike, threads: int | None = None):
        path = Path(path)
        self._session = _open(path, threads or min(4, os.cpu_count() or 1))
        # The input has one size: small photos grow to it, and nothing is padded.
        contract = _contract(path, self._session).for_file(path.name)
        self.contract = dataclasses.replace(contract, max_enlargement=0.0, multiple=1)
        self._input, self._output = _check_fit(path, self._session, self.contract)
        self.path, self.name = path, path.stem
        self.calibration = self.contract.calibration
        self.least_side = least_side(self.contract)

    @functools.cached_property
    def num_params(self) -> int:
        """The real numbers in the file; needs the package `onnx`."""
        import onnx

        graph = onnx.load(self.path, load_external_data=False).graph
        real = onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16
        return sum(int(np.prod(each.dims)) for each in graph.initializer if each.data_type in real)

    def infer(self, pixels: np.ndarray) -> np.ndarray:
        """Returns the probabilities `(1, h, w, C)` of an input `(1, height, width, 3)`, float32 RGB 0-255."""
        return self._session.run([self._output], {self._input: pixels})[0]

    def blur_map(self, image: np.ndarray) -> np.ndarray:
        """Finds the blur in a photo: see `System.blur_map`.

        Raises:
            BlurError: the file's output is no map of probabilities.
        """
        pixels, placement = prepare(image, self.contract)
        probabilities = self.infer(pixels.astype(np.float32, copy=False))[0]
        check_probabilities(probabilities, self.name)
        return restore(probabilities, placement)


def _open(path: Path, threads: int) -> Any:
    """A session of ONNX Runtime that runs the file on the processor."""
    try:
        content = path.read_bytes() if path.stat().st_size <= MAX_BYTES else b""
    except OSError as error:
        raise BlurError(f"cannot read {path}: {error.strerror}") from error
    if not content:
        raise BlurError(
            f"cannot read {path}: expected an ONNX file of 1 to {MAX_BYTES} bytes; export it again"
        )
    try:
        import onnxruntime
    except ImportError as error:
        raise BlurError(
            f"cannot run {path}: ONNX Runtime is not installed ({error}); "
            "install it with pip install 'keras-blur[onnx]'"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 4
    try:
        # From memory: a file can't make the runtime read others beside it.
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime has a class of its own for every reason
        raise BlurError(f"cannot run {path}: {str(error).splitlines()[0]}; export it again") from error


def _contract(path: Path, session: Any) -> Contract:
    packed = session.get_modelmeta().custom_metadata_map.get(CONTRACT_FILE)
    if packed is None:
        raise BlurError(
            f"{path} does not say what goes in and comes out: expected {CONTRACT_FILE} in its metadata; "
            "'keras-blur export' writes it, and a file of another task has none"
        )
    try:
        return Contract(**json.loads(packed))
    except (TypeError, ValueError, RecursionError) as error:
        raise BlurError(f"{CONTRACT_FILE} inside {path} is not a contract: {error}") from error


def _check_fit(path: Path, session: Any, contract: Contract) -> tuple[str, str]:
    """The names of the only input and output, if they are what the contract says."""
    stride = contract.output_stride
    grid = contract.height // stride, contract.width // stride
    expected = (
        [("tensor(float)", [1, contract.height, contract.width, 3])],
        [("tensor(float)", [1, *grid, len(contract.classes)])],
    )
    groups = session.get_inputs(), session.get_outputs()
    found = tuple([(each.type, each.shape) for each in group] for group in groups)
    if found != expected:
        raise BlurError(
            f"{path} does not fit its contract ({contract.name}): expected input {expected[0]} and output "
            f"{expected[1]}, found {found[0]} and {found[1]}; it is a file of another task or size"
        )
    return groups[0][0].name, groups[1][0].name
