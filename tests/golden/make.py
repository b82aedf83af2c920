"""`python tests/golden/make.py`: makes the cases that Python, Kotlin and JavaScript all run.

    maps.json     blur maps and their verdicts
    frames.json   verdicts over time and what to show
    prepare.json  pixels and what a network's input made of them must be
    details.json  pictures and what they hold to be judged
    photos.json   photos (photos/*.png) and what the shipped network says about them

`tests/golden/README.md` explains the fields. The photos come from scikit-image (extra "data"): chelsea and
coffee (CC0), astronaut (public domain).
"""

import dataclasses
import json
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from keras_blur import files, systems, verdict
from keras_blur.contract import Calibration, Contract
from keras_blur.processing import prepare, resize, save_picture
from keras_blur.synthesis import kernels
from keras_blur.synthesis.blur import blur_photo
from keras_blur.systems.dense import DenseSystem

FOLDER = Path(__file__).parent
S, M, D = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]
NO_DOUBT = [1 - 2**-10, 0.0, 2**-10]
WHOLE = 0.0, 0.0, 1.0, 1.0
PHOTO_CELLS = 8

TOLERANCES = {
    "keras": {"cell": 0.002, "mean": 0.0005, "score": 0.002},
    "float32": {"cell": 0.002, "mean": 0.0005, "score": 0.002},
    "float16": {"cell": 0.06, "mean": 0.005, "score": 0.02},
    "int8": {"cell": 0.5, "mean": 0.05, "score": 0.2},
}
"""How far a model's answers to the photos may lie from the Keras network's, by its format."""

SYSTEM = {"blurred_threshold": 0.5, "even_odds": 0.03, "motion_odds": 1.0, "input_side": 0}
"""What a system says of itself to the verdict, in the cases on maps that say nothing else."""

CONSTANTS = (
    *("GRID", "WINDOW", "WARN_SCORE", "TAP_SIDE", "SAMPLES", "LONGEST_STRIP", "EVEN_LEVELS"),
    *("CELLS", "BLOCK", "LEAST_CONTRAST", "LEAST_SIDE", "MUCH_ENLARGED", "TOO_ENLARGED"),
    *(
        "FINE_SIDE",
        "FINE_WINDOW",
        "FINE_NOISE",
        "TEXTURE",
        "LEAST_TEXTURED",
        "SHARP_FINENESS",
        "LEAST_FINENESS",
    ),
    *("QUIET_SCORE", "SMOOTHING", "TYPE_SMOOTHING", "APPEAR_AFTER", "VANISH_AFTER"),
    *("SHOWN_FOR", "HIDDEN_FOR", "OTHER_REASON", "LONGEST_GAP", "JUDGED_BELOW", "UNJUDGED_ABOVE"),
)


def constants() -> dict[str, float]:
    """The verdict's constants, by their Python names."""
    return {name: getattr(verdict, name) for name in CONSTANTS}


def painted(case: dict[str, Any]) -> np.ndarray:
    """The map that a case describes: its values, or a base with rectangles painted over it in turn."""
    height, width = case["height"], case["width"]
    if "values" in case:
        return np.reshape(case["values"], (height, width, -1))
    blur_map = np.tile(np.asarray(case["base"]), (height, width, 1))
    for top, left, rows, columns, probabilities in case["patches"]:
        blur_map[top : top + rows, left : left + columns] = probabilities
    return blur_map


def _map_case(name: str, height: int, width: int, base: list[float], *patches: list, **options: Any) -> dict:
    return {"name": name, "height": height, "width": width, "base": base, "patches": list(patches), **options}


def _random_map(name: str, seed: int, height: int, width: int, channels: int, **options: Any) -> dict:
    values = np.random.default_rng(seed).random((height, width, channels)) ** 3 + 0.01
    values = (values / values.sum(axis=-1, keepdims=True)).round(4)
    return {"name": name, "height": height, "width": width, "values": values.ravel().tolist(), **options}


