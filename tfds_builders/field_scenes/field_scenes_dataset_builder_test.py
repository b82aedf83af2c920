"""TFDS's own checks of the builder."""

import tempfile
from unittest import mock

import tensorflow_datasets as tfds

from tfds_builders.field_scenes import field_scenes_dataset_builder as builder


class FieldScenesTest(tfds.testing.DatasetBuilderTestCase):
    """Builds a few pictures and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    EXAMPLE_DIR = tempfile.gettempdir()  # nothing is downloaded
    SPLITS = {"train": 9, "validation": 2, "test": 2}

    def setUp(self):
        """Makes the data set small."""
        counts = mock.patch.object(self.DATASET_CLASS, "counts", self.SPLITS)
        counts.start()
        self.addCleanup(counts.stop)
        super().setUp()
