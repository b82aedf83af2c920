"""Schuster's training patches: 31x31 pixels of photos or of composites, balanced by type and content."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tensorflow_datasets as tfds

from keras_blur.labels import SHARP
from tfds_builders import generated
from tfds_builders.cuhk_blur.manual_folder import Photo
from tfds_builders.objects import sharp_objects, sharp_photos
from tfds_builders.patches import patch_example, patch_features, shared_out
from tfds_builders.schuster_composites import schuster_composites_dataset_builder as composites

SEED = "schuster_patches/1"
SIDE = 31  # pixels
TYPES = ("motion", "defocus")
KINDS = ("sharp", "blurred", "mixed")
SHARE_OF_PLACES = 0.25  # of a photo's places that may be taken: neighbours are nearly alike
Composite = tuple[str, str, int]  # type of blur, split and number
Recipe = tuple[Any, tuple[int, int, int]]  # a photo or a composite, and how many patches of each of `KINDS`


@dataclasses.dataclass(frozen=True)
class Source:
    """A picture that patches are cut out of.

    Attributes:
        name: unique in the data set.
        photo: the id of the photo; of several photos the ids joined by "+".
        image: `(H, W, 3)` uint8 RGB.
        mask: `(H, W)` uint8 ids.
    """

    name: str
    photo: str
    image: np.ndarray
    mask: np.ndarray


@dataclasses.dataclass(frozen=True)
class CuhkPhotos:
    """Reads photos of CUHK.

    Attributes:
        folder: CUHK's.
    """

    folder: Path

    def read(self, photo: Photo) -> Source:
        """A photo and its mask."""
        image, mask = generated.read_cuhk(self.folder, photo)
        return Source(photo.name, photo.name, image, mask)

    def read_mask(self, photo: Photo) -> np.ndarray:
        """The mask of a photo, which is not decoded.

        Raises:
            BlurError: the photo is smaller than a patch.
        """
        generated.require_size(f"{photo.name}.jpg", *generated.cuhk_size(self.folder, photo), SIDE)
        return generated.class_mask(photo, *generated.cuhk(self.folder).photo(photo))


@dataclasses.dataclass(frozen=True)
class Composites:
    """Makes the pictures of `schuster_composites`, as they are stored there.

    Attributes:
        makers: what makes them, by type of blur.
    """

    makers: dict[str, composites.Maker]

    def read(self, composite: Composite) -> Source:
        """A composite and its mask."""
        kind, split, number = composite
        ((name, example),) = self.makers[kind]((split, number))
        image, mask = (
            np.asarray(cv2.imdecode(np.frombuffer(example[part], np.uint8), flags))
            for part, flags in (("image", cv2.IMREAD_COLOR_RGB), ("mask", cv2.IMREAD_GRAYSCALE))
        )
        return Source(name, example["photo"], image, mask)

    def read_mask(self, composite: Composite) -> np.ndarray:
        """The mask of a composite."""
        return self.read(composite).mask


class Builder(generated.GeneratedBuilder):
    """Builds `schuster_patches`; the label is the centre pixel's.

    Half of the patches come from pictures with motion and half from those with defocus; of each half a
    third is sharp all over, a third blurred all over, a third mixed. No picture has patches in two splits.
    """

    VERSION = tfds.core.Version("1.2.0")
    RELEASE_NOTES = {  # noqa: RUF012 - TFDS's own name and form
        "1.0.0": "First release.",
        "1.1.0": "Every example has the id of its photo.",
        "1.2.0": "Patches of composites; those of CUHK are the config cuhk.",
    }
    BUILDER_CONFIGS = [  # noqa: RUF012
        tfds.core.BuilderConfig(name="cuhk", description="Patches of CUHK's photos."),
        tfds.core.BuilderConfig(name="composites", description="Patches of the schuster_composites."),
    ]
    DEFAULT_BUILDER_CONFIG_NAME = "cuhk"

    examples_per_recipe = None
    manifest = generated.CuhkBuilder.manifest
    # The paper has 1.3 million, 4 : 1; here train + validation : test = 4 : 1, by Kim's split of photos.
    counts = {"train": 936_000, "validation": 104_000, "test": 260_000}  # noqa: RUF012

    @property
    def MANUAL_DOWNLOAD_INSTRUCTIONS(self) -> str | None:
        """What to download by hand; nothing for composites."""
        return generated.CUHK_INSTRUCTIONS if self.builder_config.name == "cuhk" else None

    @property
    def uses_objects(self) -> bool:  # type: ignore[override]
        """Whether `options.objects_dir` is needed."""
        return self.builder_config.name == "composites"

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(features=patch_features(), supervised_keys=("image", "label"))

    def plan(self, manual_dir: Path | None) -> tuple:
        """How many patches of each kind every picture gives."""
        source: Any
        pictures: Mapping[str, Mapping[str, Sequence[Any]]]
        if manual_dir is None or self.uses_objects:
            source, pictures = self._composites()
        else:
            source, pictures = self._photos(manual_dir)
        share = min(1.0, (self.options.count or self.counts["train"]) / self.counts["train"])
        recipes = {}
        for split, by_type in pictures.items():
            total = max(6, round(self.counts[split] * share)) // 6
            recipes[split] = [
                recipe
                for part in by_type.values()
                for recipe in quotas(part, [source.read_mask(picture) for picture in part], total)
            ]
        return Maker(source), recipes

    def _photos(self, folder: Path) -> tuple[CuhkPhotos, dict[str, dict[str, list[Photo]]]]:
        """CUHK's photos by split and type."""
        photos = generated.cuhk_photos(self.manifest, folder)
        return CuhkPhotos(folder), {
            split: {kind: [photo for photo in part if photo.type == kind] for kind in TYPES}
            for split, part in photos.items()
        }

    def _composites(self) -> tuple[Composites, dict[str, dict[str, list[Composite]]]]:
        """The composites by split and type."""
        folder = self.source("objects_dir")
        objects, backgrounds = sharp_objects(folder), sharp_photos(folder)
        source = Composites({kind: composites.Maker(kind, objects, backgrounds) for kind in TYPES})
        return source, {
            split: {kind: [(kind, split, number) for number in range(count)] for kind in TYPES}
            for split, count in composites.Builder.counts.items()
        }


