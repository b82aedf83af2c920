"""`resources.py app/src/main R.kt`: checks an Android app's resources and writes the class R that they give.

What Android's resource compiler would refuse and typing can't see: names that nothing defines, in XML and in
Kotlin; views and activities whose class is missing.
"""

import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ANDROID = "{http://schemas.android.com/apk/res/android}"
REFERENCE = re.compile(r"^@(\+?)(id|string|color|drawable|layout|style)/(\w+)$")


def main(source: Path, target: Path) -> None:
    """Reads `source`, writes `target`; ends with an error in words."""
    trees = {path: ElementTree.parse(path).getroot() for path in sorted((source / "res").rglob("*.xml"))}
    trees[source / "AndroidManifest.xml"] = ElementTree.parse(source / "AndroidManifest.xml").getroot()
    kotlin = "\n".join(path.read_text() for path in sorted((source / "kotlin").rglob("*.kt")))
    defined, used = names(trees)
    problems = [
        f"{path}: nothing defines @{kind}/{name}" for path, kind, name in used if name not in defined[kind]
    ]
    problems += [
        f"Kotlin: nothing defines R.{kind}.{name}"
        for kind, name in re.findall(r"(?<!android\.)\bR\.(\w+)\.(\w+)", kotlin)
        if name not in defined.get(kind, ())
    ]
    problems += missing_classes(trees, kotlin)
    if problems:
        sys.exit("\n".join(problems))
    target.parent.mkdir(parents=True, exist_ok=True)
    text = r_class(defined)
    if not target.exists() or target.read_text() != text:
        target.write_text(text)


def names(trees: dict) -> tuple[dict[str, set[str]], list[tuple[Path, str, str]]]:
    """What the files define, by kind, and what they use."""
    defined: dict[str, set[str]] = {
        kind: set() for kind in ("id", "string", "color", "drawable", "layout", "style")
    }
    used = []
    for path, root in trees.items():
        folder = path.parent.name
        if folder == "values":
            for element in root:
                defined[element.tag].add(element.get("name"))
        elif folder in defined:
            defined[folder].add(path.stem)
        for element in root.iter():
            for text in (*element.attrib.values(), (element.text or "").strip()):
                match = REFERENCE.match(text)
                if match and match[1]:
                    defined["id"].add(match[3])
                elif match:
                    used.append((path, match[2], match[3]))
    return defined, used


def missing_classes(trees: dict, kotlin: str) -> list[str]:
    """Classes of the app that the layouts and the manifest name and no source defines."""
    wanted = set()
    for root in trees.values():
        for element in root.iter():
            name = element.get(f"{ANDROID}name", "") if element.tag == "activity" else element.tag
            if name.startswith((".", "org.kerasblur.")):
                wanted.add(name.rsplit(".", 1)[-1])
    return [f"no source defines the class {name}" for name in sorted(wanted) if f"class {name}" not in kotlin]


def r_class(defined: dict[str, set[str]]) -> str:
    """The class R as Kotlin; the numbers mean nothing."""
    lines = ["package org.kerasblur.demo", "", "object R {"]
    number = 0
    for kind, entries in defined.items():
        lines.append(f"    object {kind} {{")
        for name in sorted(entries):
            number += 1
            lines.append(f"        const val {name.replace('.', '_')} = {number}")
        lines.append("    }")
    return "\n".join([*lines, "}", ""])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
