"""Photos on the real Apache Beam, in an environment of its own: see `make test-beam`."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from red_system import RedIsBlurred, save

beam = pytest.importorskip("apache_beam")
parquet = pytest.importorskip("pyarrow.parquet")

from keras_blur import systems  # noqa: E402
from keras_blur.commands import bulk as command  # noqa: E402
from keras_blur.commands import predict  # noqa: E402
from keras_blur.photos import bulk  # noqa: E402

SEVERAL = ("--direct_running_mode=multi_processing", "--direct_num_workers=3")


@pytest.fixture(autouse=True)
def red(monkeypatch, tmp_path):
    monkeypatch.setitem(systems.SYSTEMS, "red", RedIsBlurred)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def photos(tmp_path):
    golden = Path(__file__).parents[1] / "golden" / "photos"
    for folder in ("day 1", "day 2/deep"):
        for path in sorted(golden.glob("*.png"))[:4]:
            target = tmp_path / "photos" / folder / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    save(tmp_path / "photos" / "=small.png", size=(20, 20))
    (tmp_path / "photos" / "bad.jpg").write_bytes(b"\xff\xd8\xff no more")
    (tmp_path / "photos" / "empty.png").touch()
    for name in ("notes.txt", ".hidden.jpg", "film.mp4"):
        (tmp_path / "photos" / name).write_text("no photo")
    return tmp_path / "photos"


def run_bulk(*arguments):
    return command.main(["photos/**", *arguments])


def rows_of(paths):
    rows = [row for path in paths for row in parquet.read_table(path).to_pylist()]
    return sorted(rows, key=lambda row: row["photo"])


def predicted():
    predict.main(["photos", "--json"])
    report = json.loads(Path("blur_out/predictions.json").read_text())
    empty = dict.fromkeys(bulk.SCHEMA.names)
    rows = [empty | {name: row.get(name) for name in empty} for row in report["photos"] + report["failed"]]
    return sorted(rows, key=lambda row: row["photo"])


def contents(pattern):
    return {path.name[1:]: path.read_bytes() for path in Path().glob(pattern)}


def test_rows_are_those_of_predict_with_one_and_with_several_workers(photos):
    expected = predicted()
    assert len(expected) == 11 and sum(row["error"] is not None for row in expected) == 2
    assert run_bulk("--output", "a-*.parquet", "--shards", "3") == 0
    assert rows_of(Path().glob("a-*")) == expected  # to the last digit
    assert run_bulk("--output", "b-*.parquet", "--shards", "3", *SEVERAL) == 0
    assert contents("a-*") == contents("b-*") and len(contents("a-*")) == 3
    assert run_bulk("--output", "a-*.parquet", "--shards", "3") == 0  # over those that are there
    assert contents("a-*") == contents("b-*")


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the worker as Linux lists it")
def test_a_killed_worker_fails_the_run_and_another_run_writes_the_same(photos):
    for number in range(100):
        (photos / f"{number}.png").write_bytes((photos / "day 1" / "coffee.png").read_bytes())
    assert run_bulk("--output", "whole-*.parquet", "--shards", "2") == 0
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path])}
    arguments = ["photos/**", "--output", "again-*.parquet", "--shards", "2", *SEVERAL]
    command = [sys.executable, "-m", "keras_blur", "bulk", *arguments]
    with open("log", "w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            os.kill(a_worker(process.pid), signal.SIGKILL)
            assert process.wait(timeout=150) == 1
        finally:
            process.kill()
    assert "error: the pipeline failed, run it again" in Path("log").read_text()
    assert not list(Path().glob("again-*"))
    assert run_bulk(*arguments[1:]) == 0
    whole = {name.removeprefix("hole"): data for name, data in contents("whole-*").items()}
    assert {name.removeprefix("gain"): data for name, data in contents("again-*").items()} == whole


def a_worker(parent):
    """The number of a worker process of the process `parent` that has loaded the network's runtime."""
    end = time.monotonic() + 100
    while time.monotonic() < end:
        for worker in descendants(parent):
            with contextlib.suppress(OSError):
                is_worker = b"sdk_worker_main" in Path(f"/proc/{worker}/cmdline").read_bytes()
                if is_worker and "ai_edge_litert" in Path(f"/proc/{worker}/maps").read_text():
                    return worker
        time.sleep(0.02)
    raise AssertionError("no worker was started")


