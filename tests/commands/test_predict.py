"""The command, end to end, with systems that cost nothing."""

import contextlib
import csv
import errno
import functools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from red_system import RedIsBlurred, save

from keras_blur import systems
from keras_blur.commands import cli
from keras_blur.commands.predict import main
from keras_blur.contract import Calibration
from keras_blur.photos import run as photo_run
from keras_blur.photos.record import Record
from keras_blur.result import OVERLAY_SIDE
from keras_blur.verdict import assess

GOLDEN = Path(__file__).parents[1] / "golden" / "photos"


@pytest.fixture(autouse=True)
def red(monkeypatch):
    monkeypatch.setitem(systems.SYSTEMS, "red", RedIsBlurred)


@pytest.fixture(autouse=True)
def work_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    save(folder / "sharp.png")
    save(folder / "shaken.png", (255, 0, 0))
    save(folder / "day" / "soft.png", (0, 0, 200))
    return folder


def run(*arguments):
    return main([*map(str, arguments), "--system", "red"])


def report(folder="blur_out"):
    return json.loads(Path(folder, "predictions.json").read_text())


def table(folder="blur_out"):
    with open(
        Path(folder, "predictions.csv"), newline="", encoding="utf-8", errors="surrogateescape"
    ) as file:
        return list(csv.DictReader(file))


def test_a_folder_and_all_below_it_gives_a_sorted_table(photos, capsys):
    (photos / "notes.txt").touch()
    assert run(photos) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert [Path(line.split()[-1]).stem for line in lines[1:]] == ["shaken", "soft", "sharp"]
    assert "motion blur" in lines[1] and lines[1].split()[0] == "1.00"
    assert "out of focus" in lines[2] and "sharp subject" in lines[3]
    assert printed.err.splitlines()[0] == "left out, as no photos: 1 .txt"
    assert not Path("blur_out").exists()
    assert run(photos, "--no-recursive") == 0
    assert "soft" not in capsys.readouterr().out


def test_json_and_csv_hold_the_same_verdicts(photos):
    assert run(photos, "--json", "--csv", "--output-dir", "out") == 0
    found = report("out")
    assert (found["system"], found["source"], found["failed"]) == ("red", "red", [])
    assert [row["reason"] for row in found["photos"]] == ["motion", "defocus", "none"]
    first = found["photos"][0]
    assert (first["height"], first["width"], first["score"], first["warn"]) == (48, 64, 1.0, True)
    rows = table("out")
    assert [row["photo"] for row in rows] == [row["photo"] for row in found["photos"]]
    assert [float(row["score"]) for row in rows] == [row["score"] for row in found["photos"]]
    assert rows[0]["sharp_row"] == "" and float(rows[2]["sharp_height"]) == 1
    assert sorted(os.listdir("out")) == ["predictions.csv", "predictions.json", "predictions.jsonl"]


def scores(folder, system, capsys):
    assert main([str(folder), "--system", system, "--json"]) == 0
    capsys.readouterr()
    return {Path(row["photo"]).stem: row["score"] for row in report()["photos"]}


def test_scores_are_calibrated_by_the_system(photos, monkeypatch, capsys):
    blurred = 200 / 255  # how blue "soft" is
    for even_odds in (1.0, 0.25, 6.0):
        monkeypatch.setattr(RedIsBlurred, "calibration", Calibration(even_odds=even_odds))
        odds = blurred / (1 - blurred) / even_odds
        assert scores(photos, "red", capsys)["soft"] == pytest.approx(odds / (1 + odds), abs=1e-6)


@pytest.mark.parametrize("command", ["predict", "sort"])
def test_a_system_that_is_not_calibrated_is_said_so_once(photos, monkeypatch, capsys, command):
    asked = [command, str(photos), "--system", "red", *(["--list", "list.txt"] if command == "sort" else [])]
    assert cli.main([*asked, "--report", "r.html"]) == 0
    (said,) = [line for line in capsys.readouterr().err.splitlines() if "calibrated" in line]
    assert said.startswith("note: uncalibrated (3 photos): ") and "benchmarks/verdict.py" in said
    assert said.removeprefix("note: ") in Path("r.html").read_text()
    monkeypatch.setattr(RedIsBlurred, "calibration", Calibration(even_odds=0.9))
    assert cli.main([*asked, "--report", "r.html"]) == 0
    assert "calibrated" not in capsys.readouterr().err + Path("r.html").read_text()


