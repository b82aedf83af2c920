"""What the documentation site makes of docstrings and links."""

import pytest

pytest.importorskip("mkdocs")

from tools import site_pages
from tools.site_docstrings import split_entries


def test_an_entry_of_several_names_becomes_several():
    text = "What.\n\nArgs:\n    height, width: Size\n        in pixels.\n    image: A, b: c."
    parts = ["    height: Size\n        in pixels.", "    width: See `height`.", "    image: A, b: c."]
    assert split_entries(text) == "\n".join(["What.\n\nArgs:", *parts])


@pytest.mark.parametrize(
    ("source", "link", "place", "expected"),
    [
        ("docs/python.md", "[a](verdict.md#x)", "python.md", "[a](verdict.md#x)"),
        ("docs/python.md", "[a](../CONTRIBUTING.md)", "python.md", "[a](contributing.md)"),
        ("docs/python.md", "[a](../examples/server.py)", "python.md", "a"),
        ("docs/results/kim2018.md", "[a](../verdict.md)", "results/kim2018.md", "[a](../verdict.md)"),
        ("web_demo/README.md", "[a](../docs/verdict.md)", "web.md", "[a](verdict.md)"),
        ("docs/a.md", "[a](../tfds_builders/photos/README.md)", "a.md", "[a](builders.md#photos)"),
        ("docs/python.md", "[a](https://b.org)", "python.md", "[a](https://b.org)"),
        ("docs/python.md", "[a](missing.txt)", "python.md", "[a](missing.txt)"),
    ],
)
def test_links_fit_the_site(source, link, place, expected):
    assert site_pages.relink(link, source, place) == expected
