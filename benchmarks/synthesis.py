"""`python benchmarks/synthesis.py`: how fast composites are made, and what the time goes into.

Sources are made up, 640x480 pixels, unless --objects-dir names real ones. One thread.
"""

import argparse
import cProfile
import csv
import io
import pstats
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from keras_blur.commands.cli import command
from keras_blur.files import write_text
from keras_blur.synthesis import kernels
from keras_blur.synthesis.composite import composite

HEIGHT, WIDTH = 480, 640  # pixels
# Functions whose time, with all that they call, is a step; the convolutions inside are told apart.
STEPS = {
    "read and cut out": ("read", "cutout", "read_cuhk"),
    "place and light": ("placed", "_toned", "_lit", "_reduced"),
    "truth": ("cover", "mask", "sizes"),
    "sensor": ("_sensor", "to_srgb"),
    "encode": ("jpeg", "png"),
}
CONVOLUTION = "filter2D"


def parser() -> argparse.ArgumentParser:
    """The benchmark's options."""
    options = argparse.ArgumentParser(prog="python benchmarks/synthesis.py", description=__doc__)
    options.add_argument("--objects-dir", type=Path, help="photos with object masks (image/ and gt/)")
    options.add_argument("--count", type=int, default=60, help="composites to make (default: %(default)s)")
    options.add_argument("--output", type=Path, help="also write the table as CSV")
    return options


def seconds(work: Callable[[], object], repeats: int = 7) -> float:
    """The median time of a few calls."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def composite_cost() -> dict[str, float]:
    """The time of one composite, and of nothing but the convolutions that it must do, in milliseconds."""
    rng = np.random.default_rng(0)
    background, foreground = rng.random((2, HEIGHT, WIDTH, 3), np.float32)
    matte = np.zeros((HEIGHT, WIDTH), np.float32)
    matte[120:360, 200:440] = 1
    line, disc = kernels.line(25, 30), kernels.disc(8)
    down, right = (side // 2 for side in line.shape)
    covering = np.dstack([foreground, matte])[120 - down : 360 + down, 200 - right : 440 + right].copy()

    def convolve():
        cv2.filter2D(background, cv2.CV_32F, disc, borderType=cv2.BORDER_REFLECT)
        cv2.filter2D(covering, cv2.CV_32F, line, borderType=cv2.BORDER_REFLECT)

    return {
        "composite, ms": 1000 * seconds(lambda: composite(foreground, matte, background, line, disc)),
        "its convolutions alone, ms": 1000 * seconds(convolve),
    }


def make_sources(folder: Path) -> Path:
    """Photos of noise with a round object, at the benchmark's size."""
    from tfds_builders.dummy import make_objects

    return make_objects(folder, count=12, size=(HEIGHT, WIDTH))


def realistic_cost(objects: Path, count: int) -> dict[str, float]:
    """Images per second of `realistic_composites`, and each step's share of the time."""
    from tfds_builders.generated import Options
    from tfds_builders.realistic_composites.realistic_composites_dataset_builder import Builder

    with tempfile.TemporaryDirectory() as folder:
        builder = Builder(data_dir=folder, config="photos")
        builder.options = Options(objects_dir=objects)
        maker, recipes = builder.plan(None)
    recipes = recipes["train"][:count]
    maker(recipes[0])
    start = time.perf_counter()
    for recipe in recipes:
        maker(recipe)
    rate = len(recipes) / (time.perf_counter() - start)
    profile = cProfile.Profile()
    profile.runcall(lambda: [maker(recipe) for recipe in recipes])
    return {"realistic_composites, images/s": rate, **shares(pstats.Stats(profile, stream=io.StringIO()))}


def shares(stats: pstats.Stats) -> dict[str, float]:
    """Percent of the time of each of `STEPS`, of the convolutions and of all else."""
    total = stats.total_tt
    percent = {"convolutions, %": 0.0} | {f"{step}, %": 0.0 for step in STEPS}
    for (path, _, name), (_, _, own, cumulative, _) in stats.stats.items():
        if CONVOLUTION in name:
            percent["convolutions, %"] += 100 * own / total
        for step, functions in STEPS.items():
            if name in functions and ("keras_blur" in path or "tfds_builders" in path):
                percent[f"{step}, %"] += 100 * cumulative / total
    return {**percent, "all else, %": max(0.0, 100 - sum(percent.values()))}


@command
def main(argv: list[str] | None = None) -> int:
    """Runs the benchmark and prints its table."""
    arguments = parser().parse_args(argv)
    cv2.setNumThreads(1)
    table = composite_cost()
    with tempfile.TemporaryDirectory() as folder:
        objects = arguments.objects_dir or make_sources(Path(folder, "objects"))
        table |= realistic_cost(objects, arguments.count)
    for name, value in table.items():
        print(f"{name:34} {value:8.1f}")
    if arguments.output:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([("what", "value"), *table.items()])
        write_text(arguments.output, text.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(main())
