"""TFDS's own checks of the builder, with photos made up on the spot."""

import pytest

pytest.importorskip("tensorflow")
tfds = pytest.importorskip("tensorflow_datasets")
dummy = pytest.importorskip("tfds_builders.dummy")
builder = pytest.importorskip("tfds_builders.kim_composites.kim_composites_dataset_builder")


class KimCompositesTest(tfds.testing.DatasetBuilderTestCase):
    """Builds a few examples and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    SPLITS = {"train": 8, "validation": 2, "test": 1}  # noqa: RUF012

    @classmethod
    def setUpClass(cls):
        """Makes the sources."""
        super().setUpClass()
        dummy.prepare(cls, repeats={"train": 2, "validation": 2, "test": 1})
