"""Arrays and deep files: every accepted form of one photo is the same photo."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from keras_blur.errors import BlurError, UsageError
from keras_blur.processing import photos, read_photo
from keras_blur.processing.pixels import DEPTHS, bit_depth

COLOUR = np.random.default_rng(0).integers(0, 256, (20, 31, 3), dtype=np.uint8)
COLOUR[0, 0] = 255  # so that the photo uses the range of its depth
GREY = COLOUR[..., :1]


def deep(photo, depth):
    """The photo in numbers of so many bits, in 16."""
    return np.rint(photo * ((2**depth - 1) / 255)).astype(np.uint16)


@pytest.mark.parametrize("values", [
    COLOUR,
    COLOUR.astype(np.uint16) * 257,
    COLOUR / 255,
    (COLOUR / 255).astype(np.float32),
    np.dstack([COLOUR, np.full_like(GREY, 255)]),
    np.dstack([COLOUR / 255, np.ones(GREY.shape)]),
    np.dstack([deep(COLOUR, 12), np.full(GREY.shape, 65535, np.uint16)]),
    np.asfortranarray(COLOUR),
], ids=["uint8", "uint16", "float64", "float32", "RGBA", "float RGBA", "deep alpha", "Fortran"])  # fmt: skip
def test_every_form_of_a_colour_array_is_the_same_photo(values):
    np.testing.assert_array_equal(read_photo(values), COLOUR)


@pytest.mark.parametrize("values", [GREY, GREY[..., 0], GREY[..., 0] / 255, deep(GREY, 16)])
def test_grey_arrays_become_rgb(values):
    np.testing.assert_array_equal(read_photo(values), GREY.repeat(3, axis=2))


def test_true_is_white():
    np.testing.assert_array_equal(read_photo(GREY[..., 0] > 127)[..., 0], (GREY[..., 0] > 127) * 255)


def test_transparent_pixels_of_arrays_are_laid_on_white():
    values = np.zeros((1, 3, 4), np.uint8)
    values[0, :, 3] = 0, 128, 255
    assert read_photo(values)[0, :, 0].tolist() == [255, 127, 0]


@pytest.mark.parametrize(("values", "words"), [
    (np.zeros((4, 4, 3), np.int32), "received int32"),
    (np.zeros((4, 4, 3), complex), "received complex128"),
    (np.full((4, 4, 3), 128.0), "received float64 from 128 to 128"),
    (np.full((4, 4, 3), -0.1), "from -0.1 to -0.1"),
    (np.full((4, 4, 3), np.nan), "from nan to nan"),
    (np.zeros((4, 4, 2), np.uint8), r"received shape \(4, 4, 2\)"),
    (np.zeros((3, 40, 40), np.uint8), r"received shape \(3, 40, 40\)"),
    (np.zeros((1, 4, 4, 3), np.uint8), r"received shape \(1, 4, 4, 3\)"),
    (np.zeros((0, 4, 3), np.uint8), r"received shape \(0, 4, 3\)"),
    (np.uint8(3) + np.zeros((), np.uint8)[None], r"received shape \(1,\)"),
    (3, "received int"),
    (None, "received NoneType"),
    ([[0, 1]], "received list"),
    (io.StringIO("x"), "received a file that gives str"),
])  # fmt: skip
def test_what_is_no_photo_is_refused_with_what_was_expected(values, words):
    with pytest.raises(UsageError, match=f"photo: expected .*uint16.*{words}"):
        read_photo(values)


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_depth_is_the_least_that_holds_the_largest_number(depth):
    assert bit_depth(2**depth - 1) == depth
    assert bit_depth(2**depth) > depth if depth < 16 else True


def png_of_grey_and_alpha(photo):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    pixels = np.dstack([photo, np.full_like(photo, 65535)]).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", photo.shape[1], photo.shape[0], 16, 4, 0, 0, 0)
    chunks = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def tiff(photo, orientation):
    """An uncompressed 16-bit RGB file."""
    height, width, channels = photo.shape
    bits, pixels = 8 + 2 + 12 * 10 + 4, 8 + 2 + 12 * 10 + 4 + 2 * channels
    tags = [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, channels, bits), (259, 3, 1, 1), (262, 3, 1, 2),
        (273, 4, 1, pixels), (274, 3, 1, orientation), (277, 3, 1, channels), (278, 4, 1, height),
        (279, 4, 1, photo.nbytes),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    start = struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + struct.pack("<I", 0)
    return start + struct.pack(f"<{channels}H", *[16] * channels) + photo.astype("<u2").tobytes()


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(
    "ending", [".png", ".tif", ".ppm", ".pgm", "grey.png", "grey.tif", "rgba.png", "rgba.tif"]
)
def test_deep_files_are_scaled_by_the_bits_that_they_use(tmp_path, ending, depth):
    expected = GREY.repeat(3, axis=2) if "grey" in ending or ending == ".pgm" else COLOUR
    stored = deep(GREY if "grey" in ending or ending == ".pgm" else COLOUR[..., ::-1], depth)
    if "rgba" in ending:
        stored = np.dstack([stored, np.full(GREY.shape, 65535, np.uint16)])
    path = tmp_path / f"a{ending}"
    assert cv2.imwrite(str(path), stored)
    with Image.open(path) as image:
        assert image.mode != "L", "not a deep file"
    np.testing.assert_array_equal(read_photo(path), expected)
    np.testing.assert_array_equal(read_photo(path.read_bytes()), expected)


@pytest.mark.parametrize("depth", [12, 16])
def test_deep_grey_with_alpha(depth):
    expected = GREY.repeat(3, axis=2)
    np.testing.assert_array_equal(read_photo(png_of_grey_and_alpha(deep(GREY, depth))), expected)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_deep_colour_comes_upright(orientation):
    content = tiff(deep(COLOUR, 12), orientation)
    with Image.open(io.BytesIO(content)) as image:
        image.load()  # turns a TIFF upright
        shape = (image.height, image.width, 3)
    turned = read_photo(tiff(deep(COLOUR, 16), orientation))
    np.testing.assert_array_equal(read_photo(content), turned)
    assert turned.shape == shape
    exif = Image.Exif()
    exif[274] = orientation
    stored = io.BytesIO()
    Image.fromarray(COLOUR).save(stored, "png", exif=exif)
    np.testing.assert_array_equal(turned, read_photo(stored.getvalue()))


def test_half_a_deep_photo_is_refused(tmp_path):
    noise = np.random.default_rng(1).integers(0, 65536, (100, 100, 3)).astype(np.uint16)
    encoded = cv2.imencode(".png", noise)[1].tobytes()
    with pytest.raises(BlurError, match="damaged"):
        read_photo(encoded[: len(encoded) // 2])


@pytest.mark.parametrize("as_photo", [
    lambda path: path, str, lambda path: path.read_bytes(), lambda path: path.open("rb"),
    lambda path: io.BytesIO(path.read_bytes()), Image.open,
], ids=["Path", "str", "bytes", "file", "BytesIO", "Pillow"])  # fmt: skip
def test_every_source_of_a_file_is_the_same_photo(tmp_path, as_photo):
    exif = Image.Exif()
    exif[274] = 6
    path = tmp_path / "a.png"
    Image.fromarray(COLOUR).save(path, exif=exif)
    np.testing.assert_array_equal(read_photo(as_photo(path)), np.rot90(COLOUR, -1))


@pytest.mark.parametrize(("content", "words"), [
    (b"", "the photo: the file is empty"), (b"text", "the photo: not a photo in a known format"),
])  # fmt: skip
def test_bytes_that_are_no_photo_are_named(content, words):
    with pytest.raises(BlurError, match=words):
        read_photo(content)
    with pytest.raises(BlurError, match=words):
        read_photo(io.BytesIO(content))


def test_a_photo_has_at_most_so_many_pixels(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(COLOUR).save(path)
    pixels = COLOUR.shape[0] * COLOUR.shape[1]
    for photo in (path, path.read_bytes(), Image.open(path)):
        assert read_photo(photo, max_pixels=pixels).shape == COLOUR.shape
        with pytest.raises(BlurError, match=r"expected at most 0\.000619 megapixels, found 31x20"):
            read_photo(photo, max_pixels=pixels - 1)


def test_more_pixels_than_pillow_opens_are_no_obstacle(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    Image.fromarray(COLOUR).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert photos.read_photo(path).shape == COLOUR.shape
