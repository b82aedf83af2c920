"""Pages of the documentation site that are made when it is built: a hook of MkDocs, named in mkdocs.yml.

The command reference comes from `--help`, the Python API from docstrings. Pages that lie outside `docs/`
(README files, the changelog) are taken in, and links between all of them are kept.
"""

import importlib
import inspect
import os
import posixpath
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from mkdocs.structure.files import File

from keras_blur.commands import cli

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")

OUTSIDE = {
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "android_demo/README.md": "android.md",
    "web_demo/README.md": "web.md",
    "tests/golden/README.md": "golden.md",
}
"""Pages from elsewhere in the repository, and their places in the site."""

COLLECTED = {
    "builders.md": ("Builders of data sets", "tfds_builders/*/README.md"),
    "cards.md": ("Model cards", "keras_blur/pretrained/*/README.md"),
}
"""Pages that join many files: the page's place, its title, and its files."""

API = {
    "Load and predict": ["keras_blur", "keras_blur.verdict", "keras_blur.contract", "keras_blur.errors"],
    "Networks": ["keras_blur.models"],
    "Losses, metrics, callbacks": ["keras_blur.losses", "keras_blur.metrics", "keras_blur.callbacks"],
    "Data": ["keras_blur.data", "keras_blur.processing"],
    "Synthesis": [
        "keras_blur.synthesis.kernels",
        "keras_blur.synthesis.blur",
        "keras_blur.synthesis.camera",
        "keras_blur.synthesis.composite",
    ],
    "Metrics in NumPy": [
        "keras_blur.metrics.binary",
        "keras_blur.metrics.three_class",
        "keras_blur.metrics.saliency",
    ],
    "Export": ["export"],
}
"""The Python API: the sections of its pages, and the modules in each."""


def on_files(files: Any, config: Any) -> Any:
    """Adds the made pages to MkDocs's files."""
    for place, content in {**taken_pages(), "commands.md": commands(), **api_pages()}.items():
        files.append(File.generated(config, place, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Points links that leave `docs/` to their place in the site, or makes them plain text."""
    return relink(markdown, f"docs/{page.file.src_uri}", page.file.src_uri)


def taken_pages() -> dict[str, str]:
    """Returns the pages from outside `docs/`, by their places, with links that fit there."""
    pages = {place: relink(read(source), source, place) for source, place in OUTSIDE.items()}
    for place, (title, pattern) in COLLECTED.items():
        parts = [f"# {title}"]
        for path in sorted(ROOT.glob(pattern)):
            source = path.relative_to(ROOT).as_posix()
            text = re.sub(r"\A# .*\n", "", read(source))
            text = re.sub(r"^(#+ )", r"#\1", text, flags=re.MULTILINE)
            parts.append(f"## {path.parent.name}\n\n{relink(text, source, place)}")
        pages[place] = "\n\n".join(parts)
    return pages


def read(source: str) -> str:
    """Returns the text of a file of the repository."""
    return (ROOT / source).read_text(encoding="utf-8")


def relink(markdown: str, source: str, place: str) -> str:
    """Returns a page whose links to files of the repository fit the site.

    Args:
        markdown: The page.
        source: The file in the repository that its links are relative to.
        place: Where it lies in the site.
    """

    def fit(link: re.Match) -> str:
        text, target = link[1], link[2]
        path, _, anchor = target.partition("#")
        if not path or re.match(r"[a-z]+:", target):
            return link[0]
        found = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        inside = site_place(found)
        if inside is None:
            # Other files aren't part of the site. One that doesn't exist stays a link, which fails the build.
            return text if (ROOT / found).exists() else link[0]
        inside, _, part = inside.partition("#")
        anchor = anchor or part
        relative = posixpath.relpath(inside, posixpath.dirname(place) or ".")
        return f"[{text}]({relative}{'#' + anchor if anchor else ''})"

    return LINK.sub(fit, markdown)


def site_place(source: str) -> str | None:
    """Returns where a file of the repository is in the site, maybe with an anchor; None if it is nowhere."""
    if source.startswith("docs/"):
        return source.removeprefix("docs/")
    for place, (_, pattern) in COLLECTED.items():
        if Path(source).match(pattern):
            return f"{place}#{Path(source).parent.name}"
    return OUTSIDE.get(source)


def commands() -> str:
    """Returns the command reference: what every command answers to `--help`."""
    parts = ["# Commands", "Each command prints this with `--help`."]
    parts += [f"## keras-blur\n\n```text\n{help_text()}```"]
    parts += [f"## keras-blur {name}\n\n```text\n{help_text(name)}```" for name in cli.COMMANDS]
    return "\n\n".join(parts)


def help_text(*command: str) -> str:
    """Returns what `keras-blur COMMAND --help` prints on a terminal of 90 columns."""
    program = (
        "import sys; from keras_blur.commands.cli import main; sys.argv[0] = 'keras-blur'; sys.exit(main())"
    )
    run = [sys.executable, "-c", program, *command, "--help"]
    # Defaults must not depend on the machine that builds the site.
    environment = {**os.environ, "COLUMNS": "90", "PYTHONPATH": str(ROOT), "HOME": "/home/you"}
    for name in ("KERAS_BLUR_DATASETS", "KERAS_BLUR_RUNS", "XDG_CACHE_HOME"):
        environment.pop(name, None)
    return subprocess.run(run, env=environment, check=True, capture_output=True, text=True).stdout


def api_pages() -> dict[str, str]:
    """Returns the pages of the Python API: an overview, and one for each section of `API`."""
    pages = {}
    overview = ["# Python API", "What may be imported, and stays. Other names may change."]
    for section, modules in API.items():
        place = "api/" + re.sub(r"\W+", "_", section.lower()) + ".md"
        pages[place] = "\n\n".join([f"# {section}", *map(module_text, modules)])
        overview.append(f"- [{section}]({place}): " + ", ".join(f"`{name}`" for name in modules))
    return {"api.md": "\n\n".join(overview[:2]) + "\n\n" + "\n".join(overview[2:]), **pages}


def module_text(name: str) -> str:
    """Returns the directives that show a module's docstring and those of its public names."""
    module = importlib.import_module(name)
    parts = [f"::: {name}\n    options:\n      members: false"]
    for value in public(module):
        options = {"heading_level": 3, "heading": f"{name}.{value.__name__}", "toc_label": value.__name__}
        lines = "".join(f"\n      {option}: {choice}" for option, choice in options.items())
        parts.append(f"::: {value.__module__}.{value.__qualname__}\n    options:{lines}")
    return "\n\n".join(parts)


def public(module: ModuleType) -> list[Any]:
    """Returns the classes and functions that a module offers, also those that other files of it define."""
    values = [getattr(module, name) for name in getattr(module, "__all__", dir(module)) if name[0] != "_"]
    return [
        value
        for value in values
        if inspect.isclass(value) or inspect.isfunction(value)
        if hasattr(module, "__all__") or value.__module__.startswith(module.__name__)
    ]
