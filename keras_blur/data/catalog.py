"""Finds prepared data sets and reads their examples, without TensorFlow."""

import dataclasses
import difflib
import functools
import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from keras_blur import files, labels
from keras_blur.errors import BlurError, UsageError, unknown

READ_AT_ONCE = 64  # records: one by one takes several times as long


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


PARTS = ("training", "validation", "held_out", "others")
VALIDATION_SHARE = 8  # of so many photos outside a fold, one chooses the best epoch


@dataclasses.dataclass(frozen=True)
class Fold:
    """A part of a data set's photos, where they are divided for cross-validation.

    Attributes:
        number: Number of the part that is held out, from 0.
        count: Number of parts that the photos are divided into.
        part: Whose photos: "held_out", on which the fold is measured; of the others "training" and
            "validation", which choose the best epoch; or "others" for all of these.

    Raises:
        UsageError: there is no such part.
    """

    number: int
    count: int
    part: str

    def __post_init__(self):
        if self.count < 2 or not 0 <= self.number < self.count:
            raise UsageError(
                f"folds: expected at least 2 and a part below, received part {self.number} of {self.count}"
            )
        if self.part not in PARTS:
            raise unknown("part of a fold", self.part, PARTS)


class PreparedSplit(Sequence):
    """The examples of one split, decoded when they are read.

    Attributes:
        dataset: "name/config".
        split: The split's name.
        fold: Which part of the split's photos these are; None = all.
        fingerprint: Changes if the prepared examples or their order change.
    """

    def __init__(self, source: Sequence[dict], dataset: str, split: str, fold: Fold | None = None):
        self._source = source  # records whose pictures are still encoded
        self.dataset, self.split, self.fold = dataset, split, fold

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, index: int) -> Example:  # type: ignore[override] # no slices
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

    def feature(self, name: str) -> list:
        """Another feature of every example, in order; no picture is decoded. Texts are `str`.

        Raises:
            BlurError: the data set has no such feature.
        """
        values = []
        for record in self._source:
            if name not in record:
                raise BlurError(
                    f"{self.dataset} has no feature '{name}', only {', '.join(sorted(record))}; prepare it "
                    "again if an older version built it"
                )
            value = record[name]
            values.append(_text(value) if isinstance(value, bytes | str) else value)
        return values

    @property
    def builder(self) -> str:
        """The data set's name without the config."""
        return self.dataset.split("/")[0]

    @property
    def identity(self) -> dict[str, Any]:
        """Data set, split and fold as plain data, which `load_identity` reads."""
        fold = {"fold": dataclasses.asdict(self.fold)} if self.fold else {}
        return {"dataset": self.dataset, "split": self.split, **fold}

    @functools.cached_property
    def photos(self) -> list[str]:
        """The id of the photo that every example was made of, in order; of several photos joined by "+".

        Raises:
            BlurError: an older version prepared the data set.
        """
        return self.feature("photo")

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


def load(dataset: str, split: str, data_dir: str | os.PathLike | None = None) -> PreparedSplit:
    """Opens a split of a prepared data set.

    Args:
        dataset: "name/config", or "name" of one without configs.
        split: "train", "validation", "test", or TFDS's syntax over them ("train+validation", "train[:10]").
        data_dir: Where data sets are prepared; None = `files.default_data_dir()`.

    Raises:
        UsageError: the data set isn't prepared there, or has no such split.
        BlurError: its folder is damaged (of its records: when they are read).
    """
    import tensorflow_datasets as tfds  # slow to import, and not needed for --help
    from google.protobuf import json_format

    folder = _find_folder(dataset, Path(data_dir) if data_dir else files.default_data_dir())
    try:
        builder = tfds.builder_from_directory(folder)
    except (ValueError, json_format.ParseError) as error:
        raise _damaged(folder, error) from error
    for part in split.split("+"):
        name = part.split("[")[0].strip()
        if name not in builder.info.splits:
            raise unknown("split", name, builder.info.splits, of=dataset)
    undecoded = {"image": tfds.decode.SkipDecoding(), "mask": tfds.decode.SkipDecoding()}
    try:
        for part in tfds.core.ReadInstruction.from_spec(split).to_absolute(builder.info.splits):
            if part.to is not None and part.to <= (part.from_ or 0):
                raise ValueError(part)  # TFDS would read other examples
        source = builder.as_data_source(split=split, decoders=undecoded)
    except (AssertionError, ValueError) as error:
        raise UsageError(
            f"split of {dataset}: expected parts such as train[:10] or train[50%:], received '{split}'"
        ) from error
    return PreparedSplit(_Records(source, folder), dataset, split)


