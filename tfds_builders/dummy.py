"""Small sources, made up on the spot, for the tests of the builders that make their pictures."""

import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import cv2
import numpy as np

from tfds_builders.cuhk_blur import dummy_photos
from tfds_builders.generated import Options


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


def prepare(test_class: Any, photo_size: tuple[int, int] = (64, 160), **attributes: Any) -> None:
    """Gives a `DatasetBuilderTestCase` its sources: a CUHK of nine photos and a folder of objects.

    Args:
        test_class: the test, inside its `setUpClass`.
        photo_size: rows and columns of the CUHK's photos.
        **attributes: what else is changed of the builder for the test.
    """
    folder = tempfile.TemporaryDirectory()
    test_class.addClassCleanup(folder.cleanup)
    manual = Path(folder.name, "manual")
    objects = make_objects(Path(folder.name, "objects"))
    changes = {
        "manifest": dummy_photos.make(manual, size=photo_size),
        "options": Options(objects_dir=objects, photos_dir=objects / "image"),
        **attributes,
    }
    test_class.EXAMPLE_DIR = str(manual)
    for name, value in changes.items():
        change = mock.patch.object(test_class.DATASET_CLASS, name, value, create=True)
        change.start()
        test_class.addClassCleanup(change.stop)