def quotas(pictures: Sequence[Any], masks: Sequence[np.ndarray], total: int) -> list[Recipe]:
    """Shares `total` patches of each of `KINDS` out among pictures of one type.

    Where a kind is too rare, all kinds are reduced alike, so that they stay balanced.

    Args:
        pictures: photos or composites.
        masks: their masks, `(H, W)` uint8 ids.
        total: patches of each kind.
    """
    if not pictures:
        return []
    places = np.array([[found.sum() for found in kinds_of(mask)] for mask in masks])
    capacity = np.ceil(places * SHARE_OF_PLACES).astype(int)
    total = min(total, *capacity.sum(axis=0))
    shares = np.stack([shared_out(total, column) for column in capacity.T], axis=-1)
    counts = [(int(row[0]), int(row[1]), int(row[2])) for row in shares]
    return [(picture, count) for picture, count in zip(pictures, counts, strict=True) if any(count)]


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
    """Cuts a picture's patches out.

    Attributes:
        source: where the pictures come from.
    """

    source: CuhkPhotos | Composites

    def __call__(self, recipe: Recipe) -> list[generated.Example]:
        picture, shares = recipe
        found = self.source.read(picture)
        rng = np.random.default_rng(generated.seed_of(SEED, found.name))
        examples = []
        for where, count in zip(kinds_of(found.mask), shares, strict=True):
            chosen = rng.choice(np.flatnonzero(where), size=count, replace=False)
            for top, left in zip(*np.unravel_index(chosen, where.shape), strict=True):
                box = np.s_[top : top + SIDE, left : left + SIDE]
                label = found.mask[top + SIDE // 2, left + SIDE // 2]
                name = f"{found.name}_{top}_{left}"
                examples.append(patch_example(name, found.photo, found.image[box], found.mask[box], label))
        return examples
