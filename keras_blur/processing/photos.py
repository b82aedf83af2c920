"""Reading photos and masks as they come: any orientation, mode and depth, or a clear error."""

import contextlib
import io
import os
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageFile, JpegImagePlugin

from keras_blur import files
from keras_blur.contract import MAX_PIXELS
from keras_blur.errors import BlurError, UsageError
from keras_blur.processing import complete, formats
from keras_blur.processing.pixels import ACCEPTED, as_rgb, bit_depth, to_8_bit

Photo: TypeAlias = str | os.PathLike[str] | bytes | IO[bytes] | Image.Image | np.ndarray
"""A photo as `read_photo` takes it: a path, a file's bytes, an open file, a Pillow image or an array."""

SOURCES = f"a path, a file's bytes, a file opened for reading bytes, a Pillow image, or {ACCEPTED}"
"""What `Photo` is, in words."""

SHARES = {"WEBP": 2, "JPEG2000": 2, "HEIF": 2, "AVIF": 2, "GIF": 2}
"""By these the pixels that a photo may have are divided, and by 2 if it has more than 8 bit: their decoders
hold it several times."""

MAX_BYTES_PER_PIXEL = 8
"""A photo's file may have so many bytes for each pixel that it may have: those of 16-bit RGBA."""

STRIP_PIXELS = 1 << 22
"""Pixels that are converted at once, at least a row of them."""


