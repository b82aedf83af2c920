"""`python -m keras_blur.predict`: finds the blur in photos."""

import argparse
import csv
import dataclasses
import errno
import io
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_blur import files, progress, systems
from keras_blur.commands import cli
from keras_blur.errors import BlurError, UsageError

FULL = (errno.ENOSPC, errno.EDQUOT)
OVERLAY_SIDE = 1600  # Longer side of the overlay pictures in pixels: sharp on a screen, quick to open.

REASONS = {
    "none": "sharp subject",
    "motion": "motion blur",
    "defocus": "out of focus",
    "blur": "blurred",
    "nothing to judge": "nothing to judge",
    "too small": "too small to judge",
}
"""What people read for a verdict's reason."""

EXAMPLES = """\
examples:
  keras-blur predict photo.jpg                    one photo: verdict on the screen, overlay in blur_out/
  keras-blur predict holiday/ --csv               a folder, with a table for a spreadsheet
  keras-blur predict 'holiday/*.jpg' --save-maps  a pattern, with a blur map for every photo
  keras-blur predict photo.jpg --system runs/mine --refine
                                                  your own network, slower and a little better

what comes out (score: 0 = something is sharp, 1 = nothing is; more in docs/verdict.md):
  STEM_overlay.jpg   orange: motion blur; blue: out of focus; untouched: sharp
  STEM.png           with --save-maps: 8 bit, 255 = certainly blurred, at the photo's own size, upright
  predictions.json   with --json: system, verdicts, and the photos that failed
  predictions.csv    with --csv: a line a photo
Photos with the same name from different folders become STEM, STEM_2, ...

exit code: 0 = all photos done, 1 = some failed, 2 = the command was wrong
"""


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    options = argparse.ArgumentParser(
        prog="keras-blur predict",
        description="Finds blur in photos: where, of which type, and whether anything is sharp at all.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("photos", nargs="+", metavar="PHOTO|FOLDER|GLOB", help="what to look at")
    options.add_argument(
        "--system",
        default=systems.DEFAULT,
        metavar="NAME|RUN|FILE",
        help="a system's name, a run folder, a folder of weights or a .tflite file (default: %(default)s, "
        "the shipped network)",
    )
    options.add_argument(
        "--output-dir",
        default="blur_out",
        metavar="DIR",
        help="where files are written, never among the photos (default: %(default)s)",
    )
    options.add_argument("--save-maps", action="store_true", help="also write STEM.png, the blur map")
    options.add_argument("--json", action="store_true", help="also write predictions.json")
    options.add_argument("--csv", action="store_true", help="also write predictions.csv")
    options.add_argument("--no-overlay", action="store_true", help="write no overlay pictures")
    options.add_argument(
        "--refine",
        action="store_true",
        help="ask at several sizes and mirrored, and follow the photo's edges: seven times slower",
    )
    return options


@dataclasses.dataclass(frozen=True)
class Prediction:
    """What was found in one photo of `height` x `width` pixels."""

    photo: Path
    height: int
    width: int
    verdict: Any

    def to_dict(self) -> dict[str, Any]:
        """The prediction as plain values; unprintable characters of the name are replaced."""
        size = {"photo": _printable(self.photo), "height": self.height, "width": self.width}
        return size | self.verdict.to_dict()


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    options = parser().parse_args(argv)
    from keras_blur.processing import find_photos

    photos = find_photos(options.photos)
    output_dir = Path(options.output_dir)
    writes = options.save_maps or options.json or options.csv or not options.no_overlay
    with cli.quiet_start():
        system = systems.load(options.system, refine=options.refine)
    if writes:
        _check_output(output_dir, photos)
    predictions, failures = _predict_all(system, photos, options)
    predictions.sort(key=_order)
    if predictions:
        print(_table(predictions))
    for photo, error in failures:
        print(f"failed: {_printable(photo)}: {error}", file=sys.stderr)
    if options.json:
        files.write_json(output_dir / "predictions.json", _report(system.name, predictions, failures))
    if options.csv:
        files.write_text(output_dir / "predictions.csv", _csv(predictions))
    if writes and predictions:
        print(f"\nwritten to {output_dir}{os.sep}")
    if failures:
        print(f"error: {len(failures)} of {len(photos)} photos failed", file=sys.stderr)
    return 1 if failures else 0


def _order(prediction: Prediction) -> tuple[bool, float]:
    """From the most to the least blurred; photos that were not judged come last."""
    score = prediction.verdict.score
    return score is None, -(score or 0)


def _predict_all(
    system: Any, photos: Sequence[Path], options: argparse.Namespace
) -> tuple[list[Prediction], list[tuple[Path, str]]]:
    """All predictions, and the photos that failed with their errors; a full disk fails all that are left."""
    predictions, failures = [], []
    stems = unique_stems(photos)
    for photo in progress.progress_bar(photos, unit="photo", leave=False):
        try:
            predictions.append(_predict(system, photo, stems[photo], options))
        except (BlurError, MemoryError) as error:
            failures.append((photo, str(error) or "not enough memory"))
            if getattr(error.__cause__, "errno", None) in FULL:
                rest = photos[len(predictions) + len(failures) :]
                failures += [(other, "not looked at, because the disk is full") for other in rest]
                break
    return predictions, failures


def _predict(system: Any, photo: Path, stem: str, options: argparse.Namespace) -> Prediction:
    """Finds the blur in a photo, and writes its files."""
    from keras_blur.processing import read_photo
    from keras_blur.verdict import assess, detail

    image = read_photo(photo)
    blur_map = system.blur_map(image)
    verdict = assess(blur_map, system.calibration, detail(image))
    output = Path(options.output_dir) / stem
    if options.save_maps:
        _save_map(output, image.shape[:2], blur_map)
    if not options.no_overlay:
        _save_overlay(output, image, blur_map, verdict, system.calibration.blurred_threshold)
    return Prediction(photo, *image.shape[:2], verdict)


def unique_stems(photos: Sequence[Path]) -> dict[Path, str]:
    """A name for each photo's files: its stem, numbered where another photo has it (in any case)."""
    own = {photo.stem.casefold() for photo in photos}
    taken: set[str] = set()
    stems = {}
    for photo in photos:
        stem, number = photo.stem, 1
        while stem.casefold() in taken or (number > 1 and stem.casefold() in own):
            number += 1
            stem = f"{photo.stem}_{number}"
        taken.add(stem.casefold())
        stems[photo] = stem
    return stems


def _check_output(output_dir: Path, photos: Sequence[Path]) -> None:
    """Fails before the work rather than after it.

    A map is named like its photo, and would replace it in the photo's own folder.
    """
    if any(photo.parent.resolve() == output_dir.resolve() for photo in photos):
        raise UsageError(
            f"--output-dir {output_dir} holds photos that are read, and what is written could replace them; "
            "choose another folder"
        )
    try:
        output_dir.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=output_dir).close()
    except OSError as error:
        raise BlurError(
            f"cannot write to {output_dir}: {error.strerror}; choose a folder that can be written"
        ) from error


