"""TFDS's own checks of the builder, with photos made up on the spot."""

from tfds_builders import testing
from tfds_builders.realistic_composites import realistic_composites_dataset_builder as builder


class CuhkTest(testing.BuilderTest):
    """Builds a few examples and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["cuhk"]
    SPLITS = {"train": 3, "validation": 2, "test": 2}
    COUNTED = True


class PhotosTest(CuhkTest):
    """The other config."""

    BUILDER_CONFIG_NAMES_TO_TEST = ["photos"]
    SPLITS = {"train": 3, "validation": 2, "test": 2}


class SoftSubjectsTest(PhotosTest):
    """A soft subject in every picture."""

    BUILDER_CONFIG_NAMES_TO_TEST = ["soft_subjects"]


class MotionTest(PhotosTest):
    """Motion nearly everywhere."""

    BUILDER_CONFIG_NAMES_TO_TEST = ["motion"]
