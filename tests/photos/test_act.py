"""Moving, copying, tagging and taking back: nothing is lost, nothing overwritten."""

import contextlib
import errno
import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from keras_blur.errors import BlurError, UsageError
from keras_blur.files import stamp
from keras_blur.photos import act
from keras_blur.photos.act import Step, UndoFile, carry_out, clear_leftovers, part_of, undo


@pytest.fixture
def photos(tmp_path):
    paths = [tmp_path / "photos" / name for name in ("a.jpg", "day 1/b.jpg", "day 1/c\n.jpg")]
    for number, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes([number]) * 3_000_000)
        os.utime(path, ns=(10**18, 10**18 + number))
    return paths


def steps_for(photos, target):
    root = photos[0].parent
    return [Step(path, target / path.relative_to(root), stamp(path)) for path in photos]


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def do(action, steps, folder):
    file = UndoFile(folder, action)
    done = list(carry_out(action, steps, file))
    file.close()
    return done, file.path


def take_back(path):
    return {Path(photo).name: error for photo, error in undo(path)}


@pytest.fixture(params=[False, True], ids=["same file system", "another"])
def elsewhere(request, monkeypatch):
    """Whether the target is on another file system, where `os.replace` from outside fails."""
    if request.param:
        replace = os.replace

        def refused(source, target):
            if Path(source).parent != Path(target).parent:
                raise OSError(errno.EXDEV, "Invalid cross-device link")
            replace(source, target)

        monkeypatch.setattr(os, "replace", refused)
    return request.param


def test_photos_move_with_their_folders_and_come_back(tmp_path, photos, elsewhere):
    before = tree(tmp_path / "photos")
    done, file = do("move", steps_for(photos, tmp_path / "blurred"), tmp_path)
    assert [item.error for item in done] == [None] * 3
    assert tree(tmp_path / "blurred") == before and not tree(tmp_path / "photos")
    assert (tmp_path / "blurred" / "a.jpg").stat().st_mtime_ns == 10**18
    assert set(take_back(file).values()) == {None}
    assert tree(tmp_path / "photos") == before and not (tmp_path / "blurred").exists()
    assert take_back(file) == {} and tree(tmp_path / "photos") == before


def test_copies_come_and_go(tmp_path, photos):
    before = tree(tmp_path / "photos")
    _, file = do("copy", steps_for(photos, tmp_path / "blurred"), tmp_path)
    assert tree(tmp_path / "photos") == tree(tmp_path / "blurred") == before
    (tmp_path / "blurred" / "a.jpg").write_bytes(b"edited")
    errors = take_back(file)
    assert "differ; both left alone" in errors["a.jpg"] and errors["b.jpg"] is None
    assert tree(tmp_path / "photos") == before and tree(tmp_path / "blurred") == {"a.jpg": b"edited"}


@pytest.mark.parametrize("action", ["move", "copy"])
def test_nothing_is_overwritten(tmp_path, photos, action, elsewhere):
    target = tmp_path / "blurred"
    target.mkdir()
    (target / "a.jpg").write_bytes(b"other")
    (target / "a (2).jpg").symlink_to(tmp_path / "nowhere")
    content = photos[0].read_bytes()
    done, file = do(action, steps_for(photos[:1], target), tmp_path)
    assert done[0].target.name == "a (3).jpg" and done[0].target.read_bytes() == content
    assert (target / "a.jpg").read_bytes() == b"other" and not (tmp_path / "nowhere").exists()
    assert take_back(file) == {"a.jpg": None}
    assert tree(target) == {"a.jpg": b"other"} and photos[0].read_bytes() == content


def test_what_changed_since_it_was_judged_is_left_alone(tmp_path, photos):
    steps = steps_for(photos, tmp_path / "blurred")
    photos[0].write_bytes(b"new")
    photos[1].unlink()
    done, _ = do("move", steps, tmp_path)
    assert [item.target is None for item in done] == [True, True, False]
    assert "changed since" in done[0].error and photos[0].read_bytes() == b"new"


def test_links_are_left_alone(tmp_path, photos):
    link = tmp_path / "photos" / "link.jpg"
    link.symlink_to(photos[0])
    done, _ = do("move", [Step(link, tmp_path / "x" / "link.jpg", stamp(link))], tmp_path)
    assert "link" in done[0].error and link.is_symlink() and photos[0].exists()


def test_a_link_where_a_moved_photo_was_does_not_cost_the_photo(tmp_path, photos):
    """People put links where their photos were, to one or to a whole folder."""
    before = tree(tmp_path / "photos")
    _, file = do("move", steps_for(photos, tmp_path / "blurred"), tmp_path)
    photos[0].symlink_to(tmp_path / "blurred" / "a.jpg")
    photos[1].parent.rmdir()
    photos[1].parent.symlink_to(tmp_path / "blurred" / "day 1")
    assert all("are linked; both left alone" in error for error in take_back(file).values())
    assert tree(tmp_path / "blurred") == before