def test_small_photos_are_noted_and_those_without_a_verdict_are_not(photos, monkeypatch, capsys):
    monkeypatch.setattr(RedIsBlurred, "calibration", Calibration(even_odds=0.9, input_side=90))
    save(photos / "tiny.png", (255, 0, 0), size=(52, 52))  # refused, as it would be enlarged too much
    assert run(photos, "--report", "r.html") == 0
    said = capsys.readouterr().err
    assert "note: enlarged (3 photos): smaller than the network's input" in said and said.count("note:") == 1
    assert Path("r.html").read_text().count('"note":"enlarged"') == 3


def test_the_page_and_the_json_name_what_the_system_was_loaded_from(photos, monkeypatch):
    monkeypatch.setattr(systems, "load", lambda *_, **__: RedIsBlurred())
    assert main([str(photos), "--system", "runs/mine", "--json", "--report", "r.html"]) == 0
    assert (report()["system"], report()["source"]) == ("red", "runs/mine")
    assert '"system":"red (runs/mine)"' in Path("r.html").read_text()


def test_scores_of_classical_methods_are_those_of_their_maps(tmp_path, capsys):
    noise = np.random.default_rng(0).integers(100, 130, (48, 64, 3), dtype=np.uint8)
    noise[:, :16] += 60  # something to judge
    Image.fromarray(noise).save(tmp_path / "noise.png")
    expected = assess(systems.load("laplacian_variance").blur_map(noise), Calibration()).score
    assert 0.01 < expected < 0.99  # else it would be the same with any even odds
    assert scores(tmp_path / "noise.png", "laplacian_variance", capsys) == {"noise": pytest.approx(expected)}


def test_overlays_and_maps_keep_the_folders_and_are_named_in_the_tables(photos):
    assert run(photos, "--overlays", "--save-maps", "--json", "--csv") == 0
    row = next(row for row in report()["photos"] if "soft" in row["photo"])
    assert row["overlay"] == os.path.join("blur_out", "overlays", "day", "soft.png.overlay.jpg")
    assert row["map"] == os.path.join("blur_out", "maps", "day", "soft.png.blur.png")
    for row in [*table(), *report()["photos"]]:
        assert Image.open(row["overlay"]).size == Image.open(row["map"]).size == (64, 48)


def test_maps_have_the_photos_own_size_and_orientation(tmp_path):
    image = Image.new("RGB", (64, 48))
    image.paste((255, 0, 0), (0, 0, 16, 48))  # stored left = upright top
    exif = image.getexif()
    exif[274] = 6
    image.save(tmp_path / "photo.png", exif=exif)
    assert run("photo.png", "--save-maps") == 0
    stored = Image.open("blur_out/maps/photo.png.blur.png")
    assert stored.mode == "L" and stored.size == (48, 64)
    blurred = np.asarray(stored)
    assert (blurred[:12] == 255).all() and (blurred[20:] == 0).all()


def test_large_overlays_are_shrunk_and_maps_are_not(tmp_path):
    save(tmp_path / "a.png", (255, 0, 0), size=(2000, 500))
    assert run("a.png", "--save-maps", "--overlays") == 0
    assert Image.open("blur_out/overlays/a.png.overlay.jpg").width == OVERLAY_SIDE
    assert Image.open("blur_out/maps/a.png.blur.png").size == (2000, 500)


def test_tiny_photos_are_not_judged(tmp_path):
    for size in ((8, 8), (1, 1), (1, 30)):
        save(tmp_path / f"p{size[0]}x{size[1]}.png", (255, 0, 0), size=size)
    assert run("p*.png", "--save-maps", "--overlays", "--json", "--report", "r.html") == 0
    assert Image.open("blur_out/maps/p1x30.png.blur.png").size == (1, 30)
    assert {row["reason"] for row in report()["photos"]} == {"too small"}


def test_binary_systems_have_no_types(photos, capsys):
    assert main([str(photos), "--system", "all_blurred", "--csv", "--json", "--report", "r.html"]) == 0
    assert "blurred" in capsys.readouterr().out
    assert report()["photos"][0]["motion_share"] is None


def test_a_threshold_decides(photos, capsys):
    assert run(photos, "--threshold", "0.9", "--json") == 0
    assert [row["warn"] for row in report()["photos"]] == [True, False, False]
    assert [row["reason"] for row in report()["photos"]] == ["motion", "none", "none"]


