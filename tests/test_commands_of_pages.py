"""What README, Start and the guides tell the reader to type runs, or the page says why it doesn't.

The commands of a page run from top to bottom in one folder of made-up photos, with `SMALLER`'s options behind
their own. Before a block that isn't run stands a comment with the reason.
"""

import configparser
import glob
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("mkdocs")
pytest.importorskip("tensorflow_datasets")

from PIL import Image

from keras_blur.commands import cli
from tools import site_pages

ROOT = Path(__file__).parent.parent
CI = (ROOT / ".ci" / "run").read_text() + (ROOT / ".github" / "workflows" / "ci.yml").read_text()
SETTINGS = configparser.ConfigParser()
SETTINGS.read(ROOT / "setup.cfg")
EXTRAS = {*SETTINGS["options.extras_require"]}
SITE = (ROOT / "mkdocs.yml").read_text()
NAMES = re.findall(r": ([\w/]+\.md)", SITE[SITE.index("- Start:") : SITE.index("- Reference:")])
SOURCES = {place: source for source, place in site_pages.OUTSIDE.items()}
GUIDES = [ROOT / "README.md", *(ROOT / SOURCES.get(name, f"docs/{name}") for name in NAMES)]
EVERY = [*GUIDES, ROOT / "CONTRIBUTING.md", *sorted({*(ROOT / "docs").glob("**/*.md")} - {*GUIDES})]

