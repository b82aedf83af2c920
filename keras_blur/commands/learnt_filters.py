"""python -m keras_blur.learnt_filters: the two filters that a training of zeng2019 ends in."""

import argparse
import sys
from pathlib import Path

from keras_blur.commands import cli

MAGNIFIED = 24  # times, in the picture
GAP = 8  # pixels


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(
        prog="python -m keras_blur.learnt_filters",
        description="Make the filters of Zeng 2019's sharpness metric out of the first kernels of a trained "
        "network: filters.json, as one ships with the package; training.json, how the network was trained; "
        "and filters.png, a picture (red = positive, blue = negative).",
    )
    result.add_argument("run", metavar="RUN", help="run folder of a training, such as runs/zeng2019")
    result.add_argument("--output-dir", metavar="DIR", help="where to (default: the run folder)")
    return result


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Writes the filters and their picture."""
    arguments = parser().parse_args(argv)
    import numpy as np

    from keras_blur import files, processing, provenance, systems
    from keras_blur.errors import UsageError
    from keras_blur.systems.zeng2019 import FILTERS_FILE, Zeng2019

    network = systems.network_folder(arguments.run)
    with cli.quiet_start():
        system = systems.load(network)
    if not isinstance(system, Zeng2019):
        raise UsageError(f"RUN: expected a training of zeng2019, {arguments.run} holds a '{system.name}'")
    folder = Path(arguments.output_dir or arguments.run)
    picture, training = drawn(system.filters), provenance.training(network)
    stored = {
        "command": "python -m keras_blur.learnt_filters RUN",
        "filters": np.round(system.filters.astype(float), 5).tolist(),
    }
    files.write_json(folder / FILTERS_FILE, stored)
    files.write_json(folder / "training.json", training)
    processing.save_picture(folder / "filters.png", picture)
    print(f"{len(system.filters)} filters: {folder / FILTERS_FILE}, {folder / 'filters.png'}")
    return 0


def drawn(filters):
    """Filters side by side, `(H, W, 3)` uint8: positive weights red, negative ones blue, zero white.

    Args:
        filters: `(K, n, n)` float32; each is scaled to its own greatest weight.
    """
    import numpy as np

    parts = []
    for kernel in filters:
        strength = kernel / max(float(np.abs(kernel).max()), 1e-12)
        fade = 1 - np.abs(strength)
        colours = np.stack([np.where(strength < 0, fade, 1), fade, np.where(strength > 0, fade, 1)], axis=-1)
        enlarged = np.kron(np.rint(255 * colours), np.ones((MAGNIFIED, MAGNIFIED, 1)))
        parts += [enlarged, np.full((len(enlarged), GAP, 3), 255)]
    return np.hstack(parts[:-1]).astype(np.uint8)


if __name__ == "__main__":
    sys.exit(main())
