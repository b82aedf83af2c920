"""TFDS's own checks of the builder, with photos made up on the spot."""

from unittest import mock

from tfds_builders import testing
from tfds_builders.zeng_patches import zeng_patches_dataset_builder as builder


class ZengPatchesTest(testing.BuilderTest):
    """Builds a few examples and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    SPLITS = {"train": 10, "validation": 4, "test": 4}

    @classmethod
    def setUpClass(cls):
        """Three windows a photo: a sharp one, a blurred one, and one on the border that is dropped."""
        super().setUpClass()
        corners = mock.patch.object(builder, "window_corners", lambda image: [(0, 0), (20, 30), (20, 100)])
        corners.start()
        cls.addClassCleanup(corners.stop)
