"""Films: a row a frame, the sharpest frame of a scene, and damage."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from red_system import RedIsBlurred

from keras_blur import systems
from keras_blur.commands import predict
from keras_blur.errors import BlurError, UsageError
from keras_blur.photos import video

RATE = 10


def make_film(path, colours, ending=".avi"):
    """A film of 96x64 pixels: a tenth of a second of each colour (RGB), with a stripe."""
    code = cv2.VideoWriter.fourcc(*("MJPG" if ending == ".avi" else "mp4v"))
    writer = cv2.VideoWriter(str(path), code, RATE, (96, 64))
    for colour in colours:
        frame = np.full((64, 96, 3), colour[::-1], np.uint8)
        frame[:, 24:48, 1] = 90
        writer.write(frame)
    writer.release()
    return path


@pytest.fixture
def film(tmp_path):
    """Three seconds, in which it gets darker; then two seconds of blue."""
    reds = [(255 - 5 * number, 0, 0) for number in range(30)]
    return make_film(tmp_path / "film.avi", [*reds, *[(0, 0, 250)] * 20])


@pytest.mark.parametrize(
    ("every", "count"), [(1.0, 5), (0.5, 10), (0.1, 50), (0.01, 50), (100, 1), (0.25, 20)]
)
def test_frames_come_in_time(film, every, count):
    found = list(video.frames(film, every))
    assert len(found) == count and found[0].number == 0
    for frame in found:
        assert frame.seconds == frame.number / RATE and frame.image.shape == (64, 96, 3)
    assert abs(int(found[0].image[5, 5, 0]) - 255) < 12 and found[0].image[5, 5, 2] < 12


def test_times():
    assert [video.seconds(text) for text in ("1s", "500ms", "0.5", " 2 s", "1min")] == [1, 0.5, 0.5, 2, 60]
    for text in ("", "0", "-1s", "1h", "s", "nan"):
        with pytest.raises(UsageError, match="every: "):
            video.seconds(text)


@pytest.mark.parametrize("content", [b"", b"no film" * 100])
def test_other_files_are_errors(tmp_path, content):
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(BlurError, match=r"a\.mp4: the file is damaged, or not a film"):
        list(video.frames(tmp_path / "a.mp4"))
    with pytest.raises(BlurError, match="no such file"):
        list(video.frames(tmp_path / "none.mp4"))


def test_the_decoder_says_nothing_itself(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"no film" * 100)
    code = "import sys; from keras_blur.photos import video; next(video.frames(sys.argv[1]))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, str(tmp_path / "a.mp4")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[0].startswith("Traceback") and "moov" not in done.stderr


def test_a_film_that_is_cut_off_gives_its_frames_and_an_error(film, tmp_path):
    data = film.read_bytes()
    (tmp_path / "cut.avi").write_bytes(data[: len(data) // 2])
    found = []
    with pytest.raises(BlurError, match=r"cut\.avi"):
        for frame in video.frames(tmp_path / "cut.avi", 0.1):
            found.append(frame)
    assert len(found) < 45


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setitem(systems.SYSTEMS, "red", RedIsBlurred)
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = predict.main([*map(str, arguments), "--system", "red", "--json"])
        return code, json.loads(Path("blur_out/predictions.json").read_text())

    return run


def test_a_row_a_frame_and_the_sharpest_of_each_scene(film, run, capsys):
    code, report = run("film.avi", "--every", "500ms", "--best-frames", "--overlays", "--report", "r.html")
    assert code == 0 and len(report["photos"]) == 10
    assert sorted(row["frame"] for row in report["photos"]) == list(range(0, 50, 5))
    assert {row["seconds"] for row in report["photos"]} == {number / 2 for number in range(10)}
    frames = sorted(path.name for path in Path("blur_out/frames").iterdir())
    assert frames == ["film.avi.000002.50s.jpg", "film.avi.000003.00s.jpg"]
    assert len(list(Path("blur_out/overlays").iterdir())) == 10
    assert "film.avi at 2.50 s" in capsys.readouterr().out


def test_films_in_folders_on_request(film, run, tmp_path):
    from red_system import save

    save(tmp_path / "photo.png")
    assert len(run(tmp_path)[1]["photos"]) == 1
    assert len(run(tmp_path, "--every", "1s")[1]["photos"]) == 6


def test_a_damaged_film_is_an_error_beside_its_frames(film, run, capsys):
    data = film.read_bytes()
    film.write_bytes(data[: len(data) // 2])
    code, report = run("film.avi", "--every", "100ms")
    assert code == 1 and len(report["failed"]) == 1 and "Traceback" not in capsys.readouterr().err
    Path("none.mp4").write_bytes(b"x" * 1000)
    assert run("none.mp4")[0] == 1


def test_an_interrupted_film_goes_on(film, run, monkeypatch):
    from keras_blur.photos.record import Record

    add = Record.add
    whole = run("film.avi", "--every", "500ms")[1]

    def interrupted(self, row):
        if len(self) == 4:
            raise KeyboardInterrupt
        add(self, row)

    with monkeypatch.context() as patched:
        patched.setattr(Record, "add", interrupted)
        assert run("film.avi", "--every", "500ms")[0] == 130
    assert run("film.avi", "--every", "500ms", "--resume") == (0, whole)