def read_photo(photo: Photo, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Reads a photo upright, as 8-bit RGB.

    The EXIF orientation is applied. Grey becomes RGB; transparent parts are laid on white; palettes are
    resolved; CMYK is converted without its colour profile. A 16-bit photo is scaled by the bits that its
    numbers use, see `pixels.bit_depth`. Of several frames, the first is read; of a TIFF file's pages, the
    largest.

    Args:
        photo: A file in one of `formats.FORMATS`, whatever its ending, as a path, as its bytes or opened for
            reading bytes; a Pillow image; or an array, see `pixels.as_rgb`.
        max_pixels: A photo with more pixels is refused before it is decoded. Arrays are decoded already.

    Returns:
        uint8 RGB `(H, W, 3)`.

    Raises:
        BlurError: the file is missing, empty, damaged, incomplete, too large or not a photo.
        UsageError: `photo` is nothing of what is listed above.
    """
    return read_reduced(photo, 0, max_pixels)[0]


def read_reduced(
    photo: Photo, least_side: int, max_pixels: int = MAX_PIXELS
) -> tuple[np.ndarray, tuple[int, int]]:
    """Reads a photo as `read_photo` does, a large JPEG at a half, a quarter or an eighth of its size.

    Args:
        photo, max_pixels: See `read_photo`.
        least_side: No side becomes shorter than this many pixels; 0 = the size stays.

    Returns:
        uint8 RGB `(h, w, 3)`, and the photo's true height and width, upright.
    """
    if isinstance(photo, np.ndarray):
        pixels = as_rgb(photo)
        return pixels, pixels.shape[:2]
    with _opened(photo, max_pixels, least_side) as (image, deep, size):
        pixels = _decode(image) if deep is None else as_rgb(deep)
        orientation = _orientation(image)
        width, height = size[::-1] if orientation in (5, 6, 7, 8) else size
        return _upright(pixels, orientation), (height, width)


def read_size(photo: Photo, max_pixels: int = MAX_PIXELS) -> tuple[int, int]:
    """Rows and columns that `read_photo` would return, from the file's head alone.

    Raises:
        BlurError, UsageError: as `read_photo`, but for damage behind the head.
    """
    if isinstance(photo, np.ndarray):
        return as_rgb(photo).shape[:2]
    with _opened(photo, max_pixels, load=False) as (image, _, _):
        turned = _orientation(image) in (5, 6, 7, 8)
        return (image.width, image.height) if turned else (image.height, image.width)


def keep(photo: Photo) -> Photo:
    """Returns a photo that can be read again: of an open file its bytes, of anything else the photo itself.

    Raises:
        BlurError: the file can't be read.
        UsageError: it was not opened for reading bytes.
    """
    if isinstance(photo, str | os.PathLike) or not hasattr(photo, "read"):
        return photo
    try:
        content = photo.read()
    except (OSError, ValueError) as error:  # closed, or opened for writing
        reason = getattr(error, "strerror", None) or str(error)
        raise BlurError(
            f"cannot read the photo: {reason}; expected a file opened for reading bytes"
        ) from error
    if not isinstance(content, bytes):
        raise UsageError(f"photo: expected {SOURCES}, received a file that gives {type(content).__name__}")
    return content


def read_mask(mask: Photo, shape: tuple[int, int] | None = None) -> np.ndarray:
    """Reads a mask's numbers as they are stored; `keras_blur.labels` knows what they mean.

    Colour masks are read by their brightest channel and alpha is ignored; 1-bit masks become 0 and 255.
    Palette masks are read by index, but a palette of greys (as PNG optimisers make) by its grey levels.

    Args:
        mask: An 8-bit picture: a path, a file's bytes, an open file or a Pillow image.
        shape: The `(H, W)` that the mask must have, that of its photo; None = any.

    Returns:
        uint8 `(H, W)`.

    Raises:
        BlurError: the file is missing, unreadable, of more than 8 bit, or not of the given shape.
    """
    name = _name(mask, "the mask")
    with _opened(mask) as (image, _, _):
        if image.mode == "P":
            colours = np.asarray(image.getpalette("RGB")).reshape(-1, 3)
            levels = np.asarray(image)
            if (colours == colours[:, :1]).all():
                levels = np.asarray(image.convert("L"))
        elif image.mode in ("1", "L"):
            levels = np.asarray(image.convert("L"))
        elif image.mode in ("LA", "RGB", "RGBA"):
            colours = np.asarray(image)
            levels = colours[..., : -1 if image.mode.endswith("A") else None].max(axis=-1)
        else:
            raise BlurError(
                f"cannot read the mask {name}: expected 8 bit, found mode {image.mode}; save it as 8-bit PNG"
            )
    if shape is not None and levels.shape != tuple(shape):
        expected, found = (f"{size[1]}x{size[0]}" for size in (shape, levels.shape))
        raise BlurError(
            f"the mask {name} has another size than its photo: expected {expected}, found {found}"
        )
    return levels


@contextlib.contextmanager
def _opened(
    photo: Photo, max_pixels: int = MAX_PIXELS, least_side: int = 0, load: bool = True
) -> Iterator[tuple[Image.Image, np.ndarray | None, tuple[int, int]]]:
    """The decoded picture, its colours if they have 16 bit (see `_deep_colours`), and its width and height.

    `read_reduced` says what the least side is; without `load` the head alone is read. Whatever goes wrong
    inside the block becomes a BlurError.
    """
    name = _name(photo, "the photo")
    try:
        if isinstance(photo, Image.Image):
            _check_size(photo, name, max_pixels)
            with _shared:
                photo.load()
            yield photo, None, photo.size
            return
        with _file(photo, max_pixels) as file, _header(file, name) as image:
            _choose_page(image, name)
            is_deep = _is_deep(image)
            share = 2 if is_deep else SHARES.get(image.format or "", 1)
            _check_size(image, name, max_pixels // share)
            size = image.size
            if load:
                _load(image, file, least_side, max_pixels)
            yield image, _deep_colours(file, image) if load and is_deep else None, size
    except BlurError:
        raise
    except Image.DecompressionBombError as error:
        raise BlurError(f"cannot read {name}: {error}; shrink it first") from error
    except MemoryError:
        raise BlurError(f"cannot read {name}: not enough memory; shrink it first") from None
    except Exception as error:  # Pillow's decoders raise nearly anything on damaged files.
        if isinstance(error, OSError) and error.errno:
            raise BlurError(f"cannot read {name}: {error.strerror}") from error
        reason = str(error) or type(error).__name__
        raise BlurError(f"cannot read {name}: the file is damaged or incomplete ({reason})") from error


def _load(image: ImageFile.ImageFile, file: IO[bytes], least_side: int, max_pixels: int) -> None:
    """Decodes a picture.

    Raises:
        ValueError: a part of it is missing, or it would take minutes.
    """
    jpeg = image if isinstance(image, JpegImagePlugin.JpegImageFile) else None
    if jpeg and image.info.get("progressive"):
        here = file.tell()
        complete.check_passes(file, jpeg, max_pixels)
        file.seek(here)
    lacks_rows = complete.watch(image)
    formats.reduce_scale(image, least_side)
    image.load()
    if lacks_rows() or (jpeg and complete.lacks_blocks(file, jpeg)):
        raise ValueError("its last rows are missing")


def _name(photo: Photo, unnamed: str) -> str:
    return os.fspath(photo) if isinstance(photo, str | os.PathLike) else unnamed


_shared = threading.Lock()
"""Several threads may be given one Pillow image whose pixels aren't loaded yet."""


def _choose_page(image: Image.Image, name: str) -> None:
    try:
        formats.choose_page(image)
    except ValueError as error:
        raise BlurError(f"cannot read {name}: {error}") from error


def _check_size(image: Image.Image, name: str, max_pixels: int) -> None:
    if image.width * image.height > max_pixels:
        raise BlurError(
            f"cannot read {name}: expected at most {max_pixels / 1e6:g} megapixels, "
            f"found {image.width}x{image.height} pixels; shrink it first"
        )


def _header(file: IO[bytes], name: str) -> ImageFile.ImageFile:
    """A file whose header is read and whose pixels aren't.

    `Image.open` would apply its own limit of pixels, which is a global number and may be lower than ours.
    """
    start = file.read(16)
    if not start:
        raise BlurError(f"cannot read {name}: the file is empty (0 bytes)")
    for factory, accept in formats.decoders():
        if accept is None or accept(start) is True:
            file.seek(0)
            with contextlib.suppress(SyntaxError, IndexError, TypeError, struct.error):  # not of this format
                return factory(file, "")
    raise BlurError(f"cannot read {name}: {formats.unknown_reason(start)}")


def _is_deep(image: ImageFile.ImageFile) -> bool:
    """Whether a picture that isn't loaded yet has colours, or grey and alpha, of more than 8 bit each."""
    if image.mode not in ("RGB", "RGBA", "LA"):
        return False
    stored = [tile.args if isinstance(tile.args, tuple) else (tile.args,) for tile in image.tile]
    if image.format == "PPM":  # the largest number is the last argument of the decoder of such files
        return any(isinstance(args[-1], int) and args[-1] > 255 for args in stored if args)
    return any(";16" in str(args[0]) for args in stored if args)


def _deep_colours(file: IO[bytes], image: Image.Image) -> np.ndarray | None:
    """The file's colours as uint16 `(H, W, 3)` or `(H, W, 4)`; None if OpenCV doesn't read such a file."""
    file.seek(0)
    pixels = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    size = (image.height, image.width)
    if pixels is None or pixels.dtype != np.uint16 or pixels.ndim != 3 or pixels.shape[:2] != size:
        return None
    return cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB)


