"""Looking for photos: everything below a folder, by content, and nothing twice."""

import os

import pytest
from PIL import Image

from keras_blur.errors import UsageError
from keras_blur.processing.find import find
from keras_blur.processing.formats import ENDINGS, sniff


@pytest.fixture
def folder(tmp_path):
    for name in ("b.jpg", "a.JPG", "c.tiff", ".hidden.jpg", "notes.txt", "film.mp4", "README"):
        (tmp_path / name).touch()
    (tmp_path / "inner.jpg").mkdir()
    (tmp_path / "inner.jpg" / "d.png").touch()
    return tmp_path


def names(found):
    return [photo.path.name for photo in found.photos]


def inside(found):
    return [photo.inside.as_posix() for photo in found.photos]


def test_a_folder_means_everything_below_it(folder):
    assert names(find([folder])) == ["a.JPG", "b.jpg", "c.tiff", "d.png"]
    assert names(find([folder], recursive=False)) == ["a.JPG", "b.jpg", "c.tiff"]
    assert inside(find([folder]))[-1] == "inner.jpg/d.png"


def test_patterns(folder):
    assert names(find([folder / "[ab].[jJ]*"])) == ["a.JPG", "b.jpg"]
    assert names(find([folder / "**"])) == ["a.JPG", "b.jpg", "c.tiff", "d.png"]
    assert names(find([folder / "**" / "*.png"])) == ["d.png"]
    assert names(find([folder / "**" / "inner*" / "*"])) == ["d.png"]
    assert names(find([folder / "inner*"])) == ["d.png"]
    assert names(find([folder / "notes.txt"])) == ["notes.txt"]  # a file that is named is taken as it is


def test_patterns_relative_to_the_working_folder(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert [os.fspath(photo.path) for photo in find(["*.tiff"]).photos] == ["c.tiff"]
    assert inside(find(["**/*.png"])) == ["inner.jpg/d.png"]
    assert inside(find(["inner.jpg/*.png"])) == ["d.png"]


def test_photos_named_twice_are_found_once(folder):
    found = find([folder / "c.tiff", folder, folder / "../" / folder.name / "b.jpg"])
    assert names(found) == ["c.tiff", "a.JPG", "b.jpg", "d.png"]


def test_several_folders_keep_their_names(tmp_path):
    for name in ("one/a.png", "two/a.png", "two/deep/a.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert inside(find([tmp_path / "two", tmp_path / "one"])) == ["two/a.png", "two/deep/a.png", "one/a.png"]
    assert inside(find([tmp_path / "two"])) == ["a.png", "deep/a.png"]


def test_a_file_may_have_pattern_letters_in_its_name(folder):
    (folder / "[1].jpg").touch()
    assert names(find([folder / "[1].jpg"])) == ["[1].jpg"]


@pytest.mark.parametrize("pattern", [None, "**"])
def test_links_to_folders_are_not_followed(tmp_path, pattern):
    (tmp_path / "photos" / "deep").mkdir(parents=True)
    (tmp_path / "photos" / "deep" / "a.png").touch()
    (tmp_path / "photos" / "deep" / "circle").symlink_to(tmp_path / "photos")
    (tmp_path / "photos" / "deep" / "other").symlink_to(tmp_path)
    (tmp_path / "photos" / "link.png").symlink_to(tmp_path / "photos" / "deep" / "a.png")
    start = tmp_path / "photos" / (pattern or "")
    assert names(find([start])) == ["link.png", "a.png"]


def test_photos_are_known_by_their_content(tmp_path):
    image = Image.new("RGB", (8, 8))
    formats = {"JPEG": "x.HEIC", "PNG": "noending", "GIF": "x.dat", "WEBP": "x.bin", "TIFF": "x.scan"}
    formats |= {"BMP": "x.picture", "PPM": "x.map", "JPEG2000": "x.wave", "AVIF": "x.new"}
    for kind, name in formats.items():
        image.save(tmp_path / name, kind)
        assert sniff((tmp_path / name).read_bytes()[:64]) == kind.replace("AVIF", "HEIF")
    for name, content in (("Python.txt", b"P5y"), ("BMW.txt", b"BMW is a make of cars. " * 9), ("e", b"")):
        (tmp_path / name).write_bytes(content)
    assert sorted(names(find([tmp_path]))) == sorted(formats.values())


def test_all_endings_are_found(tmp_path):
    for ending in ENDINGS:
        (tmp_path / f"x{ending.upper()}").touch()
    assert len(find([tmp_path]).photos) == len(ENDINGS)


def test_what_is_left_out_is_counted_in_one_line(folder):
    (folder / "inner.jpg" / "more.TXT").touch()
    line = find([folder]).left_out_line()
    assert line == "left out, as no photos: 2 .txt, 1 without ending, 1 .mp4"
    assert find([folder / "b.jpg"]).left_out_line() is None
    for letter in "abcdefghij":
        (folder / f"x.{letter}").touch()
    assert find([folder]).left_out_line().endswith("5 others")


def test_films_are_taken_on_request(folder):
    assert "film.mp4" in names(find([folder], videos=True))
    assert names(find([folder / "film.mp4"])) == ["film.mp4"]


def test_the_outputs_folder_is_not_looked_at(folder):
    assert names(find([folder], without=[folder / "inner.jpg"])) == ["a.JPG", "b.jpg", "c.tiff"]


def test_the_outputs_folder_is_known_by_any_name(folder, tmp_path_factory, mount):
    again = tmp_path_factory.mktemp("again")
    mount("--bind", folder / "inner.jpg", again)
    assert names(find([folder], without=[again])) == ["a.JPG", "b.jpg", "c.tiff"]


def test_folders_that_cannot_be_read_are_told(folder, monkeypatch):
    scandir = os.scandir

    def refused(path):
        if str(path).endswith("inner.jpg"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    found = find([folder])
    assert len(found.photos) == 3 and found.unreadable == [(folder / "inner.jpg", "Permission denied")]
    with pytest.raises(UsageError, match=r"cannot read the folder .*inner\.jpg: Permission denied"):
        find([folder / "inner.jpg"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_are_not_opened(folder):
    os.mkfifo(folder / "pipe")
    os.mkfifo(folder / "pipe.jpg")
    assert len(find([folder]).photos) == 4


def test_what_is_not_there_is_named(folder):
    (folder / "empty").mkdir()
    with pytest.raises(UsageError, match=r"no such photo or folder: .*none\.jpg"):
        find([folder / "none.jpg"])
    with pytest.raises(UsageError, match=r"no photos in .*empty"):
        find([folder / "empty"])
    with pytest.raises(UsageError, match=r"no file fits the pattern .*x\*"):
        find([folder / "x*"])
    with pytest.raises(UsageError, match="no such photo or folder: ''"):
        find([""])
    with pytest.raises(UsageError, match="no such"):
        find(["a" * 5000])
