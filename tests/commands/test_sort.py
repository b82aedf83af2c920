"""Sorting blurred photos out, and taking it back."""

import csv
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from red_system import RedIsBlurred, save

from benchmarks.photo_folder import make_folder
from keras_blur import files, systems
from keras_blur.commands.sort import main

GOLDEN = Path(__file__).parents[1] / "golden" / "photos"


@pytest.fixture(autouse=True)
def red(monkeypatch, tmp_path):
    monkeypatch.setitem(systems.SYSTEMS, "red", RedIsBlurred)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    save(folder / "sharp.png")
    save(folder / "shaken.png", (255, 0, 0))
    save(folder / "day" / "soft.png", (0, 0, 200))
    (folder / "bad.jpg").write_text("no photo")
    save(folder / "small.png", (255, 0, 0), size=(20, 20))
    (folder / "link.png").symlink_to(folder / "shaken.png")
    return folder


def run(*arguments):
    return main([*map(str, arguments), "--system", "red"])


def tree(folder):
    return {path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if not path.is_dir()}


ALL = {"sharp.png", "shaken.png", "day/soft.png", "bad.jpg", "small.png", "link.png"}


def undo_file():
    (found,) = Path("blur_out").glob("undo-*.jsonl")
    return found


def test_blurred_photos_move_and_come_back(photos, capsys):
    assert run("photos", "--move-to", "blurred") == 1  # the damaged photo and the link
    printed = capsys.readouterr()
    assert f"moved 2 of 6 photos; take it back with: keras-blur sort --undo {undo_file()}" in printed.out
    assert tree("blurred") == {"shaken.png", "day/soft.png"}
    assert tree("photos") == ALL - {"shaken.png", "day/soft.png"}
    assert "link.png: is a link; left alone" in printed.err and "bad.jpg" in printed.err
    assert main(["--undo", str(undo_file())]) == 0
    assert "taken back: 2 of 2" in capsys.readouterr().out
    assert tree("photos") == ALL and not Path("blurred").exists()
    assert main(["--undo", str(undo_file())]) == 0
    assert capsys.readouterr().out == "nothing to take back: it is done already\n"


def test_a_dry_run_does_nothing(photos, capsys):
    for action in (["--move-to", "blurred"], ["--copy-to", "blurred"], ["--xmp"], ["--list", "list.txt"]):
        run("photos", *action, "--dry-run")
        printed = capsys.readouterr().out
        assert "would " in printed and "shaken.png" in printed and "sharp.png" not in printed
        if "--list" not in action:
            assert f"would {printed.split()[1]} 3 of 6 photos; this was a dry run" in printed
    assert tree("photos") == ALL and not Path("blurred").exists() and not Path("list.txt").exists()
    assert not list(Path("blur_out").glob("undo-*"))


def test_copies(photos):
    (photos / "link.png").unlink()
    (photos / "bad.jpg").unlink()
    assert run("photos", "--copy-to", "blurred") == 0
    assert tree("blurred") == {"shaken.png", "day/soft.png"} and tree("photos") == ALL - {
        "link.png",
        "bad.jpg",
    }


def test_a_list(photos):
    save(photos / "two\nlines.png", (255, 0, 0))
    assert run("photos", "--list", "list.txt") == 1
    assert set(Path("list.txt").read_text().splitlines()) == {
        os.path.join("photos", *name.split("/")) for name in ("shaken.png", "day/soft.png", "link.png")
    }
    content = (photos / "sharp.png").read_bytes()
    assert run("photos", "--list", "photos/sharp.png") == 2
    assert (photos / "sharp.png").read_bytes() == content


@pytest.mark.parametrize("options", [["--list"], ["--list", "list.txt", "--report"]])
def test_a_photo_that_the_shell_makes_the_name_of_an_output_is_kept(photos, options, capsys):
    """keras-blur sort --list *.png: the first photo isn't read, and would be overwritten."""
    before = (photos / "shaken.png").read_bytes()
    assert run(*options, photos / "shaken.png", photos / "sharp.png") == 2
    assert f"{options[-1]}: " in capsys.readouterr().err
    assert (photos / "shaken.png").read_bytes() == before
    assert run(photos / "shaken.png", *options, photos) == 2
    Path("list.txt").write_text("an older list")
    assert run(photos / "sharp.png", "--list", "list.txt") == 0 and Path("list.txt").read_text() == ""


