"""What a terminal or a spreadsheet could take for an instruction."""

import doctest
import os
import pickle

from keras_blur import text
from keras_blur.errors import BlurError


def test_examples():
    assert doctest.testmod(text).failed == 0


def test_names_that_people_give_stay():
    for name in (
        "Füße.jpg",
        "写真 1.png",
        "Screenshot 10.14\u202fAM.png",
        "👨‍👩‍👧.jpg",
        "نص.jpg",
        "a\u00a0b.jpg",
    ):
        assert text.printable(name) == name


def test_what_moves_a_cursor_or_turns_a_line_is_replaced():
    for letter in "\x00\x07\x08\x1b\r\n\t\x7f\x85\x9b\u2028\u2029\u202e\u2066\udcff":
        assert text.printable(f"a{letter}b") == "a?b"


def test_paths_are_no_formulas_and_name_the_same_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("=1+1.jpg", "+a.jpg", "-b.jpg", "@c.jpg", "\td.jpg", "\n=e.jpg", "\uff1df.jpg"):
        (tmp_path / name).touch()
        path = text.spreadsheet_path(name)
        assert path.startswith(f".{os.sep}") and os.path.samefile(path, name)
    assert text.spreadsheet_path("a=1.jpg") == "a=1.jpg" and text.spreadsheet_text("=a") == "'=a"


def test_an_error_is_one_line_of_bounded_length_whatever_is_in_it():
    error = BlurError("cannot read a\x1b[2J\n\u202eb.jpg: " + "x" * 100_000 + "; save it anew")
    assert str(error).startswith("cannot read a?[2J??b.jpg: xx") and str(error).endswith("; save it anew")
    assert len(str(error)) <= text.LONGEST_LINE
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
