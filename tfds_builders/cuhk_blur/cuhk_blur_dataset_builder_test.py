"""TFDS's own checks of the builder, with photos made up on the spot."""

import tempfile
from pathlib import Path
from unittest import mock

import pytest

from tfds_builders.cuhk_blur import dummy_photos

pytest.importorskip("tensorflow")
tfds = pytest.importorskip("tensorflow_datasets")
cuhk_blur_dataset_builder = pytest.importorskip("tfds_builders.cuhk_blur.cuhk_blur_dataset_builder")


class Kim2018Test(tfds.testing.DatasetBuilderTestCase):
    """Builds nine photos and reads them through tf.data."""

    DATASET_CLASS = cuhk_blur_dataset_builder.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["kim2018"]  # noqa: RUF012
    SPLITS = {"train": 5, "validation": 2, "test": 2}  # noqa: RUF012

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

    BUILDER_CONFIG_NAMES_TO_TEST = ["zhao2018_defocus"]  # noqa: RUF012
    SPLITS = {"train": 4, "validation": 1, "test": 1}  # noqa: RUF012