def map_cases() -> list[dict[str, Any]]:
    """Maps without their verdicts."""
    subject = [20, 30, 30, 24, S]
    return [
        _map_case("all sharp", 88, 88, S),
        _map_case("all motion", 88, 88, M),
        _map_case("all defocus", 88, 88, D),
        _map_case("a single pixel", 1, 1, [0.25, 0.5, 0.25]),
        _map_case("a sharp subject before a soft background", 88, 88, D, subject),
        _map_case("a subject smaller than a window", 88, 88, D, [40, 40, 6, 6, S]),
        _map_case("a subject in the corner", 88, 88, M, [64, 64, 24, 24, S]),
        _map_case("two equal subjects: the first counts", 88, 88, D, [4, 60, 20, 20, S], [60, 4, 20, 20, S]),
        _map_case("two subjects that touch", 88, 88, D, [10, 10, 20, 20, S], [30, 20, 8, 50, S]),
        _map_case("more motion than defocus", 60, 60, D, [0, 0, 32, 60, M]),
        _map_case("as much motion as defocus", 60, 60, D, [0, 0, 30, 60, M]),
        _map_case("less motion than defocus", 60, 60, D, [0, 0, 28, 60, M]),
        _map_case("motion above the motion odds", 40, 64, [0.1, 0.2, 0.7], motion_odds=0.28),
        _map_case("motion below the motion odds", 40, 64, [0.1, 0.2, 0.7], motion_odds=0.29),
        _map_case("too faint for the shares", 40, 64, [0.6, 0.1, 0.3], even_odds=0.2),
        _map_case("uncertain everywhere", 40, 64, [0.4, 0.35, 0.25]),
        _map_case("types unknown", 50, 70, [0.1, 0.9], [10, 10, 8, 8, [0.9, 0.1]]),
        _map_case("types unknown, sharp", 50, 70, [0.9, 0.1]),
        _map_case("region on the subject", 88, 88, D, subject, region=[0.25, 0.36, 0.2, 0.2]),
        _map_case("region beside the subject", 88, 88, D, subject, region=[0.7, 0.1, 0.2, 0.2]),
        _map_case("region half on the subject", 88, 88, M, subject, region=[0.3, 0.2, 0.2, 0.2]),
        _map_case("large region, oblong", 66, 88, D, subject, region=[0.05, 0.1, 0.9, 0.4]),
        _map_case("region smaller than a pixel", 4, 4, S, [1, 2, 1, 1, M], region=[0.3, 0.55, 0.01, 0.01]),
        _map_case("another threshold for the shares", 30, 30, [0.6, 0.3, 0.1], blurred_threshold=0.35),
        _map_case("odds of 1: the score is P(blurred)", 40, 64, [0.4, 0.35, 0.25], even_odds=1.0),
        _map_case("odds above 1: rather no warning", 40, 64, [0.4, 0.35, 0.25], even_odds=2.0),
        _map_case("tiny odds: the least doubt warns", 40, 64, [0.995, 0.004, 0.001], even_odds=0.002),
        _random_map("random, wide", 1, 5, 9, 3),
        _random_map("random, high", 2, 13, 6, 3),
        _random_map("random, types unknown", 3, 7, 7, 2),
        _random_map("random, region", 4, 9, 11, 3, region=[0.13, 0.29, 0.41, 0.57]),
        _map_case("nothing to judge", 60, 60, D, detail=[15.99, 1.0, 480, 640]),
        _map_case("just enough contrast", 60, 60, D, detail=[16.0, 1.0, 480, 640]),
        _map_case("too small for anything", 60, 60, S, detail=[90.0, 1.0, 47, 200], input_side=0),
        _map_case("small, with an input that follows", 60, 60, M, detail=[90.0, 1.0, 48, 200], input_side=0),
        _map_case("too small for the input", 60, 60, M, detail=[90.0, 1.0, 469, 300], input_side=704),
        _map_case("enlarged, and noted", 60, 60, M, detail=[90.0, 1.0, 300, 470], input_side=704),
        _map_case("enlarged by little", 60, 60, M, detail=[90.0, 1.0, 480, 640], input_side=704),
        _map_case("tiny and empty: too small", 60, 60, M, detail=[0.0, 1.0, 40, 40], input_side=704),
        _map_case("fine enough: the map decides", 60, 60, [0.98, 0.01, 0.01], detail=[90.0, 0.4, 480, 640]),
        _map_case(
            "soft pixels, a doubt: a warning", 60, 60, [0.98, 0.01, 0.01], detail=[90.0, 0.3, 480, 640]
        ),
        _map_case("soft pixels, no doubt", 60, 60, NO_DOUBT, detail=[90.0, 0.2, 480, 640]),
        _map_case("no fine detail at all", 60, 60, NO_DOUBT, detail=[90.0, 0.0, 480, 640]),
        _map_case("one cell of constant probability", 1, 1, [0.5, 0.25, 0.25], even_odds=1.0),
    ]


