"""What the tests of the builders that make their pictures share."""

import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import tensorflow_datasets as tfds

from tfds_builders.cuhk_blur import dummy_photos
from tfds_builders.dummy import make_objects
from tfds_builders.generated import Options


class BuilderTest(tfds.testing.DatasetBuilderTestCase):
    """TFDS's checks of a builder whose sources are a CUHK of nine photos and a folder of objects.

    Attributes:
        PHOTO_SIZE: rows and columns of the CUHK's photos.
        OBJECT_SIZE: rows and columns of the photos of objects.
        COUNTED: whether the builder's counts are those of `SPLITS`.
        CHANGES: what else is changed of the builder for the test.
    """

    PHOTO_SIZE: tuple[int, int] = (64, 160)
    OBJECT_SIZE: tuple[int, int] = (90, 110)
    COUNTED = False
    CHANGES: dict[str, Any] = {}

    @classmethod
    def setUpClass(cls):
        """Makes the sources."""
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        manual = Path(folder.name, "manual")
        objects = make_objects(Path(folder.name, "objects"), size=cls.OBJECT_SIZE)
        changes = {
            "manifest": dummy_photos.make(manual, size=cls.PHOTO_SIZE),
            "options": Options(objects_dir=objects, photos_dir=objects / "image"),
            **({"counts": cls.SPLITS} if cls.COUNTED else {}),
            **cls.CHANGES,
        }
        cls.EXAMPLE_DIR = str(manual)
        for name, value in changes.items():
            change = mock.patch.object(cls.DATASET_CLASS, name, value, create=True)
            change.start()
            cls.addClassCleanup(change.stop)
