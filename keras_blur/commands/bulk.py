"""`keras-blur bulk`: judges any number of photos on Apache Beam."""

import argparse
import sys
import time

from keras_blur.commands import cli, photo_options

EXAMPLES = """\
examples:
  keras-blur bulk 'photos/**' --output 'rows-*.parquet' --shards 4 --direct_num_workers=4 \\
      --direct_running_mode=multi_processing
                                           on this machine, four workers
  keras-blur bulk 'gs://bucket/photos/**' --output 'gs://bucket/rows-*.parquet' --shards 100 \\
      -- --runner=DataflowRunner --project=mine --region=europe-west1 --temp_location=gs://bucket/tmp
                                           on Google Dataflow; other runners likewise

Options that are not listed here go to Beam, and so does all behind "--", whose --region is another one. The
rows are those of keras-blur predict: path, bytes, height, width, verdict, shares, error. A photo that can't
be read is a row with an error. The same photos give the same files each time, however many workers there are,
so a run that failed is simply run again.

exit code: 0 = done, 1 = the pipeline failed, 2 = the command was wrong
"""


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    options = argparse.ArgumentParser(
        prog="keras-blur bulk",
        description="Judges any number of photos on Apache Beam, and writes Parquet files.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    options.add_argument("pattern", metavar="PATTERN", help="the photos, as Beam's file systems match them")
    options.add_argument(
        "--output", required=True, metavar="PATTERN", help="the files; '*' becomes the number of the shard"
    )
    options.add_argument(
        "--shards", type=photo_options.at_least(1), default=1, metavar="N", help="how many files (default: 1)"
    )
    photo_options.add_deciding(options)
    return options


def parse(argv: list[str] | None = None) -> tuple[argparse.Namespace, list[str]]:
    """Returns the command's own options, and the words that go to Beam."""
    words = sys.argv[1:] if argv is None else list(argv)
    end = words.index("--") if "--" in words else len(words)
    options, unknown = parser().parse_known_args(words[:end])
    return options, [*unknown, *words[end + 1 :]]


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    options, beams = parse(argv)
    from keras_blur.photos import bulk

    settings = bulk.Settings(
        options.system,
        options.refine,
        options.region,
        options.threshold,
        options.least_side,
        options.max_pixels,
    )
    start = time.monotonic()
    paths = bulk.run(options.pattern, options.output, settings, options.shards, beams)
    photo_options.print_lines([*paths, f"done in {time.monotonic() - start:.0f} s"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
