"""Bursts: photos of one camera within seconds."""

import pytest
from PIL import Image

from keras_blur.photos.burst import bursts, exif_time


def row(name, taken, score=0.1, share=0.1, camera="A"):
    return {"photo": name, "taken": taken, "camera": camera, "score": score, "blurred_share": share}


def test_photos_close_in_time_are_ranked_by_sharpness():
    rows = [
        row("c", 12.0, 0.3),
        row("a", 10.0, 0.5),
        row("b", 11.0, 0.2),
        row("d", 14.5),
        row("e", 16.0, 0.9),
    ]
    assert bursts(rows, 1.0) == {"b": (1, 1), "c": (1, 2), "a": (1, 3)}
    assert bursts(rows, 2.0)["d"] == (2, 1) and bursts(rows, 2.0)["e"] == (2, 2)
    assert bursts(rows, 0.5) == {}


def test_of_equal_scores_the_smaller_blurred_share_is_sharper():
    assert bursts([row("a", 0, 0.0, 0.5), row("b", 0, 0.0, 0.2)], 1) == {"b": (1, 1), "a": (1, 2)}


def test_two_cameras_make_two_bursts():
    rows = [row("a", 0), row("b", 0.5, camera="B"), row("c", 1), row("d", 1.2, camera="B")]
    assert bursts(rows, 2.0) == {"a": (1, 1), "c": (1, 2), "b": (2, 1), "d": (2, 2)}


def test_photos_without_a_time_or_a_verdict_belong_to_none():
    rows = [row("a", None), row("b", 0), row("c", 0.1, score=None), {"photo": "d", "error": "x"}]
    assert bursts(rows, 2.0) == {}


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "avif"])
def test_times_of_photos(tmp_path, ending):
    exif = Image.Exif()
    exif[271], exif[272] = "Make", "Model"
    exif.get_ifd(0x8769)[36867] = "2026:11:29 10:20:30"
    exif.get_ifd(0x8769)[37521] = "25"
    Image.new("RGB", (8, 8)).save(tmp_path / f"a.{ending}", exif=exif)
    seconds, camera = exif_time(tmp_path / f"a.{ending}")
    assert camera == "Make Model" and seconds == pytest.approx(1795947630.25)


@pytest.mark.parametrize("text", ["", "0000:00:00 00:00:00", "yesterday", "2026:11:29"])
def test_photos_without_a_usable_time(tmp_path, text):
    exif = Image.Exif()
    exif[306] = text
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", exif=exif)
    assert exif_time(tmp_path / "a.jpg") == (None, None)
    (tmp_path / "b.jpg").write_bytes(b"no photo")
    assert exif_time(tmp_path / "b.jpg") == (None, None)
