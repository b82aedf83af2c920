"""TFDS's own checks of the builder, with photos made up on the spot."""

from tfds_builders import testing
from tfds_builders.schuster_patches import schuster_patches_dataset_builder as builder


class SchusterPatchesTest(testing.BuilderTest):
    """Builds a few examples and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["cuhk"]
    SPLITS = {"train": 24, "validation": 12, "test": 6}
    COUNTED = True


class CompositesTest(testing.BuilderTest):
    """The config that needs no download."""

    DATASET_CLASS = builder.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["composites"]
    OBJECT_SIZE = (180, 220)  # a sharp patch fits into an object
    SPLITS = {"train": 24, "validation": 12, "test": 6}
    COUNTED = True