def test_the_last_line_says_how_many_and_where(photos, capsys):
    assert run(photos, "--report", "r.html") == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "2 of 3 photos blurred; written to blur_out/ and r.html"


def test_only_blurred_photos_on_request(photos, capsys):
    (photos / "bad.jpg").touch()
    assert run(photos, "--only-blurred", "--json", "--csv") == 1
    assert "sharp.png" not in capsys.readouterr().out
    assert len(report()["photos"]) == 2 and len(report()["failed"]) == 1 and len(table()) == 3


def test_only_a_region_is_judged(tmp_path, capsys):
    image = Image.new("RGB", (96, 96))
    image.paste((255, 0, 0), (0, 0, 48, 96))
    image.save("half.png")
    for region, warn in (("0,0,1,0.5", True), ("0,0.5,1,0.5", False)):
        assert run("half.png", "--region", region, "--json") == 0
        assert report()["photos"][0]["warn"] is warn or not report()["photos"][0]["judged"]


def test_photos_below_a_size_are_not_judged(photos):
    save(photos / "large.png", (255, 0, 0), size=(300, 200))
    assert run(photos, "--least-side", "100", "--json") == 0
    rows = {Path(row["photo"]).stem: row for row in report()["photos"]}
    assert rows["large"]["judged"] and rows["large"]["warn"]
    assert rows["shaken"]["reason"] == "too small" and rows["shaken"]["score"] is None
    assert [row["judged"] for row in report()["photos"]] == [True, False, False, False]


def test_bad_photos_do_not_stop_the_rest(photos, capsys):
    (photos / "empty.jpg").touch()
    (photos / "text.jpg").write_text("not a photo")
    (photos / "cut.png").write_bytes((photos / "shaken.png").read_bytes()[:60])
    assert run(photos, "--json", "--csv", "--report", "r.html") == 1
    printed = capsys.readouterr()
    assert "shaken.png" in printed.out and "empty.jpg" not in printed.out
    for name in ("empty.jpg", "text.jpg", "cut.png"):
        assert sum(name in line for line in printed.err.splitlines()) == 1
    assert "3 of 6 photos failed" in printed.err and "Traceback" not in printed.err
    assert len(report()["photos"]) == 3 and len(report()["failed"]) == 3
    assert sum(bool(row["error"]) for row in table()) == 3


def test_too_little_memory_for_one_photo_is_its_own_failure(photos, capsys, monkeypatch):
    def greedy(self, image):
        if image[0, 0, 0]:
            raise MemoryError
        return np.float32([[[1, 0, 0]]])

    monkeypatch.setattr(RedIsBlurred, "blur_map", greedy)
    assert run(photos) == 1
    printed = capsys.readouterr()
    assert "shaken.png: not enough memory" in printed.err and "sharp.png" in printed.out


