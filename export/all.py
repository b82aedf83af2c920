"""python -m export.all RUNS: exports every network of a folder of runs and writes one table."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from keras_blur import files
from keras_blur.commands import cli
from keras_blur.errors import BlurError, UsageError

from .command import add_common, keywords, public, show_warnings
from .exporters import EXPORTERS
from .network import export_network

EXAMPLES = """\
example:
  python -m export.all runs --input-size 320x320 --output-dir exported \\
      --calibration cuhk_blur/kim2018 --dataset cuhk_blur/kim2018 --limit 20
      every network in runs/, each in its folder under exported/, and exported/table.md

A format that a network does not support, or that is beyond its limits, is left out, and the table says why.
--input-size is for the networks that take photos of any size; the others keep their own.
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(
        prog="python -m export.all",
        description="Export every network of a folder of runs, verified, with one table.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("runs", nargs="+", metavar="RUNS|RUN|NAME", help="folders of runs, runs, or names")
    add_common(options)
    options.set_defaults(formats=",".join(EXPORTERS))
    options.add_argument("--output-dir", required=True, metavar="DIR", help="a folder for each network")
    return options


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Exports all, prints and writes the table; exit code 1 if a network could not be exported at all."""
    argv = sys.argv[1:] if argv is None else argv
    arguments = parser().parse_args(argv)
    output_dir = Path(arguments.output_dir)
    networks = _networks(arguments.runs)
    rows: list[str] = []
    failed = 0
    for name, source in networks.items():
        command = public("python -m export.all", argv)
        try:
            report = _export(source, arguments, output_dir / name, command)
        except BlurError as error:
            failed += 1
            rows.append(f"| {name} | - | | | | | | | | {error} |")
        else:
            rows += _rows(name, report)
        files.write_text(output_dir / "table.md", table(rows))
    print(table(rows))
    return 1 if failed else 0


def _export(source: str, arguments: argparse.Namespace, output_dir: Path, command: str) -> dict[str, Any]:
    """Exports a network at its own size if it has one, else at the size that was given."""
    from keras_blur import systems
    from keras_blur.contract import Contract
    from keras_blur.systems.tflite import CONTRACT_FILE

    contract = Contract.load(systems.network_folder(source) / CONTRACT_FILE)
    if contract.resize == "stretch":
        arguments = argparse.Namespace(**{**vars(arguments), "input_size": None})
    with cli.quiet_natives():
        report = export_network(
            source, output_dir, **keywords(arguments), command=command, all_or_nothing=False
        )
    show_warnings(report)
    return report


def _networks(sources: list[str]) -> dict[str, str]:
    """Networks by name: each source itself, or the runs in it."""
    from keras_blur import systems

    found: dict[str, str] = {}
    for source in sources:
        folder = Path(source)
        trained = _trained([folder])
        if folder.is_dir() and not trained:
            trained = _trained(sorted(folder.iterdir()))
        if source in systems.names():
            found[source] = source
        elif not trained:
            raise UsageError(f"no network in {source}: expected a run folder, a folder of runs or a name")
        else:
            found |= {run.name: str(run) for run in trained}
    return found


def _trained(folders: Iterable[Path]) -> list[Path]:
    """Those of the folders that hold a network, as runs do or themselves."""
    from keras_blur.systems.weights import has_network

    return [folder for folder in folders if has_network(folder / "best") or has_network(folder)]


def table(rows: list[str]) -> str:
    """The rows of `_rows` as a Markdown table."""
    head = [
        "| network | format | input | MB | MMAC | CPU ms | max difference | mean difference | mIoU (Keras) "
        "| |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join(head + rows) + "\n"


def _rows(name: str, report: dict[str, Any]) -> list[str]:
    rows = []
    height, width = report["input"]
    for kind, row in report["formats"].items():
        speed, figures = row["speed"], row["figures"]
        macs = f"{speed['summary']['macs'] / 1e6:.0f}" if speed else ""
        milliseconds = f"{speed['inference']['cpu']:.1f}" if speed else ""
        miou = f"{figures['miou']:.4f} ({report['keras']['miou']:.4f})" if figures else ""
        rows.append(
            f"| {name} | {kind} | {height}x{width} | {row['bytes'] / 1e6:.2f} | {macs} | {milliseconds} | "
            f"{row['max_difference']:.1g} | {row['mean_difference']:.1g} | {miou} | |"
        )
    rows += [
        f"| {name} | {kind} | {height}x{width} | | | | | | | {reason} |"
        for kind, reason in report["failed"].items()
    ]
    return rows


if __name__ == "__main__":
    sys.exit(main())
