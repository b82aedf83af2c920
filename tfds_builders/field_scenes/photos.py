"""The sharp photos that scenes are made of: those that Python packages ship, and a folder of the user's."""

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from keras_blur.processing import find_photos, limit_side, read_photo
from keras_blur.synthesis import camera, mattes
from keras_blur.synthesis.cutout import Cutout, placed
from keras_blur.synthesis.light import to_linear
from tfds_builders.blur_demo import sources as packaged
from tfds_builders.features import joined
from tfds_builders.field_scenes.fonts import Face, faces
from tfds_builders.generated import SPLITS, need
from tfds_builders.objects import cutout, is_sharp_all_over, sharp_objects
from tfds_builders.photo_folder import MaskedPhoto, by_stem, divide

LARGEST_SIDE = 2600  # pixels: larger photos are shrunk when they are read
REDUCTION = (1.15, 1.6)  # of a photo: what was slightly soft becomes sharp
SURELY_SHARP = 2.0  # reduction after which any photo is sharp
COLLAGE_SIZE = (480, 640)  # rows, columns
CUTOUTS = ("motorcycle", "flower")  # of the packaged ones: those in one piece
SUBJECT_SHARE = (0.4, 0.85)  # of the frame's side that a subject takes


@dataclasses.dataclass(frozen=True)
class Sources:
    """What the scenes of one split are made of.

    Attributes:
        photos: names of packaged photos ("package/file"), and paths of the user's.
        objects: names of packaged cut-outs, and photos with object masks of the user's.
        faces: fonts.
    """

    photos: tuple[str | Path, ...]
    objects: tuple[str | MaskedPhoto, ...]
    faces: tuple[Face, ...]


def find_sources(
    photos_dir: Path | None = None, objects_dir: Path | None = None, fonts_dir: Path | None = None
) -> dict[str, Sources]:
    """The sources of each split: nothing stands in two of them.

    Args:
        photos_dir: a folder of photos, used besides the packaged ones; soft ones are left out.
        objects_dir: a folder of photos with object masks, `image/` and `gt/`.
        fonts_dir: a folder of fonts.

    Raises:
        BlurError: a folder has nothing that can be used for one of the splits.
    """
    photos: dict[str, list] = {split: list(packaged.PHOTOS[split]) for split in SPLITS}
    objects: dict[str, list] = {
        split: [name for name in packaged.CUTOUTS[split] if name in CUTOUTS] for split in SPLITS
    }
    if photos_dir:
        found = by_stem(find_photos([photos_dir]))
        sharp = {
            split: [found[name] for name in names if is_sharp_all_over(_reduced(read_photo(found[name])))]
            for split, names in divide(found).items()
        }
        need(sharp, "photos that are sharp all over", photos_dir)
        for split, paths in sharp.items():
            photos[split] += paths
    if objects_dir:
        for split, masked in sharp_objects(objects_dir).items():
            objects[split] += masked
    fonts = faces(fonts_dir)
    return {
        split: Sources(tuple(photos[split]), tuple(objects[split]), tuple(fonts[split])) for split in SPLITS
    }


def _reduced(image: np.ndarray) -> np.ndarray:
    return limit_side(image, round(max(image.shape) / REDUCTION[0]))


@functools.lru_cache(maxsize=48)
def read(source: str | Path) -> np.ndarray:
    """A photo, `(H, W, 3)` uint8 RGB. The last ones are kept: each is used many times."""
    return packaged.photo(source) if isinstance(source, str) else limit_side(read_photo(source), LARGEST_SIDE)


def name_of(source: str | Path) -> str:
    """The photo's id: "package/file", or the file's stem."""
    return source if isinstance(source, str) else source.stem


def any_photo(rng: np.random.Generator, sources: Sequence[str | Path]) -> str | Path:
    """A random one."""
    return sources[int(rng.integers(len(sources)))]


