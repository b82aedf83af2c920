"""Writes the page of a paper: its values, ours, and how they differ."""

import dataclasses
import hashlib
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from keras_blur import files, models, provenance
from keras_blur.data import photos
from keras_blur.errors import UsageError
from keras_blur.evaluation import comparison, folds, tables
from keras_blur.reproduce.experiment import (
    CrossValidation,
    Experiment,
    Figure,
    Paper,
    Row,
    Run,
    Table,
)
from keras_blur.reproduce.kept import MADE, Kept
from keras_blur.reproduce.runner import Runner

NOT_RUN = "not run"
WIDTH = 99  # characters of a line, but for tables and headings, which can't be divided
RUN_HEADER = ("run", "network", "side of the samples", "samples an epoch", "batch", "epochs", "seed")
"""What the page tells of each training."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a row.

    Args:
        figures: What was found, by the columns' titles; None if the row was not run.
        training: How its system was trained: the cells of `comparison.TRAINING`.
        reason: Why it was not run.
    """

    figures: Mapping[str, float | None] | None = None
    training: tuple[str, ...] = (tables.EMPTY,) * len(comparison.TRAINING)
    reason: str = ""


def run_row(table: Table, row: Row, runner: Runner, kept: Kept) -> Outcome:
    """Trains and measures a row, takes what is kept of it, or says why there is nothing.

    Raises:
        BlurError: a training or the measurement fails.
    """
    reason = runner.why_not_row(row)
    record = kept.find(table.name, row.label)
    if (
        record
        and (reason or not (runner.again or runner.has(row)))
        and record[MADE] == runner.describe(row)
        and {column.title for column in table.columns} <= record["figures"].keys()
        and {*comparison.TRAINING} <= record["training"].keys()
    ):
        _say(f"kept: {table.name}: {row.label}")
        return Outcome(record["figures"], tuple(record["training"][name] for name in comparison.TRAINING))
    if reason:
        return Outcome(reason=reason)
    runner.complete(row.runs)
    measurement = runner.measure(row)
    figures = {column.title: column.figure(measurement) for column in table.columns}
    records = [provenance.training(folder) for folder in runner.weight_folders(row)]
    training = comparison.training_cells([record for record in records if record])
    cells = dict(zip(comparison.TRAINING, training, strict=True))
    kept.keep(table.name, row.label, runner.describe(row), figures=figures, training=cells)
    return Outcome(figures, training)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


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
    found = {row.label: outcome.figures for row, outcome in zip(table.rows, outcomes, strict=True)}
    measured = [figures for label in table.repeated if (figures := found[label])]
    if len(measured) < 2:
        return []
    differences = []
    for column in table.columns:
        first, second = (figures[column.title] for figures in measured)
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
        cells.append(NOT_RUN if outcome.figures is None else _cell(outcome.figures[column.title]))
        if _is_published(table, column.title):
            cells.append(_cell(row.published.get(column.title)))
    return cells


def _is_published(table: Table, title: str) -> bool:
    return any(title in row.published for row in table.rows)


def _cell(value: float | None) -> str:
    return tables.EMPTY if value is None else f"{value:.3f}"


def run(
    paper: Paper, asked: Sequence[Experiment], runner: Runner, pictures: Path, kept: Kept
) -> dict[str, list[str]]:
    """Runs experiments of a paper and returns the lines that show each of the paper's, by its name.

    Args:
        paper: All experiments.
        asked: Those that are run. Of the others is shown what was measured or is kept.
        runner: Where, and at which scale.
        pictures: Folder that pictures are written into.
        kept: What is kept beside the page.

    Raises:
        BlurError: a training or a measurement fails, or what is kept can't be read.
    """
    idle = dataclasses.replace(runner, train=False, measures=False, again=False)
    others = [experiment for experiment in paper.experiments if experiment not in asked]
    if others:  # who asks for one picture wants to see it; those that show photos aren't given on
        drawn = [
            pictures / f"{experiment.name}.png" for experiment in asked if isinstance(experiment, Figure)
        ]
        runner = dataclasses.replace(runner, again=runner.again or not all(path.exists() for path in drawn))
    found = {experiment.name: _run(experiment, runner, pictures, kept) for experiment in asked}
    return found | {experiment.name: _run(experiment, idle, pictures, kept) for experiment in others}


def _run(experiment: Experiment, runner: Runner, pictures: Path, kept: Kept) -> list[str]:
    if isinstance(experiment, Table):
        outcomes = [run_row(experiment, row, runner, kept) for row in experiment.rows]
        return render_table(experiment, outcomes)
    if isinstance(experiment, Figure):
        return _draw(experiment, runner, pictures, kept)
    return _cross_validate(experiment, runner, kept)


def _cross_validate(experiment: CrossValidation, runner: Runner, kept: Kept) -> list[str]:
    path = runner.run_folder(experiment.run) / "summary.json"
    is_done = path.is_file() and not dataclasses.replace(runner, train=False).why_not(experiment.runs)
    reason = runner.why_not(experiment.runs)
    if not (reason or runner.train or is_done):
        reason = (
            f"its folds lack a summary, which this command writes: {runner.show_training(experiment.run)}"
        )
    record = kept.find(experiment.name, "summary")
    is_needed = reason or not (runner.again or is_done)
    if record and is_needed and record[MADE] == runner.describe_runs(experiment.runs):
        _say(f"kept: {experiment.name}")
        summary = record["figures"]
    elif reason:
        return [f"Not run: {reason}"]
    else:
        runner.complete(experiment.runs)
        summary = files.read_json(path)
        kept.keep(experiment.name, "summary", runner.describe_runs(experiment.runs), figures=summary)
    lines = tables.markdown(folds.table(summary)).split("\n")
    return [*lines, "", f"The paper's: {experiment.published}"] if experiment.published else lines


