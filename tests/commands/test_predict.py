"""The command, end to end, with systems that cost nothing."""

import csv
import errno
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_blur import systems
from keras_blur.commands import predict
from keras_blur.commands.predict import OVERLAY_SIDE, main, unique_stems
from keras_blur.contract import Calibration
from keras_blur.errors import BlurError
from keras_blur.verdict import assess


class RedIsBlurred:
    """Red is motion, blue is defocus, at an eighth of the photo's size."""

    name = "red"
    calibration = Calibration()

    def blur_map(self, image):
        small = np.asarray(image[::8, ::8], np.float32) / 255
        blur_map = np.stack([1 - small[..., 0] - small[..., 2], small[..., 0], small[..., 2]], axis=-1)
        return np.clip(blur_map, 0, 1)


@pytest.fixture(autouse=True)
def red(monkeypatch):
    monkeypatch.setitem(systems.SYSTEMS, "red", RedIsBlurred)


@pytest.fixture(autouse=True)
def work_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def save(path, colour=(0, 0, 0), size=(64, 48), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", size, colour)
    if min(size) >= 8:  # something to judge, in the channel that says nothing
        image.paste((colour[0], abs(colour[1] - 90), colour[2]), (size[0] // 4, 0, size[0] // 2, size[1]))
    image.save(path, **{"quality": 95, "subsampling": 0, **options})
    return str(path)


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    save(folder / "sharp.png")
    save(folder / "shaken.png", (255, 0, 0))
    save(folder / "soft.png", (0, 0, 200))
    return folder


def run(*arguments):
    return main([*map(str, arguments), "--system", "red"])


def test_a_folder_gives_overlays_and_a_sorted_table(photos, capsys):
    assert run(photos) == 0
    assert sorted(os.listdir("blur_out")) == ["shaken_overlay.jpg", "sharp_overlay.jpg", "soft_overlay.jpg"]
    lines = capsys.readouterr().out.splitlines()
    assert [Path(line.split()[-1]).stem for line in lines[1:4]] == ["shaken", "soft", "sharp"]
    assert "motion blur" in lines[1] and "100%" in lines[1] and lines[1].split()[0] == "1.00"
    assert "out of focus" in lines[2] and "sharp subject" in lines[3]
    assert "blur_out" in lines[-1]


def test_json_and_csv_hold_the_same_verdicts(photos):
    assert run(photos, "--json", "--csv", "--no-overlay", "--output-dir", "out") == 0
    report = json.loads(Path("out/predictions.json").read_text())
    assert report["system"] == "red" and report["failed"] == []
    assert [row["reason"] for row in report["photos"]] == ["motion", "defocus", "none"]
    first = report["photos"][0]
    assert (first["height"], first["width"], first["score"], first["warn"]) == (48, 64, 1.0, True)
    with open("out/predictions.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["photo"] for row in rows] == [row["photo"] for row in report["photos"]]
    assert float(rows[1]["score"]) == pytest.approx(report["photos"][1]["score"], abs=1e-4)
    assert rows[0]["sharp_row"] == "" and float(rows[2]["sharp_height"]) == 1
    assert sorted(os.listdir("out")) == ["predictions.csv", "predictions.json"]


def scores(folder, system, capsys):
    assert main([str(folder), "--system", system, "--json", "--no-overlay"]) == 0
    capsys.readouterr()
    report = json.loads(Path("blur_out/predictions.json").read_text())
    return {Path(row["photo"]).stem: row["score"] for row in report["photos"]}


def test_scores_are_calibrated_by_the_system(photos, monkeypatch, capsys):
    blurred = 200 / 255  # how blue "soft" is
    for even_odds in (1.0, 0.25, 6.0):
        monkeypatch.setattr(RedIsBlurred, "calibration", Calibration(even_odds=even_odds))
        odds = blurred / (1 - blurred) / even_odds
        assert scores(photos, "red", capsys)["soft"] == pytest.approx(odds / (1 + odds), abs=1e-6)


def test_scores_of_classical_methods_are_those_of_their_maps(tmp_path, capsys):
    noise = np.random.default_rng(0).integers(100, 130, (48, 64, 3), dtype=np.uint8)
    noise[:, :16] += 60  # something to judge
    Image.fromarray(noise).save(tmp_path / "noise.png")
    expected = assess(systems.load("laplacian_variance").blur_map(noise), Calibration()).score
    assert 0.01 < expected < 0.99  # else it would be the same with any even odds
    assert scores(tmp_path / "noise.png", "laplacian_variance", capsys) == {"noise": pytest.approx(expected)}


def test_without_outputs_nothing_is_written(photos):
    assert run(photos, "--no-overlay") == 0
    assert not Path("blur_out").exists()


def test_maps_have_the_photos_own_size_and_orientation(tmp_path):
    image = Image.new("RGB", (64, 48))
    image.paste((255, 0, 0), (0, 0, 16, 48))  # stored left = upright top
    exif = image.getexif()
    exif[274] = 6
    image.save(tmp_path / "photos.png", exif=exif)
    assert run(tmp_path / "photos.png", "--save-maps", "--output-dir", "out") == 0
    stored = Image.open("out/photos.png")
    assert stored.mode == "L" and stored.size == (48, 64)
    blurred = np.asarray(stored)
    assert (blurred[:12] == 255).all() and (blurred[20:] == 0).all()
    assert Image.open("out/photos_overlay.jpg").size == (48, 64)


def test_large_overlays_are_shrunk_and_maps_are_not(tmp_path):
    save(tmp_path / "a.png", (255, 0, 0), size=(2000, 500))
    assert run("a.png", "--save-maps", "--output-dir", "out") == 0
    assert Image.open("out/a_overlay.jpg").width == OVERLAY_SIDE
    assert Image.open("out/a.png").size == (2000, 500)


def test_tiny_photos(tmp_path):
    for size in ((8, 8), (1, 1), (1, 30)):
        save(tmp_path / f"p{size[0]}x{size[1]}.png", (255, 0, 0), size=size)
    assert run("p*.png", "--save-maps", "--output-dir", "out") == 0
    assert Image.open("out/p1x30.png").size == (1, 30)


def test_binary_systems_have_no_types(photos, capsys):
    assert main([str(photos), "--system", "all_blurred", "--csv", "--json"]) == 0
    assert "blurred" in capsys.readouterr().out
    assert json.loads(Path("blur_out/predictions.json").read_text())["photos"][0]["motion_share"] is None


def test_bad_photos_do_not_stop_the_rest(photos, capsys):
    (photos / "empty.jpg").touch()
    (photos / "text.jpg").write_text("not a photo")
    (photos / "cut.png").write_bytes((photos / "shaken.png").read_bytes()[:60])
    assert run(photos, "--json") == 1
    printed = capsys.readouterr()
    assert "shaken.png" in printed.out and "empty.jpg" not in printed.out
    for name in ("empty.jpg", "text.jpg", "cut.png"):
        assert sum(name in line for line in printed.err.splitlines()) == 1
    assert "3 of 6 photos failed" in printed.err and "Traceback" not in printed.err
    report = json.loads(Path("blur_out/predictions.json").read_text())
    assert len(report["photos"]) == 3 and len(report["failed"]) == 3


def test_too_little_memory_for_one_photo_is_its_own_failure(photos, capsys, monkeypatch):
    def greedy(self, image):
        if image[0, 0, 0]:
            raise MemoryError
        return np.float32([[[1, 0, 0]]])

    monkeypatch.setattr(RedIsBlurred, "blur_map", greedy)
    assert run(photos) == 1
    assert "shaken.png: not enough memory" in capsys.readouterr().err
    assert Path("blur_out/sharp_overlay.jpg").exists()


def test_only_bad_photos_is_a_failure(tmp_path, capsys):
    (tmp_path / "a.jpg").touch()
    assert run("a.jpg", "--csv", "--json") == 1
    assert "1 of 1 photos failed" in capsys.readouterr().err


def test_equal_names_from_different_folders_do_not_overwrite(tmp_path):
    save(tmp_path / "a" / "x.png", (255, 0, 0))
    save(tmp_path / "b" / "x.png")
    save(tmp_path / "b" / "x.jpg")
    assert run("a", "b", "--save-maps", "--no-overlay", "--output-dir", "out") == 0
    assert sorted(os.listdir("out")) == ["x.png", "x_2.png", "x_3.png"]
    assert np.asarray(Image.open("out/x.png")).min() == 255
    assert np.asarray(Image.open("out/x_2.png")).max() <= 10


def test_unique_stems():
    paths = [Path(name) for name in ("a/x.jpg", "b/X.jpg", "c/x_2.jpg", "c/y.v1.jpg", "d/x.png")]
    stems = list(unique_stems(paths).values())
    assert stems == ["x", "X_3", "x_2", "y.v1", "x_4"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.jpg"], "none.jpg"),
        (["*.jpg"], "*.jpg"),
        (["hollow"], "no photos in hollow"),
        (["photos", "--system", "rad"], "did you mean 'red'"),
        (["photos", "--output-dir", "photos"], "--output-dir"),
        (["photos", "--system", "all_blurred", "--refine"], "--refine"),
    ],
)
def test_usage_errors_are_one_line(photos, arguments, words, capsys):
    Path("hollow").mkdir()
    before = sorted(os.listdir(photos))
    if "--system" not in arguments:
        arguments = [*arguments, "--system", "red"]
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert words in printed.err and len(printed.err.splitlines()) == 1 and not printed.out
    assert sorted(os.listdir(photos)) == before and not Path("blur_out").exists()


def test_no_photos_and_unknown_options_are_usage_errors(capsys):
    for arguments in ([], ["a.jpg", "--sytem", "red"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_output_folders_that_cannot_be_written(photos, read_only, capsys):
    Path("file").touch()
    for folder in ("file", read_only, read_only / "out"):
        assert run(photos, "--output-dir", folder) == 1
        printed = capsys.readouterr()
        assert printed.err.startswith(f"error: cannot write to {folder}: ")
        assert len(printed.err.splitlines()) == 1


@pytest.fixture
def full_at(monkeypatch):
    """A function after which the disk fills up with a file of this name."""
    write = Path.write_bytes

    def full_at(name):
        def write_bytes(path, data):
            if name in path.name:
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(path, data)

        monkeypatch.setattr(Path, "write_bytes", write_bytes)

    return full_at


def test_a_disk_that_fills_up_ends_the_work_and_keeps_what_is_done(photos, capsys, full_at):
    full_at("sharp_overlay")
    assert run(photos, "--json") == 1
    printed = capsys.readouterr()
    assert "shaken.png" in printed.out and "soft.png" not in printed.out
    sharp, soft, end = printed.err.splitlines()
    assert "sharp_overlay.jpg: No space left on device" in sharp
    assert "soft.png: not looked at, because the disk is full" in soft and "2 of 3 photos failed" in end
    assert sorted(os.listdir("blur_out")) == ["predictions.json", "shaken_overlay.jpg"]
    report = json.loads(Path("blur_out/predictions.json").read_text())
    assert len(report["photos"]) == 1 and len(report["failed"]) == 2


def test_a_name_too_long_to_write_is_its_own_failure(photos, capsys):
    long = "long" + 245 * "g"
    os.rename(photos / "shaken.png", photos / f"{long}.png")
    assert run(photos, "--csv") == 1
    printed = capsys.readouterr()
    assert "sharp.png" in printed.out and "soft.png" in printed.out and "1 of 3 photos failed" in printed.err
    assert sorted(os.listdir("blur_out")) == ["predictions.csv", "sharp_overlay.jpg", "soft_overlay.jpg"]


def test_the_table_is_there_though_the_files_for_others_are_not(photos, capsys, monkeypatch):
    def full(*_):
        raise BlurError("cannot write predictions.json")

    monkeypatch.setattr(predict.files, "write_json", full)
    assert run(photos, "--json") == 1
    assert "soft.png" in capsys.readouterr().out


def test_an_interruption_is_quiet(photos, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(predict, "_predict", interrupted)
    assert run(photos) == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_no_text(photos, capsys):
    os.rename(os.fsencode(photos / "soft.png"), os.fsencode(photos) + b"/so\xff\nft.png")
    assert run(photos, "--json", "--csv") == 0
    assert "so??ft.png" in capsys.readouterr().out.replace("�", "?")
    assert len(os.listdir("blur_out")) == 5


def run_python(code):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=True)


def test_help_and_import_load_no_keras():
    code = (
        "import sys, runpy\n"
        "sys.argv = ['predict', '--help']\n"
        "try: runpy.run_module('keras_blur.predict', run_name='__main__')\n"
        "except SystemExit as end: assert end.code == 0\n"
        "assert not {'keras', 'tensorflow', 'jax', 'cv2'} & set(sys.modules)\n"
    )
    result = run_python(code)
    assert "examples:" in result.stdout and "--save-maps" in result.stdout


MEMORY_LIMIT = 500_000_000
"""Bytes that a 50-megapixel photo may add: twice its pixels (rotated), Pillow's own copy, its map."""


def peak_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_fifty_megapixels_take_bounded_memory(tmp_path):
    """In a process of its own, because the peak is counted per process."""
    columns = np.linspace(0, 255, 8660).astype(np.uint8)
    image = Image.fromarray(np.broadcast_to(columns[None, :, None], (5774, 8660, 3)))
    exif = image.getexif()
    exif[274] = 6
    image.save(tmp_path / "large.jpg", exif=exif, quality=80)
    code = (
        "import sys; from test_predict import *\n"
        "systems.SYSTEMS['red'] = RedIsBlurred\n"
        "from keras_blur.processing import photos, overlay; import cv2, tqdm\n"
        "before = peak_memory()\n"
        "assert main(['large.jpg', '--save-maps', '--system', 'red']) == 0\n"
        "print(peak_memory() - before)\n"
    )
    result = run_python(code)
    assert int(result.stdout.splitlines()[-1]) < MEMORY_LIMIT
    assert Image.open("blur_out/large.png").size == (5774, 8660)
