"""A tiny prepared data set for tests: squares of noise, some of them smoothed."""

import cv2
import numpy as np
import tensorflow_datasets as tfds

from keras_blur import labels
from tfds_builders import features


class TinyBlur(tfds.core.GeneratorBasedBuilder):
    """12 training, 5 validation and 3 test pictures of 64x80 pixels; the left part is sharp."""

    name = "tiny_blur"
    VERSION = tfds.core.Version("1.0.0")
    COUNTS = {"train": 12, "validation": 5, "test": 3}  # noqa: RUF012

    def _info(self):
        return tfds.core.DatasetInfo(builder=self, features=features.photo_features("png"))

    def _split_generators(self, dl_manager):
        return {split: self._examples(split, count) for split, count in self.COUNTS.items()}

    def _generate_examples(self):
        raise AssertionError("split generators yield the examples")

    def _examples(self, split, count):
        for index in range(count):
            blur_type = ("motion", "defocus")[index % 3 > 0]
            yield index, encoded(example(f"{split}{index}", blur_type))


class TinyPatches(TinyBlur):
    """Patches of 31x31 pixels as the patch data sets hold them: each of one class, all called "mixed"."""

    name = "tiny_patches"

    def _examples(self, split, count):
        for index in range(count):
            patch = example(f"{split}{index}", ("motion", "defocus")[index % 2])
            image = np.ascontiguousarray(patch["image"][:31, -31:])
            mask = np.full((31, 31, 1), index % len(labels.CLASS_NAMES), np.uint8)
            yield index, encoded({**patch, "image": image, "mask": mask, "type": "mixed"})


def example(name: str, blur_type: str) -> dict:
    """One picture, drawn from a seed made of its name."""
    rng = np.random.default_rng(list(name.encode()))
    image = rng.integers(0, 256, (64, 80, 3), dtype=np.uint8)
    edge = int(rng.integers(20, 60))
    size = (15, 1) if blur_type == "motion" else (9, 9)
    image[:, edge:] = cv2.blur(image[:, edge:], size)
    mask = np.zeros((64, 80, 1), np.uint8)
    mask[:, edge:] = labels.CLASS_NAMES.index(blur_type)
    mask[:, edge - 1 : edge + 1] = labels.VOID
    return {"image": image, "mask": mask, "type": blur_type, "name": name}


def encoded(example: dict) -> dict:
    """The example with its pictures as PNG bytes, which spares TFDS from loading TensorFlow."""
    return {
        **example,
        "photo": example["name"],
        "image": features.png(example["image"][..., ::-1]),
        "mask": features.png(example["mask"]),
    }
