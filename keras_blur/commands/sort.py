"""`keras-blur sort`: moves, copies, lists or tags the blurred photos of a folder, and takes it back."""

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_blur import files
from keras_blur.commands import cli, photo_options
from keras_blur.errors import UsageError
from keras_blur.text import counted, printable

if TYPE_CHECKING:
    from keras_blur.photos.act import Step
    from keras_blur.photos.run import Run

EXAMPLES = """\
examples:
  keras-blur sort holiday --move-to blurred --dry-run   says what would be moved
  keras-blur sort holiday --move-to blurred             moves the blurred photos into the folder "blurred"
  keras-blur sort --undo blur_out/undo-20261129-104210.jsonl
                                                        puts them back
  keras-blur sort holiday --xmp                         tags them for photo managers, in files beside them
  keras-blur sort holiday --best-of-burst 2 --move-to rest
                                                        keeps the sharpest photo of each burst as well

Blurred photos are sorted out and, with --best-of-burst, all but the sharpest photo of each burst. The
sharpest one is kept even if it is blurred. Folders keep their structure. Nothing is overwritten: a name that
is taken gets a number. Photos that weren't judged or that change meanwhile, and links, stay where they are.

exit code: 0 = done, 1 = something failed, 2 = the command was wrong, 130 = interrupted
"""


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    options = argparse.ArgumentParser(
        prog="keras-blur sort",
        description="Sorts the blurred photos of folders out.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("photos", nargs="*", metavar="FOLDER|PHOTO|GLOB", help="what to sort")
    action = options.add_mutually_exclusive_group(required=True)
    action.add_argument("--move-to", metavar="DIR", help="move them into this folder")
    action.add_argument("--copy-to", metavar="DIR", help="copy them into this folder")
    action.add_argument("--list", metavar="FILE", help="write their paths into this file, one a line")
    action.add_argument(
        "--xmp", action="store_true", help="write a sidecar with a keyword and a rating beside each"
    )
    action.add_argument("--undo", metavar="FILE", help="take back what an earlier run did, by its undo file")
    options.add_argument(
        "--xmp-style",
        choices=("digikam", "lightroom"),
        default="digikam",
        help="the sidecar's name: IMG.jpg.xmp for digiKam and darktable, IMG.xmp for Lightroom "
        "(default: %(default)s)",
    )
    options.add_argument("--dry-run", action="store_true", help="only say what would be done")
    photo_options.add_options(options)
    return options


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    arguments = parser()
    options = arguments.parse_args(argv)
    if options.undo:
        return _undo(Path(options.undo))
    if not options.photos:
        arguments.error("name the folder that is to be sorted")
    from keras_blur import systems
    from keras_blur.photos.places import Originals
    from keras_blur.photos.run import Run
    from keras_blur.processing.find import find
    from keras_blur.processing.formats import is_video

    target = options.move_to or options.copy_to
    without = [options.output_dir, *([target] if target else [])]
    found = find(options.photos, not options.no_recursive, without=without)
    found.photos = [photo for photo in found.photos if not is_video(photo.path)]
    originals = Originals(photo.path for photo in found.photos)
    flag = "--move-to" if options.move_to else "--copy-to"
    if target and os.path.lexists(target) and not os.path.isdir(target):
        raise UsageError(f"{flag}: {printable(target)} is no folder; name one that photos can go to")
    if target and originals.lie_in(Path(target)):
        raise UsageError(f"{flag}: {printable(target)} holds photos that are sorted; choose another folder")
    if options.list:
        originals.check_text(Path(options.list), "list")
    wanted = photo_options.run_options(options, keep=True)
    with cli.quiet_start():
        system = systems.load(options.system, refine=options.refine)
    with contextlib.ExitStack() as stack:
        for folder in sorted({os.path.realpath(path) for path in options.photos if os.path.isdir(path)}):
            stack.enter_context(files.lock(folder))
        run = stack.enter_context(Run(system, found, wanted))
        code = photo_options.judge_all(run, options.max_pixels)
        if code:
            return code
        run.rank_bursts()
        return _sort(run, options)


def _sort(run: "Run", options: argparse.Namespace) -> int:
    """Moves, copies, lists or tags the chosen photos, and writes the tables and the page."""
    chosen = [row for row in run.rows() if _is_chosen(row)]
    moved: dict[str, str] = {}
    failed = 0
    if options.list:
        failed = _list(Path(options.list), chosen, run, options.dry_run)
    elif options.dry_run:
        lines = [f"would {_words(step, options)}" for step in _steps(chosen, options)]
        photos = counted(len(run.record), "photo")
        total = f"would {_action(options)} {len(lines)} of {photos}; this was a dry run"
        photo_options.print_lines([*lines, total])
    else:
        moved, failed = _act(chosen, run, options)
    run.write(moved)
    failed += photo_options.print_remarks(run)
    return int(failed > 0)


def _is_chosen(row: dict[str, Any]) -> bool:
    """Whether a photo is sorted out."""
    if "error" in row or not row["judged"]:
        return False
    return row["burst_rank"] > 1 if row.get("burst_rank") else row["warn"]


def _steps(rows: Sequence[dict[str, Any]], options: argparse.Namespace) -> list["Step"]:
    from keras_blur.photos import xmp
    from keras_blur.photos.act import Step
    from keras_blur.result import REASONS

    steps = []
    for row in rows:
        photo = Path(os.path.abspath(row["photo"]))
        if options.xmp:
            kind = REASONS[row["reason"]] if row["warn"] else "of a burst"
            target, content = xmp.sidecar_path(photo, options.xmp_style), xmp.sidecar(kind)
        else:
            target, content = Path(os.path.abspath(options.move_to or options.copy_to)) / row["inside"], None
        steps.append(Step(photo, target, row["stamp"], content))
    return steps


def _action(options: argparse.Namespace) -> str:
    return "tag" if options.xmp else "move" if options.move_to else "copy"


def _words(step: "Step", options: argparse.Namespace) -> str:
    """What a step does, in words."""
    where = "by" if options.xmp else "to"
    return f"{_action(options)} {printable(step.photo)} {where} {printable(step.target)}"


def _act(
    rows: Sequence[dict[str, Any]], run: "Run", options: argparse.Namespace
) -> tuple[dict[str, str], int]:
    """Moves, copies or tags; returns the new paths of moved photos by their old ones, and how many failed."""
    from keras_blur.photos import act

    act.clear_leftovers(Path(options.output_dir))
    if not rows:
        photo_options.print_lines(["no blurred photos: nothing to do"])
        return {}, 0
    action = _action(options)
    file = act.UndoFile(Path(options.output_dir), action)
    moved, failed, done = {}, 0, 0
    try:
        for row, item in zip(rows, act.carry_out(action, _steps(rows, options), file), strict=True):
            if item.target is None:
                failed += 1
                print(f"failed: {printable(item.step.photo)}: {printable(item.error or '')}", file=sys.stderr)
                continue
            done += 1
            if action == "move":
                moved[row["photo"]] = os.fspath(item.target)
    finally:
        file.close()
        verb = {"move": "moved", "copy": "copied", "tag": "tagged"}[action]
        undo = f"take it back with: keras-blur sort --undo {file.path}"
        photo_options.print_lines([f"{verb} {done} of {counted(len(run.record), 'photo')}; {undo}"])
    return moved, failed


def _list(path: Path, rows: Sequence[dict[str, Any]], run: "Run", dry_run: bool) -> int:
    """Writes the paths; returns how many can't be written, because a line can't hold them."""
    lines = [row["photo"] for row in rows if "\n" not in row["photo"]]
    if dry_run:
        photo_options.print_lines(f"would list {printable(line)}" for line in lines)
    else:
        files.write_text(path, "".join(f"{line}\n" for line in lines), errors="surrogateescape")
        photo_options.print_lines([f"{counted(len(lines), 'photo')} listed in {printable(path)}"])
    for row in rows:
        if "\n" in row["photo"]:
            print(
                f"failed: {printable(row['photo'])}: its name has two lines; use --csv or --json",
                file=sys.stderr,
            )
    return len(rows) - len(lines)


def _undo(path: Path) -> int:
    """Undoes an earlier run."""
    from keras_blur.photos import act

    failed = done = 0
    with files.lock(path.parent):
        for photo, error in act.undo(path):
            if error is None:
                done += 1
            else:
                failed += 1
                print(f"failed: {printable(photo)}: {printable(error)}", file=sys.stderr)
    photos = counted(done + failed, "photo")
    said = f"taken back: {done} of {photos}" if done + failed else "nothing to take back: it is done already"
    photo_options.print_lines([said])
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
