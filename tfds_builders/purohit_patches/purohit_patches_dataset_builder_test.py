"""TFDS's own checks of the builder, with photos made up on the spot."""

from tfds_builders import testing
from tfds_builders.purohit_patches import purohit_patches_dataset_builder as builder


class PurohitPatchesTest(testing.BuilderTest):
    """Builds a few examples and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    SPLITS = {"train": 16, "validation": 4, "test": 4}
    COUNTED = True
