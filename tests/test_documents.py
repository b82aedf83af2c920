"""The Python code in README and docs runs, links lead somewhere, and sentences keep to the rules."""

import ast
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from keras_blur.commands import cli
from tools import links, shipped_table

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


def test_external_links_are_well_formed():
    """Whether they answer, `make links` finds out, which needs a network."""
    found = links.find()
    assert found
    for link in found:
        parts = urlsplit(link)
        assert parts.scheme == "https" and re.fullmatch(r"([\w-]+\.)+[a-z]+", parts.netloc), link


def test_the_program_opens_no_connection():
    """Nothing is sent anywhere: weights of keras.applications, on request, are Keras's own download."""
    networks = {"urllib.request", "http", "http.client", "socket", "ssl", "requests", "ftplib", "asyncio"}
    for folder in links.PROGRAM:
        for path in (ROOT / folder).glob("**/*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module] if isinstance(node, ast.ImportFrom) else []
                assert not networks & {*names}, path


def test_the_table_of_shipped_networks_says_what_their_records_say():
    """After a change of a shipped network: python -m tools.shipped_table."""
    assert shipped_table.make_table() in (ROOT / "README.md").read_text(encoding="utf-8")


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
