"""TFDS's own checks of the builder, with photos made up on the spot."""

from tfds_builders import testing
from tfds_builders.blur_db1 import blur_db1_dataset_builder as builder


class ByPhotoTest(testing.BuilderTest):
    """Builds a few examples and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["by_photo"]
    SPLITS = {"train": 32, "validation": 17, "test": 17}
    PHOTO_SIZE = (260, 300)


class PaperTest(ByPhotoTest):
    """The other config."""

    BUILDER_CONFIG_NAMES_TO_TEST = ["paper"]
    SPLITS = {"train": 57, "validation": 6, "test": 3}
