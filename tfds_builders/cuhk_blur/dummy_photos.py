"""A CUHK of nine small photos, with its manifest, made up on the spot for tests."""

import csv
import hashlib
from pathlib import Path

import cv2
import numpy as np

SPLITS = {
    "motion0001": "train",
    "motion0002": "validation",
    "motion0003": "test",
    "out_of_focus0001": "train",
    "out_of_focus0002": "train",
    "out_of_focus0003": "train",
    "out_of_focus0004": "train",
    "out_of_focus0005": "validation",
    "out_of_focus0006": "test",
}
UPPER_CASE, RGBA = "motion0001", "out_of_focus0002"


def blurred_part(height: int, width: int) -> np.ndarray:
    """Where every photo is blurred, `(H, W)` bool: all but its left, 3/8 wide at the top and 1/8 below.

    The border is slanted, so that a photo and a mask that are shifted or mirrored do not agree.
    """
    rows, columns = np.indices((height, width))
    return columns >= width * (3 - 2 * rows / height) / 8


def make(folder: Path, mask_size: tuple[int, int] | None = None, size: tuple[int, int] = (24, 32)) -> Path:
    """Writes `image/` and `gt/` into `folder`, and `photos.tsv` beside it; returns the manifest.

    Photos have `size` (rows, columns), masks `mask_size` (None: the same). They carry their truth: the sharp
    part is noise below 100, the blurred part smooth and above 150.

    The photo `UPPER_CASE` ends in .JPG, and the mask `RGBA` has four channels.
    """
    rng = np.random.default_rng(0)
    (folder / "image").mkdir(parents=True)
    (folder / "gt").mkdir()
    manifest = folder.parent / "photos.tsv"
    with manifest.open("w", newline="") as file:
        table = csv.writer(file, delimiter="\t")
        table.writerow(["name", "type", "image_sha256", "mask_sha256", "kim2018", "zhao2018_defocus"])
        for name, split in SPLITS.items():
            photo = folder / "image" / (name + (".JPG" if name == UPPER_CASE else ".jpg"))
            mask = folder / "gt" / f"{name}.png"
            noise = rng.integers(0, 100, (*size, 3), dtype=np.uint8)
            smooth = 150 + cv2.GaussianBlur(noise, (0, 0), 3)
            cv2.imwrite(str(photo), np.where(blurred_part(*size)[..., None], smooth, noise))
            blurred = np.uint8(255) * blurred_part(*(mask_size or size))
            if name == RGBA:
                blurred = np.dstack([blurred] * 3 + [np.full_like(blurred, 255)])
            cv2.imwrite(str(mask), blurred)
            kind = "motion" if name.startswith("motion") else "defocus"
            checksums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (photo, mask)]
            table.writerow([name, kind, *checksums, split, split if kind == "defocus" else "-"])
    return manifest
