"""What people point a phone at: text, night, drawings, bare walls, captions, noise; sharp and blurred."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from keras_blur import labels
from tfds_builders import generated
from tfds_builders.features import jpeg, photo_features, png
from tfds_builders.field_scenes.photos import Sources, find_sources
from tfds_builders.field_scenes.scenes import BLURS, KINDS, make

SEED = "field_scenes/1"
QUALITY = (65, 97)  # of the JPEG


class Builder(generated.GeneratedBuilder):
    """Builds `field_scenes`, made offline and labelled exactly.

    Kinds take turns, and within each kind what blurs it, so that every split holds all of them alike.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}  # noqa: RUF012 - TFDS's own name and form

    counts = {"train": 1980, "validation": 360, "test": 630}  # noqa: RUF012 - multiples of 9 kinds x 10 blurs
    examples_per_recipe = None  # `plan` heeds options.count, which may also ask for more
    option_folders = ("photos_dir", "objects_dir", "fonts_dir")

    def _info(self) -> tfds.core.DatasetInfo:
        features = {
            **photo_features("jpeg"),
            "kind": tfds.features.Text(),
            "blur_type": tfds.features.Text(),
            "blur_size": np.float32,
            "x_height": np.float32,
            "judgeable": np.bool_,
        }
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(features), supervised_keys=("image", "mask")
        )

    def plan(self, manual_dir: Path | None) -> tuple:
        """A number for each picture, from which its kind, its blur and its seed follow."""
        share = (self.options.count or self.counts["train"]) / self.counts["train"]
        folders = {name: getattr(self.options, name) for name in self.option_folders}
        recipes = {
            split: [(split, number) for number in range(max(1, round(share * count)))]
            for split, count in self.counts.items()
        }
        return Maker(find_sources(**folders)), recipes


@dataclasses.dataclass(frozen=True)
class Maker:
    """Makes one picture.

    Attributes:
        sources: of every split.
    """

    sources: dict[str, Sources]

    def __call__(self, recipe: tuple[str, int]) -> list[generated.Example]:
        split, number = recipe
        rng = np.random.default_rng(generated.seed_of(SEED, split, number))
        kind = list(KINDS)[number % len(KINDS)]
        blur_class = BLURS[number // len(KINDS) % len(BLURS)]
        scene = make(rng, kind, blur_class, self.sources[split])
        name = f"{split}_{number:05d}"
        example: dict[str, Any] = {
            "image": jpeg(scene.image, int(rng.integers(QUALITY[0], QUALITY[1] + 1))),
            "mask": png(scene.mask),
            "type": labels.photo_type(scene.mask),
            "name": name,
            "photo": scene.photo or name,
            "kind": kind,
            "blur_type": labels.CLASS_NAMES[blur_class if scene.judgeable else labels.SHARP],
            "blur_size": scene.blur_size,
            "x_height": scene.x_height,
            "judgeable": scene.judgeable,
        }
        return [(name, example)]