def _draw(figure: Figure, runner: Runner, pictures: Path, kept: Kept) -> list[str]:
    """Draws the rows that can be run, and returns the lines that show the picture and name the others."""
    path = pictures / f"{figure.name}.png"
    missing = {row.label: runner.why_not_row(row) for row in figure.rows}
    rows = [row for row in figure.rows if not missing[row.label]]
    drawn = _find_drawn(figure, runner, path, kept)
    if drawn and not _is_better(rows, drawn, runner):
        _say(f"kept: {figure.name}")
        rows = drawn
    elif not runner.measures:
        return [f"Not run: `{_command(pictures.name, runner, figure)}`"]
    elif rows:
        runner.complete([run for row in rows for run in row.runs])
        pictures.mkdir(parents=True, exist_ok=True)
        figure.draw(path, runner, rows)
        _say(f"written: {path}")
        made = {row.label: runner.describe(row) for row in rows}
        kept.keep(figure.name, "picture", made, sha256=None if figure.shows_photos else _hash(path))
    missing = {
        label: reason or "the picture was drawn without it"
        for label, reason in missing.items()
        if label not in {row.label for row in rows}
    }
    return [*_show(figure, path), *_list_missing(missing)] if rows else _list_missing(missing)[1:]


def _show(figure: Figure, path: Path) -> list[str]:
    place, points = f"{path.parent.name}/{path.name}", path.with_suffix(".csv")
    lines = [
        f"The command writes the picture as `{place}` beside this page. It shows photos of the data set, "
        "so it isn't part of the repository."
        if figure.shows_photos
        else f"![{figure.title}]({place})"
    ]
    if points.exists():
        lines += ["", f"The points: [{points.name}]({path.parent.name}/{points.name})"]
    return lines


def _find_drawn(figure: Figure, runner: Runner, path: Path, kept: Kept) -> list[Row]:
    """Returns the rows in the picture that is kept; none if it is gone, or was made otherwise than today's.

    A picture that shows photos isn't given on, so it may be gone.
    """
    record = kept.find(figure.name, "picture")
    if not record or not (figure.shows_photos or (path.is_file() and _hash(path) == record["sha256"])):
        return []
    rows = [row for row in figure.rows if row.label in record[MADE]]
    return rows if {row.label: runner.describe(row) for row in rows} == record[MADE] else []


def _is_better(rows: Sequence[Row], drawn: Sequence[Row], runner: Runner) -> bool:
    """Whether a picture of `rows` loses nothing of the one that is `drawn`, and is asked for or at hand."""
    if not runner.measures or not {row.label for row in drawn} <= {row.label for row in rows}:
        return False
    return runner.again or len(rows) > len(drawn) or all(map(runner.has, rows))


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _list_missing(missing: Mapping[str, str]) -> list[str]:
    """Returns the lines that say why rows were not run, by their labels."""
    return ["", "Not run:", "", *(f"- {label}: {why}" for label, why in missing.items())] if missing else []


def render(
    paper: Paper, experiments: Sequence[Experiment], found: Mapping[str, Sequence[str]], runner: Runner
) -> str:
    """Returns the page of experiments of a paper as Markdown.

    Args:
        paper: All experiments.
        experiments: Those that are shown.
        found: The lines of each by its name; see `run`.
        runner: At which scale they were run.
    """
    part = None if len(experiments) == len(paper.experiments) else experiments[0]
    lines = [f"# {paper.title}", "", f"Made by `{_command(paper.name, runner, part)}`.", *_say_recipe(runner)]
    for experiment in experiments:
        lines += ["", f"## {experiment.title}", "", f"In the paper: {experiment.place}.", ""]
        lines += found[experiment.name]
        if experiment.differs:
            lines += ["", "How this differs from the paper:", ""]
            lines += [f"- {sentence}" for sentence in experiment.differs]
    runs = dict.fromkeys(run for experiment in experiments for run in experiment.runs)
    return "\n".join(wrap(lines + _trainings(list(runs), runner))) + "\n"


def _command(paper: str, runner: Runner, experiment: Experiment | None = None) -> str:
    """Returns the command that makes a paper's page, or repeats one experiment."""
    options = f" --epochs {runner.epochs}" if runner.epochs else ""
    part = f"/{experiment.name}" if experiment else ""
    return f"keras-blur reproduce {paper}{part} --scale {runner.scale}{options}"


def check_page(path: Path, paper: Paper, runner: Runner, kept: Kept) -> None:
    """Checks that a page can take up one experiment and lose nothing.

    Raises:
        UsageError: the page is of another scale or length, or nothing is kept of its rows.
    """
    if not path.exists():
        return
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    made = re.search(r"^Made by `(.*)`\.$", text, re.MULTILINE)
    expected = _command(paper.name, runner)
    advice = f"give another `output_dir`, or replace the page by '{expected}'"
    if not made or made[1] != expected:
        raise UsageError(
            f"{path}: expected a page made by '{expected}' to put one experiment into, found one made by "
            f"'{made[1] if made else 'something else'}'; {advice}"
        )
    if not kept.path.exists():
        raise UsageError(
            f"{path}: expected its rows in {kept.path} to put one experiment into it, found no file; {advice}"
        )


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
