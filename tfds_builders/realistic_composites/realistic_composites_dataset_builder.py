"""Composites that a camera could have taken: layers of depth, lens, motion, sensor, and exact truth."""

import dataclasses
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

from keras_blur import labels
from tfds_builders import generated
from tfds_builders.cuhk_blur.manual_folder import Photo
from tfds_builders.features import joined, jpeg, photo_features, png
from tfds_builders.objects import cutout, sharp_objects, sharp_photos
from tfds_builders.photo_folder import MaskedPhoto
from tfds_builders.realistic_composites.scenes import STYLES, Background, object_count, scene

SEED = "realistic_composites/3"
REAL_SHARE = 0.5  # of the pictures have a photo of CUHK as their background
QUALITY = (70, 97)  # of the JPEG


class Builder(generated.GeneratedBuilder):
    """Builds `realistic_composites`, made for training.

    `cuhk` takes CUHK's photos, whose blur a real camera made, as backgrounds too; all other backgrounds are
    sharp photos. `soft_subjects` and `motion` are for what other sets hardly have.
    """

    VERSION = tfds.core.Version("3.0.0")
    RELEASE_NOTES = {  # noqa: RUF012 - TFDS's own name and form
        "1.0.0": "First release.",
        "2.0.0": "Objects are judged by the largest part of their mask.",
        "3.0.0": "Motion that turns and grows, parallax, lamps; soft_subjects and motion; photo ids.",
    }
    BUILDER_CONFIGS = [  # noqa: RUF012
        tfds.core.BuilderConfig(name="cuhk", description="Half of the backgrounds are photos of CUHK."),
        tfds.core.BuilderConfig(name="photos", description="All backgrounds are sharp photos."),
        tfds.core.BuilderConfig(name="soft_subjects", description="A soft subject before a sharp photo."),
        tfds.core.BuilderConfig(name="motion", description="Nearly everything moves, much of it turning."),
    ]
    DEFAULT_BUILDER_CONFIG_NAME = "cuhk"

    uses_objects = True
    manifest = generated.CuhkBuilder.manifest
    counts = {"train": 8000, "validation": 400, "test": 400}  # noqa: RUF012

    @property
    def MANUAL_DOWNLOAD_INSTRUCTIONS(self) -> str | None:
        """How to get CUHK, for the config that needs it."""
        return generated.CUHK_INSTRUCTIONS if self.builder_config.name == "cuhk" else None

    def _info(self) -> tfds.core.DatasetInfo:
        features = photo_features("jpeg")
        sizes = tfds.features.Image(shape=(None, None, 1), dtype=np.uint8, encoding_format="png")
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict({**features, "size_map": sizes}),
            supervised_keys=("image", "mask"),
        )

    def plan(self, manual_dir: Path | None) -> tuple:
        """A number for each picture; the sources of its split follow from it."""
        real: dict[str, list[Photo]] = {}
        if self.builder_config.name == "cuhk" and manual_dir is not None:
            real = generated.cuhk_photos(self.manifest, manual_dir)
        maker = Maker(
            manual_dir,
            real,
            sharp_photos(self.source("objects_dir")),
            sharp_objects(self.source("objects_dir")),
            self.builder_config.name,
        )
        return maker, {
            split: [(split, number) for number in range(count)] for split, count in self.counts.items()
        }


@dataclasses.dataclass(frozen=True)
class Maker:
    """Makes one composite.

    Attributes:
        folder: CUHK's.
        real: photos of CUHK by split; empty = none are used.
        photos: sharp photos by split.
        objects: photos with sharp objects by split.
        config: the data set's config, which names the style.
    """

    folder: Path | None
    real: dict[str, list[Photo]]
    photos: dict[str, list[MaskedPhoto]]
    objects: dict[str, list[MaskedPhoto]]
    config: str

    def __call__(self, recipe: tuple[str, int]) -> list[generated.Example]:
        split, number = recipe
        rng = np.random.default_rng(generated.seed_of(SEED, self.config, split, number))
        style = STYLES.get(self.config, STYLES["mixed"])
        background, source = self._background(rng, split)
        # An object never stands before the photo that it was cut from.
        others = [photo for photo in self.objects[split] if photo.name != source]
        chosen = [others[index] for index in rng.permutation(len(others))[: object_count(rng, style)]]
        image, truth = scene(rng, background, [cutout(photo) for photo in chosen], style)
        mask, name = truth.mask(), f"{split}_{number:05d}"
        example = {
            "image": jpeg(image, int(rng.integers(QUALITY[0], QUALITY[1] + 1))),
            "mask": png(mask),
            "type": labels.photo_type(mask),
            "name": name,
            "photo": joined((source, *(photo.name for photo in chosen))),
            "size_map": png(truth.sizes()),
        }
        return [(name, example)]

    def _background(self, rng: np.random.Generator, split: str) -> tuple[Background, str]:
        if self.folder and self.real and rng.random() < REAL_SHARE:
            # Motion photos are fewer than half as many in CUHK: take both types alike.
            kind = "motion" if rng.random() < 0.5 else "defocus"
            photos = [photo for photo in self.real[split] if photo.type == kind]
            photo = photos[rng.integers(len(photos))]
            return Background(*generated.read_cuhk(self.folder, photo)), photo.name
        chosen = self.photos[split][rng.integers(len(self.photos[split]))]
        return Background(chosen.read()[0]), chosen.name
