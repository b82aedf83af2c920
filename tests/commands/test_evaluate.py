"""The command `evaluate`, on a fake data set."""

import errno
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from keras_blur import files, provenance, systems
from keras_blur.commands import evaluate
from keras_blur.contract import Calibration
from keras_blur.data import catalog
from keras_blur.data.catalog import Example


class FakeSplit(list):
    dataset = builder = "fake"
    split, fingerprint = "test", "f00d"
    identity = {"dataset": "fake", "split": "test"}  # noqa: RUF012

    @property
    def names(self):
        return [example.name for example in self]

    photos = names


class HalfBlurred:
    name, calibration, num_params = "half", Calibration(), 7

    def blur_map(self, image):
        return np.array([[[0.1, 0.8, 0.1], [0.9, 0.1, 0.0]]], np.float32)


@pytest.fixture(autouse=True)
def fake(monkeypatch, tmp_path):
    mask = np.zeros((8, 12), np.uint8)
    mask[:, :6] = 1
    image = np.zeros((8, 12, 3), np.uint8)
    examples = FakeSplit(Example(image, mask, "motion", f"photo{i}") for i in range(6))
    monkeypatch.setattr(catalog, "load", lambda *_: examples)
    monkeypatch.setattr(systems, "load", lambda *_, **__: HalfBlurred())
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KERAS_BLUR_RUNS", raising=False)


def saved_maps(folder, names):
    folder.mkdir()
    for name in names:
        cv2.imwrite(str(folder / f"{name}.png"), np.full((8, 12), 255, np.uint8))
    return str(folder)


def metrics(folder):
    return json.loads((folder / "metrics.json").read_text())


def test_a_system(tmp_path, capsys):
    assert evaluate.main(["--output-dir", "out"]) == 0
    shown = capsys.readouterr().out
    assert "python -m keras_blur.evaluate --output-dir out" in shown
    assert "6 photos of blur_demo, split test" in shown and "(all blurred)" in shown
    record = metrics(tmp_path / "out")
    assert record["results"]["all"]["mean"]["accuracy"] == 1
    assert record["system"] == "half" and record["threshold"] == 0.5
    assert record["provenance"]["keras_blur"] and record["provenance"]["data"][0]["fingerprint"] == "f00d"


@pytest.mark.parametrize("source", ["runs/mine", "half"])
def test_the_report_names_what_was_measured(source, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(systems, "weight_folders", lambda _: [])
    monkeypatch.setattr(systems, "specification", lambda _: None)
    assert evaluate.main(["--system", source, "--output-dir", "out"]) == 0
    called = "half (runs/mine)" if source == "runs/mine" else "half"
    assert f"system: {called}, 6 photos" in capsys.readouterr().out
    assert f"system: {called}, 6 photos" in (tmp_path / "out/table.md").read_text()
    assert metrics(tmp_path / "out")["source"] == source


def test_what_others_report_is_in_the_record(tmp_path):
    assert evaluate.main(["--system", "su2011", "--output-dir", "out"]) == 0
    published = metrics(tmp_path / "out")["published"]
    assert any("0.760" in figure and "Schuster 2016, table 2" in figure for figure in published)
    folder = saved_maps(tmp_path / "maps", [f"photo{i}" for i in range(6)])
    assert evaluate.main(["--maps", folder, "--output-dir", "maps_out"]) == 0
    assert metrics(tmp_path / "maps_out")["published"] == []


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        ([], "mobile-blur_demo-test"),
        (
            ["--dataset", "cuhk_blur/kim2018", "--threshold", "0.95"],
            "mobile-cuhk_blur-kim2018-test-threshold-0.95",
        ),
        (["--system", "../runs/mine"], "runs-mine-blur_demo-test"),
        (["--system", "runs/other", "--limit", "3", "--refine"], "runs-other-blur_demo-test-limit-3-refine"),
        (["--positive", "sharp"], "mobile-blur_demo-test-positive-sharp"),
        (["--photos", "list.txt"], "mobile-blur_demo-test-photos-list.txt"),
        (["--split", "test[2:]"], "mobile-blur_demo-test-2"),
        (["--split", "test[:2]"], "mobile-blur_demo-test--2"),
    ],
)
def test_default_folder_names_what_was_measured(argv, name, tmp_path, monkeypatch):
    monkeypatch.setattr(systems, "weight_folders", lambda _: [])
    monkeypatch.setattr(systems, "specification", lambda _: None)
    (tmp_path / "list.txt").write_text("photo0")
    assert evaluate.main(argv) == 0
    assert [path.name for path in (tmp_path / "runs/evaluate").iterdir()] == [name]
    monkeypatch.setenv("KERAS_BLUR_RUNS", "mine")
    assert evaluate.main(argv) == 0
    assert (tmp_path / "mine/evaluate" / name / "metrics.json").exists()


