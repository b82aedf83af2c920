"""A few photos with masks, made up on the spot for tests."""

from pathlib import Path

import cv2
import numpy as np

from tfds_builders.cuhk_blur.dummy_photos import blurred_part


def make(folder: Path, count: int = 10, size: tuple[int, int] = (48, 64)) -> Path:
    """Writes `images/` and `masks/` (white = blurred) into `folder` and returns it."""
    rng = np.random.default_rng(0)
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    blurred = blurred_part(*size)
    for number in range(count):
        noise = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
        photo = np.where(blurred[..., None], cv2.GaussianBlur(noise, (0, 0), 3), noise)
        cv2.imwrite(str(folder / "images" / f"photo{number:02d}.jpg"), photo)
        cv2.imwrite(str(folder / "masks" / f"photo{number:02d}.png"), np.uint8(255) * blurred)
    return folder
