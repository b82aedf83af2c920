"""Makes a network's folder from the TensorFlow 1 checkpoint that Kim et al. (CGF 2018) publish.

    python -m tools.kim2018_checkpoint model/final_model.ckpt kim2018_authors
    python -m keras_blur.evaluate --system kim2018_authors --dataset cuhk_blur/kim2018

The README of github.com/HyeongseokSon1/deep_blur_detection_and_classification says where the checkpoint is.
Its variables are called as the layers of that code: a kernel and a bias below `VGG/` and `UNet/`. The code
doesn't say which class a channel is. The order here is that of the labels of the authors' synthetic data:
sharp, motion, defocus. Needs TensorFlow.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from keras_blur import files
from keras_blur.commands import cli
from keras_blur.errors import BlurError
from keras_blur.models import kim2018
from keras_blur.systems.weights import save_network

VGG_BLOCKS = (2, 2, 4, 4, 4)
LAYERS = {
    **{
        f"block{block}_conv{number}": f"VGG/conv{block}_{number}"
        for block, count in enumerate(VGG_BLOCKS, 1)
        for number in range(1, count + 1)
    },
    "up1": "UNet/u4/d",
    "skip1": "UNet/f3_4/c1",
    "decoder1_conv1": "UNet/u34/c1",  # so called there, unlike those that follow
    "decoder1_conv2": "UNet/u4/c2",
    "decoder1_conv3": "UNet/u4/c3",
    "logits_stride8": "UNet/u4/loss3",
    "up2": "UNet/u3/d",
    "skip2": "UNet/f2_3/c1",
    "decoder2_conv1": "UNet/u3/c1",
    "decoder2_conv2": "UNet/u3/c2",
    "decoder2_conv3": "UNet/u3/c3",
    "logits_stride4": "UNet/u3/loss2",
    "up3": "UNet/u2/d",
    "skip3": "UNet/f1_2/c1",
    "decoder3_conv1": "UNet/u2/c1",
    "decoder3_conv2": "UNet/u2/c2",
    "logits_stride2": "UNet/u2/loss1",
    "up4": "UNet/u1/d",
    "skip4": "UNet/f0/c1",
    "decoder4_conv1": "UNet/u1/c1",
    "decoder4_conv2": "UNet/u1/c2",
    "logits_stride1": "UNet/u1/c5",
}
"""Our layers, and the authors' that they are."""

FIRST = "block1_conv1"
OPTIMIZER = "Adam"  # in the names of what an optimizer remembers of a variable
TRAINING = {
    "network": "kim2018",
    "pretrained": "VGG-19 (ImageNet)",
    "data": [{"dataset": "cuhk_blur/kim2018", "split": "train+validation", "examples": 800}],
    "validation": [],
    "epochs": "not stated",
}
"""The authors' training, as far as they tell; their composites are made of the same photos."""


def read_checkpoint(path: Path) -> dict[str, np.ndarray]:
    """Returns the variables of a TensorFlow checkpoint by name.

    Args:
        path: The checkpoint's prefix: `final_model.ckpt` of `final_model.ckpt.index` and `.data-...`.

    Raises:
        BlurError: it can't be read.
    """
    import tensorflow as tf

    try:
        reader = tf.train.load_checkpoint(str(path))
        return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}
    except (tf.errors.OpError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise BlurError(
            f"cannot read the checkpoint {path}: {reason}; expected {path.name}.index and "
            f"{path.name}.data-00000-of-00001 in {path.parent}"
        ) from error


def find_weights(variables: Mapping[str, np.ndarray], layer: str) -> list[np.ndarray]:
    """Returns the kernel and the bias of one of our layers.

    They are told apart by their dimensions, since their names differ between versions of TensorLayer.

    Args:
        variables: What `read_checkpoint` returned.
        layer: A key of `LAYERS`.

    Raises:
        BlurError: the checkpoint hasn't just one of each.
    """
    theirs = LAYERS[layer]
    found = {
        name: value
        for name, value in variables.items()
        if f"/{theirs}/" in f"/{name}" and OPTIMIZER not in name
    }
    kernels = [value for value in found.values() if value.ndim == 4]
    biases = [value for value in found.values() if value.ndim == 1]
    if len(kernels) != 1 or len(biases) != 1:
        raise BlurError(
            f"the checkpoint is not that of Kim 2018: expected a kernel and a bias below {theirs}, "
            f"found {', '.join(found) or 'nothing'}"
        )
    return [*kernels, *biases]


def make_network(variables: Mapping[str, np.ndarray]) -> tuple[Any, dict[str, Any]]:
    """Returns the network with the checkpoint's weights, and the options that it was built with.

    Raises:
        BlurError: a layer is missing, or has another shape.
    """
    channels = find_weights(variables, FIRST)[0].shape[-1]
    options = {} if channels == 64 else {"width": channels / 64}
    network = kim2018.Kim2018(**options)
    for layer in LAYERS:
        weights = find_weights(variables, layer)
        try:
            network.get_layer(layer).set_weights(weights)
        except ValueError as error:
            raise BlurError(
                f"the checkpoint is not that of Kim 2018: {LAYERS[layer]} has a kernel of shape "
                f"{weights[0].shape}, expected {network.get_layer(layer).kernel.shape}"
            ) from error
    return network, options


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Command line: see the module's docstring."""
    options = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        prog="kim2018_checkpoint",
    )
    options.add_argument("checkpoint", type=Path, help="its path without .index")
    options.add_argument("output", type=Path, help="the folder to write")
    arguments = options.parse_args(argv)
    path = arguments.checkpoint
    network, built = make_network(read_checkpoint(path.with_suffix("") if path.suffix == ".index" else path))
    save_network(arguments.output, "kim2018", built, network, kim2018.contract())
    files.write_json(arguments.output / "training.json", TRAINING)
    print(f"Wrote {arguments.output}: {network.count_params():,} weights")
    return 0


if __name__ == "__main__":
    sys.exit(main())
