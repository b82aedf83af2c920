"""Figures as tables: for the terminal, Markdown and CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

# Header, and where the figure stands in what `scoring.summary` returns ("*" = "mean" or "pooled").
COLUMNS = (
    ("accuracy", ("*", "accuracy")),
    ("F1", ("*", "f1")),
    ("F-beta", ("*", "f_beta")),
    ("mIoU", ("*", "miou")),
    ("IoU blurred", ("*", "iou_blurred")),
    ("IoU sharp", ("*", "iou_sharp")),
    ("MAE", ("*", "mae")),
    ("AP", ("*", "average_precision")),
    ("ODS F1", ("*", "ods_f1")),
    ("OIS F1", ("*", "ois_f1")),
    ("boundary F", ("*", "boundary_f")),
    ("type", ("type_accuracy",)),
)
SHARP_COLUMNS = (
    ("adaptive F-beta", ("*", "f_beta_adaptive")),
    ("E-measure", ("*", "e_measure")),
    ("S-measure", ("*", "s_measure")),
)
"""What the defocus community reports too, with sharp positive."""

EMPTY = "-"


def rows(
    results: Mapping[str, Mapping[str, Any]], trivial: Mapping[str, Any], positive: str = "blurred"
) -> list[list[str]]:
    """A header and rows of text: every group of photos, all of them pooled, and the trivial answer.

    Args:
        results: Group ("all", "motion", ...) -> its `scoring.summary`.
        trivial: The summary of calling every pixel of all photos positive.
        positive: The class that precision, recall and F are about.
    """
    columns = COLUMNS + (SHARP_COLUMNS if positive == "sharp" else ())

    def row(label: str, figures: Mapping[str, Any], average: str) -> list[str]:
        return [label, str(figures["photos"]), *(_cell(figures, path, average) for _, path in columns)]

    return [
        ["photos", "number", *(header for header, _ in columns)],
        *(row(group, figures, "mean") for group, figures in results.items()),
        row("all, pooled", results["all"], "pooled"),
        row(f"(all {positive})", trivial, "mean"),
    ]


def _cell(figures: Any, path: Sequence[str], average: str) -> str:
    for key in path:
        figures = (figures or {}).get(average if key == "*" else key)
    return EMPTY if figures is None else number(figures)


def number(value: float) -> str:
    """Three decimals: "0.884", "1.000"."""
    return f"{value:.3f}"


def class_lines(figures: Mapping[str, Any]) -> list[str]:
    """BDNet's four figures and the classes' IoU, a line each for two and three classes, from a summary."""
    lines = []
    for kind in ("two_class", "three_class"):
        if not figures.get(kind):
            continue
        parts = [
            f"{name.replace('_', ' ')} {EMPTY if value is None else number(value)}"
            for name, value in figures[kind].items()
        ]
        lines.append(f"{kind.split('_')[0]} classes, pooled: " + ", ".join(parts).replace("iou", "IoU"))
    return lines


def terminal(table: Sequence[Sequence[str]]) -> str:
    """Aligned columns; the first to the left, figures to the right."""
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    lines = []
    for row in table:
        cells = [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)


def markdown(table: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(row) + " |" for row in table]
    lines.insert(1, "|---|" + "---:|" * (len(table[0]) - 1))
    return "\n".join(lines)


def csv_text(table: Sequence[Sequence[Any]]) -> str:
    """Comma-separated values with a header line; None becomes an empty cell."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(table)
    return buffer.getvalue()
