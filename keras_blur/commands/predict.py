"""`keras-blur predict`: finds the blur in photos and films."""

import argparse
import os
import sys

from keras_blur.commands import cli, photo_options

EXAMPLES = """\
examples:
  keras-blur predict photo.jpg                        one photo: verdict on the screen
  keras-blur predict holiday/ --report report.html    a folder and all below it, as a page to look through
  keras-blur predict holiday/ --csv --overlays        a table for a spreadsheet, and pictures of the blur
  keras-blur predict 'holiday/*.jpg' --save-maps      a pattern, with a blur map for every photo
  keras-blur predict film.mp4 --every 1s --best-frames
                                                      a row a second, and the sharpest frame of each scene
  keras-blur predict photo.jpg --system runs/mine --refine
                                                      your own network, slower and a little better

score: 0 = an area the size of a subject is sharp, 1 = nothing is; more in docs/verdict.md.

files in --output-dir:
  predictions.csv    with --csv: a line a photo
  predictions.json   with --json: system, verdicts, and the photos that failed
  predictions.jsonl  with any of these: the rows as they are made, by which --resume goes on
  overlays/          with --overlays: orange: motion blur; blue: out of focus; untouched: sharp
  maps/              with --save-maps: 8 bit, 255 = certainly blurred, at the photo's own size, upright
  frames/            with --best-frames: pictures of films
The folders keep the structure of the photos' own. keras-blur sort moves, copies and tags blurred photos.

exit code: 0 = all photos done, 1 = some failed, 2 = the command was wrong, 130 = interrupted
"""


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    options = argparse.ArgumentParser(
        prog="keras-blur predict",
        description="Finds blur in photos: where, of which type, and whether anything is sharp at all.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("photos", nargs="+", metavar="PHOTO|FOLDER|GLOB|FILM", help="what to look at")
    photo_options.add_options(options)
    options.add_argument(
        "--overlays", action="store_true", help="write the photos with their blur drawn over them"
    )
    options.add_argument("--save-maps", action="store_true", help="write the blur maps")
    options.add_argument(
        "--every",
        metavar="TIME",
        help="look at films in folders too, and at a frame of a film every so often, such as 1s or 500ms "
        "(default: films that are named, every second)",
    )
    options.add_argument(
        "--best-frames", action="store_true", help="write the sharpest frame of each scene of a film"
    )
    return options


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    options = parser().parse_args(argv)
    from keras_blur import systems
    from keras_blur.photos import video
    from keras_blur.photos.rows import table
    from keras_blur.photos.run import Run
    from keras_blur.processing.find import find
    from keras_blur.text import counted, printable

    every = video.seconds(options.every or "1s")
    found = find(
        options.photos, not options.no_recursive, videos=bool(options.every), without=[options.output_dir]
    )
    wanted = photo_options.run_options(
        options,
        every=every,
        overlays=options.overlays,
        maps=options.save_maps,
        best_frames=options.best_frames,
    )
    with cli.quiet_start():
        system = systems.load(options.system, refine=options.refine)
    with Run(system, found, wanted) as run:
        code = photo_options.judge_all(run, options.max_pixels)
        run.rank_bursts()
        written = []
        try:
            written = run.write()
        finally:
            photo_options.print_lines(table(run.rows()))
        failed = photo_options.print_remarks(run)
        if wanted.writes and len(run.record):
            blurred = sum(row.get("warn", False) for row in run.rows())
            places = f"{options.output_dir}{os.sep}"
            if wanted.report in written:
                places += f" and {wanted.report}"
            summary = (
                f"{blurred} of {counted(len(run.record), 'photo')} blurred; written to {printable(places)}"
            )
            photo_options.print_lines(["", summary])
    return code or int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