def maps() -> dict[str, Any]:
    """Contents of maps.json."""
    cases = []
    for case in map_cases():
        case = {"region": None, "detail": None, **SYSTEM, **case}
        calibration = Calibration(**{name: case[name] for name in SYSTEM})
        detail = verdict.Detail(*case["detail"], WHOLE) if case["detail"] else None
        result = verdict.assess(painted(case), calibration, detail, case["region"])
        cases.append({**case, "expected": _rounded(result.to_dict())})
    taps = [(0.5, 0.5), (0.0, 0.97), (0.33, 0.05), (1.0, 0.0)]
    return {
        "constants": constants(),
        "cases": cases,
        "taps": [{"row": tap[0], "column": tap[1], "region": _rounded(verdict.around(*tap))} for tap in taps],
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 9)
    if isinstance(value, (list, tuple)):
        return [_rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return value


def _steady(
    start: float, end: float, rate: float, score: float | None, blur_type: str | None = "motion"
) -> list[list]:
    count = round((end - start) * rate)
    return [[round(start + index / rate, 4), score, blur_type] for index in range(count)]


def frame_cases() -> dict[str, list[list]]:
    """Frames as [time, score, type], the last two None if it is not judged; [time] asks without a frame."""
    rng = np.random.default_rng(5)
    wild = [
        [round(0.07 * n, 4), round(float(rng.random()), 3), verdict.TYPES[rng.integers(2)]] for n in range(80)
    ]
    hover = [
        [round(0.1 * n, 4), verdict.WARN_SCORE + (0.06 if n % 2 else -0.06), "defocus"] for n in range(40)
    ]
    mixed = _steady(0, 3, 10, 0.9)
    mixed[1::2] = [[time, None, None] for time, *_ in mixed[1::2]]
    away = [[round(1.45 + 0.5 * n, 4)] for n in range(6)]
    return {
        "sharp, shaken, out of focus, sharp": _steady(0, 1, 12, 0.05)
        + _steady(1, 3, 12, 0.95)
        + _steady(3, 5.5, 12, 0.9, "defocus")
        + _steady(5.5, 8, 12, 0.05, "defocus"),
        "a short jolt is no warning": _steady(0, 1, 15, 0.1)
        + _steady(1, 1.2, 15, 0.9)
        + _steady(1.2, 3, 15, 0.1),
        "blurred from the first frame": _steady(0, 1.5, 30, 0.8, "defocus"),
        "slow frames": _steady(0, 6, 1.25, 0.9) + _steady(6, 10, 1.25, 0.1),
        "around the threshold": hover,
        "wild scores and types": wild,
        "the camera stops": _steady(0, 1.4, 10, 0.9, "blur") + away + _steady(4.5, 6, 10, 0.9, "blur"),
        "a long gap": _steady(0, 1.4, 10, 0.9) + _steady(9, 9.9, 10, 0.9),
        "the clock jumps back": _steady(5, 6.4, 10, 0.9) + _steady(1, 2.4, 10, 0.9),
        "a wall comes into sight": _steady(0, 2, 12, 0.9, "defocus")
        + _steady(2, 4, 12, None, None)
        + _steady(4, 6, 12, 0.05),
        "nothing to judge from the first frame": _steady(0, 2, 10, None, None) + _steady(2, 3.5, 10, 0.9),
        "every other frame is empty": mixed,
        "two frames at one time": [[t, s, k] for t, s, k in _steady(0, 1.2, 10, 0.9) for _ in range(2)],
    }


def frames() -> dict[str, Any]:
    """Contents of frames.json."""
    cases = []
    for name, sequence in frame_cases().items():
        state, expected = verdict.Frames(), []
        for time, *answer in sequence:
            alert = state.update(time, *answer) if answer else state.at(time)
            expected.append([alert.shown, alert.reason, round(alert.score, 9), alert.judged, alert.appeared])
        cases.append({"name": name, "frames": sequence, "expected": expected})
    return {"constants": constants(), "cases": cases}


def random_pixels(height: int, width: int, seed: int) -> np.ndarray:
    """uint8 `(height, width, 3)`: upper bytes of x -> (1664525 x + 1013904223) mod 2^32, x_0 = the seed."""
    count = height * width * 3
    # x after n steps is a^n seed + c (a^(n-1) + ... + 1), all modulo 2^32.
    powers = np.cumprod(np.full(count, 1664525, np.uint32), dtype=np.uint32)
    sums = np.cumsum(np.concatenate([[1], powers[:-1]]), dtype=np.uint32)
    values = powers * np.uint32(seed) + sums * np.uint32(1013904223)
    return (values >> 24).astype(np.uint8).reshape(height, width, 3)


def prepared() -> dict[str, Any]:
    """Contents of prepare.json."""
    sizes = [
        (480, 640, 704, 704, 0),
        (480, 640, 352, 352, 90),
        (480, 640, 352, 352, 180),
        (480, 640, 704, 704, 270),
        (720, 1280, 704, 704, 90),
        (704, 704, 352, 352, 0),
        (352, 352, 352, 352, 270),
        (704, 352, 352, 352, 0),
        (300, 451, 352, 352, 0),
        (120, 160, 352, 352, 90),
        (37, 53, 64, 96, 0),
        (1, 1, 8, 8, 0),
        (96, 96, 16, 16, 0),
        (64, 96, 16, 16, 0),
    ]
    cases = []
    for seed, (height, width, input_height, input_width, rotation) in enumerate(sizes, 1):
        upright = np.rot90(random_pixels(height, width, seed), -rotation // 90)
        contract = Contract("golden", height=input_height, width=input_width)
        cases.append(
            {
                "height": height,
                "width": width,
                "seed": seed,
                "rotation": rotation,
                "input_height": input_height,
                "input_width": input_width,
                "expected": _input(upright, contract),
            }
        )
    return {"cases": cases}


def details() -> dict[str, Any]:
    """Contents of details.json."""
    regions = (
        None,
        [0.4, 0.4, 0.2, 0.2],
        [0.0, 0.8, 0.2, 0.2],
        [0.13, 0.29, 0.41, 0.57],
        [0.99, 0.99, 0.01, 0.01],
    )
    sizes = [
        (480, 640, 0),
        (640, 427, 90),
        (151, 97, 180),
        (48, 48, 270),
        (47, 300, 0),
        (731, 1003, 0),
        (960, 1280, 0),
        (60, 1000, 90),
    ]
    plain = [{"region": region} for region in regions]
    strips = ([40, 96, 0, 0], [20, 60, 20, 20], [0, 0, 99, 64], [150, 0, 0, 0])
    framed = [{"region": None, "strips": each} for each in strips]
    framed += [{"region": None, "strips": strips[0], "ink": ink} for ink in (3, 4)]
    # Textured are 16 of the first's 40 rows of windows, the highest only by what is two pixels
    # away; and 15 of the second's, which are too few.
    framed += [{"region": [0.0, 0.0, 1.0, 1.0], "strips": [even, 0, 0, 0]} for even in (311, 312)]
    pictures = [(size, more) for size in sizes for more in plain] + [((480, 640, 0), more) for more in framed]
    pictures.append(((49, 641, 0), plain[0]))  # one side shrinks, the other is rounded up to what it is
    cases = []
    for seed, ((height, width, rotation), more) in enumerate(pictures, 1):
        case = {
            "height": height,
            "width": width,
            "seed": seed,
            "rotation": rotation,
            "strips": None,
            "ink": 0,
            **more,
        }
        upright = np.rot90(detailed(case), -rotation // 90)
        found = verdict.detail(np.ascontiguousarray(upright), case["region"])
        size = found.height, found.width
        cases.append({**case, "expected": [found.contrast, found.fineness, *size, list(found.region)]})
    return {"constants": constants(), "cases": cases}


def detailed(case: dict[str, Any]) -> np.ndarray:
    """A case's picture: blotches and noise inside light strips with ink (top, bottom, left, right)."""
    height, width = case["height"], case["width"]
    image = random_pixels(height, width, case["seed"]) // 2 + blotches(height, width)
    top, bottom, left, right = case["strips"] or (0, 0, 0, 0)
    inside = np.zeros((height, width, 1), bool)
    inside[top : height - bottom, left : width - right] = True
    ink = (np.arange(width) % 6 > 0) & (np.arange(width) % 6 <= case["ink"])
    return np.where(inside, image, np.where(ink, 20, 250).astype(np.uint8)[:, None])


def blotches(height: int, width: int) -> np.ndarray:
    """uint8 `(height, width, 3)`: (17 floor(8 row / height) + 31 floor(8 column / width)) mod 128."""
    rows, columns = (8 * np.arange(side) // side for side in (height, width))
    levels = (17 * rows[:, None] + 31 * columns) % 128
    return np.repeat(levels[..., None], 3, axis=-1).astype(np.uint8)


def _input(image: np.ndarray, contract: Contract) -> dict[str, Any]:
    pixels = prepare(np.ascontiguousarray(image), contract)[0][0].astype(np.uint8)
    return {
        "crc32": zlib.crc32(pixels.tobytes()),
        "first": pixels[0, 0].tolist(),
        "last": pixels[-1, -1].tolist(),
    }


def photo_pixels() -> dict[str, np.ndarray]:
    """The photos by file name."""
    import skimage.data

    cat, man, coffee = skimage.data.chelsea(), skimage.data.astronaut(), skimage.data.coffee()
    shake = kernels.shake(np.random.default_rng(3), 24)
    return {
        "coffee.png": coffee,
        "coffee_defocus.png": blur_photo(coffee, kernels.disc(5)),
        "man.png": man,
        "man_motion.png": blur_photo(man, shake),
        "cat.png": cat,
        "wall.png": wall(),
    }


def wall() -> np.ndarray:
    """uint8 `(480, 640, 3)`: an evenly lit wall with vignetting and noise."""
    rows, columns = np.mgrid[0:480, 0:640] / 640 - np.array([0.375, 0.5])[:, None, None]
    light = (230 - 120 * (rows**2 + columns**2))[..., None] * np.array([1.0, 0.95, 0.85])
    return np.clip(light + random_pixels(480, 640, 1) / 40 - 3, 0, 255).round().astype(np.uint8)


def shipped() -> DenseSystem:
    """The shipped network, asked at one size as its files are."""
    from keras_blur.systems.weights import load_network

    network, contract = load_network(systems.network_folder("mobile"))
    return DenseSystem(network, dataclasses.replace(contract, max_enlargement=0.0))


def photos() -> dict[str, Any]:
    """Contents of photos.json: what the shipped network says about the photos."""
    system = shipped()
    contract = system.contract
    cases = []
    for name, image in photo_pixels().items():
        blur_map = system.blur_map(image)
        cells = resize(blur_map, PHOTO_CELLS, PHOTO_CELLS)
        result = verdict.assess(blur_map, contract.calibration, verdict.detail(image))
        cases.append(
            {
                "file": f"photos/{name}",
                "prepared": _input(image, contract),
                "cells": [round(float(value), 4) for value in cells.ravel()],
                "expected": _rounded(result.to_dict()),
            }
        )
    return {"contract": contract.name, "cells": PHOTO_CELLS, "tolerances": TOLERANCES, "cases": cases}


def to_text(document: dict[str, Any]) -> str:
    """JSON with a line for every case."""
    lines = []
    for key, value in document.items():
        if isinstance(value, list):
            items = ",\n".join(f"  {json.dumps(item, allow_nan=False)}" for item in value)
            lines.append(f'"{key}": [\n{items}\n]')
        else:
            lines.append(f'"{key}": {json.dumps(value, allow_nan=False)}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> int:
    """Writes all files."""
    for name, image in photo_pixels().items():
        save_picture(FOLDER / "photos" / name, image)
    for name, make in (
        ("maps", maps),
        ("frames", frames),
        ("prepare", prepared),
        ("details", details),
        ("photos", photos),
    ):
        files.write_text(FOLDER / f"{name}.json", to_text(make()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
