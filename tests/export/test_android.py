"""The way to a phone, with a program that plays adb; no phone was at hand."""

import json
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from export import android, benchmark, command
from keras_blur.errors import BlurError

ADB = """#!{python}
import json, os, sys
arguments = sys.argv[1:]
with open(os.environ["ADB_LOG"], "a") as log:
    log.write(json.dumps(arguments) + "\\n")
if arguments[:1] == ["devices"]:
    print("List of devices attached\\n" + os.environ.get("ADB_DEVICES", "A1\\tdevice") + "\\n")
    sys.exit()
assert arguments[:1] == ["-s"]
arguments = arguments[2:]
if arguments[:2] == ["shell", "getprop"]:
    print("Pixel 9")
elif arguments[0] == "push":
    assert os.path.isfile(arguments[1])
elif arguments[0] == "shell" and "--graph=" in " ".join(arguments):
    print(os.environ["ADB_OUTPUT"].replace("\\\\n", "\\n"))
    sys.exit(int(os.environ.get("ADB_CODE", "0")))
"""
FIGURES = (
    "count=3 first=9000 curr=8000 min=8000 max=9000 avg=8500 std=3\\n"
    "count=50 first=4100 curr=4000 min=3900 max=5200 avg=4200.5 std=90 p5=3950 median=4150 p95=5000\\n"
    "Inference timings in us: Init: 5685, Inference (avg): 4200.5"
)


@pytest.fixture
def adb(tmp_path, monkeypatch):
    """A folder whose `adb` is first on the PATH, and the list of what it was called with."""
    program = tmp_path / "bin" / "adb"
    program.parent.mkdir()
    program.write_text(ADB.replace("{python}", sys.executable))
    program.chmod(0o755)
    log = tmp_path / "log"
    log.touch()
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("ADB_LOG", str(log))
    monkeypatch.setenv("ADB_OUTPUT", FIGURES)
    return lambda: [json.loads(line) for line in log.read_text().splitlines()]


@pytest.fixture
def tool(tmp_path):
    path = tmp_path / "benchmark_model"
    path.write_bytes(b"program")
    return path


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "my model; rm -rf.tflite"
    path.write_bytes(b"\x1c\x00\x00\x00TFL3")
    return path


def test_a_phone_measures_and_is_left_clean(adb, tool, model, tmp_path, capsys):
    out = tmp_path / "phone.json"
    arguments = [str(model), "--android", "--benchmark-tool", str(tool), "--threads", "1", "4"]
    assert benchmark.main([*arguments, "--json", str(out)]) == 0
    assert "| Pixel 9 | 1 | 4.2 | 4.2 | 3.9 | 5.2 |" in capsys.readouterr().out
    rows = json.loads(out.read_text())
    assert [row["threads"] for row in rows] == [1, 4]
    assert rows[0]["average"] == pytest.approx(4.2005) and rows[0]["median"] == pytest.approx(4.15)
    calls = adb()
    assert not any(str(model.name) in " ".join(call[2:]) for call in calls if "shell" in call)
    assert calls[-1][2:] == ["shell", "rm", "-rf", android.FOLDER]


@pytest.mark.parametrize(
    ("devices", "message"),
    [
        ("", "found none"),
        ("A1\tunauthorized", r"A1 \(unauthorized\)"),
        ("A1\tdevice\nB2\tdevice", "expected one phone"),
    ],
)
def test_without_one_ready_phone_it_says_so(adb, tool, model, monkeypatch, devices, message):
    monkeypatch.setenv("ADB_DEVICES", devices)
    with pytest.raises(BlurError, match=message):
        android.measure([model], tool, [1], 5)


def test_one_of_several_phones_is_named(adb, tool, model, monkeypatch):
    monkeypatch.setenv("ADB_DEVICES", "A1\tdevice\nB2\tdevice")
    android.measure([model], tool, [1], 5, "B2")
    assert all(call[:2] == ["-s", "B2"] for call in adb() if call != ["devices"])


def test_a_tool_without_figures_is_an_error_and_the_phone_is_cleaned(adb, tool, model, monkeypatch):
    monkeypatch.setenv("ADB_OUTPUT", "ERROR: Failed to allocate tensors!")
    with pytest.raises(BlurError, match=r"no figures for .*Pixel 9.*Failed to allocate"):
        android.measure([model], tool, [1], 5)
    monkeypatch.setenv("ADB_CODE", "139")
    with pytest.raises(BlurError, match="failed"):
        android.measure([model], tool, [1], 5)
    assert adb()[-1][2:] == ["shell", "rm", "-rf", android.FOLDER]


def test_missing_programs_are_named(tool, model, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert benchmark.main([str(model), "--android", "--benchmark-tool", str(tool)]) == 2
    assert "adb" in capsys.readouterr().err
    assert benchmark.main([str(model), "--android"]) == 2
    assert "--benchmark-tool" in capsys.readouterr().err


def test_old_tools_print_no_median():
    row = android.parse("count=9 first=1000 curr=1 min=900 max=2000 avg=1000 std=1", "f", "d", 1)
    assert (row.average, row.smallest, row.largest, row.median) == (1.0, 0.9, 2.0, None)


@pytest.mark.parametrize("file", ["README.md", "app/build.gradle.kts"])
def test_the_app_names_an_export_that_can_be_run(file):
    text = (Path(__file__).parents[2] / "android_demo" / file).read_text()
    (arguments,) = re.findall(r"keras-blur export (--[^)`]*)", text)
    assert command.parser().parse_args(shlex.split(arguments)).output_dir == "FOLDER"
