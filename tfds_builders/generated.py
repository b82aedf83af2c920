"""What all builders share that make their pictures: options, and one function per example for any runner.

A builder plans *recipes*, small values that each fully determine a few examples, and a *maker*, a picklable
callable from a recipe to its (key, example) pairs. Whoever runs the maker, here, in worker processes or on an
Apache Beam runner, in any order, the examples are the same to the last byte.
"""

import collections
import dataclasses
import functools
import hashlib
import itertools
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tensorflow_datasets as tfds

from keras_blur.errors import BlurError, UsageError
from keras_blur.processing.formats import ENDINGS
from keras_blur.processing.photos import read_size
from tfds_builders.cuhk_blur.cuhk_blur_dataset_builder import Builder as CuhkBuilder
from tfds_builders.cuhk_blur.cuhk_blur_dataset_builder import class_mask
from tfds_builders.cuhk_blur.manual_folder import ManualFolder, Photo, read_manifest
from tfds_builders.photo_folder import decoded

SPLITS = ("train", "validation", "test")
CUHK_INSTRUCTIONS = CuhkBuilder.MANUAL_DOWNLOAD_INSTRUCTIONS
CHUNK = 4  # recipes that a worker takes at once
FONT_ENDINGS = (".ttf", ".otf")
AHEAD = 2  # chunks for each worker that are made before they are wanted

Example = tuple[str, dict[str, Any]]
Maker = Callable[[Any], list[Example]]


@dataclasses.dataclass(frozen=True)
class Options:
    """How a generated data set is built.

    Attributes:
        objects_dir: folder of photos with object masks (`image/`, `gt/`); None = none was named.
        photos_dir: folder of sharp photos; None = none was named.
        fonts_dir: folder of fonts; None = none was named.
        count: most examples of the train split, the other splits in proportion; None = the full data set.
        workers: processes that make examples; 1 = this one alone.
        beam: make them on Apache Beam.
    """

    objects_dir: Path | None = None
    photos_dir: Path | None = None
    fonts_dir: Path | None = None
    count: int | None = None
    workers: int = 1
    beam: bool = False


class GeneratedBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):  # type: ignore[call-arg]
    """Base of the builders that make pictures; a builder defines `_info` and `plan`."""

    options = Options()
    examples_per_recipe: int | None = 1  # about; None = `plan` itself heeds `options.count`
    uses_objects = False  # whether options.objects_dir is needed
    uses_photos = False  # whether options.photos_dir is needed
    option_folders: tuple[str, ...] = ()  # folders of `options` that are used where they are named

    def __init__(self, *, options: Options | None = None, **arguments: Any):
        if options is not None:
            self.options = options
        super().__init__(**arguments)

    def plan(self, manual_dir: Any) -> tuple[Maker, dict[str, Sequence[Any]]]:
        """The maker, and each split's recipes. Finds and checks all sources; makes nothing yet.

        Args:
            manual_dir: the folder of downloads; None if the data set needs none.
        """
        raise NotImplementedError

    def check_options(self) -> None:
        """Raises a UsageError if a folder that the data set is made from was not named."""
        if self.uses_objects and self.options.objects_dir is None:
            raise UsageError(
                f"{self.name} needs photos with object masks: add `objects_dir` FOLDER, a folder with image/ "
                "(photos) and gt/ (a mask for each, white = object)"
            )
        if self.uses_photos and self.options.photos_dir is None:
            raise UsageError(f"{self.name} needs sharp photos: add `photos_dir` FOLDER, a folder of photos")

    def source(self, option: str) -> Path:
        """The folder that an option names.

        Raises:
            UsageError: it names none.
        """
        folder = getattr(self.options, option)
        if folder is None:
            raise UsageError(f"{option}: expected a folder, received none")
        return folder

    def recorded_options(self) -> dict[str, Any]:
        """The options that decide what is made; of a folder that was named, its fingerprint."""
        folders = {}
        if self.uses_objects:
            folders["objects_dir"] = self.options.objects_dir
        if self.uses_photos:
            folders["photos_dir"] = self.options.photos_dir
        named = {name: fingerprint(folder) for name, folder in folders.items() if folder}
        optional = {name: getattr(self.options, name) for name in self.option_folders}
        recorded = {name: fingerprint(folder) if folder else None for name, folder in optional.items()}
        return {"count": self.options.count, **named, **recorded}

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict:
        self.check_options()
        manual_dir = Path(dl_manager.manual_dir) if self.MANUAL_DOWNLOAD_INSTRUCTIONS else None
        maker, recipes = self.plan(manual_dir)
        share = 1.0
        if self.options.count and self.examples_per_recipe:
            share = self.options.count / (len(recipes["train"]) * self.examples_per_recipe)
        return {
            split: self._generate_examples(maker, thinned(every, share)) for split, every in recipes.items()
        }

    def _generate_examples(self, maker: Maker, recipes: Sequence[Any]) -> Any:
        if self.options.beam:
            import apache_beam as beam

            return beam.Create(recipes) | beam.Reshuffle() | beam.FlatMap(maker)
        return made(maker, recipes, self.options.workers)


