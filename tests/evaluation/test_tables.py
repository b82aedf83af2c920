"""Tables of text."""

import csv

import pytest

from keras_blur.evaluation import scoring, tables


@pytest.fixture
def table(left_motion, examples):
    score = scoring.score(left_motion, examples, progress=False)
    results = {name: scoring.summary(photos, 0.5) for name, photos in scoring.groups(score.photos).items()}
    return tables.rows(results, scoring.summary(scoring.all_positive(score.photos), 0.5))


def cell(table, row, column):
    return next(r for r in table if r[0] == row)[table[0].index(column)]


def test_rows(table):
    assert [row[0] for row in table[1:]] == ["all", "motion", "defocus", "all, pooled", "(all blurred)"]
    assert cell(table, "motion", "number") == "2"
    assert cell(table, "all", "accuracy") == "1.000"
    assert cell(table, "all", "type") == "0.667"
    assert cell(table, "(all blurred)", "accuracy") == "0.500"
    assert cell(table, "(all blurred)", "type") == "-"
    assert cell(table, "all, pooled", "OIS F1") == "-"  # the best threshold of each photo is no pooled figure


def test_terminal_is_aligned(table):
    lines = tables.terminal(table).splitlines()
    assert set(lines.pop(1)) == {"-"}
    # Past the columns of names and numbers, every figure ends where its header does.
    ends = [lines[0].index(f" {header}") + 1 + len(header) for header in table[0][2:]]
    for line, row in zip(lines, table, strict=True):
        assert line.startswith(row[0])
        assert [line[:end].split()[-1] for end in ends] == [cell.split()[-1] for cell in row[2:]]


def test_markdown(table):
    lines = tables.markdown(table).splitlines()
    assert lines[1].startswith("|---|---:|") and len({line.count("|") for line in lines}) == 1


def test_csv_reads_back(table):
    assert list(csv.reader(tables.csv_text(table).splitlines())) == table


@pytest.mark.parametrize(
    ("value", "text"), [(0.8836, "0.884"), (1.0, "1.000"), (0.0, "0.000"), (0.9996, "1.000")]
)
def test_number(value, text):
    assert tables.number(value) == text


def test_class_lines():
    assert tables.class_lines({"three_class": None}) == []
    two, three = tables.class_lines(
        {"three_class": {"mean_iou": 0.5, "iou_motion": None}, "two_class": {"pixel_accuracy": 0.25}}
    )
    assert two == "two classes, pooled: pixel accuracy 0.250"
    assert three == "three classes, pooled: mean IoU 0.500, IoU motion -"


def test_with_sharp_positive_the_trivial_row_is_all_sharp(left_motion, examples):
    score = scoring.score(left_motion, examples, progress=False, positive="sharp")
    trivial = scoring.summary(scoring.all_positive(score.photos, "sharp"), 0.5, "sharp")
    table = tables.rows({"all": scoring.summary(score.photos, 0.5, "sharp")}, trivial, "sharp")
    assert table[-1][0] == "(all sharp)"
    assert cell(table, "(all sharp)", "F1") == "0.667"  # half of the pixels are sharp
    assert cell(table, "(all sharp)", "accuracy") == "0.500"
    assert float(cell(table, "all", "S-measure")) > 0.8
    assert cell(table, "(all sharp)", "adaptive F-beta") == "0.565"  # precision 1/2, recall 1, beta^2 0.3
    assert {cell(table, "all", column) for column in ("adaptive F-beta", "E-measure")}.isdisjoint("-")
