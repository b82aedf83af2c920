"""How often the verdict warns rightly: sharp photos and whole-frame blurred versions of them.

    python benchmarks/verdict.py [--system mobile] [--system NAME:PHOTOS] ...

A photo of CUHK in which a subject is sharp must not cause a warning; the same photo, all of it blurred by a
camera shake or a lens out of focus, must. Photos are shrunk to 640 pixels; all get noise and JPEG after the
blur. The validation photos calibrate (a border with at most `--budget` false alarms), the test photos
measure. A system's answers are kept in --cache-dir, a file a photo: an interrupted run goes on where it was.
They are kept by the system's name: remove its folder there when its weights have changed.

The calibrated border of a system is the `even_odds` that its contract should have. Each is measured with its
own border and with the calibrated one; so is the variance of the Laplacian, whose own is the usual 100.

Writes verdict.csv, verdict.md and verdict_roc.png to --output-dir, and prints the tables.
"""

import argparse
import csv
import dataclasses
import decimal
import functools
import io
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from keras_blur import files, verdict
from keras_blur.commands.cli import command
from keras_blur.contract import Calibration
from keras_blur.labels import SHARP
from keras_blur.progress import progress_bar

DATASET = "cuhk_blur/kim2018"
SIDE = 640  # pixels: of the photos, and what the sizes of blur refer to
SHAKES = (3, 5, 9, 13, 21, 31)  # pixels: a trajectory's longest diagonal
DISCS = (0.75, 1, 1.5, 2, 3, 5)  # pixels: radius
SHARP_PHOTO = ("sharp", 0)
BLURS = [*(("shake", size) for size in SHAKES), *(("disc", size) for size in DISCS)]
CASES = [SHARP_PHOTO, *BLURS]
TYPES = {"shake": "motion", "disc": "defocus"}

# Base-10 logarithms of a phone's noise (`synthesis.camera.noise`), 12 megapixels averaged to 640 pixels.
SHOT_NOISE, READ_NOISE = (-5.5, -3.5), (-3.8, -2.8)
JPEG_QUALITY = (75, 95)

SUBJECT = 0.9  # A photo has a sharp subject if a window of the mask is sharp to this share.
RECALL = 0.95
USUAL_THRESHOLD = 100  # of the variance of the Laplacian
LAPLACIAN = "variance of the Laplacian"
CALIBRATED, OWN = "calibrated", "own"  # borders: what validation photos give, and what the method came with
LEAST = 1e-9  # of P(blurred), to which the verdict rounds windows: beyond it odds mean nothing

Answers = dict[tuple[str, float], np.ndarray]


def parser() -> argparse.ArgumentParser:
    """The benchmark's options."""
    options = argparse.ArgumentParser(
        prog="python benchmarks/verdict.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument(
        "--system",
        action="append",
        metavar="NAME[:PHOTOS]",
        help="a system and how many photos of each split (default: mobile, all photos)",
    )
    options.add_argument("--data-dir", type=Path, help="where data sets are prepared")
    options.add_argument("--cache-dir", type=Path, default=Path("runs/verdict"), help="default: %(default)s")
    options.add_argument("--output-dir", type=Path, default=Path("runs/verdict"), help="default: %(default)s")
    options.add_argument(
        "--budget", type=float, default=0.025, help="false alarms on validation photos (default: %(default)s)"
    )
    options.add_argument(
        "--split",
        choices=("validation", "test"),
        default="test",
        help="what is measured: validation, while anything is still to be chosen, reads no test photo "
        "(default: %(default)s)",
    )
    options.add_argument("--photos", type=int, help="photos of each split (default: all)")
    return options


def version(image: np.ndarray, name: str, kind: str, size: float) -> np.ndarray:
    """A photo as a camera would have taken it with such a blur; the same call gives the same picture.

    Args:
        image: uint8 RGB `(H, W, 3)`; shrunk to `SIDE`. A smaller photo gets a smaller blur in proportion.
        name: The photo's name, which seeds the randomness.
        kind: "sharp", "shake" or "disc".
        size: Of the blur, in pixels of a photo of `SIDE`.
    """
    from keras_blur.processing import limit_side
    from keras_blur.synthesis import camera, kernels
    from keras_blur.synthesis.blur import blur
    from keras_blur.synthesis.light import to_linear, to_srgb

    rng = np.random.default_rng(zlib.crc32(f"{name}/{kind}/{size}".encode()))
    image = limit_side(image, SIDE)
    size *= max(image.shape[:2]) / SIDE
    kernel = {
        "sharp": kernels.identity,
        "shake": lambda: kernels.shake(rng, size),
        "disc": lambda: kernels.disc(size),
    }[kind]()
    shot, read = (10 ** rng.uniform(*limits) for limits in (SHOT_NOISE, READ_NOISE))
    noisy = camera.noise(blur(to_linear(image), kernel), rng, shot, read)
    return camera.jpeg(to_srgb(noisy), int(rng.integers(JPEG_QUALITY[0], JPEG_QUALITY[1] + 1)))


