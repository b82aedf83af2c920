"""The Python code in README and docs runs, and says what the command says."""

import importlib
import json
import re
import shlex
from pathlib import Path

import pytest
from PIL import Image

from keras_blur.commands import cli
from tools import shipped_table

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("**/*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_RUN = re.compile(r"<!-- not run: \S.* -->\n$")


def blocks(page):
    """The line number and code of what is run; before what isn't stands a comment with the reason."""
    text = page.read_text(encoding="utf-8")
    found = BLOCK.finditer(text)
    return [(text[: m.start()].count("\n") + 2, m[1]) for m in found if not NOT_RUN.search(text[: m.start()])]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with what the pages speak of, which becomes the current one."""
    for name, source in (("photo", "coffee"), ("other", "man_motion")):
        with Image.open(ROOT / "tests" / "golden" / "photos" / f"{source}.png") as image:
            image.convert("RGB").save(tmp_path / f"{name}.jpg", quality=95)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(page):
    """Runs the page's code from top to bottom, as in one notebook; returns its names."""
    names = {"__name__": "__main__"}
    for line, code in blocks(page):
        # Empty lines, so that a traceback names the page's own lines.
        exec(compile("\n" * (line - 1) + code, str(page), "exec"), names)
    return names


@pytest.mark.parametrize("page", filter(blocks, PAGES), ids=lambda page: page.name)
def test_the_code_of_a_page_runs(page, folder):
    run(page)


def test_readme_and_command_give_the_same_verdict(folder, capsys):
    result = run(ROOT / "README.md")["result"]
    printed = capsys.readouterr().out.split()
    assert cli.main(["predict", "photo.jpg", "--json", "--output-dir", "out"]) == 0
    (row,) = json.loads((folder / "out" / "predictions.json").read_text())["photos"]
    said = {key: row[key] for key in ("warn", "reason", "score", "motion_share", "defocus_share")}
    assert said == {key: getattr(result.verdict, key) for key in said}
    assert printed[:3] == [str(row["warn"]), row["reason"], repr(row["score"])]
    assert Image.open("overlay.jpg").size[0] == result.width


def test_every_page_is_in_the_site():
    """MkDocs would say so too, but only when the site is built."""
    named = set(re.findall(r"[\w/]+\.md", (ROOT / "mkdocs.yml").read_text()))
    docs = ROOT / "docs"
    assert not {path.relative_to(docs).as_posix() for path in docs.glob("**/*.md")} - named


def test_links_between_files_lead_somewhere():
    """The site's build checks those of docs/; these are what readers of the repository follow."""
    skipped = {"node_modules", "build", "runs", "site-packages"}
    broken = []
    for page in (path for path in ROOT.glob("**/*.md") if not skipped & {*path.parts}):
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            place = target.partition("#")[0]
            if place and not re.match("[a-z]+:", place) and not (page.parent / place).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert not broken


def test_the_table_of_shipped_networks_says_what_their_records_say():
    """After a change of a shipped network: python -m tools.shipped_table."""
    assert shipped_table.make_table() in (ROOT / "README.md").read_text(encoding="utf-8")


FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(page):
    """The commands of keras-blur in a page's blocks, as words from the subcommand on."""
    found = []
    blocks = FENCED.findall(page.read_text(encoding="utf-8"))
    for block in (text for language, text in blocks if not language):
        for line in block.replace("\\\n", " ").splitlines():
            line = re.sub(r"^python -m keras_blur\.(?!export\.)(\w+)", r"keras-blur \1", line)
            line = re.sub(r"^python -m tfds_builders", "keras-blur prepare", line)
            if line.startswith("keras-blur ") and "COMMAND" not in line:
                found.append(shlex.split(line, comments=True)[1:])
    return found


@pytest.mark.parametrize("page", filter(commands, PAGES), ids=lambda page: page.name)
def test_the_commands_of_a_page_are_accepted(page):
    """They are parsed, not run: most need data or an hour. Tests of each command run it."""
    for name, *words in commands(page):
        module, _ = cli.COMMANDS.get(name) or (f"keras_blur.commands.{name}", "")
        parser = importlib.import_module(module).parser()
        try:
            _, unknown = parser.parse_known_args(words)
        except SystemExit:
            pytest.fail(f"{page.name}: keras-blur {name} {' '.join(words)}")
        assert name == "bulk" or not unknown, f"{page.name}: {unknown}"


def test_the_readme_sorts_a_folder(folder, capsys):
    """The commands for a folder of photos, one after the other, as they stand there."""
    (folder / "holiday").mkdir()
    for name in ("photo", "other"):
        (folder / f"{name}.jpg").rename(folder / "holiday" / f"{name}.jpg")
    lines = [words for words in commands(ROOT / "README.md") if "holiday" in " ".join(words)]
    assert [cli.main(words) for words in lines] == [0] * len(lines)
    assert [path.name for path in (folder / "blurred").iterdir()] == ["other.jpg"]
    assert (folder / "report.html").exists() and (folder / "blur_out" / "maps").is_dir()


HISTORY = re.compile(
    r"handed to us|shipped (first|before)|that ships today|in the first plan|commits? `[0-9a-f]{7}`"
    r"|where we want to end|used to be|no longer\b"
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_lines_of_a_page_are_short(page):
    """Rows of tables can't be divided."""
    lines = page.read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if len(line) >= 100 and not line.startswith("|")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_tells_no_history_and_writes_whole_numbers(page):
    text = page.read_text(encoding="utf-8")
    if "history" not in page.parts:
        assert not HISTORY.search(text)
    # 0.906, not .906; endings of files (.tflite, .3gp) and ranges (0..255) are something else.
    assert not re.findall(r"(?<![\w.)\]}*/`])\.\d+\b", text)
