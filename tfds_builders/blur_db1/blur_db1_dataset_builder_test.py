"""TFDS's own checks of the builder, with photos made up on the spot."""

import pytest

pytest.importorskip("tensorflow")
tfds = pytest.importorskip("tensorflow_datasets")
dummy = pytest.importorskip("tfds_builders.dummy")
builder = pytest.importorskip("tfds_builders.blur_db1.blur_db1_dataset_builder")


class ByPhotoTest(tfds.testing.DatasetBuilderTestCase):
    """Builds a few examples and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["by_photo"]  # noqa: RUF012
    SPLITS = {"train": 32, "validation": 17, "test": 17}  # noqa: RUF012

    @classmethod
    def setUpClass(cls):
        """Makes the sources."""
        super().setUpClass()
        dummy.prepare(cls, photo_size=(260, 300))


class PaperTest(ByPhotoTest):
    """The other config."""

    BUILDER_CONFIG_NAMES_TO_TEST = ["paper"]  # noqa: RUF012
    SPLITS = {"train": 57, "validation": 6, "test": 3}  # noqa: RUF012
