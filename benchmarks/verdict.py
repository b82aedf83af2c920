"""How often the verdict is right: by kind of picture, and by type and size of blur.

    python benchmarks/verdict.py [--system mobile] [--system FILE] [--split test] ...

Two sources. **CUHK**: a photo in which a subject is sharp must not cause a warning; the same photo, all of it
blurred by a camera shake or a lens out of focus, must. Photos are shrunk to 640 pixels; all get noise and
JPEG after the blur. **field_scenes**: text, night, drawings, empty frames, captions and more, a row for each
kind. Sharp and empty ones must be quiet, those that are clearly blurred must be warned of. A blurred subject
before a sharp background is asked about by a tap on it.

The validation part calibrates, and is what is measured unless --split says otherwise: test photos are read
for the final tables alone. Each system is measured with its own border and with the calibrated one; so is the
variance of the Laplacian, whose own is the usual 100. Pictures that are too small for a system's input are
left out of its rows. What systems answer is kept in --cache-dir, by name: an interrupted run goes on where it
was. Remove a system's folder there when its weights have changed.

Writes verdict.csv, verdict.md and verdict_roc.png to --output-dir, and prints the tables. The last lines say
what to write into contracts: `even_odds` and `motion_odds`, or for a file its entry of `file_even_odds`.
"""

import argparse
import csv
import dataclasses
import decimal
import functools
import io
import json
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

PHOTOS, SCENES = "cuhk_blur/kim2018", "field_scenes"
SIDE = 640  # pixels: of the photos, and what the sizes of blur refer to
SHAKES = (3, 5, 9, 13, 21, 31)  # pixels: a trajectory's longest diagonal
DISCS = (0.75, 1, 1.5, 2, 3, 5)  # pixels: radius
BLURS = [*(("shake", size) for size in SHAKES), *(("disc", size) for size in DISCS)]
VERSIONS = [("sharp", 0), *BLURS]
REASONS = {"shake": "motion", "disc": "defocus"}
NAMES = {"sharp": "sharp", "motion": "shake", "defocus": "disc"}  # of field_scenes' types

CLEAR_SHAKE, CLEAR_DISC = 9.0, 2.0  # pixels: less is allowed to be missed
CLEAR_NIGHT_SHAKE, CLEAR_NIGHT_DISC = 13.0, 3.2
UNREADABLE_SHAKE, UNREADABLE_DISC = 1.2, 0.35  # of the letters' x-height

# Base-10 logarithms of a phone's noise (`synthesis.camera.noise`), 12 megapixels averaged to 640 pixels.
SHOT_NOISE, READ_NOISE = (-5.5, -3.5), (-3.8, -2.8)
JPEG_QUALITY = (75, 95)

SUBJECT = 0.9  # A photo has a sharp subject if a window of the mask is sharp to this share.
RECALL = 0.95
USUAL_THRESHOLD = 100  # of the variance of the Laplacian
LAPLACIAN = "variance of the Laplacian"
CALIBRATED, OWN = "calibrated", "own"  # borders: of the validation part, and what the method came with
LEAST = 1e-9  # of P(blurred), to which the verdict rounds windows: beyond it odds mean nothing
MAP_SIDE = 96  # kept maps are no larger: three pixels for a cell of the verdict
MOTION_ODDS = [float(f"{odds:.2g}") for odds in np.geomspace(0.1, 2, 14)]


