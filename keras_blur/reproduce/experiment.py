"""What an experiment of a paper consists of, as data: trainings, measured rows, the paper's own values."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

SCALES = ("full", "small")
"""`full` is the paper's recipe and needs a GPU. `small` is what two cores can train."""


@dataclasses.dataclass(frozen=True)
class Run:
    """A training that an experiment needs.

    Args:
        name: Name of its run folder.
        config: The experiment of `configs` at full scale.
        small: The experiment at small scale. None means `config` with "_small" behind it.
        settings: Assignments for `--set`.
        after: A run whose best weights this one starts from.
        prepares: Arguments of `keras-blur prepare` for the data sets that it reads.
        small_prepares: The same at small scale. Empty means `prepares`.
        folds: Number of parts of a cross-validation; 0 trains once.
        scales: The scales at which it can be trained.
        why: Why not at the others.
    """

    name: str
    config: str
    small: str | None = None
    settings: tuple[str, ...] = ()
    after: "Run | None" = None
    prepares: tuple[str, ...] = ()
    small_prepares: tuple[str, ...] = ()
    folds: int = 0
    scales: tuple[str, ...] = SCALES
    why: str = ""

    def prepares_at(self, scale: str) -> tuple[str, ...]:
        """Returns the arguments of `keras-blur prepare` at a scale."""
        return self.prepares if scale == "full" else self.small_prepares or self.prepares

    def config_at(self, scale: str) -> str:
        """Returns the name of the experiment that is trained at a scale."""
        return self.config if scale == "full" else self.small or f"{self.config}_small"


@dataclasses.dataclass(frozen=True)
class Row:
    """A row of a table: a system, how it is measured, and the paper's values.

    Args:
        label: What the paper calls it.
        system: A run, or the name of a system that ships or is composed of `needs`.
        published: The paper's values by the column's title.
        needs: Runs that a composed system is made of.
        dataset: What it is measured on.
        split: The split of `dataset`.
        options: Further arguments of `keras-blur evaluate`.
        note: What differs in this row alone.
    """

    label: str
    system: "Run | str"
    published: Mapping[str, float] = dataclasses.field(default_factory=dict)
    needs: tuple[Run, ...] = ()
    dataset: str = "cuhk_blur/kim2018"
    split: str = "test"
    options: tuple[str, ...] = ()
    note: str = ""

    @property
    def runs(self) -> tuple[Run, ...]:
        """The trainings that must be there before the row can be measured, in order."""
        own = (self.system,) if isinstance(self.system, Run) else ()
        found: list[Run] = []
        for run in (*self.needs, *own):
            found += [step for step in _chain(run) if step not in found]
        return tuple(found)


def _chain(run: Run) -> tuple[Run, ...]:
    return (*(_chain(run.after) if run.after else ()), run)


@dataclasses.dataclass(frozen=True)
class Measurement:
    """What `keras-blur evaluate` found.

    Args:
        record: The content of metrics.json.
        photos: The rows of per_photo.csv.
    """

    record: dict[str, Any]
    photos: list[dict[str, str]]


@dataclasses.dataclass(frozen=True)
class Column:
    """A column of a table.

    Args:
        title: What the table calls it.
        figure: Returns the figure of a measurement, or None if it has none.
    """

    title: str
    figure: Callable[[Measurement], float | None]


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of a paper.

    Args:
        name: How the command calls it, such as "table1".
        title: What it shows.
        place: Where the paper has it.
        columns: What is reported.
        rows: What is measured.
        differs: How our experiment differs from the paper's, a sentence each.
        repeated: Labels of two rows whose trainings differ by their seed alone: how far chance goes. Or none.
    """

    name: str
    title: str
    place: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    differs: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()

    @property
    def runs(self) -> tuple[Run, ...]:
        """All trainings of the rows, each once, in order."""
        return tuple(dict.fromkeys(run for row in self.rows for run in row.runs))


@dataclasses.dataclass(frozen=True)
class Figure:
    """A figure of a paper.

    Args:
        name: How the command calls it, such as "figure3".
        title: What it shows.
        place: Where the paper has it.
        draw: Writes the picture to a path; see `figures`.
        rows: The systems that are drawn.
        differs: How ours differs from the paper's, a sentence each.
        shows_photos: Whether photos of a data set are in the picture, which then isn't given on.
    """

    name: str
    title: str
    place: str
    draw: Callable[..., None]
    rows: tuple[Row, ...]
    differs: tuple[str, ...] = ()
    shows_photos: bool = False

    @property
    def runs(self) -> tuple[Run, ...]:
        """All trainings of the systems that are drawn, each once, in order."""
        return tuple(dict.fromkeys(run for row in self.rows for run in row.runs))


@dataclasses.dataclass(frozen=True)
class CrossValidation:
    """A cross-validation of a paper: trainings on all parts but one, each measured on the part left out.

    Args:
        name: How the command calls it, such as "folds".
        title: What it shows.
        place: Where the paper has it.
        run: The training, with its number of folds.
        published: The paper's values in words, with what they are.
        differs: How ours differs from the paper's, a sentence each.
    """

    name: str
    title: str
    place: str
    run: Run
    published: str = ""
    differs: tuple[str, ...] = ()

    @property
    def runs(self) -> tuple[Run, ...]:
        """The training."""
        return (self.run,)


Experiment = Table | Figure | CrossValidation


@dataclasses.dataclass(frozen=True)
class Paper:
    """The experiments of a paper.

    Args:
        name: How the command calls it, such as "kim2018".
        title: Authors, title, venue and year.
        experiments: Its tables, figures and cross-validations.
    """

    name: str
    title: str
    experiments: tuple[Experiment, ...]


def mean(*path: str) -> Callable[[Measurement], float | None]:
    """Returns a column's figure: a mean over photos, such as `mean("accuracy")` or `mean("motion", "miou")`.

    Args:
        path: The figure's name in metrics.json, behind a group of photos where it isn't that of all.
    """
    *group, name = path

    def figure(measurement: Measurement) -> float | None:
        results = measurement.record["results"].get(group[0] if group else "all")
        return None if results is None else results["mean"][name]

    return figure


def pooled(kind: str, name: str) -> Callable[[Measurement], float | None]:
    """Returns a column's figure over all pixels: `kind` is "two_class" or "three_class"."""

    def figure(measurement: Measurement) -> float | None:
        figures = measurement.record["results"]["all"][kind]
        return None if figures is None else figures[name]

    return figure


def type_accuracy(measurement: Measurement) -> float | None:
    """Returns the share of photos whose type of blur is right."""
    return measurement.record["results"]["all"]["type_accuracy"]


def seconds(measurement: Measurement) -> float | None:
    """Returns the median seconds a photo."""
    return measurement.record["results"]["all"]["seconds"]


def spread(name: str) -> Callable[[Measurement], float | None]:
    """Returns a column's figure: the standard deviation over photos of a figure in per_photo.csv."""

    def figure(measurement: Measurement) -> float | None:
        values = [float(photo[name]) for photo in measurement.photos]
        centre = sum(values) / len(values)
        return (sum((value - centre) ** 2 for value in values) / len(values)) ** 0.5

    return figure