@pytest.mark.parametrize(("style", "name"), [("digikam", "soft.png.xmp"), ("lightroom", "soft.xmp")])
def test_sidecars(photos, style, name):
    from xml.etree import ElementTree

    (photos / "shaken.png.xmp").write_text("a person's")
    (photos / "shaken.xmp").write_text("a person's")
    run("photos", "--xmp", "--xmp-style", style)
    root = ElementTree.fromstring((photos / "day" / name).read_text())
    names = {"rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "dc": "http://purl.org/dc/elements/1.1/"}
    (description,) = root.findall(".//rdf:Description", names)
    assert description.get("{http://ns.adobe.com/xap/1.0/}Rating") == "1"
    keywords = [item.text for item in description.findall("./dc:subject/rdf:Bag/rdf:li", names)]
    assert keywords == ["blurred", "out of focus"]
    tags = description.findall("./{http://www.digikam.org/ns/1.0/}TagsList/rdf:Seq/rdf:li", names)
    assert [tag.text for tag in tags] == ["blurred", "blurred/out of focus"]
    assert (photos / "shaken.png.xmp").read_text() == (photos / "shaken.xmp").read_text() == "a person's"
    main(["--undo", str(undo_file())])
    assert tree("photos") == ALL | {"shaken.png.xmp", "shaken.xmp"}


@pytest.mark.skipif(not shutil.which("exiv2"), reason="needs exiv2, by which digiKam and darktable read")
def test_sidecars_are_read_by_the_library_of_photo_managers(photos):
    run("photos", "--xmp")
    command = ["exiv2", "-PXt", "pr", str(photos / "shaken.png.xmp")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert {line.strip() for line in printed.splitlines()} == {
        "1",
        "blurred, motion blur",
        "blurred, blurred|motion blur",
        "blurred, blurred/motion blur",
    }


def burst(folder, *colours):
    for number, colour in enumerate(colours):
        exif = Image.Exif()
        exif[0x0110], exif[0x0132] = "Camera", f"2026:11:29 10:00:{number:02}"
        save(folder / f"burst{number}.png", (colour, 0, 0), exif=exif)


def test_of_a_burst_the_sharpest_stays(tmp_path):
    burst(tmp_path / "photos", 255, 180, 220)
    save(tmp_path / "photos" / "single.png", (255, 0, 0))
    save(tmp_path / "photos" / "sharp.png")
    assert run("photos", "--best-of-burst", "1", "--move-to", "rest", "--csv") == 0
    assert tree("photos") == {"burst1.png", "sharp.png"}
    assert tree("rest") == {"burst0.png", "burst2.png", "single.png"}
    with open("blur_out/predictions.csv", newline="") as file:
        ranks = {Path(row["photo"]).stem: (row["burst"], row["burst_rank"]) for row in csv.DictReader(file)}
    assert ranks["burst1"] == ("1", "1") and ranks["burst2"] == ("1", "2") and ranks["single"] == ("", "")


def test_the_report_links_to_where_photos_are_now(photos):
    run("photos", "--move-to", "blurred", "--report", "report.html")
    text = Path("report.html").read_text()
    assert '"link":"blurred/day/soft.png"' in text and '"link":"photos/sharp.png"' in text


def test_an_interrupted_judging_moves_nothing_and_goes_on(photos, monkeypatch, capsys):
    from keras_blur.photos.record import Record

    add = Record.add

    def interrupted(self, row):
        if len(self) == 3:
            raise KeyboardInterrupt
        add(self, row)

    with monkeypatch.context() as patched:
        patched.setattr(Record, "add", interrupted)
        assert run("photos", "--move-to", "blurred") == 130
    assert tree("photos") == ALL and not Path("blurred").exists()
    judged = []
    monkeypatch.setattr(RedIsBlurred, "blur_map", lambda *_: judged.append(1) or np.float32([[[0, 1, 0]]]))
    run("photos", "--move-to", "blurred", "--resume")
    assert len(judged) < 5 and Path("blurred").exists()


def test_the_verdicts_of_predict_are_used_again(photos, monkeypatch):
    from keras_blur.commands import predict

    assert predict.main(["photos", "--report", "r.html", "--system", "red"]) == 1
    monkeypatch.setattr(RedIsBlurred, "blur_map", None)
    run("photos", "--move-to", "blurred", "--resume", "--dry-run")
    run("photos", "--move-to", "blurred", "--resume")
    assert tree("blurred") == {"shaken.png", "day/soft.png"}


def test_two_runs_on_one_folder(photos, capsys):
    with files.lock("photos"):
        assert run("photos", "--move-to", "blurred") == 1
    assert "another run works in" in capsys.readouterr().err and tree("photos") == ALL


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["photos", "--move-to", "photos"], "--move-to: photos holds photos that are sorted"),
        (["photos", "--copy-to", "photos/bad.jpg"], "--copy-to: photos/bad.jpg is no folder"),
        (["photos", "--move-to", "blurred", "--output-dir", "photos"], "--output-dir"),
        (["--undo", "none"], "cannot read none"),
    ],
)
def test_usage_errors_are_one_line(photos, arguments, words, capsys):
    assert main([*arguments, "--system", "red"]) == 2
    printed = capsys.readouterr()
    assert words in printed.err and len(printed.err.splitlines()) == 1 and tree("photos") == ALL


@pytest.mark.parametrize(
    "arguments", [[], ["photos"], ["--move-to", "x"], ["photos", "--move-to", "x", "--copy-to", "y"]]
)
def test_what_to_do_must_be_said(photos, arguments, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert "usage:" in capsys.readouterr().err


@pytest.mark.slow
def test_a_made_folder_with_known_blur(tmp_path, capsys):
    """The shipped network moves the blurred photos of a folder as people have them, and no other."""
    made = make_folder(tmp_path / "made", 72, [GOLDEN / "coffee.png", GOLDEN / "man.png"])
    names = {path.relative_to(tmp_path / "made").as_posix(): kind for path, kind in made.items()}
    before = tree("made")
    assert main(["made", "--move-to", "blurred", "--report", "report.html"]) == 1  # some are damaged
    assert "moved" in capsys.readouterr().out
    assert tree("blurred") == {name for name, kind in names.items() if kind == "blurred"}
    assert main(["--undo", str(undo_file())]) == 0
    assert tree("made") == before and not Path("blurred").exists()
