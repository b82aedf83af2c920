"""TFDS's own checks of the builder, with photos made up on the spot."""

import pytest

pytest.importorskip("tensorflow")
tfds = pytest.importorskip("tensorflow_datasets")
dummy = pytest.importorskip("tfds_builders.dummy")
builder = pytest.importorskip("tfds_builders.purohit_patches.purohit_patches_dataset_builder")


class PurohitPatchesTest(tfds.testing.DatasetBuilderTestCase):
    """Builds a few examples and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    SPLITS = {"train": 16, "validation": 4, "test": 4}  # noqa: RUF012

    @classmethod
    def setUpClass(cls):
        """Makes the sources."""
        super().setUpClass()
        dummy.prepare(cls, counts=cls.SPLITS)
