"""TFDS's own checks of the builder, with photos made up on the spot."""

from tfds_builders import testing
from tfds_builders.blur_db2 import blur_db2_dataset_builder as builder


class ByPhotoTest(testing.BuilderTest):
    """Builds a few examples and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["by_photo"]
    SPLITS = {"train": 10, "validation": 4, "test": 4}
    PHOTO_SIZE = (260, 300)


class PaperTest(ByPhotoTest):
    """The other config."""

    BUILDER_CONFIG_NAMES_TO_TEST = ["paper"]
    SPLITS = {"train": 14, "validation": 2, "test": 2}
