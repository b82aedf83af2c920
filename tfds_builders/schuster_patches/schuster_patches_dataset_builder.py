"""Schuster's training patches: 31x31 pixels of CUHK's photos, balanced by type and content."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import tensorflow_datasets as tfds

from keras_blur.labels import SHARP
from tfds_builders import generated
from tfds_builders.cuhk_blur.manual_folder import Photo
from tfds_builders.patches import patch_example, patch_features, shared_out

SEED = "schuster_patches/1"
SIDE = 31  # pixels
TYPES = ("motion", "defocus")
KINDS = ("sharp", "blurred", "mixed")
SHARE_OF_PLACES = 0.25  # of a photo's places that may be taken: neighbours are nearly alike
Recipe = tuple[Photo, tuple[int, int, int]]


class Builder(generated.GeneratedBuilder):
    """Builds `schuster_patches`; the label is the centre pixel's.

    Half of the patches come from motion photos and half from defocus photos; of each half a third is
    sharp all over, a third blurred all over, a third mixed. No photo has patches in two splits.
    """

    VERSION = tfds.core.Version("1.1.0")
    RELEASE_NOTES = {  # noqa: RUF012 - TFDS's own name and form
        "1.0.0": "First release.",
        "1.1.0": "Every example has the id of its photo.",
    }
    MANUAL_DOWNLOAD_INSTRUCTIONS = generated.CUHK_INSTRUCTIONS

    examples_per_recipe = None
    manifest = generated.CuhkBuilder.manifest
    # The paper has 1.3 million, 4 : 1; here train + validation : test = 4 : 1, by Kim's split of photos.
    counts = {"train": 936_000, "validation": 104_000, "test": 260_000}  # noqa: RUF012

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(features=patch_features(), supervised_keys=("image", "label"))

    def plan(self, manual_dir: Path) -> tuple:
        """How many patches of each kind every photo gives."""
        photos = generated.cuhk_photos(self.manifest, manual_dir)
        share = min(1.0, (self.options.count or self.counts["train"]) / self.counts["train"])
        recipes = {}
        for split, part in photos.items():
            total = max(6, round(self.counts[split] * share)) // 6
            recipes[split] = [
                recipe
                for kind in TYPES
                for recipe in quotas(manual_dir, [photo for photo in part if photo.type == kind], total)
            ]
        return Maker(manual_dir), recipes


def quotas(folder: Path, photos: list[Photo], total: int) -> list[Recipe]:
    """Shares `total` patches of each of `KINDS` out among photos of one type.

    Where a kind is too rare, all kinds are reduced alike, so that they stay balanced.
    """
    if not photos:
        return []
    sizes = [generated.cuhk_size(folder, photo) for photo in photos]
    for photo, size in zip(photos, sizes, strict=True):
        generated.require_size(f"{photo.name}.jpg", *size, SIDE)
    places = np.array([[found.sum() for found in kinds_of(_mask(folder, photo))] for photo in photos])
    capacity = np.ceil(places * SHARE_OF_PLACES).astype(int)
    total = min(total, *capacity.sum(axis=0))
    shares = np.stack([shared_out(total, column) for column in capacity.T], axis=-1)
    counts = [(int(row[0]), int(row[1]), int(row[2])) for row in shares]
    return [(photo, count) for photo, count in zip(photos, counts, strict=True) if any(count)]


def _mask(folder: Path, photo: Photo) -> np.ndarray:
    image, mask = generated.cuhk(folder).photo(photo)
    return generated.class_mask(photo, image, mask)


def kinds_of(mask: np.ndarray) -> list[np.ndarray]:
    """Where the windows of each of `KINDS` begin: three boolean `(H - 30, W - 30)`."""
    blurred = (mask != SHARP).astype(np.float32)
    counts = cv2.boxFilter(blurred, -1, (SIDE, SIDE), normalize=False, borderType=cv2.BORDER_CONSTANT)
    half = SIDE // 2
    inner = counts[half : mask.shape[0] - half, half : mask.shape[1] - half]
    sharp, full = inner < 0.5, inner > SIDE * SIDE - 0.5
    return [sharp, full, ~(sharp | full)]


@dataclasses.dataclass(frozen=True)
class Maker:
    """Cuts a photo's patches out.

    Attributes:
        folder: CUHK's.
    """

    folder: Path

    def __call__(self, recipe: Recipe) -> list[generated.Example]:
        photo, shares = recipe
        image, mask = generated.read_cuhk(self.folder, photo)
        rng = np.random.default_rng(generated.seed_of(SEED, photo.name))
        examples = []
        for where, count in zip(kinds_of(mask), shares, strict=True):
            chosen = rng.choice(np.flatnonzero(where), size=count, replace=False)
            for top, left in zip(*np.unravel_index(chosen, where.shape), strict=True):
                box = np.s_[top : top + SIDE, left : left + SIDE]
                label = mask[top + SIDE // 2, left + SIDE // 2]
                name = f"{photo.name}_{top}_{left}"
                examples.append(patch_example(name, photo.name, image[box], mask[box], label))
        return examples