def test_hard_links_are_moved_one_by_one(tmp_path, photos):
    again = tmp_path / "photos" / "again.jpg"
    again.hardlink_to(photos[0])
    before = tree(tmp_path / "photos")
    _, file = do("move", steps_for([photos[0], again], tmp_path / "blurred"), tmp_path)
    assert sorted(tree(tmp_path / "blurred")) == ["a.jpg", "again.jpg"]
    assert set(take_back(file).values()) == {None} and tree(tmp_path / "photos") == before


def test_long_names_that_are_taken_are_shortened(tmp_path, photos):
    name = "ü" * 125 + ".jpg"  # 254 bytes, the most that a name may have is 255
    photo = photos[0].rename(photos[0].with_name(name))
    (tmp_path / "blurred").mkdir()
    (tmp_path / "blurred" / name).write_bytes(b"other")
    done, file = do("move", [Step(photo, tmp_path / "blurred" / name, stamp(photo))], tmp_path)
    assert done[0].error is None and done[0].target.name == "ü" * 96 + " (2).jpg"
    assert (tmp_path / "blurred" / name).read_bytes() == b"other"
    assert set(take_back(file).values()) == {None} and photo.exists()


def test_a_program_that_takes_the_name_first_keeps_it(tmp_path, photos, monkeypatch):
    create, target = act._create, tmp_path / "blurred" / "a.jpg"

    def slower(path):
        if path == target and not path.exists():
            path.write_bytes(photos[0].read_bytes())  # the same photo: undo must not take it for its own
        create(path)

    monkeypatch.setattr(act, "_create", slower)
    done, file = do("move", steps_for(photos[:1], tmp_path / "blurred"), tmp_path)
    assert done[0].target.name == "a (2).jpg"
    assert (
        take_back(file) == {"a.jpg": None} and photos[0].exists() and list(tree(target.parent)) == ["a.jpg"]
    )


@pytest.mark.parametrize("action", ["move", "copy"])
def test_a_program_that_writes_to_the_reserved_name_is_not_overwritten(
    tmp_path, photos, monkeypatch, action, elsewhere
):
    create = act._create

    def and_another(path):
        create(path)
        path.write_bytes(b"another program's")

    monkeypatch.setattr(act, "_create", and_another)
    before = tree(tmp_path / "photos")
    done, _ = do(action, steps_for(photos[:1], tmp_path / "blurred"), tmp_path)
    assert "another program writes" in done[0].error and tree(tmp_path / "photos") == before
    assert tree(tmp_path / "blurred") == {"a.jpg": b"another program's"}


def test_two_runs_that_move_the_same_photo_leave_one_of_it(tmp_path, photos, monkeypatch):
    """As they may if one works in a folder and the other in a folder inside it."""
    create = act._create

    def while_another_moves_it(path):
        create(path)
        photos[0].rename(tmp_path / "elsewhere.jpg")

    monkeypatch.setattr(act, "_create", while_another_moves_it)
    content = photos[0].read_bytes()
    done, file = do("move", steps_for(photos[:1], tmp_path / "blurred"), tmp_path)
    assert done[0].target is None and not tree(tmp_path / "blurred")
    assert (tmp_path / "elsewhere.jpg").read_bytes() == content
    assert take_back(file) == {} and not photos[0].exists() and not (tmp_path / "blurred").exists()


def test_a_link_with_the_name_of_an_unfinished_file_is_not_written_through(tmp_path, photos):
    target = tmp_path / "blurred" / "a.jpg"
    target.parent.mkdir()
    part_of(target).symlink_to(photos[1])
    content = photos[1].read_bytes()
    done, _ = do("copy", steps_for(photos[:1], tmp_path / "blurred"), tmp_path)
    assert done[0].error is None and photos[1].read_bytes() == content and not target.is_symlink()


def test_steps_that_were_not_made_are_not_taken_back(tmp_path, photos):
    (tmp_path / "blurred").mkdir()
    (tmp_path / "blurred" / "day 1").write_text("in the way")
    done, file = do("move", steps_for(photos, tmp_path / "blurred"), tmp_path)
    assert [item.target is None for item in done] == [False, True, True]
    assert take_back(file) == {"a.jpg": None}
    assert take_back(file) == {}


