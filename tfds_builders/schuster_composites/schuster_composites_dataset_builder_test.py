"""TFDS's own checks of the builder, with photos made up on the spot."""

import pytest

pytest.importorskip("tensorflow")
tfds = pytest.importorskip("tensorflow_datasets")
dummy = pytest.importorskip("tfds_builders.dummy")
builder = pytest.importorskip("tfds_builders.schuster_composites.schuster_composites_dataset_builder")


class MotionTest(tfds.testing.DatasetBuilderTestCase):
    """Builds a few examples and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["motion"]  # noqa: RUF012
    SPLITS = {"train": 3, "validation": 2, "test": 2}  # noqa: RUF012

    @classmethod
    def setUpClass(cls):
        """Makes the sources."""
        super().setUpClass()
        dummy.prepare(cls, counts=cls.SPLITS)


class DefocusTest(MotionTest):
    """The other config."""

    BUILDER_CONFIG_NAMES_TO_TEST = ["defocus"]  # noqa: RUF012
    SPLITS = {"train": 3, "validation": 2, "test": 2}  # noqa: RUF012
