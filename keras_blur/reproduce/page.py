"""Writes the page of a paper: its values, ours, and how they differ."""

import dataclasses
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from keras_blur import files, models, provenance
from keras_blur.data import photos
from keras_blur.evaluation import comparison, folds, tables
from keras_blur.reproduce.experiment import (
    Experiment,
    Figure,
    Measurement,
    Paper,
    Row,
    Run,
    Table,
)
from keras_blur.reproduce.runner import Runner

NOT_RUN = "not run"
WIDTH = 99  # characters of a line, but for tables and headings, which can't be divided
RUN_HEADER = ("run", "network", "side of the samples", "samples an epoch", "batch", "epochs", "seed")
"""What the page tells of each training."""


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
    if reason := runner.why_not(row.runs):
        return Outcome(reason=reason)
    runner.complete(row.runs)
    records = [provenance.training(folder) for folder in runner.weight_folders(row)]
    training = comparison.training_cells([record for record in records if record])
    return Outcome(runner.measure(row), training)


def render_table(table: Table, outcomes: Sequence[Outcome]) -> list[str]:
    """Returns the lines of a table: each column of figures says whether it is ours or the paper's."""
    cells = [["system", *_headers(table), *comparison.TRAINING, "note"]]
    for row, outcome in zip(table.rows, outcomes, strict=True):
        cells.append([row.label, *_figures(table, row, outcome), *outcome.training, row.note])
    lines = tables.markdown(cells).split("\n")
    missing = {row.label: found.reason for row, found in zip(table.rows, outcomes, strict=True)}
    lines += _say_chance(table, outcomes)
    return lines + _list_missing({label: reason for label, reason in missing.items() if reason})


def _say_chance(table: Table, outcomes: Sequence[Outcome]) -> list[str]:
    """Returns the lines that say how far the figures of two trainings differ by their seed alone."""
    found = {row.label: outcome.measurement for row, outcome in zip(table.rows, outcomes, strict=True)}
    measured = [measurement for label in table.repeated if (measurement := found[label])]
    if len(measured) < 2:
        return []
    differences = []
    for column in table.columns:
        first, second = (column.figure(measurement) for measurement in measured)
        if first is not None and second is not None:
            differences.append(f"{column.title} {abs(first - second):.3f}")
    names = " and ".join(f'"{label}"' for label in table.repeated)
    return [
        "",
        f"{names} differ by their seed alone, and by this much: {', '.join(differences)}. "
        "Differences between other rows that are not well above these may be chance.",
    ]


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
        if outcome.measurement is not None:
            cells.append(_cell(column.figure(outcome.measurement)))
        else:
            cells.append(NOT_RUN)
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
    if isinstance(experiment, Figure):
        return _draw(experiment, runner, pictures)
    if reason := runner.why_not(experiment.runs):
        return [f"Not run: {reason}"]
    runner.complete(experiment.runs)
    summary = files.read_json(runner.run_folder(experiment.run) / "summary.json")
    lines = tables.markdown(folds.table(summary)).split("\n")
    return [*lines, "", f"The paper's: {experiment.published}"] if experiment.published else lines


def _draw(figure: Figure, runner: Runner, pictures: Path) -> list[str]:
    """Draws the rows that can be run, and returns the lines that show the picture and name the others."""
    missing = {row.label: reason for row in figure.rows if (reason := runner.why_not(row.runs))}
    rows = [row for row in figure.rows if row.label not in missing]
    lines = []
    if rows:
        runner.complete([run for row in rows for run in row.runs])
        name = f"{figure.name}.png"
        pictures.mkdir(parents=True, exist_ok=True)
        figure.draw(pictures / name, runner, rows)
        place = f"{pictures.name}/{name}"
        points = (pictures / name).with_suffix(".csv")
        lines.append(
            f"The command writes the picture as `{place}` beside this page. It shows photos of the data set, "
            "so it isn't part of the repository."
            if figure.shows_photos
            else f"![{figure.title}]({place})"
        )
        if points.exists():
            lines += ["", f"The points: [{points.name}]({pictures.name}/{points.name})"]
    return lines + _list_missing(missing) if lines else _list_missing(missing)[1:]