@dataclasses.dataclass(frozen=True)
class Picture:
    """What a system is asked about, and the truth.

    Attributes:
        kind: "photos" for CUHK's, else the scene's kind.
        blur: "sharp", "shake" or "disc"; of the photo, or of the subject in it.
        size: Of the blur, in pixels of a longer side of `SIDE`.
        clear: Whether it is sharp or empty, or so blurred that it must be warned of.
        judgeable: Whether there is anything to judge.
        image: uint8 RGB.
        region: What it is asked about; None = the whole.
    """

    kind: str
    blur: str
    size: float
    clear: bool
    judgeable: bool
    image: np.ndarray
    region: tuple[float, float, float, float] | None = None


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a system said about a picture.

    Attributes:
        kind, blur, size, clear, judgeable: See `Picture`.
        detail: What the verdict measures of the pixels.
        answer: The system's map; for `LAPLACIAN` the variance.
    """

    kind: str
    blur: str
    size: float
    clear: bool
    judgeable: bool
    detail: verdict.Detail
    answer: np.ndarray


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
        metavar="NAME|RUN|FILE",
        help="a system (default: mobile)",
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
        default="validation",
        help="what is measured; test only once everything is chosen (default: %(default)s)",
    )
    options.add_argument("--photos", type=int, help="photos and scenes of each part (default: all)")
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
    return window_score(np.stack([sharp, 1 - sharp], axis=-1)) <= 1 - SUBJECT


def clearly_blurred(kind: str, blur: str, size: float, x_height: float) -> bool:
    """Whether a scene must be warned of: letters that can't be read, else `CLEAR_SHAKE` and `CLEAR_DISC`.

    Args:
        kind, blur, size: See `Picture`.
        x_height: Of the letters, in the size's unit; 0 = none.
    """
    if kind == "small_blur":  # all of it is small
        return True
    if x_height:
        return size >= x_height * (UNREADABLE_SHAKE if blur == "shake" else UNREADABLE_DISC)
    if kind == "night":
        return size >= (CLEAR_NIGHT_SHAKE if blur == "shake" else CLEAR_NIGHT_DISC)
    return size >= (CLEAR_SHAKE if blur == "shake" else CLEAR_DISC)


Batch = tuple[str, Callable[[], list[Picture]]]


def batches(split: str, count: int | None, data_dir: Path | None) -> Iterator[Batch]:
    """A part's photos and scenes, in a seeded order: names, and functions that make the pictures."""
    from keras_blur.data import catalog

    for dataset, make in ((PHOTOS, photo_versions), (SCENES, scene)):
        examples = catalog.load(dataset, split, data_dir)
        for index in np.random.default_rng(0).permutation(len(examples))[:count]:
            name = f"{make.__name__}_{examples.names[index]}"
            yield name, functools.partial(make, examples, int(index))


def photo_versions(examples: Any, index: int) -> list[Picture]:
    """All versions of a photo of CUHK; none if nothing in it is sharp."""
    example = examples[index]
    if not has_subject(example.mask):
        return []
    return [
        Picture(
            "photos",
            blur,
            size,
            clear=blur == "sharp" or clearly_blurred("photos", blur, size, 0),
            judgeable=True,
            image=version(example.image, example.name, blur, size),
        )
        for blur, size in VERSIONS
    ]


def scene(examples: Any, index: int) -> list[Picture]:
    """A scene of field_scenes."""
    example = examples[index]
    features = ("kind", "blur_type", "blur_size", "x_height", "judgeable")
    kind, blur_type, size, x_height, judgeable = (_features(examples, name)[index] for name in features)
    blur = NAMES[blur_type]
    clear = blur == "sharp" or clearly_blurred(kind, blur, float(size), float(x_height))
    region = _tap(example.mask != SHARP) if kind == "soft_subject" and blur != "sharp" else None
    return [Picture(kind, blur, float(size), clear, bool(judgeable), example.image, region)]


@functools.cache
def _features(examples: Any, name: str) -> list:
    return examples.feature(name)


