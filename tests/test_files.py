import errno
import os
import subprocess
import sys

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


def read(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    with files.atomic_folder(tmp_path / "out") as partial:
        (partial / "old.txt").write_text("old")
    with files.atomic_folder(tmp_path / "out") as partial:
        (partial / "new.txt").write_text("new")
        assert read(tmp_path / "out") == {"old.txt": "old"}
    assert read(tmp_path / "out") == {"new.txt": "new"} and os.listdir(tmp_path) == ["out"]


def test_a_failure_leaves_the_old_folder_and_no_other(tmp_path, monkeypatch):
    with files.atomic_folder(tmp_path / "out") as partial:
        (partial / "old.txt").write_text("old")
    with pytest.raises(RuntimeError), files.atomic_folder(tmp_path / "out") as partial:
        raise RuntimeError
    real = type(tmp_path).replace

    def refused(self, target):
        if self.name.endswith(".partial"):
            raise OSError(errno.EIO, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(type(tmp_path), "replace", refused)
    with pytest.raises(BlurError, match="Input/output error"), files.atomic_folder(tmp_path / "out"):
        pass
    assert read(tmp_path / "out") == {"old.txt": "old"} and os.listdir(tmp_path) == ["out"]


def test_a_file_in_a_folders_place_stays_as_it_is(tmp_path):
    (tmp_path / "out").write_text("mine")
    message = f"cannot write {tmp_path / 'out'}: a file is where a folder should be"
    with pytest.raises(BlurError, match=message), files.atomic_folder(tmp_path / "out"):
        pytest.fail("the work began")
    assert read(tmp_path) == {"out": "mine"}


@pytest.mark.parametrize("rename", range(3))
def test_a_killed_process_leaves_a_whole_folder_after_the_next_start(tmp_path, rename):
    """Killed before the first rename, between the two, and after them."""
    code = (
        "import os, pathlib, sys\n"
        "from keras_blur import files\n"
        "real, calls = pathlib.Path.replace, []\n"
        "def replace(self, target):\n"
        "    if len(calls) == int(sys.argv[2]): os._exit(9)\n"
        "    calls.append(target)\n"
        "    return real(self, target)\n"
        "pathlib.Path.replace = replace\n"
        "files.shutil.rmtree = lambda *a, **k: os._exit(9)\n"
        "with files.atomic_folder(sys.argv[1]) as partial:\n"
        "    (partial / 'new.txt').write_text('new')\n"
    )
    with files.atomic_folder(tmp_path / "out") as partial:
        (partial / "old.txt").write_text("old")
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "out", str(rename)], timeout=60)
    assert done.returncode == 9
    left = {"old.txt": "old"} if rename < 2 else {"new.txt": "new"}
    with files.atomic_folder(tmp_path / "out") as partial:
        assert read(tmp_path / "out") == left and not list(partial.iterdir())
        (partial / "last.txt").touch()
    assert read(tmp_path / "out") == {"last.txt": ""} and os.listdir(tmp_path) == ["out"]


def test_two_processes_do_not_write_one_folder(tmp_path):
    with (
        files.atomic_folder(tmp_path / "out") as partial,
        pytest.raises(BlurError, match="wait until"),
        files.atomic_folder(tmp_path / "out"),
    ):
        pass
    assert not partial.exists() and (tmp_path / "out").is_dir()


@pytest.mark.parametrize("content", [None, b"{", b"\xff\xfe\x00"])
def test_unreadable_json_is_named(tmp_path, content):
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BlurError, match=r"a\.json"):
        files.read_json(path)


def fill(folder, text):
    for name in ("figures.csv", "last.json"):
        (folder / name).write_text(text)


def test_staged_files_come_together_and_leave_others_alone(tmp_path):
    for name in ("own.txt", ".figures.0123abcd.csv", ".partial/half.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("there before")
    with files.staged(tmp_path, last="last.json") as partial:
        assert not list(partial.iterdir())
        fill(partial, "new")
    assert read(tmp_path) == {"own.txt": "there before", "figures.csv": "new", "last.json": "new"}


def test_a_failure_keeps_the_files_that_were_staged_before(tmp_path):
    with files.staged(tmp_path, last="last.json") as partial:
        fill(partial, "old")
    with pytest.raises(BlurError, match="No space left"), files.staged(tmp_path, "last.json") as partial:
        (partial / "figures.csv").write_text("new")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert read(tmp_path) == {"figures.csv": "old", "last.json": "old"}


@pytest.mark.parametrize("rename", range(2))
def test_where_the_last_file_is_all_are_its_own(tmp_path, monkeypatch, rename):
    with files.staged(tmp_path, last="last.json") as partial:
        fill(partial, "old")
    real, calls = type(tmp_path).replace, []

    def killed(self, target):
        if len(calls) == rename:
            raise KeyboardInterrupt
        calls.append(target)
        return real(self, target)

    monkeypatch.setattr(type(tmp_path), "replace", killed)
    with pytest.raises(KeyboardInterrupt), files.staged(tmp_path, last="last.json") as partial:
        fill(partial, "new")
    assert not (tmp_path / "last.json").exists()


def test_leftovers_are_found_below_and_by_their_file(tmp_path):
    names = [".a.0123abcd.jpg", "in/deep/.b.89abcdef.png", "other/.c.00000000.jpg", "in/.hidden", ".a.jpg"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    files.remove_leftovers(tmp_path, below=["in", "nowhere"])
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"other/.c.00000000.jpg", "in/.hidden", ".a.jpg"}
    files.remove_leftovers_of(tmp_path / "other" / "d.jpg")
    assert (tmp_path / "other/.c.00000000.jpg").exists()
    files.remove_leftovers_of(tmp_path / "other" / "c.jpg")
    assert not (tmp_path / "other/.c.00000000.jpg").exists()
