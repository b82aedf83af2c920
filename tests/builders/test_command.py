import fcntl
import subprocess
import sys

import pytest

pytest.importorskip("tensorflow_datasets")

from keras_blur.files import default_data_dir
from tfds_builders import __main__ as command
from tfds_builders import building
from tfds_builders.blur_demo import blur_demo_dataset_builder
from tfds_builders.blur_demo.blur_demo_dataset_builder import Builder


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(Builder, "counts", {"train": 2, "validation": 1, "test": 1})


def lines(capsys):
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_builds_once(small, tmp_path, capsys):
    assert command.main(["blur_demo", "--data-dir", str(tmp_path)]) == 0
    out, _ = lines(capsys)
    folder = tmp_path / "blur_demo" / "1.1.0"
    assert f"Built {folder}" in out and "2 pictures" in out
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert command.main(["blur_demo", "--data-dir", str(tmp_path)]) == 0
    out, _ = lines(capsys)
    assert "already there" in out and str(folder) in out
    assert before == {path: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_what_a_killed_build_left_is_cleared(small, tmp_path):
    stale = tmp_path / "blur_demo" / "incomplete.ABCDEF_1.0.0"
    stale.mkdir(parents=True)
    (stale / "half").write_text("a record")
    command.build("blur_demo", tmp_path)
    assert not stale.exists()


def test_two_builds_at_once_are_refused(small, tmp_path, capsys):
    (tmp_path / "blur_demo").mkdir()
    with (tmp_path / "blur_demo" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert command.main(["blur_demo", "--data-dir", str(tmp_path)]) == 1
    assert "another process" in lines(capsys)[1]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["blur_demmo"], "did you mean 'blur_demo'"),
        (["cuhk_blur/kim2081"], "did you mean 'kim2018'"),
        (["blur_demo/small"], "has no configs"),
        (["cuhk_blur"], "Then add --manual-dir"),
        ([], "expected one of blur_demo, cuhk_blur"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(arguments, expected, tmp_path, capsys):
    assert command.main([*arguments, "--data-dir", str(tmp_path)]) == 2
    _, error = lines(capsys)
    assert expected in error and error.count("\n") == 1 and error.startswith("error: ")


def test_wrong_folders_are_one_line_and_exit_code_1(small, tmp_path, read_only, capsys):
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    data = ["--data-dir", str(tmp_path / "data")]
    for arguments, expected in (
        (["cuhk_blur", "--manual-dir", str(tmp_path / "nowhere"), *data], "nowhere is not a folder"),
        (["cuhk_blur", "--manual-dir", str(tmp_path / "empty"), *data], "empty is empty"),
        (["blur_demo", "--data-dir", str(tmp_path / "file")], "choose a --data-dir"),
        (["blur_demo", "--data-dir", str(read_only / "data")], "choose a --data-dir"),
    ):
        assert command.main(arguments) == 1
        _, error = lines(capsys)
        assert expected in error and error.count("\n") == 1


def test_ctrl_c_is_quiet_and_leaves_nothing_that_looks_finished(small, tmp_path, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(blur_demo_dataset_builder, "scene", interrupted)
    assert command.main(["blur_demo", "--data-dir", str(tmp_path)]) == 130
    assert lines(capsys)[1].splitlines()[-1] == "interrupted"
    assert not (tmp_path / "blur_demo" / "1.1.0").exists()
    monkeypatch.undo()
    monkeypatch.setattr(Builder, "counts", {"train": 1})
    assert command.main(["blur_demo", "--data-dir", str(tmp_path)]) == 0


def test_full_disk_is_one_line(small, tmp_path, capsys, monkeypatch):
    def prepare(*_):
        raise RuntimeError("Failed to finalize: write() failed: No space left on device; writing x\nmore")

    monkeypatch.setattr(building, "_prepare", prepare)
    assert command.main(["blur_demo", "--data-dir", str(tmp_path)]) == 1
    _, error = lines(capsys)
    assert "No space left" in error and "--data-dir" in error and error.count("\n") == 1


def test_a_folder_without_a_data_set_is_not_taken_for_one(small, tmp_path, capsys):
    (tmp_path / "blur_demo" / "1.1.0").mkdir(parents=True)
    assert command.main(["blur_demo", "--data-dir", str(tmp_path)]) == 1
    assert "remove it and build again" in lines(capsys)[1]


def test_list_names_every_config(capsys):
    assert command.main(["--list"]) == 0
    out, _ = lines(capsys)
    for name in ("blur_demo", "cuhk_blur/kim2018", "cuhk_blur/zhao2018_defocus", *command.BUILDERS):
        assert name in out


def test_default_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_BLUR_DATASETS", str(tmp_path))
    assert default_data_dir() == tmp_path
    monkeypatch.delenv("KERAS_BLUR_DATASETS")
    assert default_data_dir().is_absolute() and default_data_dir().name == "datasets"


def test_building_loads_no_tensorflow_and_help_no_tfds(tmp_path):
    code = (
        "import sys; from tfds_builders import __main__ as command\n"
        "try: command.main(['--help'])\nexcept SystemExit: pass\n"
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules\n"
        "from tfds_builders.blur_demo.blur_demo_dataset_builder import Builder\n"
        "Builder.counts = {'train': 1}\n"
        f"assert command.main(['blur_demo', '--data-dir', {str(tmp_path)!r}]) == 0\n"
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
