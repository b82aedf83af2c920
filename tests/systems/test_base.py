"""What every system does with photos, however they come, and with what is none."""

import io
import itertools

import numpy as np
import pytest
from PIL import Image
from red_system import RedIsBlurred

from keras_blur.errors import BlurError, UsageError

PIXELS = np.zeros((120, 160, 3), np.uint8)
PIXELS[:, 80:] = np.random.default_rng(0).integers(0, 256, (120, 80, 3))


def encoded():
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, "png")
    return file.getvalue()


def closed_file():
    file = io.BytesIO(encoded())
    file.close()
    return file


@pytest.fixture
def system():
    return RedIsBlurred()


def test_every_kind_of_photo_gets_the_same_verdict(system, tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(encoded())
    photos = [
        path, str(path), encoded(), io.BytesIO(encoded()), Image.fromarray(PIXELS), PIXELS,
        PIXELS.astype(np.uint16) * 257, PIXELS / 255,
        np.pad(PIXELS, [(0, 0), (0, 0), (0, 1)], constant_values=255),
        np.ma.masked_array(PIXELS), PIXELS.astype(">u2") * 257,
    ]  # fmt: skip
    results = [
        *map(system.predict, photos),
        *system.predict_many([*photos[:3], io.BytesIO(encoded()), *photos[4:]]),
    ]
    expected = results[0]
    for result in results:
        assert result.verdict == expected.verdict
        np.testing.assert_array_equal(result.blur_map, expected.blur_map)
        assert result.overlay().size == expected.overlay().size
    assert [result.photo for result in results[:3]] == [path, path, None]


def test_a_matrix_is_a_grey_photo(system):
    with pytest.warns(PendingDeprecationWarning):
        matrix = np.asmatrix(PIXELS[..., 0])
    assert system.predict(matrix).verdict == system.predict(PIXELS[..., 0]).verdict


@pytest.mark.parametrize("photo", [closed_file(), open("/dev/null", "wb")])  # noqa: SIM115
def test_a_file_that_cannot_be_read_is_an_error_of_that_photo(system, photo):
    with pytest.raises(
        BlurError, match=r"cannot read the photo: .*; expected a file opened for reading bytes"
    ):
        system.predict(photo)
    bad, good = system.predict_many([photo, PIXELS])
    assert "opened for reading bytes" in str(bad.error) and good.error is None


def test_what_is_no_photo_is_an_error_of_that_photo(system, tmp_path):
    bad = [
        5,
        None,
        [[1, 2]],
        b"",
        b"junk",
        tmp_path,
        tmp_path / "none.jpg",
        np.zeros((4, 4), int),
        io.StringIO("a"),
    ]
    results = list(system.predict_many([*bad, PIXELS]))
    assert all(isinstance(result.error, BlurError) for result in results[:-1])
    assert results[-1].error is None
    with pytest.raises(BlurError):
        _ = results[0].verdict


@pytest.mark.parametrize(
    "region",
    [(0, 0, 1), (0, 0, 1, 1, 1), "abcd", 5, ("a", 0, 1, 1), (np.nan, 0, 1, 1), (0, 0, 0, 0), (0, 0, 2, 1)],
)
def test_a_region_that_is_none_is_refused_at_once(system, region):
    with pytest.raises(UsageError, match=r"region: expected \(row, column, height, width\)"):
        system.predict(PIXELS, region)
    with pytest.raises(UsageError, match="region: expected"):
        system.predict_many([PIXELS], region)


def test_a_region_may_be_an_array(system):
    region = (0.1, 0.2, 0.5, 0.5)
    (result,) = system.predict_many([PIXELS], np.array(region))
    assert result.verdict == system.predict(PIXELS, region).verdict


@pytest.mark.parametrize(
    "photos", ["photo.jpg", b"bytes", PIXELS, Image.fromarray(PIXELS), io.BytesIO(encoded()), 5, None]
)
def test_many_photos_are_several(system, photos):
    with pytest.raises(UsageError, match="photos: expected several photos"):
        system.predict_many(photos)


@pytest.mark.parametrize("workers", [0, -1, 1.5, "2"])
def test_workers_are_a_whole_number(system, workers):
    with pytest.raises(UsageError, match="workers: expected a whole number from 1"):
        system.predict_many([PIXELS], workers=workers)


def test_photos_are_taken_only_a_few_ahead(system):
    taken = itertools.count()
    results = system.predict_many((PIXELS for _ in iter(lambda: next(taken), None)), workers=2)
    next(results)
    assert next(taken) <= 4
    results.close()


def test_a_system_says_what_it_is(system):
    assert repr(system) == "RedIsBlurred('red')"
