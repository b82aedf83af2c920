"""The experiments of the papers: a file of values for each paper, and what trains and measures them."""

import importlib

from keras_blur.errors import unknown
from keras_blur.reproduce.experiment import Experiment, Paper

PAPERS = ("schuster2016", "purohit2018", "kim2018", "zeng2019", "bdnet2020")


def load(name: str) -> Paper:
    """Returns the experiments of a paper.

    Raises:
        UsageError: no paper of that name is known.
    """
    if name not in PAPERS:
        raise unknown("paper", name, PAPERS)
    return importlib.import_module(f"{__name__}.{name}").PAPER


def choose(text: str) -> tuple[Paper, tuple[Experiment, ...]]:
    """Returns a paper and those of its experiments that are meant by "PAPER" or "PAPER/EXPERIMENT".

    Raises:
        UsageError: no paper, or no experiment of it, has that name.
    """
    name, slash, part = text.partition("/")
    paper = load(name)
    if not slash:
        return paper, paper.experiments
    found = tuple(experiment for experiment in paper.experiments if experiment.name == part)
    if not found:
        raise unknown(f"experiment of {name}", part, [experiment.name for experiment in paper.experiments])
    return paper, found
