"""The commands, from arguments to files."""

import os
import subprocess
import sys

import pytest

from export import all as export_all
from export import command, export_network, pipeline
from keras_blur import files
from keras_blur.errors import UsageError
from keras_blur.systems.weights import save_network

OPTIONS = ["--formats", "float32", "--input-size", "32x48"]


@pytest.fixture(scope="module")
def runs(network, trained, tmp_path_factory):
    """A folder with one good run, and one whose weights are missing."""
    folder = tmp_path_factory.mktemp("runs")
    options = {"filters": 4, "depth": 2}
    save_network(folder / "good" / "best", "unet", options, network, trained)
    save_network(folder / "bad", "unet", options, network, trained)
    (folder / "bad" / "weights.weights.h5").unlink()
    return folder


def test_a_run_is_exported(runs, photo_folder, tmp_path, capsys):
    out = tmp_path / "out"
    arguments = ["--run", str(runs / "good"), "--calibration", str(photo_folder), "--output-dir", str(out)]
    assert command.main([*arguments, *OPTIONS]) == 0
    printed = capsys.readouterr()
    assert "| float32 |" in printed.out
    assert f"warning: calibration {photo_folder.name}: expected at least 8 photos" in printed.err  # 2 of 12
    assert (out / "unet_float32.tflite").is_file()
    report = files.read_json(out / "export.json")
    assert report["command"].startswith("keras-blur export --run good --calibration ")
    contents = [path.read_bytes() for path in out.iterdir()]
    assert len(contents) == 6 and not any(bytes(tmp_path.parent) in content for content in contents)
    assert report["calibration_photos"] == 0 and "were calibrated" not in (out / "model_card.md").read_text()
    assert report["author"] == report["license"] == ""  # whoever trained it


def test_python_and_the_command_do_the_same(runs, photo_folder, tmp_path):
    options = {"formats": ["onnx"], "input_size": (32, 48), "calibration": photo_folder}
    called = export_network(runs / "good", tmp_path / "called", **options)
    arguments = ["--system", str(runs / "good"), "--calibration", str(photo_folder), "--formats", "onnx"]
    assert command.main([*arguments, *OPTIONS[2:], "--output-dir", str(tmp_path / "command")]) == 0
    commanded = files.read_json(tmp_path / "command" / "export.json")
    measured = ("speed",)  # differs from run to run
    rows = [{k: v for k, v in r["formats"]["onnx"].items() if k not in measured} for r in (called, commanded)]
    assert rows[0] == rows[1] and called["source"] == commanded["source"] == "good"
    contents = [(tmp_path / name / "unet_onnx.onnx").read_bytes() for name in ("called", "command")]
    assert contents[0] == contents[1]


def test_photos_that_are_measured_are_not_calibrated_with(runs, tiny_data, tmp_path, capsys):
    arguments = ["--run", str(runs / "good"), "--calibration", "tiny_blur", "--data-dir", str(tiny_data)]
    arguments += ["--dataset", "tiny_blur", "--split", "train", "--input-size", "32x48", "--formats", "int8"]
    assert command.main([*arguments, "--output-dir", str(tmp_path / "out")]) == 2
    assert "found 12 of the same name in tiny_blur train, such as train0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "author", "license"),
    [
        ({}, "The keras-blur authors", "Apache-2.0"),
        ({"author": "A. Author"}, "A. Author", "Apache-2.0"),
    ],
)
def test_the_shipped_network_has_an_author(arguments, author, license, photo_folder, tmp_path, monkeypatch):
    def export(job, output_dir):
        assert (job.author, job.license) == (author, license)
        return {"formats": {"float32": {"photos": 8}}}

    monkeypatch.setattr(pipeline, "run", export)
    export_network("mobile", tmp_path, calibration=photo_folder, **arguments)


def test_accuracy_is_measured_where_a_data_set_is_given(runs, tiny_data, tmp_path):
    out = tmp_path / "out"
    arguments = ["--run", str(runs / "good"), "--calibration", "tiny_blur", "--data-dir", str(tiny_data)]
    arguments += ["--dataset", "tiny_blur", "--limit", "2", "--output-dir", str(out)]
    assert command.main([*arguments, *OPTIONS]) == 0
    report = files.read_json(out / "export.json")
    row = report["formats"]["float32"]
    assert row["scored"] == 2 and row["figures"] == pytest.approx(report["keras"], abs=1e-3)


def test_all_runs_make_one_table(runs, photo_folder, tmp_path, capsys):
    out = tmp_path / "out"
    arguments = [str(runs), "--calibration", str(photo_folder), "--output-dir", str(out)]
    assert export_all.main([*arguments, *OPTIONS]) == 1
    table = (out / "table.md").read_text()
    assert "| good | float32 | 32x48 |" in table and "missing weights.weights.h5; copy" in table
    assert table.strip() in capsys.readouterr().out
    assert (out / "good" / "unet_float32.tflite").is_file() and not (out / "bad").exists()


def test_networks_are_found_in_runs_in_folders_of_runs_and_by_name(runs, tmp_path):
    assert export_all._networks([str(runs)]) == {name: str(runs / name) for name in ("bad", "good")}
    assert export_all._networks([str(runs / "good"), "mobile"]).keys() == {"good", "mobile"}
    with pytest.raises(UsageError, match="no network in"):
        export_all._networks([str(tmp_path)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--formats", "int9"], "did you mean 'int8'"),
        (["--input-size", "big"], "--input-size: expected HxW"),
        (["--system", "mobil"], "did you mean 'mobile'"),
        (["--limit", "0"], "--limit: expected at least 1"),
        (["--calibration", "nothing", "--data-dir", "nowhere"], "data folder nowhere"),
    ],
)
def test_wrong_arguments_end_with_2_and_no_folder(arguments, message, tmp_path, capsys):
    assert command.main([*arguments, "--output-dir", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("module", ["export", "export.benchmark", "export.all", "export.layers"])
def test_help_needs_no_tensorflow(module):
    code = (
        f"import runpy, sys; sys.argv = ['x', '--help']\n"
        f"try: runpy.run_module('{module}', run_name='__main__')\n"
        "except SystemExit as end: assert not end.code\n"
        "assert not {'keras', 'tensorflow', 'jax'} & set(sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "usage" in done.stdout