def view(rng: np.random.Generator, source: str | Path) -> np.ndarray:
    """A photo reduced by `REDUCTION`, so that it is sharp: `(H, W, 3)` float32 linear light."""
    image = read(source)
    factor = max(rng.uniform(*REDUCTION), max(image.shape) / 960)
    height, width = (round(side / factor) for side in image.shape[:2])
    return _lit(rng, cv2.resize(to_linear(image), (width, height), interpolation=cv2.INTER_AREA))


def shrunk_view(rng: np.random.Generator, photos: Sequence[str | Path]) -> tuple[np.ndarray, str]:
    """Photos shrunk by two or more, so that no doubt about their sharpness is left.

    A photo that is large enough fills the frame; smaller ones stand side by side, as prints on a wall.

    Returns:
        `(H, W, 3)` float32 linear light of `COLLAGE_SIZE`, and the photos' ids.
    """
    first = any_photo(rng, photos)
    count = 1
    while count < 4 and not _fits(first, count):
        count += 1
    able = [photo for photo in photos if _fits(photo, count)] or [first]
    rows, columns = (round(side / count) for side in COLLAGE_SIZE)
    chosen = [first, *(any_photo(rng, able) for _ in range(count * count - 1))]
    cells = [_cell(rng, photo, rows, columns) for photo in chosen]
    frame = np.vstack([np.hstack(cells[start : start + count]) for start in range(0, len(cells), count)])
    return frame, joined(name_of(photo) for photo in chosen)


def _fits(source: str | Path, count: int) -> bool:
    sides = read(source).shape[:2]
    return all(side * count >= SURELY_SHARP * whole for side, whole in zip(sides, COLLAGE_SIZE, strict=True))


def _cell(rng: np.random.Generator, source: str | Path, rows: int, columns: int) -> np.ndarray:
    image = read(source)
    factor = min(image.shape[0] / rows, image.shape[1] / columns)
    height, width = int(rows * factor), int(columns * factor)
    top, left = rng.integers(image.shape[0] - height + 1), rng.integers(image.shape[1] - width + 1)
    crop = to_linear(image[top : top + height, left : left + width])
    cell = cv2.resize(crop, (columns, rows), interpolation=cv2.INTER_AREA)
    return _lit(rng, cell if rng.random() < 0.5 else cell[:, ::-1])


def _lit(rng: np.random.Generator, linear: np.ndarray) -> np.ndarray:
    tint = np.exp(rng.normal(scale=0.06, size=3)) * rng.uniform(0.7, 1.2)
    return camera.expand_highlights(linear, gain=rng.uniform(1, 6)) * tint.astype(np.float32)


def subject(
    rng: np.random.Generator, sources: Sources, behind: str | Path, height: int, width: int, enlarged: float
) -> tuple[np.ndarray, np.ndarray]:
    """An object that was cut out, or a shape with the surface of another photo, in an empty frame.

    Args:
        rng: the source of randomness.
        sources: of the split.
        behind: the photo that it will stand before, from which it isn't cut.
        height: rows of the frame.
        width: columns of the frame.
        enlarged: the most by which it is enlarged, which makes it softer.

    Returns:
        Colours `(H, W, 3)` and matte `(H, W)`, float32.
    """
    able = [one for one in sources.objects if _object_name(one) not in name_of(behind)]
    if able and rng.random() < 0.75:
        chosen = able[rng.integers(len(able))]
        cut = cutout(chosen) if isinstance(chosen, MaskedPhoto) else Cutout(*packaged.cutout(chosen))
        colours, matte = placed(rng, cut, height, width, rng.uniform(*SUBJECT_SHARE), enlarged)
        return _lit(rng, colours), matte
    others = [photo for photo in sources.photos if photo != behind] or list(sources.photos)
    surface = cv2.resize(view(rng, any_photo(rng, others)), (width, height), interpolation=cv2.INTER_AREA)
    middle = (rng.uniform(0.3, 0.7) * height, rng.uniform(0.3, 0.7) * width)
    size = rng.uniform(*SUBJECT_SHARE) / 2 * min(height, width)
    return surface, mattes.blob(rng, height, width, middle, size)


def _object_name(one: str | MaskedPhoto) -> str:
    return one if isinstance(one, str) else one.name
