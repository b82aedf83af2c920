"""TFDS's own checks of the builder, with photos made up on the spot."""

import pytest

pytest.importorskip("tensorflow")
tfds = pytest.importorskip("tensorflow_datasets")
dummy = pytest.importorskip("tfds_builders.dummy")
builder = pytest.importorskip("tfds_builders.blur_db2.blur_db2_dataset_builder")


class ByPhotoTest(tfds.testing.DatasetBuilderTestCase):
    """Builds a few examples and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["by_photo"]  # noqa: RUF012
    SPLITS = {"train": 10, "validation": 4, "test": 4}  # noqa: RUF012

    @classmethod
    def setUpClass(cls):
        """Makes the sources."""
        super().setUpClass()
        dummy.prepare(cls, photo_size=(260, 300))


class PaperTest(ByPhotoTest):
    """The other config."""

    BUILDER_CONFIG_NAMES_TO_TEST = ["paper"]  # noqa: RUF012
    SPLITS = {"train": 14, "validation": 2, "test": 2}  # noqa: RUF012
