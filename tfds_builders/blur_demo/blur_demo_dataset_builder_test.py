"""TFDS's own checks of the builder."""

import tempfile
from unittest import mock

import pytest

pytest.importorskip("tensorflow")
tfds = pytest.importorskip("tensorflow_datasets")
blur_demo_dataset_builder = pytest.importorskip("tfds_builders.blur_demo.blur_demo_dataset_builder")


class BlurDemoTest(tfds.testing.DatasetBuilderTestCase):
    """Builds a few pictures and reads them through tf.data."""

    DATASET_CLASS = blur_demo_dataset_builder.Builder
    EXAMPLE_DIR = tempfile.gettempdir()  # nothing is downloaded
    SPLITS = {"train": 3, "validation": 2, "test": 2}  # noqa: RUF012

    def setUp(self):
        """Makes the data set small."""
        counts = mock.patch.object(self.DATASET_CLASS, "counts", self.SPLITS)
        counts.start()
        self.addCleanup(counts.stop)
        super().setUp()