def _tap(subject: np.ndarray) -> tuple[float, float, float, float]:
    """The region that a tap into the middle of the subject means."""
    depth = cv2.distanceTransform(np.pad(subject, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    return verdict.around((row + 0.5) / depth.shape[0], (column + 0.5) / depth.shape[1])


def answers(
    systems: dict[str, Callable[[], Any]], options: argparse.Namespace, split: str
) -> dict[str, list[Answer]]:
    """What systems say about a part. A picture is made once for all of them, and only if one hasn't seen it.

    Args:
        systems: By name, what gives the system if it is needed.
        options: The command's.
        split: The part.
    """
    found: dict[str, list[Answer]] = {name: [] for name in systems}
    for batch, make in progress_bar(list(batches(split, options.photos, options.data_dir)), desc=split):
        make = functools.cache(make)
        for name, load in systems.items():
            path = options.cache_dir / name.strip("/").replace("/", "_") / f"{split}_{batch}.npz"
            if not path.exists():
                _keep(path, [_ask(name, load, picture) for picture in make()])
            found[name] += _kept(path)
    return found


def _ask(name: str, load: Callable[[], Any], picture: Picture) -> Answer:
    from keras_blur.classical.laplacian_variance import variance_of_laplacian
    from keras_blur.processing import limit_side, resize_map

    if name == LAPLACIAN:
        answer = np.float64(variance_of_laplacian(limit_side(picture.image, SIDE)))
    else:
        answer = load().blur_map(picture.image)
        answer = resize_map(answer, *(min(side, MAP_SIDE) for side in answer.shape[:2]))
    truth = {field.name: getattr(picture, field.name) for field in dataclasses.fields(Answer)[:5]}
    return Answer(**truth, detail=verdict.detail(picture.image, picture.region), answer=answer)


def _keep(path: Path, found: Sequence[Answer]) -> None:
    about = [dataclasses.asdict(dataclasses.replace(answer, answer=None)) for answer in found]
    with files.atomic_path(path) as temporary:
        np.savez_compressed(temporary, *(answer.answer for answer in found), about=json.dumps(about))


def _kept(path: Path) -> list[Answer]:
    with np.load(path) as stored:
        about = json.loads(str(stored["about"]))
        details = [verdict.Detail(**each.pop("detail")) for each in about]
        return [
            Answer(**each | {"detail": detail, "answer": stored[f"arr_{number}"]})
            for number, (each, detail) in enumerate(zip(about, details, strict=True))
        ]


def window_score(blur_map: np.ndarray, region: Any = None) -> float:
    """P(blurred) of a map's sharpest window: the score of a photo with fine detail, before calibration."""
    return verdict.assess(blur_map, Calibration(), region=region).score


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
        sharp: Their scores before calibration.
        budget: The share.

    Returns:
        The odds, rounded up to two digits: down would warn of more.
    """
    blurred = min(max(calibrated(sharp, budget), LEAST), 1 - LEAST)
    two_digits = decimal.Context(prec=2, rounding=decimal.ROUND_CEILING)
    return float(two_digits.create_decimal_from_float(blurred / (1 - blurred)))


def calibrated_motion_odds(found: Sequence[Answer], own: Calibration) -> float:
    """The motion odds at which reasons of clear shakes and of clear discs are right about as often."""
    blurred = [each for each in found if each.blur in REASONS and each.clear]
    blurred = [each for each, result in verdicts(blurred, own) if result.warn]
    worst = {}
    for odds in MOTION_ODDS:
        seen = verdicts(blurred, dataclasses.replace(own, motion_odds=odds))
        worst[odds] = min(right_reasons(seen, lambda each, blur=blur: each.blur == blur) for blur in REASONS)
    return max(worst, key=worst.get)


Seen = list[tuple[Answer, verdict.Verdict]]


def verdicts(found: Sequence[Answer], calibration: Calibration) -> Seen:
    """Every answer with its verdict."""
    return [
        (each, verdict.assess(each.answer, calibration, each.detail, each.detail.region)) for each in found
    ]


def right_reasons(seen: Seen, counts: Callable[[Answer], bool]) -> float:
    """The share of the warnings that count with the right reason; NaN without warnings or types."""
    reasons = [(result.reason, REASONS[each.blur]) for each, result in seen if result.warn and counts(each)]
    if not reasons or reasons[0][0] == "blur":
        return float("nan")
    return float(np.mean([reason == right for reason, right in reasons]))


def roc(sharp: np.ndarray, blurred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """False alarms and recall at every threshold."""
    thresholds = np.unique(np.concatenate([sharp, blurred, [np.inf]]))[::-1]
    return tuple((values[:, None] >= thresholds).mean(axis=0) for values in (sharp, blurred))


@dataclasses.dataclass(frozen=True)
class Method:
    """A way to warn, with one border.

    Attributes:
        name: Of the system, or `LAPLACIAN`.
        setting: `CALIBRATED` or `OWN`.
        calibration: What the verdict gets; None for the Laplacian.
        threshold: The variance below which the Laplacian warns; None for a system.
    """

    name: str
    setting: str
    calibration: Calibration | None = None
    threshold: float | None = None

    @property
    def border(self) -> str:
        """Where it warns, in words."""
        if self.calibration is None:
            return f"below {self.threshold:.3g}, {self.setting}"
        odds = f"even odds {self.calibration.even_odds:g}, motion odds {self.calibration.motion_odds:g}"
        return f"{odds}, {self.setting}"

    def look(self, found: Sequence[Answer]) -> Seen:
        """Every answer with what is made of it."""
        if self.calibration is not None:
            return verdicts(found, self.calibration)
        results = [verdict.Verdict(True, bool(each.answer < self.threshold), "blur") for each in found]
        return list(zip(found, results, strict=True))


def score(each: Answer) -> float:
    """How blurred a picture is said to be, before calibration; higher = more, for both kinds of answers."""
    if not each.answer.ndim:
        return -float(each.answer)
    blurred = window_score(each.answer, each.detail.region)
    return float(blurred / (blurred + (1 - blurred) / verdict.softness(each.detail.fineness)))


def methods(name: str, found: Sequence[Answer], budget: float, own: Calibration | None) -> list[Method]:
    """A system's verdict with the border that the validation part gives, and with its own.

    Args:
        name: See `Method`.
        found: What it said about the validation part.
        budget: The share of sharp pictures that may cause a warning.
        own: Its calibration; None for the Laplacian.
    """
    seen = Method(name, OWN, own, USUAL_THRESHOLD).look(found)
    sharp = np.array(
        [score(each) for each, result in seen if each.blur == "sharp" and each.judgeable and result.judged]
    )
    if own is None:
        return [
            Method(name, CALIBRATED, threshold=-calibrated(sharp, budget)),
            Method(name, OWN, threshold=USUAL_THRESHOLD),
        ]
    fitted = dataclasses.replace(own, even_odds=calibrated_odds(sharp, budget))
    fitted = dataclasses.replace(fitted, motion_odds=calibrated_motion_odds(found, fitted))
    return [Method(name, CALIBRATED, fitted), Method(name, OWN, own)]


def photo_rows(method: Method, found: Sequence[Answer]) -> list[dict[str, Any]]:
    """A method's figures on CUHK's photos, a row a blur."""
    seen = [(each, result) for each, result in method.look(found) if each.kind == "photos"]
    scores = {case: np.array([score(a) for a, _ in seen if (a.blur, a.size) == case]) for case in VERSIONS}
    sharp = [result.warn for each, result in seen if each.blur == "sharp"]
    rows = []
    for blur, size in BLURS:
        warned = [result.warn for each, result in seen if (each.blur, each.size) == (blur, size)]
        rows.append(
            _head(method, "photos", blur, size, len(warned))
            | {
                "false_alarms_at_95": false_alarms(scores[("sharp", 0)], scores[(blur, size)]),
                "quiet": 1 - float(np.mean(sharp)),
                "warned": float(np.mean(warned)),
                "right_reason": right_reasons(seen, lambda a, case=(blur, size): (a.blur, a.size) == case),
            }
        )
    return rows


def kind_rows(method: Method, found: Sequence[Answer]) -> list[dict[str, Any]]:
    """A method's figures on each kind of picture, sharp, empty or clearly blurred."""
    rows = []
    for kind in dict.fromkeys(each.kind for each in found):
        seen = [(each, result) for each, result in method.look(found) if each.kind == kind and each.clear]
        mine = [(each, result) for each, result in seen if result.reason != verdict.TOO_SMALL]
        quiet = [not result.warn for each, result in mine if each.blur == "sharp"]
        warned = [result.warn for each, result in mine if each.blur != "sharp"]
        rows.append(
            _head(method, kind, "", None, len(mine))
            | {
                "quiet": float(np.mean(quiet)) if quiet else None,
                "warned": float(np.mean(warned)) if warned else None,
                "right_reason": right_reasons(mine, lambda each: each.blur != "sharp"),
                "too_small": 1 - len(mine) / len(seen),
                "judged": float(np.mean([result.judged for _, result in mine])),
            }
        )
    return rows


def _head(method: Method, kind: str, blur: str, size: float | None, pictures: int) -> dict[str, Any]:
    return {
        "method": method.name,
        "setting": method.setting,
        "border": method.border,
        "kind": kind,
        "blur": blur,
        "size": size,
        "pictures": pictures,
    }


def measured(
    options: argparse.Namespace,
) -> tuple[list[dict], list[dict], dict[str, list[Answer]], list[str]]:
    """The rows of photos and of kinds, the answers, and what to write into contracts."""
    from keras_blur import systems

    loads = {LAPLACIAN: lambda: None}
    for name in options.system or ["mobile"]:
        loads[name] = functools.cache(functools.partial(systems.load, name))
    validation = answers(loads, options, "validation")
    found = validation if options.split == "validation" else answers(loads, options, options.split)
    photos, kinds, advice = [], [], []
    for name, load in loads.items():
        own = None if name == LAPLACIAN else load().calibration
        ways = methods(name, validation[name], options.budget, own)
        for way in ways:
            photos += photo_rows(way, found[name])
            kinds += kind_rows(way, found[name])
        if own is not None:
            advice.append(f"- {name}: {ways[0].border}; it has {ways[1].border}.")
    return photos, kinds, found, advice


def markdown(photos: Sequence[dict], kinds: Sequence[dict], advice: Sequence[str]) -> str:
    """Kinds and the worst of them, then CUHK's photos by blur, then the calibration."""
    names = list(dict.fromkeys((row["method"], row["border"]) for row in kinds))
    lines = [
        "| kind | " + " | ".join(f"{name}, {border}" for name, border in names) + " |",
        "|---|" + "---|" * len(names),
    ]
    for kind in dict.fromkeys(row["kind"] for row in kinds):
        cells = [
            next(r for r in kinds if (r["method"], r["border"], r["kind"]) == (*name, kind)) for name in names
        ]
        lines.append(f"| {kind} | " + " | ".join(map(_kind_cell, cells)) + " |")
    worst = [_worst([row for row in kinds if (row["method"], row["border"]) == name]) for name in names]
    lines += [
        "| **worst** | " + " | ".join(worst) + " |",
        "",
        "Quiet when sharp / warned of when blurred / right reason, in percent.",
        "",
    ]
    heads = " | ".join(f"{blur} {size:g}" for blur, size in BLURS)
    for key, title in (
        ("false_alarms_at_95", "false alarms at 95 % recall"),
        ("warned", "warned of"),
        ("right_reason", "right reason"),
    ):
        lines += [f"| {title} | border | quiet | {heads} |", "|---|---|---|" + "---|" * len(BLURS)]
        for name, border in names:
            rows = [row for row in photos if (row["method"], row["border"]) == (name, border)]
            cells = " | ".join(_percent(row[key]) for row in rows)
            lines.append(f"| {name} | {border} | {_percent(rows[0]['quiet'])} | {cells} |")
        lines.append("")
    return "\n".join([*lines, *advice]) + "\n"


def _percent(share: float | None) -> str:
    return "–" if share is None or np.isnan(share) else f"{100 * share:.1f}"


def _kind_cell(row: dict[str, Any]) -> str:
    return " / ".join(_percent(row[key]) for key in ("quiet", "warned", "right_reason"))


def _worst(rows: Sequence[dict]) -> str:
    """The least of a method's shares of quiet and warned, and whose it is."""
    shares = [
        (row[key], f"{row['kind']}, {key}")
        for row in rows
        for key in ("quiet", "warned")
        if row[key] is not None
    ]
    share, name = min(shares)
    return f"{_percent(share)} ({name})"


def draw(path: Path, found: dict[str, list[Answer]]) -> None:
    """ROC curves of CUHK's photos: a column a type of blur, a row a method."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    curves = {
        name: {
            case: np.array([score(a) for a in each if a.kind == "photos" and (a.blur, a.size) == case])
            for case in VERSIONS
        }
        for name, each in found.items()
    }
    columns = (("shake", SHAKES, "camera shake, pixels"), ("disc", DISCS, "defocus, radius in pixels"))
    figure, axes = plt.subplots(
        len(curves), 2, figsize=(9, 3.4 * len(curves)), squeeze=False, sharex=True, sharey=True
    )
    for line, (name, values) in zip(axes, curves.items(), strict=True):
        for axis, (kind, sizes, text) in zip(line, columns, strict=True):
            for index, size in enumerate(sizes):
                alarms, recall = roc(values[("sharp", 0)], values[(kind, size)])
                colour = plt.cm.viridis(index / len(sizes))
                axis.plot(100 * alarms, 100 * recall, color=colour, label=f"{size:g}")
            axis.axhline(100 * RECALL, color="0.8", linewidth=0.8, zorder=0)
            axis.axvline(5, color="0.8", linewidth=0.8, zorder=0)
            axis.set(xlim=(0, 50), ylim=(50, 100.5))
            axis.set_title(f"{Path(name).name}: {text}", fontsize=9)
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
    options = parser().parse_args(argv)
    cv2.setNumThreads(1)
    photos, kinds, found, advice = measured(options)
    text = io.StringIO()
    writer = csv.DictWriter(text, dict.fromkeys([*photos[0], *kinds[0]]), lineterminator="\n")
    writer.writeheader()
    for row in photos + kinds:
        writer.writerow({k: f"{v:.4g}" if isinstance(v, float) else v for k, v in row.items()})
    files.write_text(options.output_dir / "verdict.csv", text.getvalue())
    files.write_text(options.output_dir / "verdict.md", markdown(photos, kinds, advice))
    draw(options.output_dir / "verdict_roc.png", found)
    print(markdown(photos, kinds, advice))
    return 0


if __name__ == "__main__":
    sys.exit(main())
