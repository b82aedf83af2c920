"""`python benchmarks/patchwise_speed.py`: what sharing convolutions saves a patch network over a whole photo.

Times Schuster's network patch by patch (a few hundred patches, in batches; the rest is multiplied up) and as
`PatchSystem` runs it, over a photo of noise at several strides. The time doesn't depend on the weights.
"""

import argparse
import csv
import io
import sys
import time
from pathlib import Path

import numpy as np

from keras_blur.commands.cli import command, quiet_start
from keras_blur.files import write_text

COLUMNS = ("width", "stride", "tile", "patches", "patch by patch, s", "shared, s", "times faster")
SAMPLE, BATCH = 512, 64  # patches


def parser() -> argparse.ArgumentParser:
    """The benchmark's options."""
    options = argparse.ArgumentParser(prog="python benchmarks/patchwise_speed.py", description=__doc__)
    options.add_argument("--size", type=int, nargs=2, default=(450, 640), metavar=("ROWS", "COLUMNS"))
    options.add_argument("--widths", type=float, nargs="+", default=[0.25, 1.0], help="of the network")
    options.add_argument("--strides", type=int, nargs="+", default=[8, 4, 2, 1], help="pixels")
    options.add_argument("--tiles", type=int, nargs="+", default=[192], help="pixels")
    options.add_argument("--output", type=Path, help="also write the table as CSV")
    return options


def seconds_per_patch(network) -> float:
    """The time of one patch in batches, the network already compiled."""
    patches = np.random.default_rng(0).uniform(0, 255, (BATCH, *network.input_shape[1:])).astype(np.float32)
    network.predict_on_batch(patches)
    start = time.perf_counter()
    for _ in range(SAMPLE // BATCH):
        network.predict_on_batch(patches)
    return (time.perf_counter() - start) / SAMPLE


def seconds_shared(network, contract, stride: int, tile: int, photo: np.ndarray) -> float:
    """The time of a photo, the network already compiled, as it is after two photos, for tiles of any size."""
    from keras_blur.systems.patches import PatchSystem

    system = PatchSystem(network, contract, stride, tile)
    for side in (40, 56):
        system.probabilities(photo[:side, :side])
    start = time.perf_counter()
    system.probabilities(photo)
    return time.perf_counter() - start


@command
def main(argv: list[str] | None = None) -> int:
    """Runs the benchmark and prints its table, a row at a time."""
    arguments = parser().parse_args(argv)
    with quiet_start():
        from keras_blur import models
    photo = np.random.default_rng(0).integers(0, 256, (*arguments.size, 3), dtype=np.uint8)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    print(" | ".join(COLUMNS))
    for width in arguments.widths:
        network, contract = (make("schuster2016", width=width) for make in (models.build, models.contract))
        alone = seconds_per_patch(network)
        for stride in arguments.strides:
            patches = -(-arguments.size[0] // stride) * -(-arguments.size[1] // stride)
            for tile in arguments.tiles:
                shared = seconds_shared(network, contract, stride, tile, photo)
                row = width, stride, tile, patches, f"{alone * patches:.4g}", f"{shared:.4g}"
                row = (*row, f"{alone * patches / shared:.1f}")
                print(" | ".join(map(str, row)), flush=True)
                table.writerow(row)
                if arguments.output:
                    write_text(arguments.output, text.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(main())