def _damaged(folder: Path, error: Exception) -> BlurError:
    reason = next(iter(str(error).splitlines()), type(error).__name__)
    return BlurError(f"cannot read the data set prepared in {folder}: {reason}; remove it and build again")


class _Records(Sequence):
    """What TFDS reads from a prepared folder."""

    def __init__(self, source, folder: Path):
        self._source, self._folder = source, folder

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, index: int) -> dict:  # type: ignore[override] # no slices
        return self._read([index])[0]

    def __iter__(self) -> Iterator[dict]:
        for start in range(0, len(self), READ_AT_ONCE):
            yield from self._read(range(start, min(start + READ_AT_ONCE, len(self))))

    def _read(self, indices: Sequence[int]) -> Sequence[dict]:
        try:
            return self._source.__getitems__(list(indices))
        except RuntimeError as error:
            raise _damaged(self._folder, error) from error


def load_identity(identity: Mapping[str, Any], data_dir: str | Path | None = None) -> PreparedSplit:
    """Opens the split that `PreparedSplit.identity` describes; raises as `load` and `select_fold`."""
    split = load(identity["dataset"], identity["split"], data_dir)
    return select_fold(split, Fold(**identity["fold"])) if identity.get("fold") else split


def select_fold(split: PreparedSplit, fold: Fold) -> PreparedSplit:
    """Returns one part of a split for cross-validation.

    The photos of each type are dealt out by the hashes of their ids, so the folds are as large as can be,
    hold the types alike, and are the same on every machine. Crops and patches of one photo stay together.

    Args:
        split: All examples.
        fold: Which part.

    Raises:
        UsageError: there are too few photos, or the pictures are composites.
    """
    photos = split.photos
    if any("+" in photo for photo in photos):
        raise UsageError(
            f"folds: expected photos, or crops or patches of photos, received {split.dataset}, whose "
            "composites share photos with those held out; leave `folds` out"
        )
    types = dict(zip(photos, split.types, strict=True))
    order = sorted(types, key=lambda photo: (types[photo], hashlib.sha256(photo.encode()).digest()))
    others = [photo for place, photo in enumerate(order) if place % fold.count != fold.number]
    parts = {
        "held_out": set(order).difference(others),
        "others": set(others),
        "validation": set(others[::VALIDATION_SHARE]),
        "training": set(others).difference(others[::VALIDATION_SHARE]),
    }
    if len(order) < fold.count or not all(parts.values()):
        raise UsageError(
            f"folds: expected fewer than the {len(order)} photos of {split.dataset}, received {fold.count}"
        )
    chosen = [index for index, photo in enumerate(photos) if photo in parts[fold.part]]
    return PreparedSplit(_Selection(split._source, chosen), split.dataset, split.split, fold)


class _Selection(Sequence):
    """Some of a sequence's records."""

    def __init__(self, records: Sequence, indices: Sequence[int]):
        self._records, self._indices = records, indices

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index):
        return self._records[self._indices[index]]


def _find_folder(dataset: str, data_dir: Path) -> Path:
    """The newest version's folder of a prepared data set.

    A config is never chosen here: the only one that is prepared need not be the builder's default.
    """
    prepare = f"prepare it with 'keras-blur prepare {dataset} --data-dir {data_dir}'"
    if not data_dir.is_dir():
        raise UsageError(
            f"data folder {data_dir} is not there; name the one that holds {dataset} by `data_dir` or "
            f"KERAS_BLUR_DATASETS, or {prepare}"
        )
    folders = [
        info.parent for depth in ("*/*", "*/*/*") for info in data_dir.glob(f"{depth}/dataset_info.json")
    ]
    versions = [folder for folder in folders if re.fullmatch(r"\d+\.\d+\.\d+", folder.name)]
    versions.sort(key=lambda folder: [int(part) for part in folder.name.split(".")])
    # The last one of a name, which is the newest, stays.
    prepared = {folder.parent.relative_to(data_dir).as_posix(): folder for folder in versions}
    if dataset in prepared:
        return prepared[dataset]
    if configs := sorted(name for name in prepared if name.startswith(f"{dataset}/")):
        raise UsageError(
            f"dataset '{dataset}' has configs: name one; prepared in {data_dir}: {', '.join(configs)}"
        )
    if os.path.isdir(dataset):
        prepare = (
            "make a data set of your own photos with "
            f"'keras-blur prepare photos/NAME --images {dataset} --masks FOLDER'"
        )
    found = f"it has {', '.join(sorted(prepared))}" if prepared else "nothing is"
    near = difflib.get_close_matches(dataset, prepared, n=1)
    hint = f"did you mean '{near[0]}'? If not, {prepare}" if near else f"{found}; {prepare}"
    raise UsageError(f"dataset '{dataset}' is not prepared in {data_dir}: {hint}")
