"""Reading photos and masks as they come: any orientation, mode and depth, or a clear error."""

import contextlib
import glob
import io
import os
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image

from keras_blur import files
from keras_blur.errors import BlurError, UsageError

MAX_PIXELS = 200_000_000
"""Larger photos are refused: a small file can claim any size, and this one takes 1.4 GB to read."""

FORMATS = ("JPEG", "MPO", "PNG", "TIFF", "WEBP", "BMP", "GIF", "PPM", "JPEG2000")
"""What Pillow may decode here. Short on purpose: some of its other decoders start programs (EPS)."""

ENDINGS = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".gif", ".ppm", ".pgm", ".jp2")
"""Endings, in any case, by which photos are found in folders."""

STRIP_ROWS = 256  # Converting by strips keeps one full-size copy fewer in memory.


def read_photo(path: str | os.PathLike) -> np.ndarray:
    """Reads a photo upright, as 8-bit RGB.

    The EXIF orientation is applied. Grey becomes RGB; transparent parts are laid on white; palettes are
    resolved; 16 bit is scaled to 8; CMYK is converted without its colour profile. Of several frames,
    the first is read.

    Args:
        path: A file in one of `FORMATS`, whatever its ending, of at most `MAX_PIXELS` pixels.

    Returns:
        uint8 RGB `(H, W, 3)`.

    Raises:
        BlurError: the file is missing, empty, damaged, incomplete, too large or not a photo.
    """
    pixels, orientation = _decode(path)
    return _upright(pixels, orientation)


def read_mask(path: str | os.PathLike, shape: tuple[int, int] | None = None) -> np.ndarray:
    """Reads a mask's numbers as they are stored; `keras_blur.labels` knows what they mean.

    Colour masks are read by their brightest channel and alpha is ignored; 1-bit masks become 0 and 255.
    Palette masks are read by index, but a palette of greys (as PNG optimisers make) by its grey levels.

    Args:
        path: An 8-bit picture.
        shape: The `(H, W)` that the mask must have, that of its photo; None = any.

    Returns:
        uint8 `(H, W)`.

    Raises:
        BlurError: the file is missing, unreadable, of more than 8 bit, or not of the given shape.
    """
    with _opened(path) as image:
        if image.mode == "P":
            colours = np.asarray(image.getpalette("RGB")).reshape(-1, 3)
            mask = np.asarray(image)
            if (colours == colours[:, :1]).all():
                mask = np.asarray(image.convert("L"))
        elif image.mode in ("1", "L"):
            mask = np.asarray(image.convert("L"))
        elif image.mode in ("LA", "RGB", "RGBA"):
            colours = np.asarray(image)
            mask = colours[..., : -1 if image.mode.endswith("A") else None].max(axis=-1)
        else:
            raise BlurError(
                f"cannot read the mask {path}: expected 8 bit, found mode {image.mode}; save it as 8-bit PNG"
            )
    if shape is not None and mask.shape != tuple(shape):
        expected, found = (f"{size[1]}x{size[0]}" for size in (shape, mask.shape))
        raise BlurError(
            f"the mask {path} has another size than its photo: expected {expected}, found {found}"
        )
    return mask


def find_photos(paths: Iterable[str | os.PathLike]) -> list[Path]:
    """Finds the photos that files, folders and patterns name.

    A file is taken as it is. Of a folder, the files with a known ending (`ENDINGS`) are taken, sorted by
    name, without hidden files and sub-folders; of a pattern (`*`, `?`, `[...]`, `**`), those with a
    known ending.

    Returns:
        Each photo once, in the order of the arguments.

    Raises:
        UsageError: a path is not there, or a folder or pattern holds no photo.
    """
    found: dict[str, Path] = {}
    for path in map(os.fspath, paths):
        for photo in _find(path):
            found.setdefault(os.path.abspath(photo), Path(photo))
    return list(found.values())


def _find(path: str) -> list[str]:
    if os.path.isdir(path):
        try:
            names = sorted(name for name in os.listdir(path) if not name.startswith("."))
        except OSError as error:
            raise UsageError(f"cannot read the folder {path}: {error.strerror}") from error
        candidates = [os.path.join(path, name) for name in names]
    elif os.path.exists(path):
        return [path]
    elif glob.has_magic(path):
        candidates = sorted(glob.glob(path, recursive=True))
    else:
        raise UsageError(f"no such photo or folder: {path}")
    photos = [name for name in candidates if name.lower().endswith(ENDINGS) and not os.path.isdir(name)]
    if not photos:
        raise UsageError(f"no photos in {path}: expected files ending in {' '.join(ENDINGS)}")
    return photos


