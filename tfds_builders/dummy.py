"""Small sources, made up on the spot, for the tests of the builders that make their pictures."""

from pathlib import Path

import cv2
import numpy as np


def make_objects(folder: Path, count: int = 12, size: tuple[int, int] = (90, 110)) -> Path:
    """Writes photos of noise with a round object each, `image/` and `gt/`; returns the folder."""
    rng = np.random.default_rng(1)
    rows, columns = np.indices(size)
    for part in ("image", "gt"):
        (folder / part).mkdir(parents=True)
    for number in range(count):
        centre = rng.uniform(0.4, 0.6, 2) * size
        inside = np.hypot(rows - centre[0], columns - centre[1]) < 0.24 * min(size)
        image = rng.integers(0, 128, (*size, 3), dtype=np.uint8) + np.uint8(100) * inside[..., None]
        cv2.imwrite(str(folder / "image" / f"object{number:02d}.png"), image)
        cv2.imwrite(str(folder / "gt" / f"object{number:02d}.png"), inside.astype(np.uint8) * 255)
    return folder
