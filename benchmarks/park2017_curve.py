"""Fits the curve from Park 2017's degree of blur to P(blurred), on training photos.

python benchmarks/park2017_curve.py --system runs/park2017

Prints HALF and WIDTH of `keras_blur/systems/park2017.py`: the logistic regression of the truth on the dense
map, at random pixels of every photo.
"""

import argparse
import sys

import numpy as np
from scipy.optimize import minimize

from keras_blur import labels, progress, systems
from keras_blur.commands import cli
from keras_blur.data import catalog
from keras_blur.processing import limit_side, resize

PIXELS = 500  # of each photo


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    result.add_argument("--system", default="park2017", metavar="NAME|RUN", help="default: park2017")
    result.add_argument("--dataset", default="cuhk_blur/kim2018", metavar="NAME[/CONFIG]")
    result.add_argument("--data-dir", metavar="DIR", help="where data sets are prepared")
    result.add_argument("--photos", type=int, default=60, metavar="N", help="default: 60")
    return result


def fitted(sigmas: np.ndarray, blurred: np.ndarray) -> tuple[float, float, float]:
    """The curve of greatest likelihood.

    Args:
        sigmas: `(N,)` degrees of blur.
        blurred: `(N,)` bool.

    Returns:
        Where P(blurred) is one half, the curve's width, and the mean negative log likelihood in nats.
    """

    def loss(parameters: np.ndarray) -> float:
        half, log_width = parameters
        scores = (sigmas - half) / np.exp(log_width)
        return float(np.logaddexp(0, np.where(blurred, -scores, scores)).mean())

    found = minimize(loss, [float(np.median(sigmas)), np.log(0.2)], method="Nelder-Mead")
    return float(found.x[0]), float(np.exp(found.x[1])), float(found.fun)


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Fits and prints."""
    arguments = parser().parse_args(argv)
    system = systems.load(arguments.system)
    photos = catalog.load(arguments.dataset, "train", arguments.data_dir)
    rng = np.random.default_rng(0)
    sigmas, blurred = [], []
    for index in progress.progress_bar(np.linspace(0, len(photos) - 1, arguments.photos).astype(int)):
        example = photos[index]
        image = limit_side(example.image, system.contract.max_side)
        found = system.sigma_map(image)
        if found is None:
            continue
        found = resize(found, *example.mask.shape).ravel()
        chosen = rng.choice(np.flatnonzero(example.mask.ravel() != labels.VOID), PIXELS)
        sigmas.append(found[chosen])
        blurred.append(example.mask.ravel()[chosen] != labels.SHARP)
    half, width, loss = fitted(np.concatenate(sigmas), np.concatenate(blurred))
    print(f"HALF, WIDTH = {half:.3f}, {width:.3f}  # {loss:.3f} nats a pixel, {len(sigmas)} photos")
    return 0


if __name__ == "__main__":
    sys.exit(main())