def test_only_bad_photos_is_a_failure(tmp_path, capsys):
    (tmp_path / "a.jpg").touch()
    assert run("a.jpg", "--csv", "--json") == 1
    assert "1 of 1 photo failed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.jpg"], "none.jpg"),
        (["*.jpg"], "*.jpg"),
        (["hollow"], "no photos in hollow"),
        (["photos", "--system", "rad"], "did you mean 'red'"),
        (["photos", "--output-dir", "photos", "--csv"], "--output-dir"),
        (["photos", "--system", "all_blurred", "--refine"], "--refine"),
        (["photos", "--every", "never"], "--every"),
        (["photos", "--report", "photos/sharp.png"], "--report"),
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


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a.jpg", "--sytem", "red"],
        ["a.jpg", "--threshold", "2"],
        ["a.jpg", "--region", "0,0,2,1"],
        ["a.jpg", "--region", "0,0"],
        ["a.jpg", "--workers", "0"],
        ["a.jpg", "--best-of-burst", "0"],
    ],
)
def test_wrong_options_are_usage_errors(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2 and "usage:" in capsys.readouterr().err


def test_output_folders_that_cannot_be_written(photos, read_only, capsys):
    Path("file").touch()
    for folder in ("file", read_only, read_only / "out"):
        assert run(photos, "--csv", "--output-dir", folder) == 1
        printed = capsys.readouterr()
        assert printed.err.startswith(f"error: cannot write to {folder}: ")
        assert len(printed.err.splitlines()) == 1


def test_links_in_the_output_folder_lead_to_no_photo(photos, capsys):
    content = (photos / "sharp.png").read_bytes()
    Path("blur_out/maps").mkdir(parents=True)
    os.link(photos / "sharp.png", "blur_out/maps/sharp.png.blur.png")
    Path("blur_out/overlays").symlink_to(photos)
    assert run(photos, "--save-maps", "--overlays") == 1
    assert "outside" in capsys.readouterr().err
    assert run(photos, "--save-maps") == 1
    assert "is the photo" in capsys.readouterr().err
    assert (photos / "sharp.png").read_bytes() == content and len(list(photos.iterdir())) == 3


def test_names_of_dots_and_long_names_stay_in_the_output_folder(photos):
    for name in ("..jpg", "a" * 250 + ".jpg", "...", "b\n=.jpg"):
        save(photos / "day" / name, (255, 0, 0), format="JPEG")
    assert run(*sorted(map(str, (photos / "day").iterdir())), "--overlays", "--json") == 0
    below = [path for path in Path("blur_out/overlays").rglob("*") if path.is_file()]
    assert len(below) == 5 == len({row["overlay"] for row in report()["photos"]})
    assert sorted(os.listdir(".")) == ["blur_out", "photos"]


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


def test_a_disk_that_fills_up_ends_the_work_and_keeps_what_is_done(photos, capsys, full_at, monkeypatch):
    full_at("sharp.png.overlay")
    assert run(photos, "--overlays", "--json") == 1
    printed = capsys.readouterr()
    assert "shaken.png" in printed.out and "soft.png" not in printed.out
    assert "No space left on device" in printed.err and "1 of 3 photos judged" in printed.err
    assert len(report()["photos"]) == 1
    monkeypatch.undo()


def test_the_table_is_there_though_the_files_for_others_are_not(photos, capsys, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(photo_run, "write_json", full)
    with pytest.raises(OSError, match="space"):
        run(photos, "--json")
    assert "soft.png" in capsys.readouterr().out


def fill(disk, spare):
    """Fills a file system until so many bytes are left."""
    filler = disk / "filler"
    with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    os.truncate(filler, filler.stat().st_size - spare)


@pytest.mark.parametrize("options", [["--json", "--csv"], ["--json", "--csv", "--report", "disk/r.html"]])
def test_a_disk_that_is_really_full_costs_no_row(photos, small_disk, capsys, options):
    for number in range(60):
        save(photos / f"{number}.png", (255, 0, number))
    assert run(photos, *options, "--output-dir", "whole") == 0
    fill(small_disk, 12_000)
    capsys.readouterr()
    assert run(photos, *options, "--output-dir", small_disk) == 1
    printed = capsys.readouterr()
    assert "No space left on device" in printed.err and "go on with --resume" in printed.err
    assert "motion blur" in printed.out and "Traceback" not in printed.err
    kept = sum(line.startswith(b'{"photo"') for line in (small_disk / "predictions.jsonl").open("rb"))
    assert f"{kept} of 63 photos judged" in printed.err and 0 < kept < 63
    (small_disk / "filler").unlink()
    assert run(photos, *options, "--output-dir", small_disk, "--resume") == 0
    for name in ("predictions.json", "predictions.csv"):
        assert (small_disk / name).read_text() == Path("whole", name).read_text()


def interrupt_after(monkeypatch, count):
    add = Record.add

    def interrupted(self, row):
        if len(self) == count:
            raise KeyboardInterrupt
        add(self, row)

    monkeypatch.setattr(Record, "add", interrupted)


def test_an_interrupted_run_keeps_its_rows_and_goes_on(photos, capsys, monkeypatch):
    assert run(photos, "--json", "--csv", "--overlays", "--report", "r.html", "--output-dir", "whole") == 0
    interrupt_after(monkeypatch, 2)
    again = [photos, "--json", "--csv", "--overlays", "--report", "r.html"]
    assert run(*again) == 130
    printed = capsys.readouterr()
    assert "interrupted: 2 of 3 photos judged; go on with --resume" in printed.err
    assert len(report()["photos"]) == 2 == len(table()) and "Traceback" not in printed.err
    monkeypatch.undo()
    monkeypatch.setitem(systems.SYSTEMS, "red", RedIsBlurred)
    monkeypatch.chdir(photos.parent)
    judged = []
    blur_map = RedIsBlurred.blur_map
    monkeypatch.setattr(
        RedIsBlurred, "blur_map", lambda self, image: judged.append(1) or blur_map(self, image)
    )
    assert run(*again, "--resume") == 0
    assert len(judged) == 1
    for name in ("predictions.json", "predictions.csv"):
        assert Path("blur_out", name).read_text() == Path("whole", name).read_text().replace(
            "whole", "blur_out"
        )


def test_resuming_takes_no_row_of_another_photo_or_setting(photos, capsys):
    assert run(photos, "--json") == 0
    save(photos / "sharp.png", (255, 0, 0))
    (photos / "shaken.png").unlink()
    assert run(photos, "--json", "--resume") == 0
    assert {Path(row["photo"]).stem: row["warn"] for row in report()["photos"]} == {
        "sharp": True,
        "soft": True,
    }
    assert run(photos, "--resume", "--least-side", "10") == 2
    assert "--least-side 0, now 10" in capsys.readouterr().err


def test_photos_that_change_while_they_are_read_are_errors(photos, capsys, monkeypatch):
    blur_map = RedIsBlurred.blur_map

    def changing(self, image):
        os.utime(photos / "sharp.png", ns=(1, time.time_ns()))
        return blur_map(self, image)

    monkeypatch.setattr(RedIsBlurred, "blur_map", changing)
    assert run(photos, "--workers", "1") == 1
    assert "sharp.png changed while it was read" in capsys.readouterr().err


def test_two_runs_in_one_output_folder(photos, capsys):
    from keras_blur import files

    Path("blur_out").mkdir()
    with files.lock("blur_out"):
        assert run(photos, "--csv") == 1
    assert "another run works in blur_out" in capsys.readouterr().err
    assert run(photos, "--csv") == 0


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_paths_are_exact_in_files_and_harmless_on_screens(tmp_path, capsys):
    names = [b"so\xff\nft.png", "a\u202fb.png".encode(), b"\x1b[2Jc.png", b"=d.png", b'e,"f.png']
    for name in names:
        save(Path(os.fsdecode(name)), (255, 0, 0))
    assert run(*(os.fsdecode(name) for name in names), "--json", "--csv") == 0
    printed = capsys.readouterr().out
    assert "\x1b" not in printed and "a\u202fb.png" in printed and "?[2Jc.png" in printed
    assert {os.fsencode(row["photo"]) for row in report()["photos"]} == set(names)
    rows = {os.fsencode(row["photo"]) for row in table()}
    assert rows == {*names[:3], b"./=d.png", names[4]} and all(os.path.exists(name) for name in rows)


def run_python(code, *arguments, **options):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, **options)


RED = """
import sys; from keras_blur import systems; from red_system import RedIsBlurred
from keras_blur.commands.cli import main
systems.SYSTEMS["red"] = RedIsBlurred
"""


def test_a_reader_that_goes_away_loses_no_file(photos):
    for number in range(200):
        save(photos / f"{number}.png", (255, 0, 0), size=(48, 48))
    code = RED + (
        "import os\n"
        "read, write = os.pipe(); os.dup2(write, 1); os.close(read); os.close(write)\n"
        "sys.exit(main(['predict', sys.argv[1], '--json', '--csv', '--system', 'red']))\n"
    )
    done = run_python(code, photos, check=False)
    assert done.returncode == 0 and "Traceback" not in done.stderr and "BrokenPipe" not in done.stderr
    assert len(report()["photos"]) == 203 == len(table())


def test_a_killed_run_goes_on(photos):
    code = RED + (
        "import os; from keras_blur.photos.record import Record\n"
        "add = Record.add\n"
        "def killed(self, row):\n"
        "    add(self, row)\n"
        '    self._file.write(b\'{"photo": "half\'); self._file.flush()\n'
        "    os.kill(os.getpid(), 9)\n"
        "Record.add = killed\n"
        "main(['predict', sys.argv[1], '--json', '--system', 'red'])\n"
    )
    assert run_python(code, photos, check=False).returncode == -signal.SIGKILL
    assert run(photos, "--json", "--resume") == 0
    assert len(report()["photos"]) == 3
    lines = Path("blur_out/predictions.jsonl").read_text().splitlines()
    assert len([json.loads(line) for line in lines]) == 4


@pytest.mark.slow
@pytest.mark.parametrize("rows", [1, 7])
def test_ctrl_c_after_some_photos_and_resume_give_the_same_rows(tmp_path, rows):
    """The shipped network on real photos, interrupted by the signal of the key."""
    (tmp_path / "photos").mkdir()
    for number in range(6):
        for name in ("coffee.png", "man_motion.png"):
            photo = Image.open(GOLDEN / name)
            part = photo.crop((10 * number, 0, photo.width, photo.height))
            part.save(tmp_path / "photos" / f"{number}{name}.jpg")
    (tmp_path / "photos" / "bad.jpg").write_bytes(b"\xff\xd8\xff")
    options = ["photos", "--json", "--csv", "--report", "r.html", "--overlays", "--best-of-burst", "2"]
    command = [sys.executable, "-m", "keras_blur", "predict", *options]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2])])}
    run = functools.partial(subprocess.run, capture_output=True, text=True, env=environment)
    assert run([*command, "--output-dir", "whole"], check=False).returncode == 1  # one is damaged
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    record = Path("blur_out", "predictions.jsonl")
    while not record.exists() or record.read_bytes().count(b"\n") <= rows:
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130 and b"Traceback" not in errors and b"go on with --resume" in errors
    kept = record.read_bytes().count(b"\n") - 1
    # The key may come between a row's writing and its counting; --resume reads it from the record.
    reported = len(report()["photos"]) + len(report()["failed"])
    assert rows <= kept < 13 and kept - 1 <= reported <= kept
    done = run([*command, "--resume"], check=False)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    for name in ("predictions.json", "predictions.csv"):
        whole = Path("whole", name).read_text().replace("whole", "blur_out")
        assert Path("blur_out", name).read_text() == whole


