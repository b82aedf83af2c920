"""TFDS's own checks of the builder, with photos made up on the spot."""

from tfds_builders import testing
from tfds_builders.schuster_composites import schuster_composites_dataset_builder as builder


class MotionTest(testing.BuilderTest):
    """Builds a few examples and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["motion"]
    SPLITS = {"train": 3, "validation": 2, "test": 2}
    COUNTED = True


class DefocusTest(MotionTest):
    """The other config."""

    BUILDER_CONFIG_NAMES_TO_TEST = ["defocus"]
    SPLITS = {"train": 3, "validation": 2, "test": 2}
