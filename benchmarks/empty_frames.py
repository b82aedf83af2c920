"""How well empty frames are told from blurred photos: both errors of the verdict's "nothing to judge".

    python benchmarks/empty_frames.py [--split validation] [--photos 80]

Photos of CUHK must be judged, as they are and all of them blurred by discs of 5, 12 and 25 pixels of 640 in
linear light, with noise of 1 and 15 grey levels and JPEG. So must the scenes of field_scenes. Walls, skies,
gradients, vignetting and black frames must not, with noise of 0 to 30 grey levels, alone and smoothed as by a
camera; nor must the featureless frames of field_scenes.

Prints, for each kind of picture, how many there are, the least, middle and greatest contrast
(`verdict.detail`), and the share that is judged.
"""

import argparse
import collections
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from keras_blur import verdict
from keras_blur.commands.cli import command
from keras_blur.progress import progress_bar

SIDE = 640  # pixels: longer side of photos and frames
DISCS = (0, 5, 12, 25)  # pixels: radius; the first is the photo as it is
PHOTO_NOISE, FRAME_NOISE = (1, 15), (0, 3, 8, 15, 30)  # grey levels
SMOOTHED = 1.2  # pixels: of the noise that a camera has smoothed
QUALITY = 85


def parser() -> argparse.ArgumentParser:
    """The benchmark's options."""
    options = argparse.ArgumentParser(
        prog="python benchmarks/empty_frames.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("--split", choices=("train", "validation", "test"), default="validation")
    options.add_argument("--photos", type=int, default=80, help="photos of CUHK (default: %(default)s)")
    options.add_argument("--data-dir", type=Path, help="where data sets are prepared")
    return options


def noisy(picture: np.ndarray, level: float, smooth: bool, rng: np.random.Generator) -> np.ndarray:
    """uint8: a picture (0..255) with normal noise of a standard deviation, perhaps smoothed, after JPEG."""
    from keras_blur.synthesis.camera import jpeg

    grain = rng.normal(0, level, picture.shape)
    if smooth and level:
        grain = cv2.GaussianBlur(grain, (0, 0), SMOOTHED)
        grain *= level / 2 / grain.std()
    return jpeg(np.clip(picture + grain, 0, 255).round().astype(np.uint8), QUALITY)


def blurred_photos(split: str, count: int, data_dir: Path | None) -> Iterator[tuple[str, np.ndarray]]:
    """Photos as they are and blurred, by kind."""
    from keras_blur.data import catalog
    from keras_blur.processing import limit_side
    from keras_blur.synthesis import kernels
    from keras_blur.synthesis.blur import blur_photo

    examples = catalog.load("cuhk_blur/kim2018", split, data_dir)
    rng = np.random.default_rng(0)
    for index in progress_bar(rng.permutation(len(examples))[:count], desc="photos"):
        image = limit_side(examples[int(index)].image, SIDE)
        for radius in DISCS:
            picture = blur_photo(image, kernels.disc(radius)) if radius else image
            for level in PHOTO_NOISE:
                yield f"photos, disc {radius}, noise {level}", noisy(picture, level, False, rng)


def empty_frames() -> Iterator[tuple[str, np.ndarray]]:
    """Frames with nothing in them, by noise."""
    rng = np.random.default_rng(1)
    for height, width in ((480, 640), (640, 427), (360, 640)):
        down, across = np.mgrid[0:height, 0:width] / np.array([height, width])[:, None, None]
        grounds = [np.full((height, width), level) for level in (2.0, 30.0, 128.0, 245.0)]
        grounds += [40 + 180 * down, 90 + 60 * across + 20 * down]
        grounds = [np.repeat(ground[..., None], 3, axis=2) for ground in grounds]
        grounds += [
            np.stack([120 + 80 * down, 160 + 60 * down, 230 + 10 * down], axis=-1),
            np.stack([60 + 140 * down**2, 110 + 110 * down**2, 200 + 40 * down**2], axis=-1),
        ]
        distance = ((down - 0.5) * height) ** 2 + ((across - 0.5) * width) ** 2
        distance /= (width / 2) ** 2 + (height / 2) ** 2
        for ground, darkening, level, smooth in itertools.product(
            grounds, (0, 0.5, 1), FRAME_NOISE, (False, True)
        ):
            light = (ground / 255) ** 2.2 / (1 + darkening * distance[..., None]) ** 2
            yield f"empty frames, noise {level}", noisy(255 * light ** (1 / 2.2), level, smooth, rng)


def scenes(split: str, data_dir: Path | None) -> Iterator[tuple[str, np.ndarray]]:
    """The pictures of field_scenes, by kind."""
    from keras_blur.data import catalog

    examples = catalog.load("field_scenes", split, data_dir)
    for index, kind in enumerate(examples.feature("kind")):
        yield f"field_scenes, {kind}", examples[index].image


@command
def main(argv: list[str] | None = None) -> int:
    """Prints the table."""
    options = parser().parse_args(argv)
    cv2.setNumThreads(1)
    found = collections.defaultdict(list)
    for kind, image in itertools.chain(
        blurred_photos(options.split, options.photos, options.data_dir),
        empty_frames(),
        scenes(options.split, options.data_dir),
    ):
        found[kind].append(verdict.detail(image).contrast)
    print("| pictures | number | least | middle | greatest | judged, % |\n|---|---|---|---|---|---|")
    for kind, contrasts in found.items():
        least, middle, greatest = np.quantile(contrasts, (0, 0.5, 1))
        judged = 100 * np.mean(np.array(contrasts) >= verdict.LEAST_CONTRAST)
        print(f"| {kind} | {len(contrasts)} | {least:.1f} | {middle:.1f} | {greatest:.1f} | {judged:.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
