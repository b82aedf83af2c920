"""The command `benchmark`, with a stand-in for the processes that it starts."""

import json
import subprocess
from pathlib import Path

import pytest
from evaluation.test_comparison import record

from keras_blur import benchmark, files, systems


@pytest.fixture
def started(monkeypatch, tmp_path):
    """The commands that were started; each writes a record, but that of su2011, which fails."""
    commands = []

    def run(command, **_):
        commands.append(command)
        if "su2011" in command:
            return subprocess.CompletedProcess(command, 1)
        folder = Path(command[command.index("--output-dir") + 1])
        files.write_json(folder / "metrics.json", record(0.9, 0.02, weights=5))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(benchmark.subprocess, "run", run)
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
    assert benchmark.main(["--systems", "unet_mine"]) == 0 and len(started) == 1
    files.write_text(run / "weights.weights.h5", "new")
    assert benchmark.main(["--systems", "unet_mine"]) == 0 and len(started) == 2
    assert "unet_mine" in systems.available()


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
    assert "mobile" in there and "hifst2017" in there and "kim2018" in missing
    assert not started


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--systems", "mobil"], "did you mean 'mobile'"),
        (["--systems", "kim2018"], "its weights don't ship"),
        (["--systems", " , "], "--systems: expected names"),
        (["--limit", "0"], "--limit: expected at least 1"),
    ],
)
def test_wrong_options(started, options, message, capsys):
    assert benchmark.main(options) == 2
    assert message in capsys.readouterr().err and not started
