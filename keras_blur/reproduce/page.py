"""Writes the page of a paper: its values, ours, and how they differ."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from keras_blur import files, provenance, systems
from keras_blur.evaluation import comparison, folds, tables
from keras_blur.reproduce.experiment import (
    CrossValidation,
    Experiment,
    Figure,
    Measurement,
    Paper,
    Row,
    Run,
    Table,
)
from keras_blur.reproduce.runner import Runner, show_command

NOT_RUN = "not run"


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a row.

    Args:
        measurement: What was found; None if the row was not run.
        training: How its system was trained: the cells of `comparison.TRAINING`.
        reason: Why it was not run.
    """

    measurement: Measurement | None = None
    training: tuple[str, ...] = (tables.EMPTY,) * len(comparison.TRAINING)
    reason: str = ""


def run_row(row: Row, runner: Runner) -> Outcome:
    """Trains and measures a row, or says why that can't be.

    Raises:
        BlurError: a training or the measurement fails.
    """
    if not runner.can_run(row.runs):
        return Outcome(reason=_reason(row.runs, runner))
    runner.complete(row.runs)
    folders = [runner.run_folder(run) / "best" for run in row.runs]
    if not folders:
        folders = systems.weight_folders(str(row.system))
    records = [provenance.training(folder) for folder in folders]
    training = comparison.training_cells([record for record in records if record])
    return Outcome(runner.measure(row), training)


def _reason(runs: Sequence[Run], runner: Runner) -> str:
    """Returns why runs can't be measured, with the command that makes them."""
    other = [run for run in runs if runner.scale not in run.scales]
    if other:
        scale = other[-1].scales[0]
        words = dataclasses.replace(runner, scale=scale).train_words(other[-1])
        return f"only at scale `{scale}`: `{_shown(words, runner)}`"
    missing = next(run for run in runs if not runner.is_trained(run))
    return f"not trained: `{_shown(runner.train_words(missing), runner)}`"


def _shown(words: Sequence[str], runner: Runner) -> str:
    """Returns a training's command without the local folders of its runs and of its data."""
    if runner.data_dir:
        place = words.index("--data-dir")
        words = [*words[:place], *words[place + 2 :]]
    return show_command("train", [word.replace(str(runner.folder), "runs/reproduce") for word in words])


def render_table(table: Table, outcomes: Sequence[Outcome]) -> list[str]:
    """Returns the lines of a table: each column of figures says whether it is ours or the paper's."""
    cells = [["system", *_headers(table), *comparison.TRAINING, "note"]]
    for row, outcome in zip(table.rows, outcomes, strict=True):
        cells.append([row.label, *_figures(table, row, outcome), *outcome.training, row.note])
    lines = tables.markdown(cells).split("\n")
    missing = [(row, found) for row, found in zip(table.rows, outcomes, strict=True) if found.reason]
    if missing:
        lines += ["", "Not run:", "", *(f"- {row.label}: {found.reason}" for row, found in missing)]
    return lines


def _headers(table: Table) -> list[str]:
    headers = []
    for column in table.columns:
        headers.append(f"{column.title} (ours)")
        if _is_published(table, column.title):
            headers.append(f"{column.title} (the paper's)")
    return headers


def _figures(table: Table, row: Row, outcome: Outcome) -> list[str]:
    cells = []
    for column in table.columns:
        found = outcome.measurement
        cells.append(NOT_RUN if found is None else _cell(column.figure(found)))
        if _is_published(table, column.title):
            cells.append(_cell(row.published.get(column.title)))
    return cells


def _is_published(table: Table, title: str) -> bool:
    return any(title in row.published for row in table.rows)


def _cell(value: float | None) -> str:
    return tables.EMPTY if value is None else f"{value:.3f}"


def render_experiment(experiment: Experiment, runner: Runner, pictures: Path) -> list[str]:
    """Runs an experiment and returns the lines that show it.

    Args:
        experiment: What is run.
        runner: Where, and at which scale.
        pictures: Folder that a figure's picture is written into.

    Raises:
        BlurError: a training or a measurement fails.
    """
    if isinstance(experiment, Table):
        return render_table(experiment, [run_row(row, runner) for row in experiment.rows])
    if not runner.can_run(experiment.runs):
        return [f"Not run, {_reason(experiment.runs, runner)}"]
    if isinstance(experiment, CrossValidation):
        runner.complete(experiment.runs)
        summary = files.read_json(runner.run_folder(experiment.run) / "summary.json")
        lines = tables.markdown(folds.table(summary)).split("\n")
        return [*lines, "", f"The paper's: {experiment.published}"] if experiment.published else lines
    return _draw(experiment, runner, pictures)


def _draw(figure: Figure, runner: Runner, pictures: Path) -> list[str]:
    for row in figure.rows:
        run_row(row, runner)
    name = f"{figure.name}.png"
    pictures.mkdir(parents=True, exist_ok=True)
    figure.draw(pictures / name, runner, figure.rows)
    return [f"![{figure.title}]({pictures.name}/{name})"]


def render(paper: Paper, experiments: Sequence[Experiment], runner: Runner, pictures: Path) -> str:
    """Runs experiments of a paper and returns its page as Markdown.

    Raises:
        BlurError: a training or a measurement fails.
    """
    recipe = (
        "Every network is trained by the paper's recipe."
        if runner.scale == "full"
        else "Networks are narrower and trainings shorter than in the paper: two cores can train them."
    )
    lines = [f"# {paper.title}", "", f"Made by `keras-blur reproduce {paper.name} --scale {runner.scale}`."]
    lines.append(recipe)
    for experiment in experiments:
        lines += ["", f"## {experiment.title}", "", f"In the paper: {experiment.place}.", ""]
        lines += render_experiment(experiment, runner, pictures)
        if experiment.differs:
            lines += ["", "How this differs from the paper:", ""]
            lines += [f"- {sentence}" for sentence in experiment.differs]
        lines += _trainings(experiment.runs, runner)
    return "\n".join(lines) + "\n"


def _trainings(runs: Sequence[Run], runner: Runner) -> list[str]:
    """Returns the commands that prepare the data sets of runs and train them."""
    runs = [run for run in runs if runner.scale in run.scales]
    if not runs:
        return []
    prepares = dict.fromkeys(words for run in runs for words in run.prepares)
    lines = [f"keras-blur prepare {words}" for words in prepares]
    lines += [_shown(runner.train_words(run), runner) for run in runs]
    return ["", "Trainings:", "", "```", *lines, "```"]
