"""What is inside a .tflite or .onnx file: operators, multiply-adds, memory."""

import collections
import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np

from keras_blur.errors import BlurError
from keras_blur.systems.tflite import check_file

ALIGNMENT = 64  # bytes, as TFLite aligns tensors in its arena


@dataclasses.dataclass(frozen=True)
class Summary:
    """What a file costs, as far as its graph tells.

    Attributes:
        size: Bytes of the file.
        operators: How many of each.
        macs: Multiply-adds of the convolutions and matrix products of one run.
        arena: Bytes that TFLite's planner needs for activations; delegates plan their own. 0 for ONNX, whose
            runtime plans as it goes.
        foreign: Operators that are not built into the runtime.
    """

    size: int
    operators: dict[str, int]
    macs: int
    arena: int
    foreign: list[str]


@dataclasses.dataclass(frozen=True)
class Operator:
    """One operator of a graph: its name and the indices of its tensors."""

    name: str
    inputs: list[int]
    outputs: list[int]
    custom: bool


def summarise(path: str | Path) -> Summary:
    """Reads what a .tflite or .onnx file costs.

    Raises:
        BlurError: it is missing, damaged or neither.
    """
    path = Path(path)
    if path.suffix != ".onnx":
        check_file(path)
    try:
        content = path.read_bytes()
        return _onnx_summary(content) if path.suffix == ".onnx" else _summary(content)
    except Exception as error:  # a damaged flatbuffer leads anywhere
        raise BlurError(f"cannot read {path}: the file is damaged ({type(error).__name__})") from error


def _summary(content: bytes) -> Summary:
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content))
    graph = model.subgraphs[0]
    operators = _operators(model, schema)
    shapes = [_shape(tensor) for tensor in graph.tensors]
    constant = {i for i, t in enumerate(graph.tensors) if model.buffers[t.buffer].data is not None}
    widths = [_width(tensor.type, schema) for tensor in graph.tensors]
    sizes = [int(np.prod(shape)) * width for shape, width in zip(shapes, widths, strict=True)]
    return Summary(
        size=len(content),
        operators=dict(collections.Counter(operator.name for operator in operators).most_common()),
        macs=sum(_macs(operator, shapes) for operator in operators),
        arena=arena_size(_lifetimes(graph, operators, constant), sizes),
        foreign=sorted({operator.name for operator in operators if operator.custom}),
    )


def _onnx_summary(content: bytes) -> Summary:
    import onnx

    graph = onnx.shape_inference.infer_shapes(onnx.load_from_string(content)).graph
    shapes = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    for value in (*graph.input, *graph.value_info, *graph.output):
        shapes[value.name] = [side.dim_value for side in value.type.tensor_type.shape.dim]
    return Summary(
        size=len(content),
        operators=dict(collections.Counter(node.op_type for node in graph.node).most_common()),
        macs=sum(_onnx_macs(node, shapes) for node in graph.node),
        arena=0,
        foreign=sorted({node.op_type for node in graph.node if node.domain not in ("", "ai.onnx")}),
    )


def _onnx_macs(node: Any, shapes: dict[str, list[int]]) -> int:
    if node.op_type == "ConvTranspose":  # weights: (inputs, outputs / groups, height, width)
        return math.prod(shapes[node.input[0]]) * math.prod(shapes[node.input[1]][1:])
    if node.op_type in ("Conv", "Gemm"):  # weights: (outputs, inputs / groups, height, width)
        return math.prod(shapes[node.output[0]]) * math.prod(shapes[node.input[1]][1:])
    if node.op_type == "MatMul":
        return math.prod(shapes[node.output[0]]) * shapes[node.input[0]][-1]
    return 0


def _operators(model: Any, schema: Any) -> list[Operator]:
    names = {value: name for name, value in vars(schema.BuiltinOperator).items() if name.isupper()}
    result = []
    for operator in model.subgraphs[0].operators:
        code = model.operatorCodes[operator.opcodeIndex]
        builtin = max(code.builtinCode, code.deprecatedBuiltinCode)
        custom = names[builtin] == "CUSTOM"
        name = code.customCode.decode() if custom else names[builtin]
        result.append(Operator(name, list(operator.inputs), list(operator.outputs), custom))
    return result


def _shape(tensor: Any) -> tuple[int, ...]:
    return tuple(int(side) for side in tensor.shape) if tensor.shape is not None else ()


def _width(kind: int, schema: Any) -> int:
    """Bytes of one value."""
    types = schema.TensorType
    if kind in (types.INT8, types.UINT8, types.BOOL):
        return 1
    if kind in (types.INT16, types.FLOAT16):
        return 2
    return 8 if kind in (types.INT64, types.FLOAT64) else 4


def _macs(operator: Operator, shapes: list[tuple[int, ...]]) -> int:
    output = int(np.prod(shapes[operator.outputs[0]])) if operator.outputs else 0
    if operator.name in ("CONV_2D", "FULLY_CONNECTED"):
        return output * int(np.prod(shapes[operator.inputs[1]][1:]))
    if operator.name == "DEPTHWISE_CONV_2D":
        return output * int(np.prod(shapes[operator.inputs[1]][1:3]))
    if operator.name == "TRANSPOSE_CONV":  # inputs: output shape, weights, image
        _, height, width, _ = shapes[operator.inputs[2]]
        return height * width * int(np.prod(shapes[operator.inputs[1]]))
    if operator.name == "BATCH_MATMUL":
        return output * shapes[operator.inputs[0]][-1]
    return 0


def _lifetimes(graph: Any, operators: list[Operator], constant: set[int]) -> dict[int, tuple[int, int]]:
    """From which to which operator each activation is needed."""
    lifetimes = {int(index): (0, 0) for index in graph.inputs}
    for step, operator in enumerate(operators):
        for index in operator.inputs + operator.outputs:
            if index >= 0 and index not in constant:
                lifetimes[index] = (lifetimes.get(index, (step, step))[0], step)
    for index in graph.outputs:
        lifetimes[int(index)] = (lifetimes[int(index)][0], len(operators))
    return lifetimes


def arena_size(lifetimes: dict[int, tuple[int, int]], sizes: list[int]) -> int:
    """Bytes for all tensors where those that live at the same time don't overlap.

    Greedy by size, as TFLite's own planner: the largest first, each at the lowest free place.

    Args:
        lifetimes: First and last operator, by tensor.
        sizes: Bytes of every tensor.
    """
    placed: list[tuple[int, int, int, int]] = []  # start, end, first, last
    for index in sorted(lifetimes, key=lambda i: (-sizes[i], lifetimes[i][0], i)):
        first, last = lifetimes[index]
        start = 0
        for other_start, other_end, other_first, other_last in sorted(placed):
            if other_first <= last and first <= other_last:
                if start + sizes[index] <= other_start:
                    break
                start = max(start, -(-other_end // ALIGNMENT) * ALIGNMENT)
        placed.append((start, start + sizes[index], first, last))
    return max((end for _, end, _, _ in placed), default=0)
