"""TFDS's own checks of the builder, with photos made up on the spot."""

from unittest import mock

import pytest

pytest.importorskip("tensorflow")
tfds = pytest.importorskip("tensorflow_datasets")
dummy = pytest.importorskip("tfds_builders.dummy")
builder = pytest.importorskip("tfds_builders.zeng_patches.zeng_patches_dataset_builder")


class ZengPatchesTest(tfds.testing.DatasetBuilderTestCase):
    """Builds a few examples and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    SPLITS = {"train": 10, "validation": 4, "test": 4}  # noqa: RUF012

    @classmethod
    def setUpClass(cls):
        """Makes the sources."""
        super().setUpClass()
        dummy.prepare(cls)
        # A sharp window, a blurred one, and one on the border that is dropped.
        corners = mock.patch.object(builder, "window_corners", lambda image: [(0, 0), (20, 30), (20, 100)])
        corners.start()
        cls.addClassCleanup(corners.stop)
