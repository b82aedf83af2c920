"""Writes the README's table of shipped networks from their own records, so that no figure is copied by hand.

python -m tools.shipped_table
"""

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PRETRAINED = ROOT / "keras_blur" / "pretrained"
TABLE = re.compile(r"(?<=<!-- made by: python -m tools.shipped_table -->\n).*?(?=\n\n)", re.DOTALL)
DEFAULT = "mobile"

SPEED = {
    "mobile": "3.0 x (int8), 2.4 x (float32)",
    "mobile_field": "2.4 x (float32)",
    "mobile_v1": "2.3 x (float32)",
    "nano": "5.1 x (int8), 3.3 x (float32)",
    "large": "0.8 x (float16)",
}
"""How many times as fast as DeepLabV3-257, photo to probabilities: docs/mobile_network.md, Speed."""

WORST = {
    "mobile": "soft subject 57 % (4 of 7)",
    "mobile_field": "small blur 58 % (14 of 24)",
    "mobile_v1": "noise 0 %",
    "large": "small blur 75 % (18 of 24)",
    "nano": "small blur 58 % (14 of 24)",
}
"""The kind of `field_scenes`, validation part, whose blurred pictures are warned of least often:
`python benchmarks/verdict.py --system NAME`."""


def make_table() -> str:
    """Returns the table: the default network first, then by mIoU; at the end what costs nothing."""
    records = {path.parent.name: read(path) for path in PRETRAINED.glob("*/metrics.json")}
    order = sorted(records, key=lambda name: (name != DEFAULT, -figures(records[name]["results"])["miou"]))
    head = ("network", "weights", "MB", "speed", "accuracy", "F1", "mIoU", "MAE", "LFSD", "worst kind")
    head += ("pre-training", "epochs")
    lines = [head, ("---",) * len(head), *(row(name, records[name]) for name in order)]
    blurred = figures(records[DEFAULT]["all_blurred"])
    lines.append(("all blurred", "", "", "", *rounded(blurred), "", "", "", ""))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def row(name: str, record: dict[str, Any]) -> tuple[str, ...]:
    """Returns the cells of a network."""
    size = (PRETRAINED / name / "weights.weights.h5").stat().st_size / 1e6
    training = read(PRETRAINED / name / "training.json")
    start, epochs = training["pretrained"] or "none", str(training["epochs"])
    facts = f"`{name}`", f"{record['weights']:,}", f"{size:.1f}", SPEED.get(name, "")
    return (*facts, *rounded(figures(record["results"])), lfsd(name), WORST.get(name, ""), start, epochs)


def lfsd(name: str) -> str:
    """Returns accuracy and mIoU on LFSD's validation photos; "" where they weren't measured."""
    path = PRETRAINED / name / "lfsd.json"
    if not path.is_file():
        return ""
    mean = figures(read(path)["results"])
    return f"{mean['accuracy']:.3f} / {mean['miou']:.3f}"


def figures(results: dict[str, Any]) -> dict[str, float]:
    """Returns the means over all photos."""
    return results["all"]["mean"]


def rounded(mean: dict[str, float]) -> tuple[str, ...]:
    """Returns accuracy, F1, mIoU and MAE as they are printed."""
    return tuple(f"{mean[name]:.3f}" for name in ("accuracy", "f1", "miou", "mae"))


def read(path: Path) -> Any:
    """Returns a JSON file's content."""
    return json.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    text = README.read_text(encoding="utf-8")
    README.write_text(TABLE.sub(lambda _: make_table(), text), encoding="utf-8")
