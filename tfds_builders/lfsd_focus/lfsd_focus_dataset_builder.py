"""Real light-field photos with labels of what is in focus: often the background, not the subject."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

from keras_blur import labels
from keras_blur.errors import BlurError
from keras_blur.processing.photos import read_mask
from tfds_builders.features import photo_features, png
from tfds_builders.photo_folder import MaskedPhoto, counted_names, find_masked_photos

PAGE = "https://sites.duke.edu/nianyi/publication/saliency-detection-on-light-field/"
NAME = re.compile(r"(lfsd_(\d{3}))_\d{2}")  # the scene, its number, the slice's number
IN_FOCUS, IGNORED, OUT_OF_FOCUS = 0, 128, 255
VALIDATION_EVERY = 5  # scenes


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds `lfsd_focus` from a folder of photos and labels."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}  # noqa: RUF012 - TFDS's own name and form
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        f"Download LFSD (Li et al., CVPR 2014) from {PAGE}. Put slices of its focal stacks into "
        "image/lfsd_SCENE_SLICE.jpg of one folder, and their focus labels (0 in focus, 255 out of focus, "
        "128 not known) into label/lfsd_SCENE_SLICE.png, as tfds_builders/lfsd_focus/README.md describes."
    )

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=photo_features("jpeg"), homepage=PAGE, supervised_keys=("image", "mask")
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict:
        splits = divided_by_scene(find_photos(Path(dl_manager.manual_dir)))
        return {split: self._generate_examples(photos) for split, photos in splits.items()}

    def _generate_examples(self, photos: list[MaskedPhoto]) -> Iterator[tuple[str, dict]]:
        for photo in photos:
            mask = class_mask(photo)
            yield (
                photo.name,
                {
                    "image": photo.image.read_bytes(),  # as published: coding again changes the blur
                    "mask": png(mask),
                    "type": labels.photo_type(mask),
                    "name": photo.name,
                    "photo": NAME.sub(r"\1", photo.name),
                },
            )


def find_photos(folder: Path) -> list[MaskedPhoto]:
    """The photos with labels of a folder.

    Raises:
        BlurError: some have no label, another size, an unknown name, or are no JPEG; or a split gets none.
    """
    photos = find_masked_photos(folder, smallest=1, masks="label")
    for problem, wrong in (
        ("not called lfsd_SCENE_SLICE", [p.image.name for p in photos if not NAME.fullmatch(p.name)]),
        ("not a .jpg", [p.image.name for p in photos if p.image.suffix.lower() not in (".jpg", ".jpeg")]),
    ):
        if wrong:
            raise BlurError(
                f"{folder} is not lfsd_focus: {counted_names(wrong)} {problem}; rename or remove them"
            )
    return photos


def divided_by_scene(photos: list[MaskedPhoto]) -> dict[str, list[MaskedPhoto]]:
    """The photos of each split: every fifth scene is for validation.

    Raises:
        BlurError: a split would be empty.
    """
    splits: dict[str, list[MaskedPhoto]] = {"train": [], "validation": []}
    for photo in photos:
        number = int(NAME.sub(r"\2", photo.name))
        splits["train" if number % VALIDATION_EVERY else "validation"].append(photo)
    for split, part in splits.items():
        if not part:
            divisible = "divisible" if split == "validation" else "not divisible"
            raise BlurError(
                f"lfsd_focus: no photo is left for the {split} split; expected scenes whose number is "
                f"{divisible} by {VALIDATION_EVERY}"
            )
    return splits


def class_mask(photo: MaskedPhoto) -> np.ndarray:
    """A label file as class ids `(H, W)` uint8.

    Raises:
        BlurError: it can't be read, or holds another value than 0, 128 and 255.
    """
    label = read_mask(photo.gt)
    unknown = set(np.unique(label)) - {IN_FOCUS, IGNORED, OUT_OF_FOCUS}
    if unknown:
        raise BlurError(
            f"{photo.gt}: expected labels {IN_FOCUS}, {IGNORED} and {OUT_OF_FOCUS}, found also "
            f"{', '.join(map(str, sorted(unknown)[:3]))}; save it as a PNG without smoothing"
        )
    ids = np.full(label.shape, labels.VOID, np.uint8)
    ids[label == IN_FOCUS] = labels.SHARP
    ids[label == OUT_OF_FOCUS] = labels.DEFOCUS
    return ids
