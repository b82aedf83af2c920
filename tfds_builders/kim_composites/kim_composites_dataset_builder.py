"""Kim et al.'s composites: moving objects on out-of-focus photos, all three classes in one picture."""

import dataclasses
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

from keras_blur import labels
from keras_blur.labels import MOTION
from keras_blur.synthesis import kernels
from keras_blur.synthesis.composite import composite, composite_mask
from keras_blur.synthesis.cutout import placed
from keras_blur.synthesis.light import to_linear, to_srgb
from tfds_builders import generated
from tfds_builders.cuhk_blur.manual_folder import Photo
from tfds_builders.features import joined, jpeg, photo_features, png
from tfds_builders.objects import cutout, sharp_objects
from tfds_builders.photo_folder import MaskedPhoto

SEED = "kim_composites/1"
LENGTH = (15.0, 2.0)  # pixels: mean and standard deviation of the motion
SHARE = (0.35, 0.8)  # of the frame that an object spans
QUALITY = 95  # of the JPEG


class Builder(generated.GeneratedBuilder):
    """Builds `kim_composites`: CUHK's defocus photos with moving salient objects put in."""

    VERSION = tfds.core.Version("2.1.0")
    RELEASE_NOTES = {  # noqa: RUF012 - TFDS's own name and form
        "1.0.0": "First release.",
        "2.0.0": "Objects are judged by the largest part of their mask.",
        "2.1.0": "Every example has the id of its photo.",
    }
    MANUAL_DOWNLOAD_INSTRUCTIONS = generated.CUHK_INSTRUCTIONS

    uses_objects = True
    manifest = generated.CuhkBuilder.manifest
    repeats = {"train": 15, "validation": 15, "test": 1}  # noqa: RUF012 - composites of each photo

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=photo_features("jpeg"), supervised_keys=("image", "mask")
        )

    def plan(self, manual_dir: Path) -> tuple:
        """Each defocus photo of CUHK's splits, several times."""
        photos = generated.cuhk_photos(self.manifest, manual_dir)
        recipes = {
            split: [
                (split, photo, repeat)
                for repeat in range(self.repeats[split])
                for photo in photos[split]
                if photo.type == "defocus"
            ]
            for split in generated.SPLITS
        }
        return Maker(manual_dir, sharp_objects(self.source("objects_dir"))), recipes


@dataclasses.dataclass(frozen=True)
class Maker:
    """Makes one composite.

    Attributes:
        folder: CUHK's.
        objects: the objects of each split.
    """

    folder: Path
    objects: dict[str, list[MaskedPhoto]]

    def __call__(self, recipe: tuple[str, Photo, int]) -> list[generated.Example]:
        split, photo, repeat = recipe
        rng = np.random.default_rng(generated.seed_of(SEED, photo.name, repeat))
        image, background_mask = generated.read_cuhk(self.folder, photo)
        objects = self.objects[split]
        chosen = objects[rng.integers(len(objects))]
        height, width = background_mask.shape
        colours, matte = placed(rng, cutout(chosen), height, width, rng.uniform(*SHARE))
        kernel = kernels.line(max(3.0, rng.normal(*LENGTH)), rng.uniform(0, 180))
        picture, alpha = composite(colours, matte, to_linear(image), kernel, kernels.identity())
        mask = composite_mask(alpha, MOTION, background_mask)
        name = f"{photo.name}_{repeat:02d}"
        example = {
            "image": jpeg(to_srgb(picture), QUALITY),
            "mask": png(mask),
            "type": labels.photo_type(mask),
            "name": name,
            "photo": joined((photo.name, chosen.name)),
        }
        return [(name, example)]
