"""Finds prepared data sets and reads their examples, without TensorFlow."""

import dataclasses
import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from keras_blur import files, labels
from keras_blur.errors import BlurError, UsageError, unknown


@dataclasses.dataclass(frozen=True)
class Example:
    """One photo and its truth.

    Attributes:
        image: `(H, W, 3)` uint8 RGB.
        mask: `(H, W)` uint8 class ids, 255 = void.
        type: One of `labels.PHOTO_TYPES`.
        name: Unique within the data set: the file's stem.
    """

    image: np.ndarray
    mask: np.ndarray
    type: str
    name: str


class PreparedSplit(Sequence):
    """The examples of one split, decoded when they are asked for.

    Attributes:
        dataset: "name/config".
        split: The split's name.
        fingerprint: Changes if the prepared examples or their order change.
    """

    def __init__(self, source, dataset: str, split: str):
        self._source = source  # records whose pictures are still encoded
        self.dataset, self.split = dataset, split

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, index: int) -> Example:
        if not -len(self) <= index < len(self):
            raise IndexError(f"index: expected below {len(self)}, received {index}")
        record = self._source[index % len(self)]
        name = _text(record["name"])
        flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
        image = _decode(record["image"], flags, f"{self.dataset}: image of {name}")
        mask = _decode(record["mask"], cv2.IMREAD_GRAYSCALE, f"{self.dataset}: mask of {name}")
        if image.shape[:2] != mask.shape:
            raise BlurError(
                f"{self.dataset}: expected a mask of the size of the image {name}, {image.shape[:2]}, "
                f"found {mask.shape}; prepare the data set again"
            )
        return Example(image, mask, labels.PHOTO_TYPES[int(record["type"])], name)

    @functools.cached_property
    def types(self) -> list[str]:
        """The type of every example, in order; no picture is decoded."""
        return [labels.PHOTO_TYPES[int(record["type"])] for record in self._source]

    @functools.cached_property
    def names(self) -> list[str]:
        """The name of every example, in order; no picture is decoded."""
        return [_text(record["name"]) for record in self._source]

    @functools.cached_property
    def fingerprint(self) -> str:
        digest = hashlib.sha256()
        for record in self._source:
            for feature in ("name", "image", "mask"):
                digest.update(record[feature])
        return digest.hexdigest()[:16]


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _decode(encoded: bytes, flags: int, what: str) -> np.ndarray:
    array = cv2.imdecode(np.frombuffer(encoded, np.uint8), flags) if encoded else None
    if array is None:
        raise BlurError(f"{what} is not a readable picture; prepare the data set again")
    return array


def load(dataset: str, split: str, data_dir: str | Path | None = None) -> PreparedSplit:
    """Opens a split of a prepared data set.

    Args:
        dataset: "name" or "name/config", as `python -m tfds_builders` takes it.
        split: "train", "validation", "test", or TFDS's syntax over them ("train+validation", "train[:10]").
        data_dir: Where data sets are prepared; None = `files.default_data_dir()`.

    Raises:
        UsageError: the data set isn't prepared there, or has no such split.
    """
    import tensorflow_datasets as tfds  # slow to import, and not needed for --help

    data_dir = Path(data_dir) if data_dir else files.default_data_dir()
    builder = tfds.builder_from_directory(_find_folder(dataset, data_dir))
    for part in split.split("+"):
        name = part.split("[")[0].strip()
        if name not in builder.info.splits:
            raise unknown(f"split of {dataset}", name, builder.info.splits)
    undecoded = {"image": tfds.decode.SkipDecoding(), "mask": tfds.decode.SkipDecoding()}
    try:
        source = builder.as_data_source(split=split, decoders=undecoded)
    except (AssertionError, ValueError) as error:
        raise UsageError(
            f"split of {dataset}: expected parts such as train[:10] or train[50%:], received '{split}'"
        ) from error
    return PreparedSplit(source, dataset, split)


def _find_folder(dataset: str, data_dir: Path) -> Path:
    """The newest version's folder of a prepared data set; its only config may be left out."""
    if not data_dir.is_dir():
        raise UsageError(
            f"data folder {data_dir} is not there; prepare the data set with "
            f"'python -m tfds_builders {dataset} --data-dir {data_dir}'"
        )
    prepared: dict[str, Path] = {}
    for info in sorted(data_dir.glob("*/*/dataset_info.json")) + sorted(
        data_dir.glob("*/*/*/dataset_info.json")
    ):
        prepared[info.parent.parent.relative_to(data_dir).as_posix()] = info.parent  # the last version wins
    if dataset in prepared:
        return prepared[dataset]
    configs = [name for name in prepared if name.startswith(f"{dataset}/")]
    if len(configs) == 1:
        return prepared[configs[0]]
    if configs:
        raise UsageError(
            f"dataset '{dataset}' has several configs prepared: name one of {', '.join(configs)}"
        )
    error = unknown("prepared dataset", dataset, prepared or [dataset])
    raise UsageError(
        f"{error} in {data_dir}; prepare it with 'python -m tfds_builders {dataset} --data-dir {data_dir}'"
        if prepared
        else f"no dataset is prepared in {data_dir}; prepare it with "
        f"'python -m tfds_builders {dataset} --data-dir {data_dir}'"
    )
