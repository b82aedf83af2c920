"""TFDS's own checks of the builder, with photos made up on the spot."""

from tfds_builders import testing
from tfds_builders.kim_composites import kim_composites_dataset_builder as builder


class KimCompositesTest(testing.BuilderTest):
    """Builds a few examples and reads them through tf.data."""

    DATASET_CLASS = builder.Builder
    SPLITS = {"train": 8, "validation": 2, "test": 1}
    CHANGES = {"repeats": {"train": 2, "validation": 2, "test": 1}}
