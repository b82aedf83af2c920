"""Averages the weights of runs that differ in their seed alone (a model soup).

    keras-blur train --config mobile --run-dir runs/mobile_0
    keras-blur train --config mobile --run-dir runs/mobile_1 --set training.seed=1
    keras-blur train --config mobile --run-dir runs/mobile_2 --set training.seed=2
    python -m tools.average_weights runs/mobile_0 runs/mobile_1 runs/mobile_2 --output runs/mobile_mean

Wortsman et al., ICML 2022, "Model soups": the uniform one. It helps where all runs start from the same
trained weights. --alpha draws the mean towards these, as `training.wise_ft_alpha` draws a single run.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from keras_blur import files, provenance
from keras_blur.commands import cli
from keras_blur.errors import BlurError, UsageError
from keras_blur.systems import weights
from keras_blur.training import compilation
from keras_blur.training.config import SHARE, Config, ModelConfig


def average(networks: list[list[np.ndarray]], shares: list[float]) -> list[np.ndarray]:
    """Returns the weighted mean of several networks' weights.

    Args:
        networks: The weights of each network, as `get_weights` returns them.
        shares: Of each network; their sum is 1.
    """
    return [
        sum(share * values for share, values in zip(shares, same, strict=True))
        for same in zip(*networks, strict=True)
    ]


def read_start(run: Path) -> list[np.ndarray]:
    """Returns the weights that a run started from.

    Raises:
        UsageError: it started from random weights, or from an encoder's.
    """
    model = ModelConfig(**files.read_json(run / "config.json")["model"])
    if not model.initial_weights:
        raise UsageError(
            f"--alpha: expected runs with model.initial_weights, {run} has none; leave --alpha out"
        )
    return compilation.build_network(Config(model=model)).get_weights()


def join_records(runs: list[Path]) -> dict:
    """Returns the record of the trainings of several runs as one; its epochs are their sum.

    Raises:
        BlurError: a run has no record, or learnt from other data, or started elsewhere than the first.
    """
    records = []
    for run in runs:
        record = provenance.training(run / "best")
        if record is None:
            raise BlurError(f"{run}: expected a run folder with the record of its training, found none")
        records.append(record)
        if {**record, "epochs": 0} != {**records[0], "epochs": 0}:
            raise BlurError(f"{run}: expected the network, data and start of {runs[0]}, found others")
    return {**records[0], "epochs": sum(record["epochs"] for record in records)}


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Command line: see the module's docstring."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="average_weights"
    )
    options.add_argument("runs", nargs="+", type=Path, help="run folders")
    options.add_argument("--output", type=Path, required=True, help="the folder of weights to write")
    options.add_argument(
        "--alpha", type=float, default=1.0, help="share of the runs; the rest is their start"
    )
    arguments = options.parse_args(argv)
    if not SHARE.holds(arguments.alpha):
        raise UsageError(f"--alpha: expected {SHARE.words}, received {arguments.alpha}")
    places = [run.resolve() for run in arguments.runs]
    if len({*places}) < len(places):
        raise UsageError("runs: expected each run once, received one of them again")
    if any(arguments.output.resolve() in (place, place / "best") for place in places):
        raise UsageError(f"--output: expected a folder of its own, received the run {arguments.output}")
    record = join_records(arguments.runs)
    first = arguments.runs[0] / "best"
    network, contract = weights.load_network(first)
    networks = [weights.load_network(run / "best")[0].get_weights() for run in arguments.runs]
    shares = [arguments.alpha / len(networks)] * len(networks)
    if arguments.alpha < 1:
        networks.append(read_start(arguments.runs[0]))
        shares.append(1 - arguments.alpha)
    network.set_weights(average(networks, shares))
    description = files.read_json(first / weights.NETWORK_FILE)
    weights.save_network(arguments.output, description["name"], description["options"], network, contract)
    files.write_json(arguments.output / "training.json", record)
    print(f"Wrote {arguments.output}: the mean of {len(arguments.runs)} runs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
