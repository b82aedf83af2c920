"""Reading what people really have, and refusing clearly what is no photo."""

import struct

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps, TiffImagePlugin

from keras_blur.errors import BlurError
from keras_blur.processing import find_photos, formats, photos, read_mask, read_photo, read_reduced

COLOUR = np.random.default_rng(0).integers(0, 256, (20, 31, 3), dtype=np.uint8)
GREY = COLOUR[..., 0]


def saved(path, pixels, mode=None, **options):
    Image.fromarray(pixels, mode).save(path, **options)
    return path


@pytest.mark.parametrize("ending", [".png", ".jpg", ".tif", ".webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_comes_upright(tmp_path, orientation, ending):
    image = Image.fromarray(COLOUR)
    exif = image.getexif()
    exif[274] = orientation
    path = tmp_path / f"a{ending}"
    image.save(path, exif=exif, **({"lossless": True} if ending == ".webp" else {}))
    with Image.open(path) as stored:
        upright = np.asarray(ImageOps.exif_transpose(stored))
    np.testing.assert_array_equal(read_photo(path), upright)
    assert upright.shape == ((20, 31, 3) if orientation < 5 else (31, 20, 3))


def test_an_upright_corner_is_where_the_orientation_says(tmp_path):
    # Orientation 6: the stored first row is the upright right column.
    image = Image.fromarray(COLOUR)
    exif = image.getexif()
    exif[274] = 6
    image.save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(read_photo(tmp_path / "a.png")[:, -1], COLOUR[0])


def test_grey_and_one_bit_become_rgb(tmp_path):
    np.testing.assert_array_equal(
        read_photo(saved(tmp_path / "grey.png", GREY)), np.repeat(GREY[..., None], 3, axis=-1)
    )
    bits = GREY > 127
    image = read_photo(saved(tmp_path / "bits.png", bits))
    np.testing.assert_array_equal(image, np.where(bits, 255, 0)[..., None].repeat(3, axis=-1))


@pytest.mark.parametrize("channels", [2, 4])
def test_transparent_parts_are_laid_on_white(tmp_path, channels):
    pixels = np.zeros((4, 6, channels), np.uint8)
    pixels[:, :2, -1] = 255
    pixels[:, 2:4, -1] = 128
    image = read_photo(saved(tmp_path / "a.png", pixels))
    assert image.shape == (4, 6, 3)
    assert (image[:, :2] == 0).all()
    assert (abs(image[:, 2:4].astype(int) - 127) <= 1).all()
    assert (image[:, 4:] == 255).all()


def test_palette_colours_are_resolved(tmp_path):
    image = Image.fromarray(COLOUR).quantize(16)
    image.save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_photo(tmp_path / "a.png"), np.asarray(image.convert("RGB")))


def test_transparent_palette_colour_is_white(tmp_path):
    image = Image.new("P", (5, 4), 1)
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((0, 0), 0)
    image.save(tmp_path / "a.png", transparency=0)
    pixels = read_photo(tmp_path / "a.png")
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[1, 1].tolist() == [40, 50, 60]


@pytest.mark.parametrize("ending", [".png", ".tif"])
def test_sixteen_bit_is_scaled_and_not_clipped(tmp_path, ending):
    deep = np.linspace(0, 65535, 600).reshape(20, 30).astype(np.uint16)
    image = read_photo(saved(tmp_path / f"a{ending}", deep))
    np.testing.assert_array_equal(image[..., 0], np.rint(deep / 257))
    assert (image[..., :1] == image).all()


def test_floating_point_pixels_are_refused(tmp_path):
    path = saved(tmp_path / "a.tif", np.zeros((4, 4), np.float32))
    with pytest.raises(BlurError, match="floating-point"):
        read_photo(path)


def test_cmyk_is_converted(tmp_path):
    flat = np.zeros((16, 16, 3), np.uint8) + np.uint8([200, 60, 20])
    Image.fromarray(flat).convert("CMYK").save(tmp_path / "a.jpg", quality=100)
    assert abs(read_photo(tmp_path / "a.jpg").astype(int) - flat).max() <= 4


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (1, 20000)])
def test_thin_photos(tmp_path, size):
    pixels = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    np.testing.assert_array_equal(read_photo(saved(tmp_path / "a.png", pixels)), pixels)