BLOCK = re.compile(
    r"^(?P<mark><!-- not run: \S[^\n]* -->\n)?```(?P<language>\w*)\n(?P<lines>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)

ELSEWHERE = {
    r"python3 -m venv \S+|\. \S+/bin/activate": "tests/test_wheel.py",
    r"python examples/server.py --port \d+|curl .*127\.0\.0\.1.*": "tests/examples/test_server.py",
    r"jupyter lab notebooks": "tests/test_notebooks.py",
    r"keras-blur bulk .*": "tests/photos/test_bulk.py",
    r"make demo": "web_demo/test/browser.js",
}
"""Commands that other tests run: these."""

SMALL_CONFIG = "model.input_size=64 data.samples_per_epoch=8 training.batch_size=4 training.panels_every=0"
SMALLER = {"train": ["--epochs", "1", *(f"--set={value}" for value in SMALL_CONFIG.split())]}
"""Options that make a command cheap."""


def commands(page, marked=False):
    """The commands in a page's blocks, with continued lines joined; on request those of marked blocks too."""
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    blocks = [block for block in found if not block["language"] and (marked or not block["mark"])]
    joined = [block["lines"].replace("\\\n", " ") for block in blocks]
    return [line for lines in joined for line in lines.splitlines() if line.strip()]


def words_of(command):
    """A command's words without its comment, and `keras-blur` for the older ways to call it."""
    command = re.sub(r"^python -m keras_blur\.(?!export\.)(\w+)", r"keras-blur \1", command)
    command = re.sub(r"^python -m tfds_builders", "keras-blur prepare", command)
    return shlex.split(command, comments=True)


def parser_of(name):
    module = cli.COMMANDS[name][0] if name in cli.COMMANDS else f"keras_blur.commands.{name}"
    return cli._module(module).parser()


def flags_of(parser):
    return set(re.findall(r"--[a-z][a-z-]+", parser.format_help()))


@pytest.fixture(scope="module")
def small_mobile(tmp_path_factory):
    """A folder of weights that calls itself "mobile", so that its files are named as the pages say."""
    import dataclasses

    from keras_blur import models
    from keras_blur.systems.weights import save_network

    folder, options = tmp_path_factory.mktemp("networks") / "mobile", {"filters": 4, "depth": 2}
    contract = dataclasses.replace(models.contract("unet", **options), name="mobile")
    save_network(folder, "unet", options, models.build("unet", **options), contract)
    return folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder that the reader is in, with what the pages speak of."""
    from tfds_builders.blur_demo.blur_demo_dataset_builder import Builder
    from tfds_builders.photos import dummy_photos

    shutil.copytree(ROOT / "tests" / "golden" / "photos", tmp_path / "tests" / "golden" / "photos")
    for name, source in (("photo", "coffee"), ("other", "man_motion")):
        with Image.open(ROOT / "tests" / "golden" / "photos" / f"{source}.png") as image:
            image.convert("RGB").save(tmp_path / f"{name}.jpg", quality=95)
    for place in ("holiday", "Pictures/holiday", "tests/golden/FOLDER"):
        (tmp_path / place).mkdir(parents=True)
        for name in ("photo", "other"):
            shutil.copy(tmp_path / f"{name}.jpg", tmp_path / place)
    mine = dummy_photos.make(tmp_path / "mine", size=(96, 128))
    (mine / "images").rename(tmp_path / "PHOTOS")
    (mine / "masks").rename(tmp_path / "MASKS")
    monkeypatch.setattr(Builder, "counts", {"train": 8, "validation": 8, "test": 8})
    monkeypatch.setattr(Builder, "size", (96, 128))
    monkeypatch.setenv("KERAS_BLUR_DATASETS", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command, small_mobile):
    """Runs one command of a page, or finds what does."""
    words = [name for word in words_of(command) for name in sorted(glob.glob(word)) or [word]]
    match words:
        case ["cd", place]:
            os.chdir(place)
        case ["make", target] if not re.fullmatch("|".join(ELSEWHERE), shlex.join(words)):
            assert re.search(rf"\bmake {target}\b", CI), f"{command}: expected among CI's"
        case [pip, "install", *what] if Path(pip).name == "pip":
            named = ",".join(re.findall(r"\[(.*)\]", " ".join(what))).split(",")
            assert {*named} <= EXTRAS, command
        case ["keras-blur", name, *arguments] if name != "bulk":
            arguments += SMALLER.get(name, [])
            if name == "export" and "--system" not in arguments:
                arguments += ["--system", str(small_mobile), "--input-size", "64x64"]
            assert cli.main([name, *arguments]) == 0, command
        case ["python", "-m", module, *arguments]:
            assert cli._module(module).main(arguments) in (0, None), command
        case ["python3", "--version"]:
            subprocess.run(words, check=True)
        case _:
            pattern = next(each for each in ELSEWHERE if re.fullmatch(each, shlex.join(words)))
            assert (ROOT / ELSEWHERE[pattern]).exists(), command


def run_pages():
    """The pages with commands; those that train or export take more than ten seconds."""
    for page in filter(commands, GUIDES):
        is_slow = re.search(r"^keras-blur (train|export)", "\n".join(commands(page)), re.MULTILINE)
        marks = [pytest.mark.slow] if is_slow else []
        yield pytest.param(page, marks=marks, id=page.relative_to(ROOT).as_posix())


@pytest.mark.parametrize("page", run_pages())
def test_the_commands_of_a_page_run(page, folder, small_mobile):
    for command in commands(page):
        # The date in the name of an undo file is the page's.
        run(re.sub(r"undo-[\d-]+\.jsonl", "undo-*.jsonl", command), small_mobile)


def test_start_shows_what_its_command_prints(folder, monkeypatch, capsys):
    (shown,) = re.findall(r"^```text\n(.*?)^```$", (ROOT / "docs" / "index.md").read_text(), re.M | re.S)
    monkeypatch.chdir(folder / "tests" / "golden")
    assert cli.main(["predict", "photos"]) == 0
    printed = capsys.readouterr().out
    pairs = zip(shown.splitlines(), printed.splitlines(), strict=True)
    for ours, theirs in ((a.split(), b.split()) for a, b in pairs):
        assert ours[4:] == theirs[4:]
        for column in range(4):  # figures may differ in their last digit
            if re.fullmatch(r"[\d.]+%?", ours[column]):
                last = 1.1 if "%" in ours[column] else 0.011
                assert float(ours[column].strip("%")) == pytest.approx(
                    float(theirs[column].strip("%")), abs=last
                )
            else:
                assert ours[column] == theirs[column]


def test_the_readme_sorts_the_blurred_photo_out(folder, small_mobile):
    for command in commands(ROOT / "README.md"):
        if "holiday" in command:
            run(command, small_mobile)
    assert [path.name for path in (folder / "blurred").iterdir()] == ["other.jpg"]
    assert (folder / "report.html").exists() and (folder / "blur_out" / "maps").is_dir()


@pytest.mark.parametrize("page", EVERY, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_commands_of_a_page_are_accepted(page):
    """Those that aren't run too: they are parsed."""
    for command in commands(page, marked=True):
        match words_of(command):
            case ["keras-blur", name, *arguments] if name != "COMMAND":
                try:
                    _, unknown = parser_of(name).parse_known_args(arguments)
                except SystemExit:
                    pytest.fail(f"{page.name}: {command}")
                assert name == "bulk" or not unknown, f"{page.name}: {unknown}"


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_options_in_the_text_exist(page):
    """In sentences and tables: `keras-blur sort --undo FILE` is for that command, `--csv` for any."""
    if page.stem == "bulk":
        pytest.skip("many of its options are Beam's")
    flags = {name: flags_of(parser_of(name)) for name in cli.COMMANDS}
    every = flags_of(cli._module("keras_blur.export.benchmark").parser()).union(*flags.values())
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for name, words in re.findall(r"`(?:keras-blur (\w+) |(?=--))([^`]+)`", text):
        named = re.findall(r"(?<![\w-])--[a-z][a-z_-]+", words)
        assert {*named} <= (flags[name] if name else every), words
