"""`python benchmarks/fit_shi2014.py`: learns the two filters of Shi 2014 (f4 and f5) from training photos.

For every window size, windows of sharp and of blurred pixels are drawn from CUHK's training split. The first
filter is Fisher's discriminant of the raw windows. Between two classes there is only one, so the second is
the best among those at right angles to the first (Foley & Sammon, IEEE Trans. Computers 24, 1975). Then the
mean and standard deviation of each filter's answers, clipped as the method clips them, are measured in both
classes.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from keras_blur import labels
from keras_blur.classical import shi2014
from keras_blur.classical.images import grey
from keras_blur.commands.cli import command
from keras_blur.data import catalog
from keras_blur.files import atomic_path

RIDGE = 1e-6  # of the scatter's mean variance


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    options = argparse.ArgumentParser(prog="python benchmarks/fit_shi2014.py", description=__doc__)
    options.add_argument("--dataset", default="cuhk_blur/kim2018", help="(default: %(default)s)")
    options.add_argument("--data-dir", type=Path, help="where data sets are prepared")
    options.add_argument("--windows", type=int, default=200, help="windows per photo (default: %(default)s)")
    options.add_argument("--output", type=Path, default=shi2014.FILTERS, help="(default: the shipped file)")
    return options


def drawn(sharp: np.ndarray, blurred: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Random places `(n, 2)` at which the largest window fits, and whether they are blurred, `(n,)`."""
    margin = max(shi2014.WINDOWS) // 2
    inside = (sharp | blurred)[margin:-margin, margin:-margin]
    places = np.argwhere(inside) + margin
    chosen = np.random.default_rng(seed).permutation(len(places))[:count]
    return places[chosen], blurred[tuple(places[chosen].T)]


def discriminants(scatter: np.ndarray, difference: np.ndarray) -> np.ndarray:
    """The two orthonormal directions of greatest Fisher ratio between two classes.

    Args:
        scatter: `(n, n)`, within the classes.
        difference: `(n,)`, between their means.

    Returns:
        `(2, n)` of norm 1.
    """
    size = len(scatter)
    inverse = np.linalg.inv(scatter + RIDGE * np.trace(scatter) / size * np.eye(size))
    first = inverse @ difference
    first /= np.linalg.norm(first)
    along = first @ inverse
    second = inverse @ (difference - (along @ difference) / (along @ first) * first)
    return np.stack([first, second / np.linalg.norm(second)])


def learn_kernels(samples: list, window: int) -> np.ndarray:
    """The filters `(2, window, window)`, from `(photo, places, blurred)`."""
    half, size = window // 2, window * window
    counts, sums, squares = np.zeros(2), np.zeros((2, size)), np.zeros((2, size, size))
    for photo, places, blurred in samples:
        views = sliding_window_view(photo, (window, window))
        windows = views[tuple((places - half).T)].reshape(-1, size).astype(np.float64) / 255
        for index, chosen in enumerate((windows[~blurred], windows[blurred])):
            counts[index] += len(chosen)
            sums[index] += chosen.sum(axis=0)
            squares[index] += chosen.T @ chosen
    means = sums / counts[:, None]
    scatter = (squares.sum(axis=0) - np.einsum("ca,cb,c->ab", means, means, counts)) / counts.sum()
    return discriminants(scatter, means[1] - means[0]).reshape(2, window, window)


def learn_normals(samples: list, kernels: np.ndarray) -> np.ndarray:
    """Mean and standard deviation of both filters' answers, `(2, 2, 2)`: sharp and blurred, filter, which."""
    answers, truth = [], []
    for photo, places, blurred in samples:
        values = photo.astype(np.float64) / 255
        at = tuple(places.T)
        answers.append(np.stack([shi2014.filter_windows(values, kernel)[at] for kernel in kernels], axis=1))
        truth.append(blurred)
    answers, truth = np.concatenate(answers), np.concatenate(truth)
    chosen = [answers[~truth], answers[truth]]
    return np.stack([np.stack([part.mean(axis=0), part.std(axis=0)], axis=-1) for part in chosen])


@command
def main(argv: list[str] | None = None) -> int:
    """Learns the filters and writes them."""
    arguments = parser().parse_args(argv)
    samples = []
    for seed, example in enumerate(catalog.load(arguments.dataset, "train", arguments.data_dir)):
        blurred = np.isin(example.mask, (labels.MOTION, labels.DEFOCUS))
        places, found = drawn(example.mask == labels.SHARP, blurred, arguments.windows, seed)
        samples.append((grey(example.image), places, found))
    arrays = {}
    for window in shi2014.WINDOWS:
        kernels = learn_kernels(samples, window)
        normals = learn_normals(samples, kernels)
        arrays |= {f"kernels_{window}": kernels, f"normals_{window}": normals}
        print(f"{window}: sharp {normals[0].round(4).tolist()}, blurred {normals[1].round(4).tolist()}")
    with atomic_path(arguments.output) as temporary:
        np.savez(temporary, **arrays)
    return 0


if __name__ == "__main__":
    sys.exit(main())
