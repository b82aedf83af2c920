"""The command `benchmark`, with a stand-in for the processes that it starts."""

import json
import shlex
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from evaluation.test_comparison import record

from keras_blur import files, systems
from keras_blur.commands import benchmark
from keras_blur.data import catalog
from keras_blur.errors import UsageError


def fingerprint():
    """That of the data set, which a test changes by writing the file."""
    return Path("data").read_text() if Path("data").exists() else "f00d"


@pytest.fixture
def started(monkeypatch, tmp_path):
    """The commands that were started; each writes a record, but that of su2011, which fails."""
    commands = []

    def run(command, **_):
        commands.append(command)
        if "su2011" in command:
            return subprocess.CompletedProcess(command, 1)
        folder = Path(command[command.index("--output-dir") + 1])
        facts = {"command": shlex.join(["python", *command[1:]]), "weights": 5}
        facts["provenance"] = {"data": [{"fingerprint": fingerprint()}]}
        files.write_json(folder / "metrics.json", record(0.9, 0.02, **facts))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(benchmark.subprocess, "run", run)
    monkeypatch.setattr(catalog, "load", lambda *_: SimpleNamespace(fingerprint=fingerprint()))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KERAS_BLUR_RUNS", raising=False)
    return commands


def test_every_system_is_measured_once(started, tmp_path, capsys):
    chosen = ["--systems", "mobile, mobile --refine,hifst2017,mobile"]
    assert benchmark.main(chosen) == 0
    assert [command[4] for command in started] == ["mobile", "mobile", "hifst2017"]
    assert "--refine" in started[1] and "--refine" not in started[0]
    shown = capsys.readouterr().out
    folder = tmp_path / "runs/benchmark/blur_demo-test"
    assert "hifst2017" in shown and "mobile --refine" in (folder / "benchmark.md").read_text()
    assert len((folder / "benchmark.csv").read_text().splitlines()) == 4
    assert (folder / "accuracy_time.png").stat().st_size > 10_000

    assert benchmark.main(chosen) == 0 and len(started) == 3, "what is there is not measured again"
    assert benchmark.main([*chosen, "--again"]) == 0 and len(started) == 6


def test_new_weights_are_measured_again(started, tmp_path, monkeypatch):
    run = tmp_path / "runs/unet_mine/best"
    for name in ("network.json", "contract.json", "weights.weights.h5"):
        files.write_text(run / name, "{}")
    assert benchmark.main(["--systems", "unet_mine"]) == 0
    files.write_text(run / "README.md", "what was measured")
    assert benchmark.main(["--systems", "unet_mine"]) == 0 and len(started) == 1
    files.write_text(run / "weights.weights.h5", "new")
    assert benchmark.main(["--systems", "unet_mine"]) == 0 and len(started) == 2
    assert "unet_mine" in systems.available()


@pytest.mark.parametrize(
    "options",
    [
        ["--dataset", "cuhk_blur/kim2018"],
        ["--split", "validation"],
        ["--limit", "3"],
        ["--systems", "mobile --threshold .4"],
    ],
)
def test_a_measurement_of_something_else_is_not_taken(started, options, tmp_path):
    common = ["--systems", "mobile", "--output-dir", "out"]
    assert benchmark.main(common) == 0
    shutil.copytree("out/mobile", "out/mobile-threshold-.4")
    assert benchmark.main([*common, *options]) == 0 and len(started) == 2


@pytest.mark.parametrize("content", ["{}", "[]", '{"command": ["evaluate"]}', '{"system": "mob', None])
def test_damaged_records_and_those_of_other_versions_are_measured_again(started, content):
    common = ["--systems", "mobile", "--output-dir", "out"]
    assert benchmark.main(common) == 0
    metrics = Path("out/mobile/metrics.json")
    if content is None:
        whole = files.read_json(metrics)
        del whole["results"]["all"]["mean"]["ods_f1"]
        content = json.dumps(whole)
    metrics.write_text(content)
    assert benchmark.main(common) == 0 and len(started) == 2


def test_other_data_of_the_same_name_are_measured_again(started):
    common = ["--systems", "mobile"]
    assert benchmark.main(common) == 0
    assert benchmark.main([*common, "--data-dir", "elsewhere"]) == 0 and len(started) == 1
    Path("data").write_text("beef")
    assert benchmark.main(common) == 0 and len(started) == 2


def test_measurements_lie_among_the_runs(started, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BLUR_RUNS", "mine")
    assert benchmark.main(["--systems", "mobile"]) == 0
    assert Path("mine/benchmark/blur_demo-test/mobile/metrics.json").exists() and not Path("runs").exists()


def test_a_wrong_data_set_is_one_line_and_starts_nothing(started, monkeypatch, capsys):
    def missing(*_):
        raise UsageError("unknown prepared dataset 'kim'")

    monkeypatch.setattr(catalog, "load", missing)
    assert benchmark.main(["--dataset", "kim"]) == 2
    assert capsys.readouterr().err == "error: unknown prepared dataset 'kim'\n" and not started


def test_a_failure_stops_no_other(started, capsys):
    assert benchmark.main(["--systems", "su2011,hifst2017"]) == 1
    printed = capsys.readouterr()
    assert "failed" in printed.err and "su2011" in printed.err and "hifst2017" in printed.out


def test_options_reach_the_measurement(started, tmp_path):
    options = [
        "--systems",
        "lbp2016",
        "--dataset",
        "cuhk_blur/kim2018",
        "--split",
        "train+test",
        "--limit",
        "3",
    ]
    assert benchmark.main([*options, "--data-dir", "there", "--output-dir", "out"]) == 0
    command = started[0]
    for option, value in (("--dataset", "cuhk_blur/kim2018"), ("--split", "train+test"), ("--limit", "3")):
        assert command[command.index(option) + 1] == value
    assert command[command.index("--data-dir") + 1] == "there"
    assert json.loads((tmp_path / "out/lbp2016/metrics.json").read_text())["photos"] == 2


def test_the_list_says_what_is_missing(started, capsys):
    assert benchmark.main(["--list"]) == 0
    shown = capsys.readouterr().out
    there, missing = shown.split("not trained")
    assert "mobile" in there and "hifst2017" in there and "fcn8s" in missing
    assert not started


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--systems", "mobil"], "did you mean 'mobile'"),
        (["--systems", "fcn8s"], "its weights don't ship"),
        (["--systems", " , "], "--systems: expected names"),
        (["--systems", "''"], "--systems: expected names"),
        (["--systems", "mobile '--refine"], "--systems: expected a name and options"),
        (["--systems", "exported/gone.tflite"], "there is no file exported/gone.tflite"),
        (["--systems", "mobile --lim 1"], "expected --refine or --threshold after mobile, received --limit"),
        (["--systems", "mobile --foo"], "after it, received 'mobile --foo': unrecognized arguments: --foo"),
        (["--systems", "mobile --help"], "after it, received 'mobile --help'"),
        (["--systems", "mobile --threshold 2"], "--threshold: expected a probability between 0 and 1"),
        (["--systems", "mobile --positive sharp"], "received --positive"),
        (["--systems", "mobile --output-dir x"], "received --output-dir"),
        (["--limit", "0"], "--limit: expected at least 1"),
    ],
)
def test_wrong_options(started, options, message, capsys):
    assert benchmark.main(options) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1 and not started
