"""Asks for every external link of the pages and of the program's messages, and lists those that don't answer.

    python -m tools.links

It needs a network, so CI doesn't run it: `make links`.
"""

import re
import sys
import urllib.request
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROGRAM = ("keras_blur", "tfds_builders", "export")
PATTERNS = ("**/*.md", "**/*.ipynb", "*.cff", "setup.cfg", *(f"{folder}/**/*.py" for folder in PROGRAM))
SKIPPED = {"node_modules", "build", "runs", "site-packages", "xmp.py"}
"""Folders of others, and XML's namespaces, which look like links."""

LINK = re.compile(r"https?:[^\s\"'<>`\\]*[^\s\"'<>`\\.,;:)\]}]")
SECONDS = 20


def find() -> dict[str, list[str]]:
    """Returns the external links, and the files that each stands in."""
    found = defaultdict(list)
    for path in sorted(path for pattern in PATTERNS for path in ROOT.glob(pattern)):
        place = path.relative_to(ROOT)
        if not SKIPPED & {*place.parts} and not place.as_posix().startswith("."):
            for link in LINK.findall(path.read_text(encoding="utf-8")):
                if not re.match(r"http://(localhost|127\.0\.0\.1)", link):
                    found[link].append(place.as_posix())
    return dict(found)


def problem(link: str) -> str | None:
    """Returns why a link doesn't answer; None if it does."""
    request = urllib.request.Request(link, headers={"User-Agent": "Mozilla/5.0 (a check of links)"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):
            return None
    except (OSError, ValueError) as error:
        return str(error)


def main() -> int:
    """Checks all links; returns 1 if one doesn't answer."""
    links = find()
    with ThreadPoolExecutor() as pool:
        problems = dict(zip(links, pool.map(problem, links), strict=True))
    for link, reason in problems.items():
        print(f"{reason or 'answers'}: {link} ({', '.join(dict.fromkeys(links[link]))})")
    return int(any(problems.values()))


if __name__ == "__main__":
    sys.exit(main())
