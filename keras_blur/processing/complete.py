"""Whether a decoder really got all of a photo: several fill up what is missing, without a word."""

import dataclasses
import functools
import io
import re
from collections.abc import Callable, Iterator
from typing import IO

import numpy as np
from PIL import Image, ImageFile, JpegImagePlugin

PAINTED = ("PNG", "TIFF")
"""Formats whose decoders write into memory that was there before, row by row."""

ROWS, LEAST_WIDTH = 2, 16
"""So many of the last rows are looked at; painted, where sides are this long: short rows may be so by chance.

An interlaced PNG writes only every other row at its end."""

MOST_PASSES = 20
"""A progressive JPEG of the largest size may go over its pixels so many times; a smaller one more often."""

_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FILLER = np.random.default_rng(0).integers(0, 255, 256, dtype=np.uint8).tobytes()
"""Bytes that a decoder reads only where it lacks some; 255 would begin a marker."""


def part(image: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """A part of a picture. Its own `crop` would apply Pillow's limit of pixels, which is a global number."""
    image.load()
    return image._new(image.im.crop(box))


def watch(image: ImageFile.ImageFile) -> Callable[[], bool]:
    """Prepares a picture that isn't decoded yet.

    Returns:
        A function that returns, once the picture is decoded, whether its last rows are missing.
    """
    if image.format not in PAINTED or min(image.size) < LEAST_WIDTH:
        return lambda: False
    prepare = image.load_prepare if image.format == "TIFF" else functools.partial(_allocate, image)
    prepare()
    width, height = image.im.size  # Pillow turns a TIFF upright once it is decoded
    length = len(Image.new(image.mode, (width, ROWS)).tobytes())
    noise = np.random.default_rng(0x626C7572).integers(0, 256, length, np.uint8)
    paint = Image.frombytes(image.mode, (width, ROWS), noise.tobytes())
    image.im.paste(paint.im, (0, height - ROWS, width, height))
    painted = [part(paint, (0, row, width, row + 1)).tobytes() for row in range(ROWS)]
    mode = image.mode

    def lacks_rows() -> bool:
        edges = _edges(image) if image.mode == mode else []
        return any(edge.tobytes() in painted for edge in edges)

    return lacks_rows


def _allocate(image: ImageFile.ImageFile) -> None:
    ImageFile.ImageFile.load_prepare(image)  # PNG's own may be called but once


def _edges(image: Image.Image) -> Iterator[Image.Image]:
    """The outermost `ROWS` rows and columns, in both directions."""
    width, height = image.size
    for number in range(ROWS):
        for row in (number, height - 1 - number):
            edge = part(image, (0, row, width, row + 1))
            yield from (edge, edge.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
        for column in (number, width - 1 - number):
            edge = part(image, (column, 0, column + 1, height)).transpose(Image.Transpose.ROTATE_90)
            yield from (edge, edge.transpose(Image.Transpose.FLIP_LEFT_RIGHT))


@dataclasses.dataclass(frozen=True)
class Scan:
    """One pass of a JPEG over its pixels.

    Attributes:
        components: What it is about; the first of the file is the luminance.
        coefficients: The frequencies that it holds.
        is_exact: Whether it leaves no bit of them to a later one.
        end: Where its data end in the file.
    """

    components: bytes
    coefficients: range
    is_exact: bool
    end: int


def scans(content: bytes) -> list[Scan]:
    """Returns the passes of a JPEG file over its pixels; of several pictures in one file, the first's."""
    found, place = [], 2
    while marker := _MARKER.search(content, place):
        kind, place = content[marker.start() + 1], marker.end()
        if kind == 0xD9:
            break
        length = int.from_bytes(content[place : place + 2], "big")
        header, place = content[place + 2 : place + length], place + max(length, 2)
        if kind == 0xDA and header and len(header) >= 1 + 2 * header[0] + 3:
            first, last, bits = header[1 + 2 * header[0] :][:3]
            end = _MARKER.search(content, place)
            place = end.start() if end else len(content)
            names = header[1 : 1 + 2 * header[0] : 2]
            found.append(Scan(names, range(first, last + 1), not bits & 15, place))
    return found


def check_passes(file: IO[bytes], image: JpegImagePlugin.JpegImageFile, max_pixels: int) -> None:
    """Checks how often a progressive JPEG goes over its pixels, before it is decoded.

    Raises:
        ValueError: so often that it could be made to take minutes, or not as often as it must.
    """
    file.seek(0)
    found = scans(file.read())
    if len(found) * image.width * image.height > MOST_PASSES * max_pixels:
        raise ValueError(
            f"expected a JPEG that goes at most {MOST_PASSES * max_pixels // (image.width * image.height)} "
            f"times over its pixels, found {len(found)}; save it anew"
        )
    luminance = found[0].components[:1] if found else b""
    exact = {
        number
        for scan in found
        if scan.is_exact and luminance in scan.components
        for number in scan.coefficients
    }
    if len(exact) < 64:
        raise ValueError("the file is incomplete: its finest detail is missing")


def lacks_blocks(file: IO[bytes], image: JpegImagePlugin.JpegImageFile) -> bool:
    """Returns whether a decoded JPEG's last rows are only made up, because its data ended.

    They are of one colour then. So are those of many whole pictures: they don't change where the data go on.
    """
    if image.height < ROWS:
        return False
    # The bits that are left over may make up a few blocks at the left.
    last = np.asarray(part(image, (image.width // 2, image.height - ROWS, image.width, image.height)))
    if (last != last[:1, :1]).any():
        return False
    file.seek(0)
    content = file.read()
    found = scans(content)
    if not found or re.search(rb"\xff[\xc9-\xcb\xcd-\xcf]", content[: found[0].end]):
        return False  # arithmetic coding leaves out zeros at its end
    end = found[0].end
    more = b"".join(_FILLER + bytes([0xFF, 0xD0 + number]) for number in range(8))
    return _decoded(content) != _decoded(content[:end] + more + content[end:])


def _decoded(content: bytes) -> bytes:
    with JpegImagePlugin.JpegImageFile(io.BytesIO(content)) as image:
        image.draft(None, (1, 1))
        return image.tobytes()