def test_help_and_import_load_no_keras():
    code = (
        "import sys, runpy\n"
        "sys.argv = ['predict', '--help']\n"
        "try: runpy.run_module('keras_blur.predict', run_name='__main__')\n"
        "except SystemExit as end: assert end.code == 0\n"
        "assert not {'keras', 'tensorflow', 'jax', 'cv2'} & set(sys.modules)\n"
    )
    result = run_python(code, check=True)
    assert "examples:" in result.stdout and "--save-maps" in result.stdout


MEMORY_LIMIT = 500_000_000
"""Bytes that a 50-megapixel photo may add: twice its pixels (rotated), Pillow's own copy, its map."""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_fifty_megapixels_take_bounded_memory(tmp_path):
    """In a process of its own, because the peak is counted per process."""
    columns = np.linspace(0, 255, 8660).astype(np.uint8)
    image = Image.fromarray(np.broadcast_to(columns[None, :, None], (5774, 8660, 3)))
    exif = image.getexif()
    exif[274] = 6
    image.save(tmp_path / "large.jpg", exif=exif, quality=80)
    code = RED + (
        "import resource\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
        "from keras_blur.processing import photos, overlay; import cv2, tqdm\n"
        "before = peak()\n"
        "assert main(['predict', 'large.jpg', '--save-maps', '--system', 'red']) == 0\n"
        "print(peak() - before)\n"
    )
    result = run_python(code, check=True)
    assert int(result.stdout.splitlines()[-1]) < MEMORY_LIMIT
    assert Image.open("blur_out/maps/large.jpg.blur.png").size == (5774, 8660)