def _file(photo: Photo, max_pixels: int) -> IO[bytes]:
    """A photo that is no array and no image as a file that can be read from anywhere."""
    if isinstance(photo, str | os.PathLike):
        _check_file(Path(photo), max_pixels)
        return open(photo, "rb")
    photo = keep(photo)
    if not isinstance(photo, bytes):
        raise UsageError(f"photo: expected {SOURCES}, received {type(photo).__name__}")
    return io.BytesIO(photo)


def _check_file(path: Path, max_pixels: int) -> None:
    if path.is_dir():
        raise BlurError(f"cannot read {path}: it is a folder, not a photo")
    if not path.exists():
        raise BlurError(f"cannot read {path}: there is no such file")
    if not path.is_file():
        raise BlurError(f"cannot read {path}: it is not a plain file")
    if path.stat().st_size > MAX_BYTES_PER_PIXEL * max_pixels:
        raise BlurError(
            f"cannot read {path}: expected at most {MAX_BYTES_PER_PIXEL * max_pixels} bytes, "
            f"found {path.stat().st_size}; shrink it first"
        )


def _decode(image: Image.Image) -> np.ndarray:
    """The pixels as stored, uint8 RGB `(H, W, 3)`; strips keep one full-size copy fewer in memory."""
    depth = bit_depth(_largest(image)) if image.mode.startswith("I") else 8
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    rows = max(1, STRIP_PIXELS // image.width)
    for top in range(0, image.height, rows):
        bottom = min(top + rows, image.height)
        pixels[top:bottom] = _rgb(complete.part(image, (0, top, image.width, bottom)), depth)
    return pixels


def _largest(image: Image.Image) -> int:
    least, largest = cast(tuple[float, float], image.getextrema())  # of one band
    if least < 0 or largest > 65535:
        raise ValueError("32-bit pixels outside 0..65535; save it with 8 or 16 bit")
    return int(largest)


def _rgb(strip: Image.Image, depth: int) -> np.ndarray:
    """A strip of any mode as uint8 `(H, W, 3)`; whole numbers have `depth` bits."""
    if strip.mode.startswith("I"):
        return np.repeat(to_8_bit(np.asarray(strip), depth)[..., None], 3, axis=-1)
    if strip.mode == "F":
        raise ValueError("floating-point pixels have no known range; save it with 8 or 16 bit")
    if strip.has_transparency_data:
        strip = strip.convert("RGBA")
        strip = Image.alpha_composite(Image.new("RGBA", strip.size, "white"), strip)
    return np.asarray(strip.convert("RGB"))


def _orientation(image: Image.Image) -> int:
    try:
        return image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # Broken EXIF data do not make a photo unreadable.
        return 1


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
