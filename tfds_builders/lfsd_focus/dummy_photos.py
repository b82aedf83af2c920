"""An LFSD of six small photos, made up on the spot for tests."""

from pathlib import Path

import cv2
import numpy as np

NAMES = ("lfsd_001_01", "lfsd_001_03", "lfsd_002_00", "lfsd_004_05", "lfsd_005_02", "lfsd_010_07")
SIZE = (24, 32)  # rows, columns


def make(folder: Path) -> Path:
    """Writes `image/` and `label/` into `folder` and returns it.

    From the left each photo is in focus, not known and out of focus: 0, 128 and 255 in a quarter, a quarter
    and a half of the columns.
    """
    rng = np.random.default_rng(0)
    label = np.repeat(np.array([0, 128, 255, 255], np.uint8), SIZE[1] // 4)[None].repeat(SIZE[0], axis=0)
    for part in ("image", "label"):
        (folder / part).mkdir(parents=True)
    for name in NAMES:
        noise = rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8)
        smooth = cv2.GaussianBlur(noise, (0, 0), 3)
        cv2.imwrite(str(folder / "image" / f"{name}.jpg"), np.where(label[..., None] == 255, smooth, noise))
        cv2.imwrite(str(folder / "label" / f"{name}.png"), label)
    return folder
