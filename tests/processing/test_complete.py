"""Photos of which a part is missing, and those that are made to take memory or time, are errors."""

import io
import itertools
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from keras_blur.errors import BlurError
from keras_blur.processing import complete, photos, read_photo

NOISE = np.random.default_rng(7).integers(0, 256, (64, 80, 3), dtype=np.uint8)


def encoded(pixels=NOISE, kind="JPEG", **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def png(width, height, data, depth=8, interlaced=0):
    def chunk(name, content):
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    head = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, interlaced)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(data)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(itertools.starmap(chunk, parts))


def with_rows(jpeg, rows):
    """A JPEG whose header claims another number of rows."""
    frame = next(jpeg.find(bytes([0xFF, kind])) for kind in (0xC0, 0xC2) if bytes([0xFF, kind]) in jpeg)
    return jpeg[: frame + 5] + struct.pack(">H", rows) + jpeg[frame + 7 :]


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}], ids=str)
def test_a_jpeg_whose_header_claims_more_rows_is_an_error(options):
    content = encoded(**options)
    assert read_photo(content).shape == NOISE.shape
    for rows in (len(NOISE) + 16, 10 * len(NOISE)):
        with pytest.raises(BlurError, match="its last rows are missing"):
            read_photo(with_rows(content, rows))


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}], ids=str)
def test_photos_that_end_in_one_colour_are_whole(options, mode):
    for rows in (16, 60, 64):
        pixels = NOISE.copy()
        pixels[-rows:] = 255, 250, 240
        file = io.BytesIO()
        Image.fromarray(pixels).convert(mode).save(file, "JPEG", **options)
        assert read_photo(file.getvalue()).shape == NOISE.shape
        assert photos.read_reduced(file.getvalue(), 8)[1] == NOISE.shape[:2]


def test_a_progressive_jpeg_without_its_finest_detail_is_an_error():
    content = encoded(progressive=True)
    last = complete.scans(content)[-1]
    start = content.rindex(b"\xff\xda", 0, last.end)
    with pytest.raises(BlurError, match="its finest detail is missing"):
        read_photo(content[:start] + b"\xff\xd9")


@pytest.mark.parametrize("interlaced", [0, 1])
def test_a_png_with_one_row_of_data_is_an_error(interlaced):
    with pytest.raises(BlurError, match=r"last rows are missing|truncated"):
        read_photo(png(300, 200, bytes(301 * 3), interlaced=interlaced))
    assert read_photo(png(300, 200, bytes(200 * 901))).max() == 0


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate"])
def test_a_tiff_without_its_last_strips_is_an_error(tmp_path, compression, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = bytearray(encoded(NOISE, "TIFF", compression=compression, exif=exif, tiffinfo={278: 16}))
    read_photo(bytes(content))
    entries = int.from_bytes(content[4:8], "little")
    for number in range(int.from_bytes(content[entries : entries + 2], "little")):
        place = entries + 2 + 12 * number
        if int.from_bytes(content[place : place + 2], "little") in (273, 279):  # strips: where, how long
            count = int.from_bytes(content[place + 4 : place + 8], "little")
            values = int.from_bytes(content[place + 8 : place + 12], "little")
            assert count == 4
            content[place + 4 : place + 8] = struct.pack("<I", 1)
            content[place + 8 : place + 12] = content[values : values + 4]
    with pytest.raises(BlurError, match=r"cannot read .*(last rows|damaged)"):
        read_photo(bytes(content))


def test_pixels_count_twice_where_decoders_hold_them_several_times(monkeypatch):
    for kind in ("WEBP", "GIF", "JPEG2000", "AVIF"):
        content = encoded(NOISE, kind)
        read_photo(content, 2 * NOISE.size // 3)
        with pytest.raises(BlurError, match="expected at most"):
            read_photo(content, 2 * NOISE.size // 3 - 1)
    deep = png(80, 64, bytes(64 * 481), depth=16)
    read_photo(deep, 2 * 64 * 80)
    with pytest.raises(BlurError, match="expected at most"):
        read_photo(deep, 64 * 80)


def test_files_of_too_many_bytes_are_not_opened(tmp_path):
    (tmp_path / "a.jpg").write_bytes(encoded() + bytes(100_000))
    read_photo(tmp_path / "a.jpg", 20_000)
    with pytest.raises(BlurError, match=r"a\.jpg: expected at most 80000 bytes, found 1"):
        read_photo(tmp_path / "a.jpg", 10_000)


def test_a_jpeg_of_hundreds_of_passes_is_refused_before_it_is_decoded():
    content = encoded(progressive=True)
    scans = complete.scans(content)
    start = content.rindex(b"\xff\xda", 0, scans[-1].end)
    last = content[start : scans[-1].end]
    many = content[: scans[-1].end] + 300 * last + b"\xff\xd9"
    limit = NOISE.size // 3 * (len(scans) + 300) // complete.MOST_PASSES
    read_photo(many, limit + 1)
    with pytest.raises(BlurError, match=r"goes at most \d+ times over its pixels, found 3\d\d"):
        read_photo(many, limit - NOISE.size // 3)


def test_a_photo_of_few_very_long_rows_takes_no_more_memory(monkeypatch):
    """Strips were counted in rows: one of 256 rows of two million pixels was a copy of the whole photo."""
    monkeypatch.setattr(photos, "STRIP_PIXELS", 1000)
    sizes = []
    monkeypatch.setattr(photos, "_rgb", lambda strip, _: sizes.append(strip.size) or np.asarray(strip))
    read_photo(encoded(np.zeros((30, 900, 3), np.uint8), "PNG"))
    assert {width * height for width, height in sizes} == {900} and len(sizes) == 30
