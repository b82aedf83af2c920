"""Time of the mobile network at several sizes, beside its narrow stem, a full U-Net and any other file.

    python benchmarks/mobile_latency.py [--peer FILE.tflite] [--sizes 448 576 704] [--runs 50] [--photo FILE]

The networks have random weights and integer ranges from noise: fit for timing only. `python -m export` makes
the real files and `python -m export.benchmark` times them. Needs the extras tensorflow and lite.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from export import benchmark, graph, recipes

graph.use_tensorflow()

import keras  # noqa: E402
from keras import layers  # noqa: E402

from export import convert  # noqa: E402
from keras_blur import models  # noqa: E402
from keras_blur.commands import cli  # noqa: E402
from keras_blur.contract import Contract  # noqa: E402
from keras_blur.models import encoders  # noqa: E402
from keras_blur.models.blocks import batch_norm  # noqa: E402
from keras_blur.processing import read_photo  # noqa: E402


def plain_unet() -> keras.Model:
    """A U-Net on the mobile network's encoder whose decoder goes on to the input's size."""
    inputs = keras.Input((None, None, 3))
    features = encoders.mobilenet_v2(inputs)
    x = features.pop()
    for level, filters in enumerate((96, 64, 48, 32, 16)):
        x = layers.UpSampling2D(interpolation="bilinear")(x)
        if features:
            x = layers.Concatenate()([x, features.pop()])
        x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.ReLU(6.0)(batch_norm(f"norm{level}")(x))
    return keras.Model(inputs, layers.Conv2D(3, 1)(x))


def write(path: Path, network: keras.Model, contract: Contract, recipe: recipes.Recipe) -> Path:
    """A TFLite file without metadata, in a folder of its own with its contract."""
    noise = np.random.default_rng(0).integers(0, 256, (1, contract.height, contract.width, 3), np.uint8)
    noise[0, 0, 0, :2] = 0, 255
    content = convert.to_tflite(graph.inference_model(network, contract), recipe, [noise])
    path.parent.mkdir()
    contract.save(path.with_name("contract.json"))
    path.write_bytes(content)
    return path


def contestants(sizes: list[int], folder: Path) -> list[Path]:
    """The mobile network at every size, with a stem of half the stride at half of it; the U-Net at 288."""
    networks = [
        (name, models.build("mobile", **stem), models.contract("mobile", **stem).with_size(side))
        for size in sizes
        for name, stem, side in (
            ("mobile", {}, size),
            ("mobile, stem of stride 2,", {"stem_stride": 2}, size // 2),
        )
    ]
    paths = [
        write(
            folder / f"{contract.width}{recipe.name}" / f"{name} {contract.width} {recipe.name}.tflite",
            network,
            contract,
            recipe,
        )
        for name, network, contract in networks
        for recipe in (recipes.float32(), recipes.int8())
    ]
    full = Contract("plain", height=288, width=288)
    return [*paths, write(folder / "unet" / "plain U-Net 288.tflite", plain_unet(), full, recipes.float32())]


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Prints the table of `export.benchmark`."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", action="append", default=[], type=Path, help="another .tflite file")
    parser.add_argument("--sizes", type=int, nargs="+", default=[448, 576, 704])
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--photo", help="default: a made one")
    arguments = parser.parse_args(argv)
    image = read_photo(arguments.photo) if arguments.photo else benchmark.made_photo()
    with tempfile.TemporaryDirectory() as folder:
        paths = contestants(arguments.sizes, Path(folder))
        print(benchmark.table(benchmark.measure([*paths, *arguments.peer], image, runs=arguments.runs)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
