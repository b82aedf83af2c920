"""How much a verdict depends on rounding: of a photo's last bit by ports and builds, of a file's numbers.

    python benchmarks/verdict_rounding.py FILE.tflite ... [--photos 200] [--share 0.02]

Photos of CUHK (validation, then training) at the input's size: half of them as they are, half blurred
slightly by discs of 1 to 3 pixels of 640, where verdicts are closest to their border. In each a share of the
bytes is moved by one, up or down. Prints for each file how many verdicts flip, and how far scores move; then
how many verdicts on the photos as they are differ from the first file's, and how far scores are apart.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from keras_blur import verdict
from keras_blur.commands.cli import command
from keras_blur.progress import progress_bar

RADII = (1.0, 3.0)  # pixels of a photo whose longer side is 640
SIDE = 640


def parser() -> argparse.ArgumentParser:
    """The benchmark's options."""
    options = argparse.ArgumentParser(
        prog="python benchmarks/verdict_rounding.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("files", nargs="+", metavar="FILE", help="exported networks")
    options.add_argument("--photos", type=int, default=200, help="default: %(default)s")
    options.add_argument("--share", type=float, default=0.02, help="of the bytes (default: %(default)s)")
    options.add_argument("--data-dir", type=Path, help="where data sets are prepared")
    return options


def moved(image: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """The same uint8 picture with a share of its bytes one higher or lower."""
    steps = rng.choice(np.array([-1, 1], np.int16), image.shape) * (rng.random(image.shape) < share)
    return np.clip(image + steps, 0, 255).astype(np.uint8)


def photos(count: int, height: int, width: int, data_dir: Path | None) -> list[np.ndarray]:
    """Photos at an input's size, every other one slightly blurred."""
    from keras_blur.data import catalog
    from keras_blur.processing import limit_side, resize
    from keras_blur.synthesis import kernels
    from keras_blur.synthesis.blur import blur_photo

    rng = np.random.default_rng(0)
    found = []
    for split in ("validation", "train"):
        examples = catalog.load("cuhk_blur/kim2018", split, data_dir)
        for index in range(min(len(examples), count - len(found))):
            image = limit_side(examples[index].image, SIDE)
            if index % 2:
                image = blur_photo(image, kernels.disc(rng.uniform(*RADII)))
            found.append(resize(image, height, width))
    return found


def compare(pairs: Iterable[tuple[verdict.Verdict, ...]]) -> tuple[int, list[float]]:
    """Returns how many of two verdicts on a photo differ, and how far the scores of each are apart."""
    pairs = list(pairs)
    return sum(a.warn != b.warn for a, b in pairs), [abs(a.score - b.score) for a, b in pairs]


@command
def main(argv: list[str] | None = None) -> int:
    """Prints the table."""
    from keras_blur import systems

    options = parser().parse_args(argv)
    cv2.setNumThreads(1)
    print(
        "| file | photos | verdicts that flip | scores move by at most | in the middle "
        "| verdicts unlike the first file's | scores apart by at most |"
    )
    print("|---|---|---|---|---|---|---|")
    first: list[verdict.Verdict] = []
    for path in options.files:
        system = systems.load(path)
        rng = np.random.default_rng(1)
        pictures = photos(options.photos, system.contract.height, system.contract.width, options.data_dir)
        pairs = []
        for picture in progress_bar(pictures, desc=Path(path).name):
            pairs.append(
                tuple(
                    verdict.assess(system.blur_map(each), system.calibration, verdict.detail(each))
                    for each in (picture, moved(picture, options.share, rng))
                )
            )
        plain = [before for before, _ in pairs]
        first = first or plain
        flips, moves = compare(pairs)
        unlike, apart = compare(zip(first, plain, strict=True))
        print(
            f"| {Path(path).name} | {len(pictures)} | {flips} | {max(moves):.3f} | {np.median(moves):.4f} "
            f"| {unlike} | {max(apart):.3f} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