@contextlib.contextmanager
def _opened(path: str | os.PathLike) -> Iterator[Image.Image]:
    """The decoded picture; whatever goes wrong with it inside the block becomes a BlurError."""
    path = Path(path)
    try:
        _check_file(path)
        with _no_other_limit(), Image.open(path, formats=_formats()) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BlurError(
                    f"cannot read {path}: expected at most {MAX_PIXELS // 1_000_000} megapixels, "
                    f"found {image.width}x{image.height} pixels; shrink it first"
                )
            image.load()
            yield image
    except BlurError:
        raise
    except Image.UnidentifiedImageError:
        formats = ", ".join(FORMATS)
        raise BlurError(
            f"cannot read {path}: not a photo in a known format; expected one of {formats}"
        ) from None
    except MemoryError:
        raise BlurError(f"cannot read {path}: not enough memory; shrink it first") from None
    except Exception as error:  # Pillow's decoders raise nearly anything on damaged files.
        if isinstance(error, OSError) and error.errno:
            raise BlurError(f"cannot read {path}: {error.strerror}") from error
        reason = str(error) or type(error).__name__
        raise BlurError(f"cannot read {path}: the file is damaged or incomplete ({reason})") from error


def _decode(path: str | os.PathLike) -> tuple[np.ndarray, int]:
    """The pixels as stored, uint8 RGB `(H, W, 3)`, and their EXIF orientation."""
    with _opened(path) as image:
        pixels = np.empty((image.height, image.width, 3), np.uint8)
        for top in range(0, image.height, STRIP_ROWS):
            bottom = min(top + STRIP_ROWS, image.height)
            pixels[top:bottom] = _rgb(image.crop((0, top, image.width, bottom)))
        return pixels, _orientation(image)


def _orientation(image: Image.Image) -> int:
    try:
        return image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # Broken EXIF data do not make a photo unreadable.
        return 1


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise BlurError(f"cannot read {path}: it is a folder, not a photo")
    if not path.exists():
        raise BlurError(f"cannot read {path}: there is no such file")
    if not path.is_file():
        raise BlurError(f"cannot read {path}: it is not a plain file")
    if not path.stat().st_size:
        raise BlurError(f"cannot read {path}: the file is empty (0 bytes)")


def _formats() -> list[str]:
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]  # Pillow may be built without some.


@contextlib.contextmanager
def _no_other_limit() -> Iterator[None]:
    """Lifts Pillow's own limit of pixels, lower than `MAX_PIXELS`, and silences its warnings for a while."""
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _rgb(strip: Image.Image) -> np.ndarray:
    """A strip of any mode as uint8 `(H, W, 3)`."""
    if strip.mode.startswith("I"):
        return _from_16_bit(np.asarray(strip))
    if strip.mode == "F":
        raise ValueError("floating-point pixels have no known range; save it with 8 or 16 bit")
    if strip.has_transparency_data:
        strip = strip.convert("RGBA")
        strip = Image.alpha_composite(Image.new("RGBA", strip.size, "white"), strip)
    return np.asarray(strip.convert("RGB"))


def _from_16_bit(grey: np.ndarray) -> np.ndarray:
    """Scales 0..65535 to 0..255; Pillow does not scale, it clips."""
    if grey.min() < 0 or grey.max() > 65535:
        raise ValueError("32-bit pixels outside 0..65535; save it with 8 or 16 bit")
    grey = np.rint(grey.astype(np.float32) / 257).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Undoes the EXIF orientation (1-8; anything else counts as 1)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def save_picture(path: str | os.PathLike, pixels: np.ndarray, **options: Any) -> None:
    """Writes a picture atomically; the ending chooses the format.

    Args:
        path: Where to.
        pixels: `(H, W)` or RGB `(H, W, 3)`, uint8.
        **options: What Pillow's writer of the format takes, such as `quality`.

    Raises:
        BlurError: the folder can't be written, or the disk is full.
    """
    Image.init()
    with files.atomic_path(path) as temporary:
        encoded = io.BytesIO()  # Pillow takes no notice of a file that it could write only a part of.
        Image.fromarray(pixels).save(encoded, Image.EXTENSION[temporary.suffix.lower()], **options)
        temporary.write_bytes(encoded.getbuffer())
