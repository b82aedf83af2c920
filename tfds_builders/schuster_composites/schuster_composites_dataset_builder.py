"""Schuster's artificial images: moving objects before sharp backgrounds, or sharp ones before soft ones."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import tensorflow_datasets as tfds

from keras_blur import labels
from keras_blur.labels import DEFOCUS, MOTION, SHARP
from keras_blur.synthesis import kernels
from keras_blur.synthesis.blur import blur
from keras_blur.synthesis.cutout import largest_part
from tfds_builders import generated
from tfds_builders.features import joined, jpeg, photo_features, png
from tfds_builders.objects import sharp_objects, sharp_photos
from tfds_builders.photo_folder import MaskedPhoto

SEED = "schuster_composites/1"
LENGTHS = (5, 7, 9, 11, 13, 15)  # pixels
BACKGROUND_SIGMA = (1.0, 2.0)  # pixels
EDGE_SIGMA = 0.8  # pixels: the small Gaussian that softens the object's edge
VISIBLE = 1e-3  # share of the blurred mask that counts as above 0: rounding makes a little everywhere
QUALITY = 95  # of the JPEG


class Builder(generated.GeneratedBuilder):
    """Builds `schuster_composites` by the paper's formulas, which blur stored pixel values."""

    VERSION = tfds.core.Version("2.1.0")
    RELEASE_NOTES = {  # noqa: RUF012 - TFDS's own name and form
        "1.0.0": "First release.",
        "2.0.0": "Objects are judged by the largest part of their mask.",
        "2.1.0": "Every example has the id of its photo.",
    }
    BUILDER_CONFIGS = [  # noqa: RUF012
        tfds.core.BuilderConfig(name="motion", description="The object moves, the background is sharp."),
        tfds.core.BuilderConfig(name="defocus", description="The object is sharp, the background is not."),
    ]
    DEFAULT_BUILDER_CONFIG_NAME = "motion"

    uses_objects = True
    counts = {"train": 800, "validation": 100, "test": 100}  # noqa: RUF012

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=photo_features("jpeg"), supervised_keys=("image", "mask")
        )

    def plan(self, manual_dir: Path | None) -> tuple:
        """A number for each picture; its photos, of its own split, follow from it."""
        folder = self.source("objects_dir")
        maker = Maker(self.builder_config.name, sharp_objects(folder), sharp_photos(folder))
        return maker, {
            split: [(split, number) for number in range(count)] for split, count in self.counts.items()
        }


@dataclasses.dataclass(frozen=True)
class Maker:
    """Makes one composite.

    Attributes:
        kind: "motion" or "defocus".
        objects: foregrounds by split.
        backgrounds: by split.
    """

    kind: str
    objects: dict[str, list[MaskedPhoto]]
    backgrounds: dict[str, list[MaskedPhoto]]

    def __call__(self, recipe: tuple[str, int]) -> list[generated.Example]:
        split, number = recipe
        rng = np.random.default_rng(generated.seed_of(SEED, self.kind, split, number))
        chosen = self.objects[split][rng.integers(len(self.objects[split]))]
        # The background is never the object's own photo, where it would be seen twice.
        others = [photo for photo in self.backgrounds[split] if photo.name != chosen.name]
        others = others or self.backgrounds[split]
        foreground, where = chosen.read()
        # m is a pixel smaller than the mask that was drawn: its rim shows the old background as a halo.
        where = cv2.erode(largest_part(where), np.ones((3, 3), np.uint8)) > 0
        behind = others[rng.integers(len(others))]
        background = _fitted(behind.read()[0], *where.shape)
        picture, mask = (moving if self.kind == "motion" else before_soft)(rng, foreground, where, background)
        name = f"{self.kind}_{split}_{number:04d}"
        example = {
            "image": jpeg(np.clip(np.rint(picture), 0, 255).astype(np.uint8), QUALITY),
            "mask": png(mask),
            "type": labels.photo_type(mask),
            "name": name,
            "photo": joined((behind.name, chosen.name)),
        }
        return [(name, example)]


def moving(
    rng: np.random.Generator, foreground: np.ndarray, where: np.ndarray, background: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """I = k * (m F) + (1 - k * m) B; the label is k * m > 0.

    Args:
        rng: the source of randomness.
        foreground: `(H, W, 3)` uint8, F.
        where: `(H, W)` bool, m.
        background: `(H, W, 3)` uint8, B.

    Returns:
        `(H, W, 3)` float32, 0 to 255, and `(H, W)` uint8 ids.
    """
    kernel = kernels.line(rng.choice(LENGTHS), rng.uniform(0, 180))
    matte = where.astype(np.float32)
    alpha = blur(matte, kernel)
    picture = blur(foreground * matte[..., None], kernel) + (1 - alpha)[..., None] * background
    return picture, np.where(alpha > VISIBLE, np.uint8(MOTION), np.uint8(SHARP))


def before_soft(
    rng: np.random.Generator, foreground: np.ndarray, where: np.ndarray, background: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """I = (k2 * m) F + (1 - k2 * m) (k1 * B); all but m is blurred. Arguments as those of `moving`."""
    soft = blur(background.astype(np.float32), kernels.gaussian(rng.uniform(*BACKGROUND_SIGMA)))
    alpha = blur(where.astype(np.float32), kernels.gaussian(EDGE_SIGMA))[..., None]
    return alpha * foreground + (1 - alpha) * soft, np.where(where, np.uint8(SHARP), np.uint8(DEFOCUS))


def _fitted(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """The middle of a photo, turned to the frame's orientation by cropping, at the frame's size."""
    scale = min(image.shape[0] / height, image.shape[1] / width)
    rows, columns = round(height * scale), round(width * scale)
    top, left = (image.shape[0] - rows) // 2, (image.shape[1] - columns) // 2
    part = image[top : top + rows, left : left + columns]
    return cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA if scale > 1 else cv2.INTER_LINEAR)
