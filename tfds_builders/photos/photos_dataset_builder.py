"""Any folder of photos and masks: what is white (or black) in a mask is blurred."""

import functools
from collections.abc import Iterator
from typing import Any

import tensorflow_datasets as tfds

from keras_blur import labels
from keras_blur.text import counted
from tfds_builders.features import photo_features, png
from tfds_builders.generated import fingerprint
from tfds_builders.photo_folder import Photo, count_below
from tfds_builders.photos.folders import Options, class_mask, divided, encoded


@functools.cache
def _config(name: str) -> tfds.core.BuilderConfig:
    return tfds.core.BuilderConfig(name=name, description="A folder of photos and masks.")


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds `photos`, or `photos/NAME` of any name, from a folder of photos and one of masks."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}  # noqa: RUF012 - TFDS's own name and form

    options = Options()

    def __init__(self, *, options: Options | None = None, **arguments: Any):
        if options is not None:
            self.options = options
        super().__init__(**arguments)

    @classmethod
    def get_builder_config(cls, name: str, version: Any = None) -> tfds.core.BuilderConfig:
        """The config of a folder that the user calls `name`: any name is one."""
        return _config(name)

    def check_options(self) -> None:
        """Raises a UsageError if an option is missing or wrong."""
        self.options.check()

    def notes(self) -> list[str]:
        """What to say before the build: how many photos are left out."""
        below = count_below(self.options.images) if self.options.images else 0
        said = f"{counted(below, 'photo')} in sub-folders of {self.options.images} left out"
        return [said] if below else []

    def recorded_options(self) -> dict[str, Any]:
        """The options that decide what is made; of folders their fingerprints; {} if no folder was named."""
        if self.options.images is None:
            return {}
        if self.options.unlabelled:
            return {"images": fingerprint(self.options.images), "unlabelled": True}
        folders = {name: fingerprint(getattr(self.options, name)) for name in ("images", "masks")}
        values = {name: getattr(self.options, name) for name in ("blurred", "type", "void")}
        return {**folders, **values, "split": list(self.options.split)}

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=photo_features(None), supervised_keys=("image", "mask")
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict:
        self.check_options()
        return {part: self._generate_examples(photos) for part, photos in divided(self.options).items()}

    def _generate_examples(self, photos: list[Photo]) -> Iterator[tuple[str, dict]]:
        for photo in photos:
            mask = class_mask(photo, self.options)
            yield (
                photo.name,
                {
                    "image": encoded(photo.image),
                    "mask": png(mask),
                    "type": labels.photo_type(mask),
                    "name": photo.name,
                    "photo": photo.name,
                },
            )