def test_strips_join_without_a_seam(tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "STRIP_PIXELS", 64)
    pixels = np.random.default_rng(2).integers(0, 256, (31, 5, 3), dtype=np.uint8)
    np.testing.assert_array_equal(read_photo(saved(tmp_path / "a.png", pixels)), pixels)


def test_the_first_frame_is_read(tmp_path):
    frames = [Image.new("RGB", (6, 4), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert read_photo(tmp_path / "a.gif")[0, 0].tolist() == [255, 0, 0]


def test_a_wrong_ending_does_not_matter(tmp_path):
    path = saved(tmp_path / "a.png", COLOUR)
    np.testing.assert_array_equal(read_photo(path.rename(tmp_path / "a.jpg")), COLOUR)


@pytest.mark.parametrize("ending", [".jpg", ".png", ".tif", ".webp", ".gif"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_half_a_photo_is_refused(tmp_path, ending, share):
    large = np.random.default_rng(3).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    path = saved(tmp_path / f"a{ending}", large)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(BlurError, match=f"cannot read .*a{ending}"):
        read_photo(path)


def test_damaged_pixels_are_refused(tmp_path):
    path = saved(tmp_path / "a.png", COLOUR)
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(BlurError, match=r"a\.png.*damaged"):
        read_photo(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"GIF8 no, this is text", "not a photo"),
        (b"\xff\xd8\xff", "cannot read"),
        (b"\xff\xd8\xff\0 no more", r"damaged or incomplete \(it begins like JPEG\)"),
        (b"%!PS-Adobe", "not a photo"),
    ],
)
def test_what_is_no_photo_is_named(tmp_path, content, words):
    path = tmp_path / "thing.jpg"
    path.write_bytes(content)
    with pytest.raises(BlurError, match=words) as caught:
        read_photo(path)
    assert "thing.jpg" in str(caught.value) and "\n" not in str(caught.value)


def test_folders_and_missing_files_are_named(tmp_path):
    with pytest.raises(BlurError, match="is a folder"):
        read_photo(tmp_path)
    with pytest.raises(BlurError, match=r"no such file"):
        read_photo(tmp_path / "none.jpg")


def test_failures_of_the_system_are_not_called_damage(tmp_path, monkeypatch):
    path = saved(tmp_path / "a.png", COLOUR)
    for error, words in (
        (PermissionError(13, "Permission denied"), "Permission denied"),
        (MemoryError(), "memory"),
    ):

        def fail(*_, error=error, **__):
            raise error

        monkeypatch.setattr(photos, "_header", fail)
        with pytest.raises(BlurError, match=words) as caught:
            read_photo(path)
        assert "damaged" not in str(caught.value) and "a.png" in str(caught.value)


def test_a_name_too_long_is_an_error(tmp_path):
    with pytest.raises(BlurError, match="cannot read"):
        read_photo(tmp_path / ("a" * 500))


@pytest.mark.filterwarnings("error")
def test_broken_exif_does_not_hide_the_photo(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(COLOUR).save(path, exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff\x01")
    np.testing.assert_array_equal(read_photo(path), COLOUR)


def test_a_huge_claim_is_refused_before_it_takes_memory(tmp_path):
    # A header that claims 60000 x 60000 pixels (10 GB) and holds none of them.
    header = b"P6 60000 60000 255\n"
    (tmp_path / "bomb.ppm").write_bytes(header)
    with pytest.raises(BlurError, match="at most 200 megapixels"):
        read_photo(tmp_path / "bomb.ppm")


def test_pillows_own_limit_is_left_as_it_was(tmp_path):
    before = Image.MAX_IMAGE_PIXELS
    read_photo(saved(tmp_path / "a.png", COLOUR))
    assert before == Image.MAX_IMAGE_PIXELS


def test_masks_keep_their_numbers(tmp_path):
    ids = np.array([[0, 1, 2], [255, 1, 0]], np.uint8)
    np.testing.assert_array_equal(read_mask(saved(tmp_path / "ids.png", ids), (2, 3)), ids)
    bits = ids > 0
    np.testing.assert_array_equal(read_mask(saved(tmp_path / "bits.png", bits)), bits * 255)
    rgba = np.dstack([ids, ids // 2, ids // 2, np.full_like(ids, 7)])
    np.testing.assert_array_equal(read_mask(saved(tmp_path / "rgba.png", rgba)), ids)


def test_palette_masks_are_read_by_index_but_grey_ones_by_level(tmp_path):
    mask = Image.new("P", (3, 2), 1)
    mask.putpalette([0, 0, 0, 128, 0, 0])
    mask.save(tmp_path / "voc.png")
    assert (read_mask(tmp_path / "voc.png") == 1).all()
    mask.putpalette([0, 0, 0, 255, 255, 255])
    mask.save(tmp_path / "grey.png")
    assert (read_mask(tmp_path / "grey.png") == 255).all()


def test_unfit_masks_are_refused(tmp_path):
    path = saved(tmp_path / "a.png", GREY)
    with pytest.raises(BlurError, match="expected 20x31, found 31x20"):
        read_mask(path, (31, 20))
    with pytest.raises(BlurError, match="expected 8 bit"):
        read_mask(saved(tmp_path / "deep.png", GREY.astype(np.uint16)))
    with pytest.raises(BlurError, match="no such file"):
        read_mask(tmp_path / "none.png")
    (tmp_path / "empty.png").touch()
    with pytest.raises(BlurError, match="empty"):
        read_mask(tmp_path / "empty.png")


@pytest.mark.realdata
def test_real_photos_and_masks_fit(real_data):
    found = find_photos([real_data / "cuhk" / "image"])[::50]
    assert len(found) == 20
    for path in found:
        image = read_photo(path)
        mask = read_mask(real_data / "cuhk" / "gt" / f"{path.stem}.png", image.shape[:2])
        assert set(np.unique(mask)) <= {0, 255}


@pytest.mark.parametrize("ending", [".jpg", ".png", ".tif", ".webp", ".bmp", ".gif", ".ppm"])
def test_damage_anywhere_is_an_error_or_a_photo(tmp_path, ending):
    rng = np.random.default_rng(4)
    path = saved(tmp_path / f"a{ending}", COLOUR)
    data = path.read_bytes()
    for _ in range(30):
        damaged = bytearray(data)
        for place in rng.integers(0, len(data), 3):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            assert read_photo(path).dtype == np.uint8
        except BlurError as error:
            assert path.name in str(error)


@pytest.mark.parametrize("ending", [".jpg", ".png"])
def test_a_picture_of_which_only_a_part_can_be_written_is_an_error(tmp_path, ending):
    resource = pytest.importorskip("resource")
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(
        resource.RLIMIT_FSIZE, (10_000, limits[1])
    )  # then writes are cut short, as on a full disk
    try:
        with pytest.raises(BlurError, match=f"cannot write .*a{ending}"):
            photos.save_picture(tmp_path / f"a{ending}", noise)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("kind", "ending"), [("HEIF", ".jpg"), ("AVIF", ".avif"), ("HEIF", ".heic")])
def test_photos_of_phones(tmp_path, kind, ending):
    if kind == "HEIF":
        pytest.importorskip("pillow_heif")
    assert kind in formats.readable()
    smooth = cv2.GaussianBlur(np.repeat(np.repeat(COLOUR, 4, 0), 4, 1), (0, 0), 4)
    Image.fromarray(smooth).save(tmp_path / f"a{ending}", kind, quality=95)
    read = read_photo(tmp_path / f"a{ending}")
    assert read.shape == smooth.shape and np.abs(read.astype(int) - smooth).mean() < 4


def test_heic_without_its_package_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "readable", lambda: ("JPEG", "PNG"))
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    with pytest.raises(BlurError, match=r"a\.heic: HEIC needs pillow-heif; install it with pip"):
        read_photo(tmp_path / "a.heic")


def test_of_a_tiff_the_largest_page_is_read(tmp_path):
    small, large = Image.new("RGB", (8, 6), "red"), Image.fromarray(COLOUR)
    small.save(tmp_path / "a.tif", save_all=True, append_images=[large, small])
    assert (read_photo(tmp_path / "a.tif") == COLOUR).all()


@pytest.mark.parametrize("tags", [{50706: bytes([1, 4, 0, 0])}, {330: "sub"}])
def test_raw_files_are_refused_not_judged_by_their_thumbnail(tmp_path, tags):
    info = TiffImagePlugin.ImageFileDirectory_v2()
    path = tmp_path / "a.dng"
    if tags.get(330):  # a picture below the first one that is larger, as Nikon's files have it
        info.tagtype[330], info[330] = 4, (8,)
        Image.new("RGB", (4, 4)).save(path, "TIFF", tiffinfo=info)
        data = bytearray(path.read_bytes())
        below = (
            struct.pack("<H", 2) + struct.pack("<HHII", 256, 4, 1, 900) + struct.pack("<HHII", 257, 4, 1, 600)
        )
        place = data.index(struct.pack("<HHII", 330, 4, 1, 8)) + 8
        data[place : place + 4] = struct.pack("<I", len(data))
        path.write_bytes(data + below + bytes(4))
    else:
        info[50706] = tags[50706]
        Image.new("RGB", (4, 4)).save(path, "TIFF", tiffinfo=info)
    with pytest.raises(BlurError, match=r"camera's raw file.*export it"):
        read_photo(path)


@pytest.mark.parametrize("orientation", [1, 6])
def test_large_jpegs_are_read_at_a_reduced_scale(tmp_path, orientation):
    image = Image.fromarray(cv2.resize(COLOUR // 2 + 64, (1300, 840), interpolation=cv2.INTER_LINEAR))
    exif = image.getexif()
    exif[274] = orientation
    image.save(tmp_path / "a.jpg", exif=exif, quality=95)
    full = read_photo(tmp_path / "a.jpg")
    for least, scale in ((0, 1), (421, 1), (420, 2), (210, 4), (1, 8)):
        reduced, size = read_reduced(tmp_path / "a.jpg", least)
        assert size == full.shape[:2]
        assert reduced.shape[0] == -(-size[0] // scale) and reduced.shape[1] == -(-size[1] // scale)
        expected = cv2.resize(full, reduced.shape[1::-1], interpolation=cv2.INTER_AREA)
        assert np.abs(reduced.astype(int) - expected).mean() < 3
    image.save(tmp_path / "a.png")
    assert read_reduced(tmp_path / "a.png", 1)[0].shape == (840, 1300, 3)


def test_the_size_is_that_of_the_upright_photo(tmp_path):
    from keras_blur.processing.photos import read_size

    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    for orientation in range(1, 9):
        exif[0x0112] = orientation
        Image.new("RGB", (40, 30)).save(path, exif=exif)
        assert read_size(path) == read_photo(path).shape[:2] == ((30, 40) if orientation < 5 else (40, 30))
    content = path.read_bytes()
    assert read_size(content[:-20]) == (40, 30)  # from the head alone
    assert read_size(np.zeros((5, 7), np.uint8)) == (5, 7)
    with pytest.raises(BlurError, match=r"expected at most 0\.001 megapixels, found 40x30"):
        read_size(path, max_pixels=1000)
    with pytest.raises(BlurError, match="not a photo"):
        read_size(b"no photo")
