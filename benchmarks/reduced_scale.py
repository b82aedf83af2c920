"""How verdicts change when large JPEGs are decoded at a reduced scale, by `processing.prepare.SPARE`.

    python -m benchmarks.reduced_scale --photos cuhk/image --names cuhk/splits/kim2018_train.txt [--count 200]

The photos are enlarged to `SIDE` pixels, get noise, and are saved as JPEG of quality 90. They are training
photos, because the rule is chosen by this. Needs the extra lite.
"""

import argparse
import io
import random
import time
from pathlib import Path

import numpy as np
from PIL import Image

from keras_blur import systems
from keras_blur.processing import read_photo, read_reduced
from keras_blur.systems.base import System
from keras_blur.verdict import Verdict, assess, detail

SIDE = 4032
SPARES = (0.0, 1.0, 1.5, 2.0)
"""Tried values of `SPARE`; 0 = the photo is decoded as it is."""


def enlarged(photo: np.ndarray, rng: np.random.Generator) -> bytes:
    """Returns a photo as a JPEG whose longer side is `SIDE` pixels, with noise of up to 4 grey levels."""
    image = Image.fromarray(photo)
    factor = SIDE / max(image.size)
    image = image.resize([round(side * factor) for side in image.size], Image.Resampling.BICUBIC)
    noise = rng.integers(-4, 5, (image.height, image.width, 1), dtype=np.int16)
    image = Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=90)
    return encoded.getvalue()


def judged(system: System, content: bytes, spare: float) -> tuple[Verdict, float]:
    """Returns the verdict, and the seconds of decoding."""
    start = time.perf_counter()
    image, _ = read_reduced(content, int(spare * 704))
    seconds = time.perf_counter() - start
    return assess(system.blur_map(image), system.calibration, detail(image)), seconds


def main() -> None:
    """Runs the command."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--photos", type=Path, required=True, help="folder of photos")
    options.add_argument("--names", type=Path, required=True, help="file with the names of training photos")
    options.add_argument("--count", type=int, default=200, help="how many are drawn (default: %(default)s)")
    arguments = options.parse_args()
    by_stem = {path.stem: path for path in arguments.photos.iterdir()}
    names = arguments.names.read_text().split()
    random.Random(0).shuffle(names)
    rng = np.random.default_rng(0)
    system = systems.load("mobile")
    verdicts, seconds = [], []
    for name in names[: arguments.count]:
        content = enlarged(read_photo(by_stem[Path(name).stem]), rng)
        pairs = [judged(system, content, spare) for spare in SPARES]
        verdicts.append([pair[0] for pair in pairs])
        seconds.append([pair[1] for pair in pairs])
    print(
        "| spare | ms decoding | other verdicts | largest change of score | mean change |\n"
        "|---|---|---|---|---|"
    )
    for index, spare in enumerate(SPARES):
        pairs = [(row[0], row[index]) for row in verdicts]
        other = sum((a.judged, a.warn, a.reason) != (b.judged, b.warn, b.reason) for a, b in pairs)
        changes = [abs(a.score - b.score) for a, b in pairs if a.judged and b.judged]
        mean = 1000 * np.mean([row[index] for row in seconds])
        print(f"| {spare} | {mean:.0f} | {other} | {max(changes):.4f} | {np.mean(changes):.5f} |")


if __name__ == "__main__":
    main()
