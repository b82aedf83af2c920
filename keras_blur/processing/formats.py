"""Which files are photos: known by their first bytes, whatever they are called."""

import functools
import os
import re
from typing import Any

from PIL import Image, JpegImagePlugin, TiffImagePlugin

FORMATS = ("JPEG", "MPO", "PNG", "TIFF", "WEBP", "BMP", "GIF", "PPM", "JPEG2000", "HEIF", "AVIF")
"""What may be decoded, by Pillow's names. Short on purpose: some of its other decoders start programs."""

ENDINGS = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    *(".png", ".apng", ".tif", ".tiff", ".webp", ".bmp", ".dib", ".gif"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".jpx", ".jpf", ".j2c", ".jpc"),
    *(".avif", ".heic", ".heif", ".hif"),
)
"""Endings of photos, in lower case."""

VIDEO_ENDINGS = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".3gp", ".mts", ".m2ts")
"""Endings of films, in lower case."""

MOST_PAGES = 100
"""So many pages of a TIFF file are looked at for the largest."""

SUB_PAGES, DNG_VERSION = 330, 50706
"""TIFF tags: places of further pictures, and the mark of a raw file in Adobe's format."""

RAW = "it is a camera's raw file, of which only a thumbnail can be read; export it as JPEG or TIFF"

HEADER_BYTES = 64
"""How much of a file's beginning tells its format."""

_HEIF_BRANDS = "heic|heix|heim|heis|hevc|hevx|mif1|msf1|avif|avis"
_SIGNATURES = {
    "JPEG": rb"\xff\xd8\xff",
    "PNG": rb"\x89PNG\r\n\x1a\n",
    "GIF": rb"GIF8[79]a",
    "WEBP": rb"RIFF.{4}WEBP",
    "TIFF": rb"II[*+]\0|MM\0[*+]",
    "BMP": rb"BM.{4}.{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0",
    "PPM": rb"P[1-6][\s#]",
    "JPEG2000": rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51",
    "HEIF": rb".{4}ftyp(?:.{4})*(?:%s)" % _HEIF_BRANDS.encode(),
}
_PATTERNS = {name: re.compile(pattern, re.DOTALL) for name, pattern in _SIGNATURES.items()}


@functools.cache
def readable() -> tuple[str, ...]:
    """Returns those of `FORMATS` that are read here: HEIF needs pillow-heif, and Pillow may lack others."""
    Image.init()
    try:
        import pillow_heif
    except ImportError:
        pass
    else:
        pillow_heif.register_heif_opener()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def decoders() -> list[tuple[Any, Any]]:
    """Returns Pillow's factory of images and test of a file's first bytes for each of `readable()`."""
    return [Image.OPEN[name] for name in readable()]


def unknown_reason(start: bytes) -> str:
    """Returns why a file that begins like this can't be read, in words."""
    kind = sniff(start)
    if kind == "HEIF" and "HEIF" not in readable():
        return "HEIC needs pillow-heif; install it with pip install 'keras-blur[heif]'"
    if kind:
        return f"the file is damaged or incomplete (it begins like {kind})"
    return f"not a photo in a known format; expected one of {', '.join(FORMATS)}"


def choose_page(image: Image.Image) -> None:
    """Turns a TIFF file to its largest picture, the first of equals. Other formats stay as they are.

    Raises:
        ValueError: the largest picture is a camera's raw data, of which only a thumbnail could be read.
    """
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return
    largest, best = 0, 0
    for page in range(MOST_PAGES):
        try:
            image.seek(page)
        except EOFError:
            break
        except SyntaxError as error:  # no picture that Pillow knows, such as raw data
            raise ValueError(RAW) from error
        tags = image.tag_v2
        below = max((_area_at(image, offset) for offset in tags.get(SUB_PAGES, ())), default=0)
        if DNG_VERSION in tags or below > max(largest, image.width * image.height):
            raise ValueError(RAW)
        if image.width * image.height > largest:
            largest, best = image.width * image.height, page
    image.seek(best)


def _area_at(image: TiffImagePlugin.TiffImageFile, offset: int) -> int:
    """The number of pixels of the picture that a TIFF file describes at a place; 0 if there is none."""
    try:
        file = image.fp
        if file is None:
            return 0
        file.seek(offset)
        tags = TiffImagePlugin.ImageFileDirectory_v2(image.tag_v2.prefix + b"\x2a\0" + bytes(4))
        tags.load(file)
        return int(tags[TiffImagePlugin.IMAGEWIDTH]) * int(tags[TiffImagePlugin.IMAGELENGTH])
    except Exception:  # a damaged directory describes nothing
        return 0


def reduce_scale(image: Image.Image, least_side: int) -> None:
    """Has a JPEG be decoded at a half, a quarter or an eighth, as long as no side falls below a length."""
    if least_side and isinstance(image, JpegImagePlugin.JpegImageFile):
        image.draft(None, (least_side, least_side))


def sniff(header: bytes) -> str | None:
    """Returns the format that a file's first `HEADER_BYTES` bytes belong to; None if it is no photo's.

    MPO is "JPEG", as it begins like one, and AVIF is "HEIF", as it lies in the same container.
    """
    return next((name for name, pattern in _PATTERNS.items() if pattern.match(header)), None)


def is_photo(path: str | os.PathLike) -> bool:
    """Returns whether a file is a photo by its ending or, if that is unknown, by its first bytes."""
    if os.fspath(path).lower().endswith(ENDINGS):
        return True
    try:
        with open(path, "rb") as file:
            return sniff(file.read(HEADER_BYTES)) is not None
    except OSError:
        return False


def is_video(path: str | os.PathLike) -> bool:
    """Returns whether a file is called like a film and doesn't begin like a photo."""
    return os.fspath(path).lower().endswith(VIDEO_ENDINGS)
