"""The folder that a measurement leaves."""

import csv
import errno
import json

import pytest

from keras_blur import files
from keras_blur.errors import BlurError
from keras_blur.evaluation import report, scoring


@pytest.fixture
def measured(left_motion, examples):
    score = scoring.score(left_motion, examples, progress=False)
    record = report.collect(score, command="the command", dataset="demo", split="test", notes=["a note"])
    return record, score, left_motion, examples


def test_folder(measured, tmp_path):
    report.write(tmp_path / "new" / "folder", *measured)
    folder = tmp_path / "new" / "folder"
    names = {"metrics.json", "table.md", "table.csv", "per_photo.csv", "precision_recall.csv"}
    assert {path.name for path in folder.iterdir()} == names | {
        "pr_curve.png", "confusion.png", "best.png", "worst.png"
    }  # fmt: skip
    record = json.loads((folder / "metrics.json").read_text())
    assert record["system"] == "constant" and record["photos"] == 3 and record["skipped"] == ["v"]
    assert record["results"]["motion"]["mean"]["accuracy"] == 1
    assert record["all_blurred"]["all"]["pooled"]["accuracy"] == 0.5
    rows = list(csv.DictReader((folder / "per_photo.csv").open()))
    assert [row["name"] for row in rows] == ["m1", "m2", "d1"]
    assert rows[2]["answered_type"] == "motion" and float(rows[2]["miou"]) == 1


def test_text_shows_where_the_figures_come_from(measured):
    text = report.text(measured[0])
    for fact in ("the command", "of demo, split test", "3 photos", "a note", "all void: v", "three classes"):
        assert fact in text


def test_a_folder_that_cannot_be_written(measured, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BlurError, match="cannot write"):
        report.write(tmp_path / "file" / "folder", *measured)


def test_a_disk_that_becomes_full_keeps_the_earlier_report(measured, tmp_path, monkeypatch):
    report.write(tmp_path, *measured)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(report, "save_picture", full)
    with pytest.raises(BlurError, match="No space left"):
        report.write(tmp_path, *measured)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_second_report_in_a_folder_is_refused(measured, tmp_path):
    with files.lock(tmp_path), pytest.raises(BlurError, match="another run works"):
        report.write(tmp_path, *measured)