def has_subject(mask: np.ndarray) -> bool:
    """Whether something in the photo is sharp by its mask, as large as the verdict's window."""
    sharp = (mask == SHARP).astype(np.float64)
    return verdict.assess(np.stack([sharp, 1 - sharp], axis=-1), Calibration()).score <= 1 - SUBJECT


def photos(split: str, count: int | None, data_dir: Path | None) -> Iterator[Callable[[], Any]]:
    """A split's photos, in a seeded order, as functions that read one."""
    from keras_blur.data import catalog

    examples = catalog.load(DATASET, split, data_dir)
    for index in np.random.default_rng(0).permutation(len(examples))[:count]:
        yield examples.names[index], lambda index=int(index): examples[index]


def answers(
    name: str, split: str, count: int | None, arguments: argparse.Namespace, load: Callable[[], Any]
) -> list[Answers]:
    """A system's maps of all versions of a split's photos with a subject, on the verdict's grid.

    Each photo's are kept as a file; nothing is computed twice, and `load` gives the system if it is needed.
    """
    folder = arguments.cache_dir / name.strip("/").replace("/", "_")
    kept = []
    for photo, read in progress_bar(list(photos(split, count, arguments.data_dir)), desc=f"{name}, {split}"):
        path = folder / f"{split}_{photo}.npz"
        if not path.exists():
            example = read()
            system = None if name == LAPLACIAN else load()
            values = _answers(system, example) if has_subject(example.mask) else {}
            with files.atomic_path(path) as temporary:
                np.savez_compressed(temporary, **{f"{kind}/{size}": v for (kind, size), v in values.items()})
        with np.load(path) as stored:
            values = {
                case: stored["{}/{}".format(*case)] for case in CASES if "{}/{}".format(*case) in stored
            }
        if values:
            kept.append(values)
    return kept


def _answers(system: Any, example: Any) -> Answers:
    from keras_blur.classical.laplacian_variance import variance_of_laplacian
    from keras_blur.processing import resize_map

    pictures = {case: version(example.image, example.name, *case) for case in CASES}
    if system is None:
        return {case: np.float64(variance_of_laplacian(picture)) for case, picture in pictures.items()}
    return {
        case: resize_map(system.blur_map(picture), verdict.GRID, verdict.GRID)
        for case, picture in pictures.items()
    }


def scores(photo_answers: Sequence[Answers], score: Callable[[np.ndarray], float]) -> dict[tuple, np.ndarray]:
    """Each case's scores, a value a photo; higher = more blurred."""
    return {case: np.array([score(values[case]) for values in photo_answers]) for case in CASES}


def window_score(blur_map: np.ndarray) -> float:
    """P(blurred) of a stored map's sharpest window: the verdict's score before calibration."""
    return verdict.assess(blur_map, Calibration()).score


def mean_score(blur_map: np.ndarray) -> float:
    """The mean P(blurred): for maps whose values mean something only within their photo."""
    return float(1 - blur_map[..., SHARP].astype(np.float64).mean())


def false_alarms(sharp: np.ndarray, blurred: np.ndarray, recall: float = RECALL) -> float:
    """The share of sharp photos above the highest threshold that still finds `recall` of the blurred ones.

    Args:
        sharp, blurred: Scores.
        recall: The least share of `blurred` at or above the threshold.
    """
    needed = int(np.ceil(recall * len(blurred) - 1e-9))
    threshold = np.sort(blurred)[::-1][needed - 1]
    return float((sharp >= threshold).mean())


def calibrated(sharp: np.ndarray, budget: float) -> float:
    """The lowest threshold above which at most a share `budget` of the sharp photos' scores lie."""
    allowed = int(np.floor(budget * len(sharp) + 1e-9))
    return float(np.sort(sharp)[::-1][allowed])


def calibrated_odds(sharp: np.ndarray, budget: float) -> float:
    """The even odds at which at most a share `budget` of sharp photos cause a warning.

    Args:
        sharp: P(blurred) of the photos' sharpest windows.
        budget: The share.

    Returns:
        The odds, rounded up to two digits: down would warn of more.
    """
    blurred = min(max(calibrated(sharp, budget), LEAST), 1 - LEAST)
    two_digits = decimal.Context(prec=2, rounding=decimal.ROUND_CEILING)
    return float(two_digits.create_decimal_from_float(blurred / (1 - blurred)))


