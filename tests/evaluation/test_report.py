"""The folder that a measurement leaves."""

import csv
import json

import pytest

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
