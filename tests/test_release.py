"""What a release says of itself, in every place the same."""

import re
from pathlib import Path

import keras_blur

ROOT = Path(__file__).parent.parent


def newest():
    """Version and date of the changelog's first section."""
    return re.search(
        r"^## ([\d.]+) \((\d{4}-\d\d-\d\d)\)$", (ROOT / "CHANGELOG.md").read_text(), re.M
    ).groups()


def test_the_newest_section_is_that_of_the_version():
    assert newest()[0] == keras_blur.__version__


def test_the_citation_is_of_the_version():
    citation = dict(re.findall(r"^([\w-]+): (\S+)$", (ROOT / "CITATION.cff").read_text(), re.M))
    assert (citation["version"], citation["date-released"]) == newest()


def test_the_workflow_runs_what_the_script_knows():
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    parts = re.findall(r"^ +(\w+)\) .*make ", (ROOT / ".ci" / "run").read_text(), re.M)
    assert set(re.findall(r"run: \.ci/run (\w+)", workflow)) == set(parts) and len(parts) == 8
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"run: make ([\w-]+)", workflow)) <= targets


def test_no_script_names_a_package_mirror():
    """Scripts install from the sources that the system and its tools are set to."""
    scripts = [*ROOT.glob("**/*.sh"), ROOT / "Makefile", ROOT / ".ci" / "run", *ROOT.glob(".github/**/*.yml")]
    scripts = [path for path in scripts if not {"node_modules", ".venv"} & set(path.parts)]
    found = [path.name for path in scripts if re.search(r"https?://(?!localhost)", path.read_text())]
    assert len(scripts) >= 6 and not found