def descendants(process):
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in children.read_text().split():
                yield int(child)
                yield from descendants(child)


def test_the_system_is_loaded_once_a_worker(photos, monkeypatch):
    loaded = []
    monkeypatch.setattr(systems, "load", lambda *_, **__: loaded.append(1) or RedIsBlurred())
    assert run_bulk("--output", "rows.parquet", "--system", "counted") == 0
    assert len(rows_of([Path("rows.parquet")])) == 11 and len(loaded) == 2  # here, and by the worker


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
@pytest.mark.parametrize("options", [(), SEVERAL])
def test_odd_names_are_rows_too(photos, options):
    names = ["a\nb.png", "a\u202fb.png", "[1]*.png", "\x1b[2J.png", "so\udcfft.png", "bad\udcff.jpg"]
    for name in names[:-1]:
        save(photos / "odd" / name, (255, 0, 0))
    (photos / "odd" / names[-1]).write_bytes(b"\xff\xd8\xff")
    assert run_bulk("--output", "a.parquet", *options) == 0
    rows = {row["photo"]: row for row in rows_of([Path("a.parquet")])}
    exact = {f"photos/odd/{name}" for name in names[:4]}
    escaped = {"photos/odd/so\\udcfft.png", "photos/odd/bad\\udcff.jpg"}  # Parquet holds UTF-8 alone
    assert {name for name in rows if "odd" in name} == exact | escaped
    assert "damaged" in rows["photos/odd/bad\\udcff.jpg"]["error"]


def test_options_decide_as_in_predict(photos):
    assert run_bulk("--output", "a.parquet", "--threshold", "0", "--least-side", "100") == 0
    rows = {row["photo"]: row for row in rows_of([Path("a.parquet")])}
    assert rows["photos/=small.png"]["reason"] == "too small"
    assert all(row["warn"] for row in rows.values() if row["judged"])


def test_shards_don_t_depend_on_chance():
    assert [bulk.shard_of(f"photos/{number}.jpg", 4) for number in range(6)] == [1, 2, 2, 2, 2, 2]
    assert bulk.shard_path("gs://b/rows-*.parquet", 3, 10) == "gs://b/rows-00003-of-00010.parquet"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none/*", "--output", "a.parquet"], "no photos match none/*"),
        (["photos/**", "--output", "a.parquet", "--shards", "2"], "expected a '*'"),
        (["nowhere://x/*", "--output", "a.parquet"], "cannot look for nowhere://x/*"),
        (["photos/**", "--output", "a.parquet", "--system", "mobil"], "did you mean 'mobile'"),
    ],
)
def test_usage_errors_are_one_line(photos, arguments, words, capsys):
    assert command.main(arguments) == 2
    assert words in capsys.readouterr().err and not Path("a.parquet").exists()


def test_an_output_that_can_t_be_written_leaves_nothing(photos, read_only, capsys):
    assert run_bulk("--output", str(read_only / "a.parquet"), "--system", "red") == 1
    assert "the pipeline failed" in capsys.readouterr().err


def test_a_photo_that_goes_away_is_a_row(photos):
    judge = bulk.Judge(bulk.Settings("red", False, None, 0.5, 0))
    judge._system = RedIsBlurred()
    gone = beam.io.filesystem.FileMetadata("photos/gone.jpg", 7)
    (row,) = judge.process(gone)
    assert row["photo"] == "photos/gone.jpg" and row["bytes"] == 7 and "gone.jpg" in row["error"]
