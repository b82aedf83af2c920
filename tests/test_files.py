import errno
import os

import pytest

from keras_blur import files
from keras_blur.errors import BlurError


def test_json_round_trip_makes_folders(tmp_path):
    path = tmp_path / "a" / "b.json"
    files.write_json(path, {"x": [1, None, "é"]})
    assert files.read_json(path) == {"x": [1, None, "é"]}
    assert os.listdir(path.parent) == ["b.json"]


def test_nan_is_not_written(tmp_path):
    with pytest.raises(ValueError):
        files.write_json(tmp_path / "a.json", float("nan"))
    assert not list(tmp_path.iterdir())


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "a.txt"
    files.write_text(path, "old")
    with pytest.raises(RuntimeError), files.atomic_path(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_the_temporary_file_keeps_its_ending_and_is_hidden(tmp_path):
    with files.atomic_path(tmp_path / "a.png") as temporary:
        assert temporary.suffix == ".png" and temporary.name.startswith(".")
        temporary.touch()


def test_a_full_disk_is_one_clear_error(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(BlurError, match=r"a\.txt: No space left on device"):
        files.write_text(tmp_path / "a.txt", "text")
    assert not list(tmp_path.iterdir())


def test_a_file_in_place_of_the_folder_is_one_clear_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BlurError, match="cannot write"):
        files.write_text(tmp_path / "file" / "a.txt", "text")


@pytest.mark.parametrize("content", [None, b"{", b"\xff\xfe\x00"])
def test_unreadable_json_is_named(tmp_path, content):
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BlurError, match=r"a\.json"):
        files.read_json(path)
