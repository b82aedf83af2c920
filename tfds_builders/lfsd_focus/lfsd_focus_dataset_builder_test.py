"""TFDS's own checks of the builder, with photos made up on the spot."""

import tempfile
from pathlib import Path

import tensorflow_datasets as tfds

from tfds_builders.lfsd_focus import dummy_photos
from tfds_builders.lfsd_focus import lfsd_focus_dataset_builder as builder


class LfsdFocusTest(tfds.testing.DatasetBuilderTestCase):
    """Builds six photos and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    SPLITS = {"train": 4, "validation": 2}

    @classmethod
    def setUpClass(cls):
        """Makes the photos."""
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.EXAMPLE_DIR = str(dummy_photos.make(Path(folder.name, "manual")))