def roc(sharp: np.ndarray, blurred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """False alarms and recall at every threshold."""
    thresholds = np.unique(np.concatenate([sharp, blurred, [np.inf]]))[::-1]
    return tuple((values[:, None] >= thresholds).mean(axis=0) for values in (sharp, blurred))


@dataclasses.dataclass(frozen=True)
class Way:
    """How a method's answer to a photo becomes a warning.

    Attributes:
        method: What tables call it.
        score: From an answer to a score; higher = more blurred.
        own: The score above which it warns by itself, or its even odds; None = it has none.
        odds: Whether it is the verdict, whose scores here are P(blurred), with even odds as its border.
        typed: Whether the verdict names a reason.
    """

    method: str
    score: Callable[[np.ndarray], float]
    own: float | None = None
    odds: bool = False
    typed: bool = False


def ways(name: str, answer: np.ndarray, load: Callable[[], Any]) -> list[Way]:
    """What is made of a method's answers, of which one is given; `load` gives the system."""
    if name == LAPLACIAN:
        return [Way(name, lambda value: -float(value), -USUAL_THRESHOLD)]
    if answer.shape[-1] == 3:
        return [Way(name, window_score, load().calibration.even_odds, odds=True, typed=True)]
    best = Way(f"{name}, best window", window_score, load().calibration.even_odds, odds=True)
    return [best, Way(f"{name}, mean", mean_score)]


def right_reasons(photo_answers: Sequence[Answers], case: tuple[str, float], threshold: float) -> float:
    """Of the warnings of a case, the share whose reason is the blur's type; NaN if there is none."""
    results = [verdict.assess(values[case], Calibration()) for values in photo_answers]
    types = [result.blur_type for result in results if result.score > threshold]
    return float(np.mean([name == TYPES[case[0]] for name in types])) if types else float("nan")


def rows(
    way: Way, setting: str, border: float, calibration: dict, test: dict, test_answers: Sequence[Answers]
) -> list[dict[str, Any]]:
    """A way's figures with one border, a row a blur.

    Args:
        way: What is measured.
        setting: CALIBRATED or OWN.
        border: The even odds if the way has such, else the score above which it warns.
        calibration, test: Scores of the validation and the test photos.
        test_answers: What the latter are from.
    """
    threshold = border / (1 + border) if way.odds else border
    return [
        {
            "method": way.method,
            "setting": setting,
            "blur": kind,
            "size": size,
            "threshold": threshold,
            "even_odds": border if way.odds else None,
            "photos": len(test[SHARP_PHOTO]),
            "validation_false_alarms_at_95": false_alarms(
                calibration[SHARP_PHOTO], calibration[(kind, size)]
            ),
            "false_alarms_at_95": false_alarms(test[SHARP_PHOTO], test[(kind, size)]),
            "validation_false_alarms": float((calibration[SHARP_PHOTO] > threshold).mean()),
            "false_alarms": float((test[SHARP_PHOTO] > threshold).mean()),
            "recall": float((test[(kind, size)] > threshold).mean()),
            "right_reason": right_reasons(test_answers, (kind, size), threshold) if way.typed else None,
        }
        for kind, size in BLURS
    ]


def measured(arguments: argparse.Namespace) -> tuple[list[dict[str, Any]], dict[str, dict]]:
    """All rows, and the test scores by method."""
    from keras_blur import systems

    table, curves = [], {}
    wanted = [entry.partition(":") for entry in [LAPLACIAN, *(arguments.system or ["mobile"])]]
    for name, _, count in wanted:
        count = int(count) if count else arguments.photos
        load = functools.cache(functools.partial(systems.load, name))
        validation, test = (
            answers(name, split, count, arguments, load) for split in ("validation", arguments.split)
        )
        for way in ways(name, test[0][SHARP_PHOTO], load):
            calibration, result = scores(validation, way.score), scores(test, way.score)
            calibrate = calibrated_odds if way.odds else calibrated
            borders = {CALIBRATED: calibrate(calibration[SHARP_PHOTO], arguments.budget), OWN: way.own}
            for setting, border in borders.items():
                if border is not None:
                    table += rows(way, setting, border, calibration, result, test)
            curves[way.method] = result
    return table, curves


def markdown(table: Sequence[dict[str, Any]]) -> str:
    """Three tables: false alarms at 95 % recall, what each border does, and how often the reason is right."""
    heads = " | ".join(f"{kind} {size:g}" for kind, size in BLURS)
    of: dict[str, dict[str, list]] = {}
    for row in table:
        of.setdefault(row["method"], {}).setdefault(row["setting"], []).append(row)
    settings = [(name, lines) for name, each in of.items() for lines in each.values()]

    lines = [f"| method | photos | {heads} |", "|---|---|" + "---|" * len(BLURS)]
    for name, each in of.items():
        found = each[CALIBRATED]
        lines.append(f"| {name} | {found[0]['photos']} | {_percent(found, 'false_alarms_at_95')} |")
    lines += ["", f"| method | warns above | false alarms | {heads} |", "|---|---|---|" + "---|" * len(BLURS)]
    for name, found in settings:
        alarms = f"{100 * found[0]['false_alarms']:.1f}"
        lines.append(f"| {name} | {_border(found[0])} | {alarms} | {_percent(found, 'recall')} |")
    lines += ["", f"| right reason | warns above | {heads} |", "|---|---|" + "---|" * len(BLURS)]
    for name, found in settings:
        if found[0]["right_reason"] is not None:
            lines.append(f"| {name} | {_border(found[0])} | {_percent(found, 'right_reason', 0)} |")
    lines += ["", *(_advice(name, each) for name, each in of.items() if each[CALIBRATED][0]["even_odds"])]
    return "\n".join(lines) + "\n"


def _percent(found: Sequence[dict[str, Any]], key: str, digits: int = 1) -> str:
    return " | ".join(f"{100 * row[key]:.{digits}f}" for row in found)


def _border(row: dict[str, Any]) -> str:
    """Where a row's method warns, in words."""
    kind = "threshold" if row["even_odds"] is None else "even odds"
    value = abs(row["threshold"]) if row["even_odds"] is None else row["even_odds"]
    return f"{kind} {value:.3g}" + (f", {CALIBRATED}" if row["setting"] == CALIBRATED else "")


def _advice(name: str, each: dict[str, list]) -> str:
    """What to write into a network's contract."""
    fitted, own = each[CALIBRATED][0], each[OWN][0]
    return (
        f'- {name}: "even_odds": {fitted["even_odds"]:g} in contract.json warns of '
        f"{100 * fitted['validation_false_alarms']:.1f} % of the sharp validation photos; "
        f"{own['even_odds']:g}, which it has, of {100 * own['validation_false_alarms']:.1f} %."
    )


def draw(path: Path, curves: dict[str, dict]) -> None:
    """ROC curves: a column a type of blur, a row a method."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    columns = (("shake", SHAKES, "camera shake, pixels"), ("disc", DISCS, "defocus, radius in pixels"))
    figure, axes = plt.subplots(
        len(curves), 2, figsize=(9, 3.4 * len(curves)), squeeze=False, sharex=True, sharey=True
    )
    for line, (name, values) in zip(axes, curves.items(), strict=True):
        for axis, (kind, sizes, text) in zip(line, columns, strict=True):
            for index, size in enumerate(sizes):
                alarms, recall = roc(values[SHARP_PHOTO], values[(kind, size)])
                colour = plt.cm.viridis(index / len(sizes))
                axis.plot(100 * alarms, 100 * recall, color=colour, label=f"{size:g}")
            axis.axhline(100 * RECALL, color="0.8", linewidth=0.8, zorder=0)
            axis.axvline(5, color="0.8", linewidth=0.8, zorder=0)
            axis.set(xlim=(0, 50), ylim=(50, 100.5))
            axis.set_title(f"{name}: {text}", fontsize=9)
            axis.legend(loc="lower right", fontsize=8)
    for axis in axes[-1]:
        axis.set_xlabel("false alarms, %")
    for axis in axes[:, 0]:
        axis.set_ylabel("recall, %")
    figure.tight_layout()
    with files.atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110)
    plt.close(figure)


@command
def main(argv: list[str] | None = None) -> int:
    """Runs the benchmark, prints its tables and writes its files."""
    arguments = parser().parse_args(argv)
    cv2.setNumThreads(1)
    table, curves = measured(arguments)
    text = io.StringIO()
    writer = csv.DictWriter(text, table[0], lineterminator="\n")
    writer.writeheader()
    for row in table:
        writer.writerow({k: f"{v:.4g}" if isinstance(v, float) else v for k, v in row.items()})
    files.write_text(arguments.output_dir / "verdict.csv", text.getvalue())
    files.write_text(arguments.output_dir / "verdict.md", markdown(table))
    draw(arguments.output_dir / "verdict_roc.png", curves)
    print(markdown(table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