def _list_missing(missing: Mapping[str, str]) -> list[str]:
    """Returns the lines that say why rows were not run, by their labels."""
    return ["", "Not run:", "", *(f"- {label}: {why}" for label, why in missing.items())] if missing else []


def render(paper: Paper, experiments: Sequence[Experiment], runner: Runner, pictures: Path) -> str:
    """Runs experiments of a paper and returns its page as Markdown.

    Raises:
        BlurError: a training or a measurement fails.
    """
    options = f" --epochs {runner.epochs}" if runner.epochs else ""
    name = paper.name if len(experiments) == len(paper.experiments) else f"{paper.name}/{experiments[0].name}"
    command = f"keras-blur reproduce {name} --scale {runner.scale}{options}"
    lines = [f"# {paper.title}", "", f"Made by `{command}`.", *_say_recipe(runner)]
    for experiment in experiments:
        lines += ["", f"## {experiment.title}", "", f"In the paper: {experiment.place}.", ""]
        lines += render_experiment(experiment, runner, pictures)
        if experiment.differs:
            lines += ["", "How this differs from the paper:", ""]
            lines += [f"- {sentence}" for sentence in experiment.differs]
    runs = dict.fromkeys(run for experiment in experiments for run in experiment.runs)
    return "\n".join(wrap(lines + _trainings(list(runs), runner))) + "\n"


def wrap(lines: Iterable[str]) -> Iterator[str]:
    """Yields a page's lines, divided where they are long: text at spaces, commands before an option."""
    in_code = False
    for line in lines:
        in_code ^= line.startswith("```")
        if len(line) <= WIDTH or line.startswith(("|", "#", "![")):
            yield line
        elif in_code:
            yield from _wrap_command(line)
        else:
            indent = "  " if line.startswith("- ") else ""
            yield from textwrap.wrap(
                line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
            )


def _wrap_command(line: str) -> Iterator[str]:
    first, *options = line.split(" --")
    for option in options:
        if len(first) + len(option) + 5 > WIDTH:
            yield f"{first} \\"
            first = f"    --{option}"
        else:
            first += f" --{option}"
    yield first


def _say_recipe(runner: Runner) -> list[str]:
    lines = [
        "Every network is trained by the paper's recipe."
        if runner.scale == "full"
        else "Networks are narrower and trainings shorter than in the paper: two cores can train them."
    ]
    if runner.epochs:
        lines.append(
            f"Every training ends after {runner.epochs} epochs here; the last table has those of its recipe. "
            "So a row says how fast a network learns at first, and little of what it can reach. For that see "
            "the rows of networks that ship, and [the longer trainings](../reproduction.md)."
        )
    return lines


def _trainings(runs: Sequence[Run], runner: Runner) -> list[str]:
    """Returns the commands that prepare the data sets of runs and train them, and what each run is."""
    runs = [run for run in runs if runner.scale in run.scales]
    if not runs:
        return []
    prepares = dict.fromkeys(words for run in runs for words in run.prepares_at(runner.scale))
    lines = [f"keras-blur prepare {words}" for words in prepares]
    lines += [runner.show_training(run).strip("`") for run in runs]
    cells = [list(RUN_HEADER), *(_describe(run, runner) for run in runs)]
    return ["", "## Trainings", "", "```", *lines, "```", "", *tables.markdown(cells).split("\n")]


def _epochs(run: Run, runner: Runner, epochs: int) -> str:
    whole = dataclasses.replace(runner, epochs=0).config(run).training.epochs
    return str(epochs) if epochs == whole else f"{epochs} of {whole}"


def _describe(run: Run, runner: Runner) -> list[str]:
    """Returns the cells below `RUN_HEADER`: what a training is, by its configuration."""
    config = runner.config(run)
    contract = models.contract(config.model.name, **config.model.options)
    options = ", ".join(f"{key} {value}" for key, value in config.model.options.items())
    return [
        f"`{run.name}`",
        f"{config.model.name} ({options})" if options else config.model.name,
        str(photos.training_size(contract, config.data.crop)[0]),
        str(config.data.samples_per_epoch or "as many as photos"),
        str(config.training.batch_size),
        _epochs(run, runner, config.training.epochs),
        str(config.training.seed),
    ]
