"""`python benchmarks/fit_su2011_type.py`: how well the matte's anisotropy tells motion from defocus.

Fits P(motion) (`keras_blur/classical/su2011_type.py`) to the training photos by logistic regression of the
type on the log of the anisotropy, both types counting the same, and measures it on the validation photos.
"""

import argparse
import multiprocessing
import sys
from pathlib import Path

import cv2
import numpy as np

from keras_blur.classical import su2011_type as su
from keras_blur.classical.images import grey
from keras_blur.commands.cli import command
from keras_blur.data import catalog


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    options = argparse.ArgumentParser(prog="python benchmarks/fit_su2011_type.py", description=__doc__)
    options.add_argument("--dataset", default="cuhk_blur/kim2018", help="(default: %(default)s)")
    options.add_argument("--data-dir", type=Path, help="where data sets are prepared")
    options.add_argument("--step", type=int, default=3, help="take every n-th photo (default: %(default)s)")
    options.add_argument("--workers", type=int, default=2, help="processes (default: %(default)s)")
    return options


def anisotropy(image: np.ndarray) -> float:
    """A photo's anisotropy as `su2011_type` judges it; nan where it can't tell."""
    cv2.setNumThreads(1)
    values = grey(image)
    blurred = su.singular_share(values) > su.BLURRED
    if blurred.sum() < su.FEWEST:
        blurred = np.ones(values.shape, bool)
    found = su.anisotropy(su.matte(values), blurred)
    return np.nan if found is None else found


def measured(split: catalog.PreparedSplit, step: int, workers: int) -> tuple[np.ndarray, np.ndarray]:
    """Anisotropy `(n,)` and whether it is motion `(n,)`, of photos with one type of blur."""
    chosen = [i for i, kind in enumerate(split.types) if kind in ("motion", "defocus")][::step]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        found = np.array(list(pool.imap(anisotropy, (split[i].image for i in chosen))))
    motion = np.array([split.types[i] == "motion" for i in chosen])
    told = np.isfinite(found)
    return found[told], motion[told]


def balanced_accuracy(found: np.ndarray, motion: np.ndarray, middle: float) -> float:
    """The mean of the shares of motion and of defocus photos that are told right."""
    return float(np.mean([(found[motion] > middle).mean(), (found[~motion] <= middle).mean()]))


@command
def main(argv: list[str] | None = None) -> int:
    """Fits, prints the constants, and measures."""
    from sklearn.linear_model import LogisticRegression

    arguments = parser().parse_args(argv)
    load = catalog.load(arguments.dataset, "train", arguments.data_dir)
    found, motion = measured(load, arguments.step, arguments.workers)
    logs = np.log(np.maximum(found, 1e-9))[:, None]
    fit = LogisticRegression(class_weight="balanced", C=1e6).fit(logs, motion)
    exponent = float(fit.coef_[0, 0])
    middle = float(np.exp(-fit.intercept_[0] / exponent))
    print(f"MIDDLE, EXPONENT = {middle:.4f}, {exponent:.2f}")
    print(f"train: {len(found)} photos, balanced accuracy {balanced_accuracy(found, motion, middle):.3f}")
    found, motion = measured(
        catalog.load(arguments.dataset, "validation", arguments.data_dir), 1, arguments.workers
    )
    print(
        f"validation: {len(found)} photos, balanced accuracy {balanced_accuracy(found, motion, middle):.3f}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
