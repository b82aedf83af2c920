"""Keras to TFLite, to SavedModel and to ONNX."""

import contextlib
import logging
import os
import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_blur.errors import BlurError

from .graph import INPUT, OUTPUT
from .recipes import Recipe, float32

SIGNATURE = "blur_map"


def to_tflite(model: Any, recipe: Recipe, samples: Sequence[np.ndarray]) -> bytes:
    """Converts a model with TFLite's built-in operators alone.

    Args:
        model: From `graph.inference_model`, batch 1.
        recipe: What is stored and computed how.
        samples: Calibration photos, uint8 `(1, h, w, 3)`; only integer recipes use them.

    Returns:
        The file's content, without metadata.

    Raises:
        BlurError: TFLite has no operator for something the network does.
    """
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder:
        to_saved_model(model, Path(folder) / "model")
        converter = tf.lite.TFLiteConverter.from_saved_model(folder + "/model", signature_keys=[SIGNATURE])
        _set_up(converter, recipe, samples)
        try:
            with _quiet():
                return converter.convert()
        except Exception as error:  # the converter raises whatever its passes and the calibrator raise
            raise BlurError(_unsupported(str(error), recipe)) from error


def _set_up(converter: Any, recipe: Recipe, samples: Sequence[np.ndarray]) -> None:
    """Tells TFLite's converter what the recipe says."""
    import tensorflow as tf

    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if recipe.weights != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if recipe.weights == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if recipe.activations != "float32":
        converter.representative_dataset = lambda: ({INPUT: sample.astype(np.float32)} for sample in samples)
        converter.target_spec.supported_ops = [_integer_operators(tf, recipe)]
    if recipe.input == "uint8":
        converter.inference_input_type = tf.uint8


def _integer_operators(tf: Any, recipe: Recipe) -> Any:
    if recipe.activations == "int8":
        return tf.lite.OpsSet.TFLITE_BUILTINS_INT8
    return tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8


def _unsupported(text: str, recipe: Recipe) -> str:
    operators = sorted(set(re.findall(r"\btf\.([A-Z]\w+)", text)))
    if operators:
        return (
            f"cannot convert to {recipe.name}: TFLite has no built-in operator for {', '.join(operators)}; "
            "write that part of the network with other layers"
        )
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return f"cannot convert to {recipe.name}: {lines[0] if lines else 'the converter gave no reason'}"


def to_onnx(model: Any, opset: int) -> Any:
    """Converts a model to ONNX, by way of a float32 TFLite file.

    Keras's own export to ONNX fails where a network enlarges bilinearly to a size that it calculates.

    Args:
        model: From `graph.inference_model`, batch 1.
        opset: Version of the ONNX operators.

    Returns:
        An `onnx.ModelProto` from `image` to `probabilities`, checked.

    Raises:
        BlurError: ONNX, TFLite or the converter has no operator for something the network does.
    """
    content = to_tflite(model, float32(), [])
    with _quiet():
        import onnx
        import tf2onnx
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        path.write_bytes(content)
        try:
            with _quiet(), _logging_restored():
                converted, _ = tf2onnx.convert.from_tflite(str(path), opset=opset)
            _rename(converted.graph)
            onnx.checker.check_model(converted, full_check=True)
        except Exception as error:  # as TFLite's converter: whatever its passes raise
            reason = str(error).strip().splitlines() or [type(error).__name__]
            raise BlurError(f"cannot convert to onnx: {reason[0]}") from error
    return converted


def with_properties(model: Any, properties: Mapping[str, str]) -> bytes:
    """The file's content of an ONNX model with texts in its metadata.

    Args:
        model: An `onnx.ModelProto`.
        properties: The texts by name; "description" and "version" go to ONNX's own fields.
    """
    import onnx

    properties = dict(properties)
    model.doc_string = properties.pop("description", "")
    model.producer_name, model.producer_version = "keras-blur", properties.pop("version", "")
    onnx.helper.set_model_props(model, properties)
    return model.SerializeToString(deterministic=True)


def _rename(graph: Any) -> None:
    """Calls the input INPUT, the output OUTPUT, all else by its place: the same network, the same file."""
    (given,), (found,) = graph.input, graph.output
    names = {"": "", given.name: INPUT, found.name: OUTPUT}
    given.name, found.name, graph.name = INPUT, OUTPUT, SIGNATURE
    kept = {constant.name: constant for constant in graph.initializer}
    used = dict.fromkeys(name for node in graph.node for name in node.input if name in kept)
    constants = [kept[name] for name in used]
    for number, constant in enumerate(constants):
        names[constant.name] = f"constant{number}"
        constant.name = f"constant{number}"
    for number, node in enumerate(graph.node):
        node.name = f"{node.op_type}{number}"
        node.input[:] = [names[name] for name in node.input]
        for place, name in enumerate(node.output):
            names.setdefault(name, f"value{number}.{place}")
        node.output[:] = [names[name] for name in node.output]
    constants = [type(constant).FromString(constant.SerializeToString()) for constant in constants]
    del graph.initializer[:], graph.value_info[:]
    graph.initializer.extend(constants)


@contextlib.contextmanager
def _logging_restored() -> Iterator[None]:
    """Undoes what a library sets of the root logger."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers


def to_saved_model(model: Any, folder: Path) -> None:
    """Writes a SavedModel with the signature SIGNATURE: `image` to `probabilities`.

    Args:
        model: From `graph.inference_model`; its batch size is that of the signature.
        folder: Where to; must not exist.
    """
    import tensorflow as tf

    module = tf.Module()
    # Its variables alone: of a Keras model TensorFlow would trace the layers too, at unknown sizes.
    module.weights = [variable.value for variable in model.variables]
    module.blur_map = tf.function(
        lambda image: {OUTPUT: model(image, training=False)},
        input_signature=[tf.TensorSpec(model.inputs[0].shape, tf.float32, name=INPUT)],
    )
    signatures = {SIGNATURE: module.blur_map, "serving_default": module.blur_map}
    with _quiet():
        tf.saved_model.save(module, str(folder), signatures=signatures)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Drops what the converter prints and warns on both streams; its exceptions say what matters."""
    with tempfile.TemporaryFile() as printed, warnings.catch_warnings(action="ignore"):
        streams = {stream: os.dup(stream) for stream in (1, 2)}
        try:
            for stream in streams:
                os.dup2(printed.fileno(), stream)
            yield
        finally:
            for stream, saved in streams.items():
                os.dup2(saved, stream)
                os.close(saved)
