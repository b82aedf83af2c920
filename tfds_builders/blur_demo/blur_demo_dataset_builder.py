"""Pictures with sharp, moving and defocused parts, composed from photos that Python packages ship."""

from collections.abc import Iterator

import numpy as np
import tensorflow_datasets as tfds

from keras_blur import labels
from tfds_builders.blur_demo.scenes import SCENES, scene
from tfds_builders.features import joined, jpeg, photo_features, png

SEED = 2014


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds `blur_demo`, the data set that needs no download.

    Every picture has its own seed, so none depends on the others or on their order.
    """

    VERSION = tfds.core.Version("1.1.0")
    RELEASE_NOTES = {  # noqa: RUF012 - TFDS's own name and form
        "1.0.0": "First release.",
        "1.1.0": "Every example has the id of its photo.",
    }

    counts = {"train": 160, "validation": 32, "test": 40}  # noqa: RUF012
    size = (240, 320)  # rows, columns

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=photo_features("jpeg"), supervised_keys=("image", "mask")
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict:
        return {split: self._generate_examples(split) for split in self.counts}

    def _generate_examples(self, split: str) -> Iterator[tuple[str, dict]]:
        kinds = list(SCENES)
        for number in range(self.counts[split]):
            rng = np.random.default_rng([SEED, list(self.counts).index(split), number])
            kind = kinds[number % len(kinds)]
            image, mask, photos = scene(rng, kind, split, *self.size)
            name = f"{split}_{number:03d}_{kind}"
            yield (
                name,
                {
                    "image": jpeg(image, quality=int(rng.integers(80, 97))),
                    "mask": png(mask),
                    "type": labels.photo_type(mask),
                    "name": name,
                    "photo": joined(photos),
                },
            )