def test_undo_overwrites_nothing(tmp_path, photos):
    _, file = do("move", steps_for(photos, tmp_path / "blurred"), tmp_path)
    photos[0].write_bytes(b"a new photo of that name")
    (tmp_path / "blurred" / "day 1" / "b.jpg").unlink()
    errors = take_back(file)
    assert "differ" in errors["a.jpg"] and "not there any more" in errors["b.jpg"]
    assert photos[0].read_bytes() == b"a new photo of that name" and photos[2].exists()


def test_a_full_disk_loses_nothing(tmp_path, photos, monkeypatch):
    before = tree(tmp_path / "photos")
    replace = os.replace

    def other_disk(source, target):
        if Path(source).parent != Path(target).parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        replace(source, target)

    copied = []

    def full(source, copy, length):
        data = source.read()
        copy.write(data[:1000] if copied else data)
        if copied:
            raise OSError(errno.ENOSPC, "No space left on device")
        copied.append(source.name)

    monkeypatch.setattr(os, "replace", other_disk)
    monkeypatch.setattr(act.shutil, "copyfileobj", full)
    with pytest.raises(BlurError, match="No space left on device; nothing is lost"):
        do("move", steps_for(photos, tmp_path / "blurred"), tmp_path)
    assert tree(tmp_path / "photos") | tree(tmp_path / "blurred") == before
    assert len(tree(tmp_path / "photos")) == 2 and len(tree(tmp_path / "blurred")) == 1
    monkeypatch.undo()
    assert set(take_back(next(tmp_path.glob("undo-*"))).values()) == {None}
    assert tree(tmp_path / "photos") == before


def test_a_disk_that_is_really_full_loses_nothing(tmp_path, photos, small_disk):
    for number, path in enumerate(photos):
        path.write_bytes(bytes([number]) * 400_000)  # two of three fit
    before = tree(tmp_path / "photos")
    with pytest.raises(BlurError, match="No space left on device; nothing is lost"):
        do("move", steps_for(photos, small_disk / "blurred"), tmp_path)
    assert len(tree(tmp_path / "photos")) == 1 and len(tree(small_disk / "blurred")) == 2
    assert tree(tmp_path / "photos") | tree(small_disk / "blurred") == before
    assert set(take_back(next(tmp_path.glob("undo-*"))).values()) == {None}
    assert tree(tmp_path / "photos") == before and not list(small_disk.iterdir())


def test_a_full_disk_of_undo_files_stops_before_a_photo_is_touched(tmp_path, small_disk):
    photos = [tmp_path / "photos" / f"{number}.jpg" for number in range(60)]
    photos[0].parent.mkdir()
    for path in photos:
        path.write_text(path.name)
    before = tree(tmp_path / "photos")
    file = UndoFile(small_disk, "move")
    with contextlib.suppress(OSError):
        for number in itertools.count():
            (small_disk / f"filler {number}").write_bytes(bytes(50_000))
    with pytest.raises(BlurError, match=r"cannot write .*undo-.*nothing is lost"):
        list(carry_out("move", steps_for(photos, tmp_path / ("x" * 200)), file))
    file.close()
    moved = len(tree(tmp_path / ("x" * 200)))
    assert 0 < moved < 60 and moved + len(tree(tmp_path / "photos")) == 60
    assert set(take_back(file.path).values()) == {None} and tree(tmp_path / "photos") == before


def test_a_copy_that_differs_is_no_reason_to_remove_the_photo(tmp_path, photos, monkeypatch):
    monkeypatch.setattr(act.shutil, "copyfileobj", lambda source, copy, length: copy.write(b"wrong"))
    monkeypatch.setattr(act.os, "replace", lambda *_: (_ for _ in ()).throw(OSError(errno.EXDEV, "other")))
    done, _ = do("move", steps_for(photos[:1], tmp_path / "blurred"), tmp_path)
    assert "differs" in done[0].error and photos[0].stat().st_size == 3_000_000
    assert not tree(tmp_path / "blurred")


def test_originals_that_cannot_be_removed_stay_and_leave_no_copy(tmp_path, photos, monkeypatch):
    def other_disk(source, target):
        if Path(source).parent != Path(target).parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        os.rename(source, target)

    unlink = Path.unlink

    def refused(path, missing_ok=False):
        if path == photos[0]:
            raise PermissionError(errno.EACCES, "Permission denied")
        unlink(path, missing_ok)

    monkeypatch.setattr(act.os, "replace", other_disk)
    monkeypatch.setattr(Path, "unlink", refused)
    done, _ = do("move", steps_for(photos[:2], tmp_path / "blurred"), tmp_path)
    assert done[0].error == "Permission denied" and photos[0].exists()
    assert done[1].error is None and list(tree(tmp_path / "blurred")) == ["day 1/b.jpg"]


