"""TFDS's own checks of the builder, with photos made up on the spot."""

import tempfile
from pathlib import Path
from unittest import mock

import tensorflow_datasets as tfds

from tfds_builders.photos import dummy_photos
from tfds_builders.photos import photos_dataset_builder as builder
from tfds_builders.photos.folders import Options


class PhotosTest(tfds.testing.DatasetBuilderTestCase):
    """Builds ten photos and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    EXAMPLE_DIR = tempfile.gettempdir()  # nothing is downloaded
    SPLITS = {"train": 8, "validation": 1, "test": 1}

    @classmethod
    def setUpClass(cls):
        """Makes the photos."""
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        made = dummy_photos.make(Path(folder.name, "mine"))
        options = Options(images=made / "images", masks=made / "masks")
        change = mock.patch.object(cls.DATASET_CLASS, "options", options)
        change.start()
        cls.addClassCleanup(change.stop)