@pytest.mark.parametrize("facts", [{"data": []}, {}, []])
def test_a_damaged_record_of_a_training_is_one_clear_line(facts, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(systems, "weight_folders", lambda _: [tmp_path / "run/best"])
    for name, value in (("config.json", {"model": {"name": "unet"}, "data": {}}), ("run.json", facts)):
        files.write_json(tmp_path / "run" / name, value)
    (tmp_path / "run/log.csv").touch()
    assert evaluate.main([]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"error: expected config.json and run.json in {tmp_path / 'run'} as")
    assert error.count("\n") == 1


@pytest.mark.parametrize(("log", "epochs"), [("", 0), ("epoch,loss\n", 0), ("epoch,loss\n0,1\n1,1\n", 2)])
def test_finished_epochs_are_counted(log, epochs, tmp_path):
    files.write_json(tmp_path / "config.json", {"model": {"name": "unet"}, "data": {}})
    split = {"dataset": "tiny", "split": "train", "examples": 5}
    files.write_json(tmp_path / "run.json", {"data": [split]})
    (tmp_path / "log.csv").write_text(log)
    assert provenance.training(tmp_path / "best")["epochs"] == epochs


@pytest.mark.parametrize(
    ("model", "start"),
    [
        ({"name": "unet"}, None),
        ({"name": "kim2018", "options": {"encoder_weights": "imagenet"}}, "imagenet"),
        ({"name": "kim2018", "options": {"encoder_weights": "weights/vgg16_notop.h5"}}, "vgg16_notop"),
        ({"name": "mobile", "initial_weights": "runs/mobile_v1", "options": {}}, "mobile_v1"),
    ],
)
def test_a_record_tells_what_a_network_started_from(model, start, tmp_path):
    files.write_json(tmp_path / "config.json", {"model": model, "data": {}})
    splits = [{"dataset": "tiny", "split": split, "examples": 5} for split in ("train", "validation")]
    files.write_json(tmp_path / "run.json", {"data": splits})
    (tmp_path / "log.csv").write_text("epoch\n")
    record = provenance.training(tmp_path / "best")
    assert record["pretrained"] == start and record["validation"] == splits[1:]


def test_photos_that_a_system_was_trained_on_are_counted(tmp_path, capsys):
    arguments = ["--dataset", "cuhk_blur/zhao2018_defocus", "--limit", "3", "--output-dir", "out"]
    assert evaluate.main(arguments) == 0
    note = next(note for note in metrics(tmp_path / "out")["notes"] if "cuhk_blur/kim2018 train" in note)
    assert note.startswith("trained on 3 of the 3 photos")
    assert f"warning: {note}" in capsys.readouterr().err


def test_maps_of_some_photos(tmp_path, capsys):
    folder = saved_maps(tmp_path / "maps", ["photo1", "photo4", "stranger"])
    assert evaluate.main(["--maps", folder]) == 1
    assert "--only-with-maps" in capsys.readouterr().err
    assert evaluate.main(["--maps", folder, "--only-with-maps", "--output-dir", "out"]) == 0
    record = metrics(tmp_path / "out")
    assert record["photos"] == 2 and record["results"]["all"]["mean"]["accuracy"] == 0.5
    assert "a part of the split: 2 of its 6 photos" in record["notes"]


def test_inverted_maps_are_told_the_flag(tmp_path, capsys):
    (tmp_path / "maps").mkdir()
    inverted = np.uint8([[0] * 6 + [255] * 6] * 8)
    for number in range(6):
        cv2.imwrite(str(tmp_path / "maps" / f"photo{number}.png"), inverted)
    assert evaluate.main(["--maps", "maps"]) == 0
    assert "if black means blurred in them, set --blurred to 'black'" in capsys.readouterr().out
    assert evaluate.main(["--maps", "maps", "--blurred", "black"]) == 0
    assert "means blurred" not in capsys.readouterr().out


def test_a_system_on_the_photos_that_maps_have(tmp_path):
    folder = saved_maps(tmp_path / "maps", ["photo1", "photo4"])
    assert evaluate.main(["--photos", folder, "--output-dir", "out"]) == 0
    assert [row.split(",")[0] for row in (tmp_path / "out/per_photo.csv").read_text().split()[1:]] == [
        "photo1", "photo4"
    ]  # fmt: skip


def test_a_list_of_photos(tmp_path, capsys):
    (tmp_path / "list.txt").write_text("photo0.jpg\n\nphoto3\n")
    assert evaluate.main(["--photos", "list.txt", "--output-dir", "out"]) == 0
    assert metrics(tmp_path / "out")["photos"] == 2
    (tmp_path / "list.txt").write_text("photo0\nphoto9\n")
    assert evaluate.main(["--photos", "list.txt"]) == 1
    assert "photo9" in capsys.readouterr().err


def test_limit_spreads_over_the_split(tmp_path):
    assert evaluate.main(["--limit", "3", "--output-dir", "out"]) == 0
    rows = (tmp_path / "out/per_photo.csv").read_text().split()[1:]
    assert [row.split(",")[0] for row in rows] == ["photo0", "photo2", "photo4"]


@pytest.mark.parametrize(
    ("argv", "code", "hint"),
    [
        (["--threshold", "1.5"], 2, "--threshold"),
        (["--limit", "0"], 2, "--limit"),
        (["--only-with-maps"], 2, "--maps"),
        (["--maps", "nowhere"], 1, "nowhere"),
        (["--maps", "nowhere", "--refine"], 2, "--refine"),
        (["--photos", "nowhere.txt"], 1, "nowhere.txt as a list of names: No such file or directory"),
        (["--output-dir", __file__], 1, "a file is where a folder should be"),
        (["--output-dir", "/dev/null/x"], 1, "cannot write"),
    ],
)
def test_mistakes_are_one_clear_line(argv, code, hint, capsys):
    assert evaluate.main(argv) == code
    error = capsys.readouterr().err.strip()
    assert hint in error and error.startswith("error: ") and "\n" not in error


@pytest.mark.parametrize("argv", [["--system", "mobil"], ["--system", "x.tflite"], ["--maps", "nowhere"]])
def test_a_wrong_system_is_named_before_data_are_looked_for(argv, capsys, monkeypatch):
    def not_there(*_):
        raise AssertionError("the data set was opened")

    monkeypatch.setattr(catalog, "load", not_there)
    assert evaluate.main(argv) in (1, 2)
    assert "error: " in capsys.readouterr().err


def test_a_read_only_folder_is_named(read_only, capsys):
    assert evaluate.main(["--output-dir", str(read_only / "out")]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"error: cannot write {read_only}") and error.count("\n") == 1


def test_a_disk_that_fills_up_is_one_clear_line(tmp_path, capsys, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)  # how the figures are written, after the tables
    assert evaluate.main(["--output-dir", "out"]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("error: cannot write out/.partial/pr_curve.png: No space left on device")
    assert not any(Path("out").glob("*.png"))
    assert not [path for path in (tmp_path / "out").iterdir() if path.name.startswith(".")]


def test_ctrl_c_is_quiet_and_exits_130(capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(HalfBlurred, "blur_map", interrupted)
    assert evaluate.main(["--output-dir", "out"]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "interrupted"


def test_no_photo_is_selected(tmp_path, capsys):
    folder = saved_maps(tmp_path / "maps", ["stranger"])
    for argv in (["--maps", folder, "--only-with-maps"], ["--photos", folder]):
        assert evaluate.main(argv) == 1
        error = capsys.readouterr().err
        assert error.startswith(f"error: {argv[0]} {folder}: expected names of photos") and "photo0" in error


def test_system_and_maps_exclude_each_other():
    with pytest.raises(SystemExit) as error:
        evaluate.main(["--system", "mobile", "--maps", "x"])
    assert error.value.code == 2


def test_help_loads_no_framework():
    code = (
        "import sys\nfrom keras_blur import evaluate\n"
        "try: evaluate.main(['--help'])\nexcept SystemExit: pass\n"
        "sys.exit(any(name in sys.modules for name in ('keras', 'tensorflow', 'numpy')))"
    )
    import keras_blur

    root = keras_blur.__path__[0] + "/.."
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "examples:" in done.stdout