def test_originals_on_a_disk_that_takes_no_change(tmp_path, small_disk, mount):
    photo = small_disk / "a.jpg"
    photo.write_bytes(b"photo" * 1000)
    mount("-o", "remount,ro", small_disk)
    (done,), file = do("move", [Step(photo, tmp_path / "blurred" / "a.jpg", stamp(photo))], tmp_path)
    assert done.error == "Read-only file system" and photo.read_bytes() == b"photo" * 1000
    assert not tree(tmp_path / "blurred")
    assert take_back(file) == {} and not (tmp_path / "blurred").exists()
    (done,), _ = do("copy", [Step(photo, tmp_path / "blurred" / "a.jpg", stamp(photo))], tmp_path)
    assert done.error is None and done.target.read_bytes() == photo.read_bytes()


def test_sidecars_are_written_once_and_taken_back(tmp_path, photos):
    (tmp_path / "photos" / "a.jpg.xmp").write_text("a person's work")
    steps = [Step(p, p.with_name(p.name + ".xmp"), stamp(p), "<xmp/>") for p in photos]
    done, file = do("tag", steps, tmp_path)
    assert "there already" in done[0].error and done[1].target.read_text() == "<xmp/>"
    done[2].target.write_text("changed")
    errors = take_back(file)
    assert errors == {"b.jpg": None, "c\n.jpg": f"{act.printable(done[2].target)} was changed; left alone"}
    assert (tmp_path / "photos" / "a.jpg.xmp").read_text() == "a person's work"
    assert not done[1].target.exists() and all(path.exists() for path in photos)


KILLED = """
import os, sys
from pathlib import Path
from keras_blur.photos import act
from keras_blur.files import stamp
calls = int(sys.argv[2])
def dies(event, arguments):
    global calls
    if event in ("open", "os.rename", "os.remove", "os.mkdir", "shutil.copyfile", "os.utime", "os.chmod"):
        if "blurred" in str(arguments) or "photos" in str(arguments) or "undo-" in str(arguments):
            calls -= 1
            if calls < 0:
                os.kill(os.getpid(), 9)
if sys.argv[3] == "another":
    real = os.replace
    def replace(a, b):
        if Path(a).parent != Path(b).parent:
            raise OSError(18, "cross-device")
        real(a, b)
    os.replace = replace
root = Path(sys.argv[1])
photos = sorted((root / "photos").rglob("*.jpg"))
steps = [act.Step(p, root / "blurred" / p.relative_to(root / "photos"), stamp(p)) for p in photos]
if sys.argv[4] == "undo":
    list(act.carry_out("move", steps, act.UndoFile(root, "move")))
sys.addaudithook(dies)
if sys.argv[4] == "undo":
    list(act.undo(next(root.glob("undo-*"))))
else:
    list(act.carry_out("move", steps, act.UndoFile(root, "move")))
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["same", "another"])
@pytest.mark.parametrize("what", ["move", "undo"])
def test_a_kill_at_any_file_operation_loses_nothing(tmp_path, kind, what):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    survived = False
    for calls in range(80):
        root = tmp_path / str(calls)
        for name in ("a.jpg", "day/b.jpg"):
            (root / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
            (root / "photos" / name).write_bytes(name.encode() * 1000)
        before = tree(root / "photos")
        command = [sys.executable, "-c", KILLED, str(root), str(calls), kind, what]
        code = subprocess.run(command, env=environment, check=False).returncode
        assert code in (0, -signal.SIGKILL)
        assert set(before.values()) <= {*tree(root / "photos").values(), *tree(root / "blurred").values()}
        clear_leftovers(root)
        files = [*root.glob("undo-*")]
        if files and files[0].stat().st_size:
            assert all(error is None for _, error in undo(files[0]))
        assert tree(root / "photos") == before and not (root / "blurred").exists()
        if code == 0:
            survived = True
            break
    assert survived and calls > 5


def test_leftovers_of_a_kill_are_cleared_at_the_next_start(tmp_path, photos):
    file = UndoFile(tmp_path, "move")
    target = tmp_path / "a.jpg"
    file.step(Step(photos[0], target, stamp(photos[0])), target, [])
    file.close()
    target.touch()
    part_of(target).write_bytes(b"half")
    clear_leftovers(tmp_path)
    assert not target.exists() and not part_of(target).exists() and photos[0].exists()


@pytest.mark.parametrize(
    "content", ["", "{}\n", "[1]\n", '{"keras_blur_undo": 9, "action": "move"}\n', "\xff\n"]
)
def test_other_files_are_no_undo_files(tmp_path, content):
    (tmp_path / "x").write_text(content)
    with pytest.raises(UsageError, match="is no undo file"):
        list(undo(tmp_path / "x"))
    with pytest.raises(UsageError, match="cannot read"):
        list(undo(tmp_path / "none"))
