"""What both of BDNet's data sets share: crops of CUHK, divided by crop or by photo."""

import dataclasses
import itertools
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

from keras_blur import labels, processing
from tfds_builders import generated
from tfds_builders.cuhk_blur.manual_folder import Photo
from tfds_builders.features import jpeg, photo_features, png
from tfds_builders.photo_folder import divide

SIDE = 256  # pixels
QUALITY = 95  # of the JPEG
VALIDATION_SHARE = 0.1  # of the paper's training crops

Crop = tuple[Photo, int, int, int]  # photo, number within it, top and left; top -1 = the whole photo resized


class CropBuilder(generated.GeneratedBuilder):
    """Base of `blur_db1` and `blur_db2`; a builder defines `crops` and `test_share`."""

    VERSION = tfds.core.Version("1.1.0")
    RELEASE_NOTES = {  # noqa: RUF012 - TFDS's own name and form
        "1.0.0": "First release.",
        "1.1.0": "Every example has the id of its photo.",
    }
    BUILDER_CONFIGS = [  # noqa: RUF012
        tfds.core.BuilderConfig(
            name="by_photo", description="Kim's split: no photo has crops in two splits."
        ),
        tfds.core.BuilderConfig(
            name="paper", description="The paper's split by crop: most test crops have a twin in training."
        ),
    ]
    DEFAULT_BUILDER_CONFIG_NAME = "by_photo"
    MANUAL_DOWNLOAD_INSTRUCTIONS = generated.CUHK_INSTRUCTIONS

    manifest = generated.CuhkBuilder.manifest

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=photo_features("jpeg"), supervised_keys=("image", "mask")
        )

    def crops(self, photos: Iterable[Photo], folder: Path) -> list[Crop]:
        """All crops of the data set."""
        raise NotImplementedError

    def test_share(self) -> float:
        """The share of all crops that the paper tested on."""
        raise NotImplementedError

    def plan(self, manual_dir: Path) -> tuple:
        """All crops, divided by their photo's split or by their names' hashes."""
        photos = generated.cuhk_photos(self.manifest, manual_dir)
        crops = {name_of(crop): crop for crop in self.crops(itertools.chain(*photos.values()), manual_dir)}
        if self.builder_config.name == "by_photo":
            split_of = {photo.name: split for split, part in photos.items() for photo in part}
            names = {
                split: [name for name, crop in crops.items() if split_of[crop[0].name] == split]
                for split in generated.SPLITS
            }
        else:
            test = self.test_share()
            validation = VALIDATION_SHARE * (1 - test)
            shares = {"train": 1 - test - validation, "validation": validation, "test": test}
            names = divide(crops, shares)
        return Maker(manual_dir), {split: [crops[name] for name in part] for split, part in names.items()}


def name_of(crop: Crop) -> str:
    """A crop's name: its photo's and its number."""
    return f"{crop[0].name}_{crop[1]:02d}"


@dataclasses.dataclass(frozen=True)
class Maker:
    """Cuts one crop out.

    Attributes:
        folder: CUHK's.
    """

    folder: Path

    def __call__(self, crop: Crop) -> list[generated.Example]:
        photo, _, top, left = crop
        image, mask = generated.read_cuhk(self.folder, photo)
        if top < 0:
            image, mask = processing.resize(image, SIDE, SIDE), processing.resize_mask(mask, SIDE, SIDE)
        else:
            box = np.s_[top : top + SIDE, left : left + SIDE]
            image, mask = image[box], mask[box]
        name = name_of(crop)
        example = {
            "image": jpeg(np.ascontiguousarray(image), QUALITY),
            "mask": png(np.ascontiguousarray(mask)),
            "type": labels.photo_type(mask),
            "name": name,
            "photo": photo.name,
        }
        return [(name, example)]


def size_of(folder: Path, photo: Photo) -> tuple[int, int]:
    """Rows and columns of a photo of CUHK.

    Raises:
        BlurError: it is smaller than a crop.
    """
    height, width = generated.cuhk_size(folder, photo)
    generated.require_size(f"{photo.name}.jpg", height, width, SIDE)
    return height, width
