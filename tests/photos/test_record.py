"""The record: every row is kept, and found again."""

import json

import pytest

from keras_blur.errors import UsageError
from keras_blur.photos.record import Record

SETTINGS = {"system": "red", "region": None}


def row(name, score=0.5, **more):
    return {"photo": name, "score": score, "judged": score is not None, "stamp": [1, 2, 3], **more}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "rows.jsonl"


def names(record):
    return [row["photo"] for row in record.rows()]


def reuse(record, name, needed=(), stamp=(1, 2, 3), frame=None):
    return record.reuse(name, frame, list(stamp), set(needed))


def test_rows_come_from_the_most_to_the_least_blurred(path):
    record = Record(path, SETTINGS)
    for name, score in (("a", 0.2), ("b", None), ("c", 0.9), ("d", 0.2)):
        record.add(row(name, score))
    record.add({"photo": "e", "error": "damaged"})
    assert names(record) == ["c", "a", "d", "b", "e"] and len(record) == 5
    record.close()
    assert len(path.read_text().splitlines()) == 6


def test_a_row_is_in_the_file_at_once(path):
    record = Record(path, SETTINGS)
    record.add(row("a\udcff\n"))
    assert json.loads(path.read_text().splitlines()[1])["photo"] == "a\udcff\n"


def test_rows_are_found_again_unless_the_photo_changed(path):
    record = Record(path, SETTINGS)
    for name in "abc":
        record.add(row(name, overlay="x") if name == "c" else row(name))
    record.add({"photo": "d", "error": "damaged", "stamp": [1, 2, 3]})
    record.add(row("film", frame=7))
    record.close()
    record = Record(path, SETTINGS, resume=True)
    assert len(record) == 0
    assert reuse(record, "a")["score"] == 0.5 and reuse(record, "a") is None
    assert reuse(record, "b", stamp=(1, 2, 4)) is None
    assert reuse(record, "c", ["overlay"]) and not reuse(record, "d") and not reuse(record, "e")
    assert not reuse(record, "film") and reuse(record, "film", frame=7)
    assert names(record) == ["a", "c", "film"]


def test_a_row_without_what_is_needed_is_made_anew(path):
    record = Record(path, SETTINGS)
    record.add(row("a"))
    record.close()
    assert reuse(Record(path, SETTINGS, resume=True), "a", ["thumbnail"]) is None


@pytest.mark.parametrize(
    "cut",
    [
        b'{"photo": "half',
        b'{"photo": "b"}',
        b"\x00\xff\n",
        b"[]\n",
        b'{"settings": {}}\n',
        b'{"photo": "b", "frame": [1]}\n',
        b'{"photo": "b", "score": "0"}\n',
        b"[" * 100_000 + b"\n",
    ],
    ids=range(8),
)
def test_what_a_kill_left_half_written_is_cut_off(path, cut):
    record = Record(path, SETTINGS)
    record.add(row("a"))
    record.close()
    whole = path.read_bytes()
    path.write_bytes(whole + cut)
    record = Record(path, SETTINGS, resume=True)
    assert reuse(record, "a") and path.read_bytes() == whole
    record.add(row("b"))
    record.close()
    assert len(path.read_text().splitlines()) == 3


def test_without_resume_earlier_rows_go(path):
    Record(path, SETTINGS).add(row("a"))
    assert reuse(Record(path, SETTINGS), "a") is None
    assert len(path.read_text().splitlines()) == 1


def test_other_settings_and_other_files_are_refused(path):
    Record(path, SETTINGS)
    with pytest.raises(UsageError, match="`system` 'red', now 'mobile'; give the same"):
        Record(path, SETTINGS | {"system": "mobile"}, resume=True)
    for content in ("", "hello\n", '{"keras_blur_rows": 99}\n', '{"keras_blur_rows": 1, "settings": []}\n'):
        path.write_text(content)
        with pytest.raises(UsageError, match="no record of rows"):
            Record(path, SETTINGS, resume=True)
