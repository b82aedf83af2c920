"""Purohit's training patches: 30x30 pixels of sharp photos, left as they are, shaken or defocused."""

import dataclasses
import functools
from pathlib import Path

import cv2
import numpy as np
import tensorflow_datasets as tfds

from keras_blur.labels import DEFOCUS, MOTION, SHARP
from keras_blur.processing import find_photos, read_photo
from keras_blur.synthesis import kernels
from keras_blur.synthesis.blur import blur
from keras_blur.synthesis.light import to_linear, to_srgb
from tfds_builders import generated
from tfds_builders.objects import is_sharp_all_over
from tfds_builders.patches import patch_example, patch_features, shared_out
from tfds_builders.photo_folder import by_stem, divide

SEED = "purohit_patches/1"
SIDE = 30  # pixels
ENTROPY = 4.5  # bits of the patch's grey levels: flat patches show no blur
SHAKES, SHAKE_EXTENT = 1000, (5.0, 25.0)  # kernels, pixels
SIGMAS = tuple(np.arange(0.5, 4.01, 0.2).round(1).tolist())  # pixels
CLASSES = (SHARP, SHARP, MOTION, DEFOCUS)  # in turn: half of the patches are blurred
TRIES = 20  # places looked at for each patch that is wanted
Recipe = tuple[Path, int, int]  # photo, number of patches, place of the first one's class in CLASSES


class Builder(generated.GeneratedBuilder):
    """Builds `purohit_patches` from any folder of sharp photos; the label is the kernel's class.

    Photos that are not sharp all over are left out. No photo has patches in two splits.
    """

    VERSION = tfds.core.Version("2.1.0")
    RELEASE_NOTES = {  # noqa: RUF012 - TFDS's own name and form
        "1.0.0": "First release.",
        "2.0.0": "Photos begin with different classes.",
        "2.1.0": "Every example has the id of its photo.",
    }

    uses_photos = True
    examples_per_recipe = None
    counts = {"train": 160_000, "validation": 20_000, "test": 20_000}  # noqa: RUF012

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(features=patch_features(), supervised_keys=("image", "label"))

    def plan(self, manual_dir: Path | None) -> tuple:
        """How many patches each photo gives."""
        folder = self.source("photos_dir")
        photos = by_stem(find_photos([folder]))
        names = divide(photos)
        sharp = {
            split: [photos[name] for name in part if _usable(photos[name])] for split, part in names.items()
        }
        generated.need(sharp, "photos that are sharp all over", folder)
        share = min(1.0, (self.options.count or self.counts["train"]) / self.counts["train"])
        recipes = {}
        for split, paths in sharp.items():
            wanted = max(1, round(self.counts[split] * share))
            counts = shared_out(wanted, np.full(len(paths), wanted))
            recipes[split] = [
                (path, int(count), index % len(CLASSES))
                for index, (path, count) in enumerate(zip(paths, counts, strict=True))
                if count
            ]
        return Maker(), recipes


def _usable(path: Path) -> bool:
    image = read_photo(path)
    height, width = image.shape[:2]
    generated.require_size(str(path), height, width, 2 * SIDE)
    return is_sharp_all_over(image)


@functools.lru_cache(maxsize=SHAKES)
def shake(number: int) -> np.ndarray:
    """One of the 1000 traces of a camera in a hand."""
    rng = np.random.default_rng(generated.seed_of(SEED, "shake", number))
    return kernels.shake(rng, rng.uniform(*SHAKE_EXTENT))


def entropy(patch: np.ndarray) -> float:
    """Bits per pixel of the grey levels of a patch `(n, n, 3)` uint8."""
    counts = np.bincount(cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY).ravel())
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


@dataclasses.dataclass(frozen=True)
class Maker:
    """Cuts a photo's patches out and blurs them, each with a kernel of its own."""

    def __call__(self, recipe: Recipe) -> list[generated.Example]:
        path, wanted, first = recipe
        image = read_photo(path)
        linear = to_linear(image)
        rng = np.random.default_rng(generated.seed_of(SEED, path.stem))
        examples: list[generated.Example] = []
        for _ in range(TRIES * wanted):
            top, left = (int(rng.integers(side - SIDE + 1)) for side in image.shape[:2])
            blur_class = CLASSES[(first + len(examples)) % len(CLASSES)]
            kernel = _kernel(rng, blur_class)
            patch = image[top : top + SIDE, left : left + SIDE]
            if blur_class != SHARP:
                patch = blurred_window(linear, kernel, top, left)
            if entropy(np.ascontiguousarray(patch)) <= ENTROPY:
                continue
            name = f"{path.stem}_{len(examples):05d}"
            mask = np.full((SIDE, SIDE), blur_class, np.uint8)
            examples.append(patch_example(name, path.stem, patch, mask, blur_class))
            if len(examples) == wanted:
                break
        return examples


def _kernel(rng: np.random.Generator, blur_class: int) -> np.ndarray:
    if blur_class == MOTION:
        return shake(int(rng.integers(SHAKES)))
    if blur_class == DEFOCUS:
        return kernels.gaussian(rng.choice(SIGMAS))
    return kernels.identity()


def blurred_window(linear: np.ndarray, kernel: np.ndarray, top: int, left: int) -> np.ndarray:
    """A patch of the blurred photo, `(30, 30, 3)` uint8, without blurring all of it."""
    down, right = (side // 2 for side in kernel.shape)
    first_row, first_column = max(0, top - down), max(0, left - right)
    window = linear[first_row : top + SIDE + down, first_column : left + SIDE + right]
    inner = np.s_[top - first_row :, left - first_column :]
    return to_srgb(blur(window, kernel)[inner][:SIDE, :SIDE])
