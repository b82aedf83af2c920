"""BDNet's BlurDB1: random crops of CUHK, more of the rarer motion photos."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from tfds_builders import crops, generated
from tfds_builders.cuhk_blur.manual_folder import Photo

SEED = "blur_db1/1"
CROPS = {"motion": 12, "defocus": 5}  # of each photo: 296 x 12 + 704 x 5 = 7072
TEST = 345 / 7072


class Builder(crops.CropBuilder):
    """Builds `blur_db1`: 12 random crops of each motion photo and 5 of each defocus photo."""

    def crops(self, photos: Iterable[Photo], folder: Path) -> list[crops.Crop]:
        """Random crops, seeded by photo."""
        found = []
        for photo in photos:
            height, width = crops.size_of(folder, photo)
            rng = np.random.default_rng(generated.seed_of(SEED, photo.name))
            for number in range(CROPS[photo.type]):
                top, left = (int(rng.integers(side - crops.SIDE + 1)) for side in (height, width))
                found.append((photo, number, top, left))
        return found

    def test_share(self) -> float:
        """345 of 7072."""
        return TEST
