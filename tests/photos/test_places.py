"""Where outputs go: below the output folder, and never over a photo."""

import os
from pathlib import Path

import pytest

from keras_blur.errors import BlurError, UsageError
from keras_blur.photos.places import Originals, OutputFolder, safe_name, safe_path


def test_usual_names_stay():
    for name in ("IMG_1.jpg", "Screenshot 10.14.32\u202fAM.png", "Füße.png", "写真.jpg", "a" * 196 + ".jpg"):
        assert safe_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("..jpg", "...", ". .", ".hidden.jpg", "end.", "a\nb.jpg", "a\x1b[2J.jpg", "a" * 250 + ".jpg"),
        *("a:b.jpg", "語" * 80 + ".jpg", "\udcff.jpg", "a\\..\\b.jpg"),
    ],
)
def test_odd_names_are_changed_and_stay_apart(name):
    safe = safe_name(name)
    assert safe != name and not safe.startswith(".") and len(safe.encode()) <= 200
    assert not set(safe) & set("/\\:\n\x1b") and safe == safe_name(name)
    assert safe != safe_name(name + "x") and safe != safe_name("x" + name)


def test_names_of_dots_stay_in_the_output_folder():
    for inside in ("..jpg", "...", "a/..jpg", ".../a.jpg"):
        path = safe_path(Path(inside), ".png")
        assert ".." not in path.parts and not path.is_absolute() and not any(p[0] == "." for p in path.parts)


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photos" / "a.png"
    path.parent.mkdir()
    path.write_bytes(b"photo")
    return path


def test_outputs_keep_the_folders(tmp_path, photo):
    output = OutputFolder(tmp_path / "out", Originals([photo]))
    path = output.place("overlays", safe_path(Path("day 1/a.png"), ".overlay.jpg"))
    assert path == tmp_path / "out" / "overlays" / "day 1" / "a.png.overlay.jpg" and path.parent.is_dir()


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_no_output_replaces_a_photo_through_a_link(tmp_path, photo, link):
    output = OutputFolder(tmp_path / "out", Originals([photo]))
    link(photo, tmp_path / "out" / "rows.csv")
    with pytest.raises(UsageError, match=r"output_dir: .*rows\.csv is the photo .*a\.png"):
        output.place("rows.csv")


def test_no_output_replaces_a_photo_that_is_a_link(tmp_path, photo):
    link = tmp_path / "link.png"
    link.symlink_to(photo)
    originals = Originals([link])
    for path in (link, photo):
        with pytest.raises(UsageError, match="report: "):
            originals.check(path, "--report")
    originals.check(tmp_path / "other.png", "--report")


def test_a_folder_of_photos_is_known_by_any_name(tmp_path, photo, mount):
    """Also where letters' case makes no difference: there, as here, the path alone doesn't tell."""
    again = tmp_path / "again"
    again.mkdir()
    originals = Originals([photo])
    assert originals.lie_in(photo.parent) and not originals.lie_in(again)
    assert not originals.lie_in(tmp_path / "nowhere")
    mount("--bind", photo.parent, again)
    assert originals.lie_in(again)


@pytest.mark.parametrize("content", [b"\xff\xd8\xff\xe0\0\x10JFIF", b"\0\0\0\x18ftypcrx "])
def test_a_text_replaces_nothing_but_a_text(tmp_path, content):
    originals = Originals([])
    (tmp_path / "a").write_bytes(content)
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    for name in ("a", "broken", "."):
        with pytest.raises(UsageError, match=r"list: .* is there and is no text file"):
            originals.check_text(tmp_path / name, "list")
    (tmp_path / "a").write_text("photos/b.jpg\n")
    originals.check_text(tmp_path / "a", "list")
    originals.check_text(tmp_path / "new", "list")


def test_links_to_folders_outside_are_refused(tmp_path, photo):
    output = OutputFolder(tmp_path / "out", Originals([]))
    (tmp_path / "out" / "overlays").symlink_to(photo.parent)
    with pytest.raises(UsageError, match=r"leads to .*photos, outside"):
        output.place("overlays", "b.png")
    (tmp_path / "out" / "maps").mkdir()
    assert output.place("maps", "b.png").name == "b.png"


def test_an_output_folder_may_be_a_link_itself(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "there")
    assert OutputFolder(tmp_path / "out", Originals([])).place("a", "b.csv").parent.is_dir()


def test_folders_that_cannot_be_written(tmp_path, read_only):
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", read_only / "out"):
        with pytest.raises(BlurError, match="cannot write to"):
            OutputFolder(folder, Originals([]))