def thinned(recipes: Sequence[Any], share: float) -> Sequence[Any]:
    """An even selection of recipes, one at least."""
    count = min(len(recipes), max(1, round(share * len(recipes))))
    return [recipes[index * len(recipes) // count] for index in range(count)]


def made(maker: Maker, recipes: Sequence[Any], workers: int = 1) -> Iterator[Example]:
    """Makes the examples, in order, in this process or in several."""
    if workers <= 1:
        for recipe in recipes:
            yield from maker(recipe)
        return
    chunks = (recipes[start : start + CHUNK] for start in range(0, len(recipes), CHUNK))
    # Fresh processes: forking one that has threads may deadlock.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, _start_worker, (maker,))
    try:
        pending = collections.deque(
            pool.submit(_work, chunk) for chunk in itertools.islice(chunks, AHEAD * workers)
        )
        while pending:
            examples = pending.popleft().result()
            pending.extend(pool.submit(_work, chunk) for chunk in itertools.islice(chunks, 1))
            yield from examples
    except BrokenProcessPool as error:
        raise BlurError(
            "a worker process was killed, perhaps for want of memory; build again with fewer workers"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


_maker: Maker | None = None


def _start_worker(maker: Maker) -> None:
    global _maker
    _maker = maker
    cv2.setNumThreads(1)  # the processes already fill the cores


def _work(recipes: Sequence[Any]) -> list[Example]:
    assert _maker is not None, "_start_worker ran first"
    return [example for recipe in recipes for example in _maker(recipe)]


def seed_of(*parts: Any) -> list[int]:
    """A seed for `numpy.random.default_rng` from any values that print alike everywhere."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return [int.from_bytes(digest[start : start + 4], "big") for start in range(0, 16, 4)]


@functools.lru_cache(maxsize=4)
def cuhk(folder: Path) -> ManualFolder:
    """CUHK's files in a folder, looked through once per process."""
    return ManualFolder(folder)


def cuhk_photos(manifest: Path, folder: Path, config: str = "kim2018") -> dict[str, list[Photo]]:
    """CUHK's photos by the split they have in a config, all checked to be there unaltered."""
    photos = read_manifest(manifest)
    cuhk(folder).verify(photo for photo in photos if photo.splits[config] in SPLITS)
    return {split: [photo for photo in photos if photo.splits[config] == split] for split in SPLITS}


def read_cuhk(folder: Path, photo: Photo) -> tuple[np.ndarray, np.ndarray]:
    """A photo of CUHK, `(H, W, 3)` uint8 RGB, and its class ids, `(H, W)` uint8.

    Raises:
        BlurError: they can't be decoded, or their sizes differ.
    """
    image, mask = cuhk(folder).photo(photo)
    return decoded(image, f"{photo.name}.jpg"), class_mask(photo, image, mask)


def need(sources: Mapping[str, Sequence[Any]], what: str, where: Path) -> None:
    """Refuses to go on with too few sources.

    Raises:
        BlurError: a split has none.
    """
    empty = [split for split, part in sources.items() if not part]
    if empty:
        found = sum(map(len, sources.values()))
        raise BlurError(
            f"{where} has {found} {what} and none of them for {', '.join(empty)}: every split needs its own; "
            "add more photos"
        )


def fingerprint(folder: Path) -> str:
    """Changes with the names or bytes of the pictures and fonts in a folder and its sub-folders."""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*"), *folder.glob("*/*")]):
        if path.suffix.lower() in (*ENDINGS, *FONT_ENDINGS) and path.is_file():
            digest.update(f"{path.relative_to(folder).as_posix()}\n".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def cuhk_size(folder: Path, photo: Photo) -> tuple[int, int]:
    """Rows and columns of a photo of CUHK, from its head alone."""
    return read_size(cuhk(folder).photo(photo)[0])


def require_size(name: str, height: int, width: int, smallest: int) -> None:
    """Raises a BlurError if a photo is smaller than what is to be cut out of it."""
    if min(height, width) < smallest:
        raise BlurError(
            f"{name} is {width}x{height} pixels: expected {smallest} at least on both sides; take it out"
        )
