"""BDNet's BlurDB2: crops of CUHK on a grid, half overlapping, and each photo as a whole."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from tfds_builders import crops
from tfds_builders.cuhk_blur.manual_folder import Photo

STRIDE = crops.SIDE // 2
PAPER_COUNT = 9134  # for all 1000 photos
PHOTOS = 1000


class Builder(crops.CropBuilder):
    """Builds `blur_db2`: every crop of a grid with stride 128, and the whole photo resized to 256 x 256.

    That makes 9238 crops, 104 more than the paper counts; which it left out is not stated. So that counts
    agree, the 104 whose names have the smallest hashes are left out here.
    """

    def crops(self, photos: Iterable[Photo], folder: Path) -> list[crops.Crop]:
        """The grid of each photo, then the whole photo."""
        photos, found = list(photos), []
        for photo in photos:
            height, width = crops.size_of(folder, photo)
            places = [
                (top, left)
                for top in range(0, height - crops.SIDE + 1, STRIDE)
                for left in range(0, width - crops.SIDE + 1, STRIDE)
            ]
            found += [(photo, number, *place) for number, place in enumerate([*places, (-1, -1)])]
        surplus = max(0, len(found) - PAPER_COUNT) if len(photos) == PHOTOS else 0
        by_hash = sorted(
            found, key=lambda crop: hashlib.sha256(f"blur_db2/{crops.name_of(crop)}".encode()).digest()
        )
        left_out = {crops.name_of(crop) for crop in by_hash[:surplus]}
        return [crop for crop in found if crops.name_of(crop) not in left_out]

    def test_share(self) -> float:
        """A tenth."""
        return 0.1
