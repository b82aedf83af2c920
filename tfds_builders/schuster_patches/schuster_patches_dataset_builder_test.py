"""TFDS's own checks of the builder, with photos made up on the spot."""

from tfds_builders import testing
from tfds_builders.schuster_patches import schuster_patches_dataset_builder as builder


class SchusterPatchesTest(testing.BuilderTest):
    """Builds a few examples and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    SPLITS = {"train": 24, "validation": 12, "test": 6}
    COUNTED = True
