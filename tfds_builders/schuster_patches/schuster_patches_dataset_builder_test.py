"""TFDS's own checks of the builder, with photos made up on the spot."""

import pytest

pytest.importorskip("tensorflow")
tfds = pytest.importorskip("tensorflow_datasets")
dummy = pytest.importorskip("tfds_builders.dummy")
builder = pytest.importorskip("tfds_builders.schuster_patches.schuster_patches_dataset_builder")


class SchusterPatchesTest(tfds.testing.DatasetBuilderTestCase):
    """Builds a few examples and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    SPLITS = {"train": 24, "validation": 12, "test": 6}  # noqa: RUF012

    @classmethod
    def setUpClass(cls):
        """Makes the sources."""
        super().setUpClass()
        dummy.prepare(cls, counts=cls.SPLITS)
