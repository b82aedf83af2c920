"""Writes the page of a paper: its values, ours, and how they differ."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from keras_blur.evaluation import tables
from keras_blur.reproduce.experiment import Figure, Measurement, Paper, Row, Table
from keras_blur.reproduce.runner import Runner, show_command

NOT_RUN = "not run"
Outcome = Measurement | str
"""A measurement, or the command that would make it."""


def render_table(table: Table, outcomes: Mapping[int, Outcome], trainings: Mapping[int, str]) -> list[str]:
    """Returns the lines of a table: our figure and the paper's side by side, each column saying whose it is.

    Args:
        table: The experiment.
        outcomes: What was found, by the row's number.
        trainings: How the row's system was trained, by the row's number.
    """
    header = ["system"]
    for column in table.columns:
        header.append(f"{column.title} (ours)")
        if any(column.title in row.published for row in table.rows):
            header.append(f"{column.title} (paper's)")
    cells = [header + ["trained on", "note"]]
    for number, row in enumerate(table.rows):
        cells.append([row.label, *_figures(table, row, outcomes[number]), trainings[number], row.note])
    lines = tables.markdown(cells).split("\n")
    missing = [(table.rows[n], found) for n, found in outcomes.items() if isinstance(found, str)]
    if missing:
        lines += ["", "Not run, with the command that runs it:", ""]
        lines += [f"- {row.label}: `{command}`" for row, command in missing]
    return lines


def _figures(table: Table, row: Row, outcome: Outcome) -> list[str]:
    cells = []
    for column in table.columns:
        value = NOT_RUN if isinstance(outcome, str) else _cell(column.figure(outcome))
        cells.append(value)
        if any(column.title in other.published for other in table.rows):
            cells.append(_cell(row.published.get(column.title)))
    return cells


def _cell(value: float | None) -> str:
    return tables.EMPTY if value is None else f"{value:.3f}"


def render(
    paper: Paper,
    sections: Sequence[tuple[Table | Figure, Sequence[str]]],
    runner: Runner,
) -> str:
    """Returns a paper's page as Markdown.

    Args:
        paper: The paper.
        sections: Each experiment with the lines of its table or picture.
        runner: Where and at which scale everything was run.
    """
    lines = [
        f"# {paper.title}",
        "",
        f"This page is made by `keras-blur reproduce {paper.name} --scale {runner.scale}`.",
        f"Trainings are those of scale `{runner.scale}`. "
        + (
            "It is the paper's recipe."
            if runner.scale == "full"
            else "It is narrower and shorter than the paper's recipe, so that two cores can train it."
        ),
    ]
    for experiment, body in sections:
        lines += ["", f"## {experiment.title}", "", f"In the paper: {experiment.place}.", ""]
        lines += body
        if experiment.differs:
            lines += ["", "How this differs from the paper:", ""]
            lines += [f"- {sentence}" for sentence in experiment.differs]
        if experiment.runs:
            lines += ["", "Trainings:", "", "```"]
            for run in experiment.runs:
                lines += [f"keras-blur prepare {words}" for words in run.prepares]
                lines.append(show_command("train", _portable(runner.train_words(run), runner.folder)))
            lines.append("```")
    return "\n".join(lines) + "\n"


def _portable(words: Sequence[str], folder: Path) -> list[str]:
    """Returns a command's words without the local folder in front of its runs."""
    return [word.replace(str(folder), "runs/reproduce") for word in words]
