"""Makes the graph that is exported: one photo of a fixed size in, probabilities out."""

import dataclasses
import os
import re
from typing import Any

from keras_blur.contract import Contract
from keras_blur.errors import BlurError, UsageError

INPUT, OUTPUT = "image", "probabilities"
LABELS_FILE = "labels.txt"
"""Names of the classes, a line each: beside a file, and inside it."""
MAX_SIDE = 4096
"""Longest side of an input in pixels; a network takes gigabytes for more."""


def use_tensorflow() -> None:
    """Makes TensorFlow the backend of Keras, whatever the network was trained with.

    Raises:
        UsageError: Keras was imported with another one already.
    """
    os.environ["KERAS_BACKEND"] = "tensorflow"
    from keras_blur.commands.cli import quiet_start

    with quiet_start():
        import keras

    if keras.backend.backend() != "tensorflow":
        raise UsageError(
            f"export needs Keras with TensorFlow, found it running on {keras.backend.backend()}; "
            "start a new process, or set KERAS_BACKEND=tensorflow"
        )


def parse_size(text: str) -> tuple[int, int]:
    """Height and width in pixels from "HxW", or from one number for a square.

    Raises:
        UsageError: it is neither, or out of range.
    """
    match = re.fullmatch(r"(\d{1,6})(?:x(\d{1,6}))?", text.strip().lower())
    size = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not all(1 <= side <= MAX_SIDE for side in size):
        raise UsageError(f"input_size: expected HxW with sides from 1 to {MAX_SIDE}, received '{text}'")
    return size


def exported_contract(contract: Contract, size: tuple[int, int] | None) -> Contract:
    """The contract of the exported file: the whole photo stretched to a fixed size.

    A file's input has one size, so a network that takes photos as they are ("pad") is exported at one, too.

    Args:
        contract: The trained network's.
        size: Height and width in pixels; None = the contract's own.

    Raises:
        UsageError: the contract has no size of its own and none is given, or its multiple doesn't divide it.
    """
    if size is None:
        if contract.resize != "stretch":
            raise UsageError(
                f"input_size: the network {contract.name} takes photos of any size, a file takes one; "
                f"give `input_size` as HxW, sides multiples of {contract.multiple}"
            )
        size = contract.height, contract.width
    height, width = size
    step = contract.multiple
    if height % step or width % step:
        raise UsageError(
            f"input_size: the network {contract.name} takes sides that are multiples of {step}, "
            f"received {height}x{width}"
        )
    return dataclasses.replace(
        contract,
        resize="stretch",
        height=height,
        width=width,
        multiple=1,
        max_enlargement=0.0,
        max_side=0,
    )


def fitted(network: Any, contract: Contract) -> Any:
    """The network, made to answer on the contract's grid.

    A network without padding, trained on patches, answers at fewer places than the photo has cells: the
    photo is then mirrored at its borders, so that every cell gets the answer to the patch around it.

    Args:
        network: Photos to logits, or to several of which the last is the answer.
        contract: From `exported_contract`.

    Returns:
        A Keras model from `(B, height, width, 3)` to logits `(B, height / s, width / s, C)`.

    Raises:
        UsageError: the network can't take the size.
        BlurError: it takes no photos, or its output is not what the contract says.
    """
    import keras

    from keras_blur import models

    if len(network.inputs) != 1:
        raise BlurError(
            f"the network {contract.name} takes {len(network.inputs)} inputs that are made of a photo, not "
            "the photo itself; there is no file for it alone"
        )
    height, width, stride = contract.height, contract.width, contract.output_stride
    classes = _last(network.outputs).shape[-1]
    if classes != len(contract.classes):
        raise BlurError(
            f"the network {contract.name} answers with {classes} degrees or directions of blur, of which its "
            "system makes a map; there is no file for it alone"
        )
    spec = models.SPECS.get(network.name)
    if spec and spec.over_photos and network.inputs[0].shape[1] is not None:
        network = spec.over_photos(network, stride)  # its trained form takes a patch
    target = (height // stride, width // stride)
    missing = [cells - found for cells, found in zip(target, _grid(network, height, width), strict=True)]
    if not any(missing):
        return network
    if min(missing) < 0 or missing[0] != missing[1]:
        raise BlurError(
            f"the network {contract.name} does not fit its contract at {height}x{width}: expected {target} "
            f"cells, found {tuple(cells - less for cells, less in zip(target, missing, strict=True))}"
        )
    margin = missing[0] * stride
    while _grid(network, height + margin - 1, width + margin - 1) == target:
        margin -= 1
    before = margin // 2
    inputs = keras.Input((height, width, 3), name=INPUT)
    sides = (before, margin - before)
    pixels = keras.ops.pad(inputs, ((0, 0), sides, sides, (0, 0)), mode="reflect")
    return keras.Model(inputs, _last(network(pixels)), name=network.name)


def _grid(network: Any, height: int, width: int) -> tuple[int, int]:
    """Rows and columns of the answer to a photo of this size."""
    import keras

    try:
        return tuple(_last(network(keras.Input((height, width, 3), batch_size=1))).shape[1:3])
    except ValueError as error:
        raise UsageError(
            f"input_size: the network {network.name} can't take {height}x{width} pixels "
            f"({str(error).splitlines()[0]}); try multiples of 64"
        ) from error


def _last(outputs: Any) -> Any:
    return outputs[-1] if isinstance(outputs, (list, tuple)) else outputs


def inference_model(network: Any, contract: Contract, batch: int | None = 1) -> Any:
    """The Keras model that is exported: folded, of a fixed size, with a softmax at its end.

    Args:
        network: From `fitted`.
        contract: From `exported_contract`.
        batch: Photos at once; None = any number.

    Returns:
        A model from float32 `image` `(batch, height, width, 3)`, RGB 0-255, to `probabilities`.
    """
    import keras

    from .fold import fold  # imports Keras, whose backend `use_tensorflow` chooses

    inputs = keras.Input((contract.height, contract.width, 3), batch_size=batch, name=INPUT)
    logits = _last(fold(network)(inputs))
    return keras.Model(inputs, keras.layers.Softmax(dtype="float32", name=OUTPUT)(logits))
