"""The CUHK blur detection data set: 1000 photos with motion or defocus blur, and where it is."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

from keras_blur import labels
from keras_blur.errors import BlurError
from keras_blur.processing.photos import read_mask, read_size
from tfds_builders.cuhk_blur.manual_folder import ManualFolder, Photo, read_manifest
from tfds_builders.features import photo_features, png

PAGE = "https://www.cse.cuhk.edu.hk/leojia/projects/dblurdetect/dataset.html"
SPLITS = ("train", "validation", "test")


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds `cuhk_blur` from files that a person downloaded.

    Each config is a split that papers report. Its validation part is a tenth of the published training
    photos, drawn once by the hashes of their names (from motion and defocus alike) and written down in
    `photos.tsv`, so that it is the same everywhere.
    """

    VERSION = tfds.core.Version("1.1.0")
    RELEASE_NOTES = {  # noqa: RUF012 - TFDS's own name and form
        "1.0.0": "First release.",
        "1.1.0": "Every example has the id of its photo.",
    }
    BUILDER_CONFIGS = [  # noqa: RUF012
        tfds.core.BuilderConfig(name="kim2018", description="All photos, divided as in Kim et al. 2018."),
        tfds.core.BuilderConfig(
            name="zhao2018_defocus", description="The defocus photos, divided as in Zhao et al. 2018."
        ),
    ]
    DEFAULT_BUILDER_CONFIG_NAME = "kim2018"
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        f"Download the images and the ground truth of the CUHK blur detection data set (Shi, Xu and Jia, "
        f"CVPR 2014) from {PAGE} and put the two zips (BlurDatasetImage.zip and BlurDatasetGT.zip), or their "
        "unpacked folders (image and gt), into one folder: the manual folder."
    )

    manifest = Path(__file__).with_name("photos.tsv")

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=photo_features("jpeg"),
            homepage=PAGE,
            supervised_keys=("image", "mask"),
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict:
        folder = ManualFolder(dl_manager.manual_dir)
        splits: dict[str, list[Photo]] = {split: [] for split in SPLITS}
        for photo in read_manifest(self.manifest):
            split = photo.splits[self.builder_config.name]
            if split in splits:
                splits[split].append(photo)
        folder.verify(photo for photos in splits.values() for photo in photos)
        return {split: self._generate_examples(folder, photos) for split, photos in splits.items()}

    def _generate_examples(self, folder: ManualFolder, photos: list[Photo]) -> Iterator[tuple[str, dict]]:
        for photo in photos:
            image, mask = folder.photo(photo)
            yield (
                photo.name,
                {
                    "image": image,  # the published JPEG itself: coding it again would change the blur
                    "mask": png(class_mask(photo, image, mask)),
                    "type": photo.type,
                    "name": photo.name,
                    "photo": photo.name,
                },
            )


def class_mask(photo: Photo, image: bytes, mask: bytes) -> np.ndarray:
    """Turns CUHK's mask file (255 = blurred, grey or RGBA) into class ids.

    Returns:
        `(H, W)` uint8 ids of `keras_blur.labels`.

    Raises:
        BlurError: the photo or the mask can't be decoded, or their sizes differ.
    """
    try:
        pixels = read_mask(mask)
    except BlurError as error:
        raise BlurError(f"{photo.name}.png: expected a PNG mask, but {error}") from error
    try:
        height, width = read_size(image)
    except BlurError as error:
        raise BlurError(f"{photo.name}.jpg: expected a JPEG photo, but {error}") from error
    if pixels.shape[:2] != (height, width):
        raise BlurError(
            f"{photo.name}.png is {pixels.shape[1]}x{pixels.shape[0]} pixels, but its photo "
            f"{photo.name}.jpg is {width}x{height}; a mask must have its photo's size: download both again"
        )
    return labels.mask_from_binary(pixels, photo.type)