def _save_map(output: Path, shape: tuple[int, int], blur_map: Any) -> None:
    from keras_blur.processing import blurred_picture, save_picture

    save_picture(output.with_name(f"{output.name}.png"), blurred_picture(blur_map, *shape), compress_level=3)


def _save_overlay(output: Path, image: Any, blur_map: Any, verdict: Any, threshold: float) -> None:
    from keras_blur.processing import add_legend, limit_side, overlay, save_picture

    picture = overlay(limit_side(image, OVERLAY_SIDE), blur_map, threshold)
    score = f"score {verdict.score:.2f}  " if verdict.judged else ""
    picture = add_legend(picture, _shares(verdict), score + REASONS[verdict.reason])
    save_picture(output.with_name(f"{output.name}_overlay.jpg"), picture, quality=90)


def _shares(verdict: Any) -> dict[str, str]:
    """The legend's entries: colour and text."""
    if not verdict.judged:
        return {}
    if verdict.motion_share is None:
        return {"blurred": f"blurred {verdict.blurred_share:.0%}"}
    return {
        "motion": f"motion blur {verdict.motion_share:.0%}",
        "defocus": f"out of focus {verdict.defocus_share:.0%}",
    }


def _report(
    system: str, predictions: Sequence[Prediction], failures: Sequence[tuple[Path, str]]
) -> dict[str, Any]:
    return {
        "system": system,
        "photos": [prediction.to_dict() for prediction in predictions],
        "failed": [{"photo": _printable(photo), "error": error} for photo, error in failures],
    }


def _csv(predictions: Sequence[Prediction]) -> str:
    """A line a photo; the box takes four columns, empty if there is none."""
    box_names = ("sharp_row", "sharp_column", "sharp_height", "sharp_width")
    text = io.StringIO()
    writer = None
    for prediction in predictions:
        row = prediction.to_dict()
        row |= dict(zip(box_names, row.pop("sharp_box") or [None] * 4, strict=True))
        row["notes"] = " ".join(row["notes"])
        row = {key: round(value, 4) if isinstance(value, float) else value for key, value in row.items()}
        if writer is None:
            writer = csv.DictWriter(text, row, lineterminator="\n")
            writer.writeheader()
        writer.writerow(row)
    return text.getvalue()


def _table(predictions: Sequence[Prediction]) -> str:
    """The screen's summary, in the given order."""
    lines = ["score  blurred  motion  defocus  verdict                       photo"]
    for prediction in predictions:
        verdict = prediction.verdict
        shares = (verdict.blurred_share, verdict.motion_share, verdict.defocus_share)
        blurred, motion, defocus = ("-" if share is None else f"{share:.0%}" for share in shares)
        score = f"{verdict.score:5.2f}" if verdict.judged else "    -"
        lines.append(
            f"{score}  {blurred:>7}  {motion:>6}  {defocus:>7}  "
            f"{REASONS[verdict.reason]:28}  {_printable(prediction.photo)}"
        )
    return "\n".join(lines)


def _printable(path: Path) -> str:
    """A path as text that any terminal and JSON file takes."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "?" for letter in text)


if __name__ == "__main__":
    sys.exit(main())
