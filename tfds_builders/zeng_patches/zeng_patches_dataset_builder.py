"""Zeng's training patches: windows of CUHK's photos around the centres of superpixels."""

import dataclasses
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

from keras_blur.errors import BlurError
from keras_blur.labels import CLASS_NAMES, SHARP
from tfds_builders import generated
from tfds_builders.cuhk_blur.manual_folder import Photo
from tfds_builders.patches import patch_example, patch_features

# None of these is stated in the paper.
SIDE = 32  # pixels
SUPERPIXELS = 400  # of a photo: their centres are about 26 pixels apart
COMPACTNESS = 10.0  # of SLIC
SHARP_UP_TO, BLURRED_FROM = 0.1, 0.9  # share of blurred pixels; windows in between are dropped


class Builder(generated.GeneratedBuilder):
    """Builds `zeng_patches`; the label is the class of nearly all of the window."""

    VERSION = tfds.core.Version("1.1.0")
    RELEASE_NOTES = {  # noqa: RUF012 - TFDS's own name and form
        "1.0.0": "First release.",
        "1.1.0": "Every example has the id of its photo.",
    }
    MANUAL_DOWNLOAD_INSTRUCTIONS = generated.CUHK_INSTRUCTIONS

    examples_per_recipe = 248
    manifest = generated.CuhkBuilder.manifest

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(features=patch_features(), supervised_keys=("image", "label"))

    def plan(self, manual_dir: Path) -> tuple:
        """All photos of Kim's split."""
        try:
            import skimage.segmentation  # noqa: F401
        except ModuleNotFoundError as error:
            raise BlurError("zeng_patches needs scikit-image: pip install 'keras-blur[data]'") from error
        photos = generated.cuhk_photos(self.manifest, manual_dir)
        for part in photos.values():
            for photo in part:
                generated.require_size(f"{photo.name}.jpg", *generated.cuhk_size(manual_dir, photo), SIDE)
        return Maker(manual_dir), photos


@dataclasses.dataclass(frozen=True)
class Maker:
    """Cuts a photo's windows out.

    Attributes:
        folder: CUHK's.
    """

    folder: Path

    def __call__(self, photo: Photo) -> list[generated.Example]:
        image, mask = generated.read_cuhk(self.folder, photo)
        examples = []
        for top, left in window_corners(image):
            box = np.s_[top : top + SIDE, left : left + SIDE]
            label = window_label(mask[box], CLASS_NAMES.index(photo.type))
            if label is not None:
                name = f"{photo.name}_{top}_{left}"
                examples.append(patch_example(name, photo.name, image[box], mask[box], label))
        return examples


def window_corners(image: np.ndarray) -> list[tuple[int, int]]:
    """Top left corners, each once, of the windows around SLIC's centres that lie inside a photo."""
    from skimage.measure import regionprops
    from skimage.segmentation import slic

    segments = slic(image, n_segments=SUPERPIXELS, compactness=COMPACTNESS, start_label=1)
    corners = {tuple(round(value) - SIDE // 2 for value in part.centroid) for part in regionprops(segments)}
    height, width = (side - SIDE for side in image.shape[:2])
    return sorted((top, left) for top, left in corners if 0 <= top <= height and 0 <= left <= width)


def window_label(mask: np.ndarray, blur_class: int) -> int | None:
    """The class of a window by its share of blurred pixels; None = ambiguous."""
    share = (mask != SHARP).mean()
    if share <= SHARP_UP_TO:
        return SHARP
    return blur_class if share >= BLURRED_FROM else None
