"""Writes the model card of an export."""

from typing import Any

from keras_blur.text import counted

LIMITS_TEXT = """\
**Meant for** camera warnings and sorting photos. **Not for** forensics, measuring optics, or deciding over
people.

**Known limits.** They are the trained network's; other scenes than those of its training photos were not
measured.
"""


def text(report: dict[str, Any]) -> str:
    """The card, in Markdown.

    Args:
        report: From `pipeline.run`.
    """
    height, width = report["input"]
    classes = ", ".join(report["trained_for"]["classes"])
    parts = [
        f"# Model card: {report['name']}, exported",
        f"**What it does.** Gives every cell of a photo the probabilities of {classes}. Input: the whole "
        f"photo stretched to {height} x {width}, RGB 0-255 (`contract.json`). Output: probabilities.",
        f"**From** {report['source']}, by `{report['command']}`.{_calibration(report)}",
        _verification(report),
        table(report),
        *(f"**Doubtful.** {warning}." for warning in report["warnings"]),
        LIMITS_TEXT.strip(),
    ]
    for title, words in (("Author", report["author"]), ("Licence", report["license"])):
        if words:
            parts.append(f"**{title}.** {words}")
    return "\n\n".join(parts) + "\n"


def _calibration(report: dict[str, Any]) -> str:
    photos, where = report["calibration_photos"], report["calibration"]
    return f" Integer ranges were calibrated on {counted(photos, 'photo')} of {where}." if photos else ""


def _verification(report: dict[str, Any]) -> str:
    photos = max((row["photos"] for row in report["formats"].values()), default=0)
    words = (
        f"**Verified** against the Keras network on {counted(photos, 'photo')} that calibration did not see: "
        "the maximum and mean difference of the probabilities."
    )
    if "dataset" in report:
        words += (
            f" Accuracy, F1 and mIoU are means over {counted(report['dataset']['photos'], 'photo')} of "
            f"{report['dataset']['name']}, {report['dataset']['split']}."
        )
    return words + " CPU milliseconds: one thread of the exporting machine, median, the network alone."


def table(report: dict[str, Any]) -> str:
    """A row for every format, and one for Keras where a data set was measured."""
    lines = [
        "| format | MB | CPU ms | max difference | mean difference | accuracy | F1 | mIoU |",
        "|---|---|---|---|---|---|---|---|",
    ]
    if "keras" in report:
        lines.append(f"| Keras | | | | | {_figures(report['keras'])} |")
    for name, row in report["formats"].items():
        speed = f"{row['speed']['inference']['cpu']:.1f}" if row["speed"] else ""
        lines.append(
            f"| {name} | {row['bytes'] / 1e6:.2f} | {speed} | {row['max_difference']:.1g} | "
            f"{row['mean_difference']:.1g} | {_figures(row['figures'])} |"
        )
    return "\n".join(lines)


def _figures(figures: dict[str, float] | None) -> str:
    names = ("accuracy", "f1", "miou")
    return " | ".join(f"{figures[name]:.4f}" if figures else "" for name in names)
