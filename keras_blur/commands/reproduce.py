"""`keras-blur reproduce`: repeats the experiments of a paper and writes its page of results."""

import argparse
import sys
from pathlib import Path

from keras_blur.commands import cli
from keras_blur.errors import UsageError

EXAMPLES = """\
examples:
  keras-blur reproduce --list
      the papers, their tables and figures, and the trainings that each needs
  keras-blur reproduce kim2018/ablation --scale small
      one table: trains what is missing, measures it, prints the table and puts it into the page
  keras-blur reproduce kim2018 --scale small --no-train
      the whole page, from runs that are there and rows that are kept; the others are said to be not run
  keras-blur reproduce bdnet2020/skips --scale small --epochs 4
      a first look: every training ends after 4 epochs, which the table says
  keras-blur reproduce bdnet2020 --scale full
      the paper's recipes, which need a GPU

A training that was interrupted goes on where it was. A row that was measured since its weights were written
is not measured again.

Every row that is measured is kept beside the page, in PAPER/rows_SCALE.json. Where its run is gone, the kept
row is used and nothing is trained; --again trains it. A kept row counts only as long as its commands, their
configurations and the weights that ship are the same. A run that is there goes before it.

A page has one scale and one number of epochs. One experiment is put only into a page of its own scale and
epochs; else nothing is run: give another --output-dir. A call for the whole paper replaces the page. The kept
rows of every scale stay.
"""


def parser() -> argparse.ArgumentParser:
    """Returns the command's options."""
    result = argparse.ArgumentParser(
        prog="keras-blur reproduce",
        description="Repeats the experiments of a paper: trains what is missing, measures it, and writes the "
        "paper's values and ours side by side.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    result.add_argument("experiment", nargs="?", metavar="PAPER[/EXPERIMENT]", help="what to repeat")
    result.add_argument("--list", action="store_true", help="list papers and experiments, and stop")
    result.add_argument(
        "--scale",
        choices=("full", "small"),
        default="small",
        help="full: the paper's recipe, needs a GPU; small: what two cores can train (default: small)",
    )
    result.add_argument(
        "--epochs",
        type=int,
        default=0,
        metavar="N",
        help="end every training after N epochs, not its recipe's",
    )
    result.add_argument("--no-train", action="store_true", help="measure only the runs that are there")
    result.add_argument(
        "--again", action="store_true", help="train and measure again what is only kept beside the page"
    )
    result.add_argument("--data-dir", metavar="DIR", help="where data sets are prepared")
    result.add_argument(
        "--run-dir", metavar="DIR", help="where trainings and measurements lie (default: reproduce in runs)"
    )
    result.add_argument(
        "--output-dir",
        default="docs/results",
        metavar="DIR",
        help="where the page PAPER.md and its pictures are written (default: %(default)s)",
    )
    return result


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    arguments = parser().parse_args(argv)
    from keras_blur import files, reproduce

    if arguments.list:
        print("\n".join(_listing()))
        return 0
    if arguments.epochs < 0:
        raise UsageError(
            f"--epochs: expected at least 1, or 0 for the recipe's own, received {arguments.epochs}"
        )
    if not arguments.experiment:
        raise UsageError(f"no paper named: expected one of {', '.join(reproduce.PAPERS)}; --list shows all")
    from keras_blur.reproduce import kept, page, runner

    paper, experiments = reproduce.choose(arguments.experiment)
    folder = Path(arguments.run_dir) if arguments.run_dir else runner.default_folder()
    run = runner.Runner(
        folder.absolute(),
        arguments.scale,
        arguments.data_dir,
        not arguments.no_train,
        arguments.epochs,
        again=arguments.again,
    )
    path = Path(arguments.output_dir) / f"{paper.name}.md"
    pictures = path.with_suffix("")
    rows = kept.Kept(pictures / f"rows_{run.runs.name}.json")
    if experiments != paper.experiments:
        page.check_page(path, paper, run, rows)
    for needed in (path.parent, pictures):  # rather now than after a training of hours
        files.check_writable(needed)
    found = page.run(paper, experiments, run, pictures, rows)
    files.write_text(path, page.render(paper, paper.experiments, found, run))
    print(page.render(paper, experiments, found, run))
    print(f"written: {path}", file=sys.stderr)
    return 0


def _listing() -> list[str]:
    from keras_blur import reproduce

    lines = []
    for name in reproduce.PAPERS:
        paper = reproduce.load(name)
        lines.append(paper.title)
        for experiment in paper.experiments:
            count = len(experiment.runs)
            trainings = f"{count or 'no'} training{'s' if count > 1 else ''}"
            lines.append(f"  {f'{name}/{experiment.name}':26} {experiment.title} ({trainings})")
    return lines


if __name__ == "__main__":
    sys.exit(main())
