import json

import pytest

from keras_blur.evaluation import folds


def fold(value):
    return {"photos": 4, **dict.fromkeys(folds.FIGURES, value)}


def test_mean_and_deviation():
    summary = folds.summarise([fold(0.7), fold(0.8), fold(0.9)])
    assert summary["mean"]["mean_iou"] == pytest.approx(0.8)
    assert summary["deviation"]["mean_iou"] == pytest.approx(0.1)  # sqrt((0.01 + 0 + 0.01) / 2)


def test_tables_have_a_row_for_each_fold_and_one_for_all(tmp_path):
    summary = folds.summarise([fold(0.5), fold(0.9)])
    rows = folds.table(summary)
    assert [row[0] for row in rows] == ["fold", "0", "1", "mean"]
    assert rows[1][2] == "0.500" and rows[3][2].startswith("0.700 ± 0.28")
    folds.write(tmp_path, summary)
    assert json.loads((tmp_path / "summary.json").read_text()) == summary
    assert (tmp_path / "summary.md").read_text().count("\n") == 5