def test_what_a_killed_run_left_is_removed_and_nothing_else(photos, work_folder):
    names = [
        "out/.predictions.0123abcd.csv",
        "out/overlays/day/.soft.png.overlay.89abcdef.jpg",
        "out/maps/.shaken.png.blur.00000000.png",
        ".page.01234567.html",
    ]
    others = ["out/.hidden", ".other.01234567.html", "photos/.shaken.0123abcd.png"]
    for name in (*names, *others):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    assert (
        main([str(photos), "--system", "red", "--csv", "--output-dir", "out", "--report", "page.html"]) == 0
    )
    assert not any(Path(name).exists() for name in names) and all(Path(name).exists() for name in others)


def test_larger_photos_than_asked_for_are_refused(photos, capsys):
    assert main([str(photos / "sharp.png"), "--system", "red", "--max-pixels", "100"]) == 1
    assert "expected at most 0.0001 megapixels, found 64x48" in capsys.readouterr().err


def test_names_with_terminal_escapes_are_harmless_in_errors_and_files(photos, capsys, work_folder):
    (photos / "a\x1b[2J\nb.png").write_bytes(b"no photo")
    assert main([str(photos), "--system", "red", "--json", "--output-dir", "out"]) == 1
    printed = capsys.readouterr()
    assert "\x1b" not in printed.err + printed.out and "a?[2J?b.png" in printed.err
    (failed,) = json.loads(Path("out/predictions.json").read_text())["failed"]
    assert "\x1b" not in failed["error"] and "\n" not in failed["error"]
