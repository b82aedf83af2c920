"""TFDS's own checks of the builder, with photos made up on the spot."""

import tempfile
from pathlib import Path
from unittest import mock

import tensorflow_datasets as tfds

from tfds_builders.cuhk_blur import cuhk_blur_dataset_builder as builder
from tfds_builders.cuhk_blur import dummy_photos


class Kim2018Test(tfds.testing.DatasetBuilderTestCase):
    """Builds nine photos and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["kim2018"]
    SPLITS = {"train": 5, "validation": 2, "test": 2}

    @classmethod
    def setUpClass(cls):
        """Makes the photos."""
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.EXAMPLE_DIR = str(Path(folder.name, "manual"))
        manifest = mock.patch.object(cls.DATASET_CLASS, "manifest", dummy_photos.make(Path(cls.EXAMPLE_DIR)))
        manifest.start()
        cls.addClassCleanup(manifest.stop)


class Zhao2018DefocusTest(Kim2018Test):
    """The same without motion."""

    BUILDER_CONFIG_NAMES_TO_TEST = ["zhao2018_defocus"]
    SPLITS = {"train": 4, "validation": 1, "test": 1}
