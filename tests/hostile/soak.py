"""Lets `keras-blur predict` judge 100,000 photos, links to 50, and prints how much memory it takes meanwhile.

make soak
python tests/hostile/soak.py --photos 2000
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[2]
SEEDS, PER_FOLDER, STEPS = 50, 1000, 10
GROWTH, SPARE = 400, 16 << 20
"""Bytes that a photo may add, for its place in the record; and what allocators may keep."""


def main() -> int:
    """Runs the command; returns 1 if the memory grew by more than it may, or a photo failed."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--photos", type=int, default=100_000)
    options.add_argument("--system", default=str(ROOT / "keras_blur/pretrained/mobile/mobile_int8.tflite"))
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        link_photos(folder, arguments.photos)
        out = folder / "out"
        command = [sys.executable, "-m", "keras_blur.predict", str(folder / "photos"), "--csv"]
        command += ["--system", arguments.system, "--output-dir", str(out)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        start = time.monotonic()
        with (folder / "printed").open("wb") as printed:
            process = subprocess.Popen(command, stdout=printed, stderr=subprocess.STDOUT, env=environment)
            samples = watch(process, out / "predictions.jsonl", arguments.photos)
        seconds = time.monotonic() - start
        rows = len((out / "predictions.csv").read_text().splitlines()) - 1 if not process.returncode else 0
    print("| photos judged | MB in memory |\n|---|---|")
    for photos, size in samples:
        print(f"| {photos} | {size:.0f} |")
    (first, before), (last, after) = samples[1], samples[-1]
    growth = (after - before) * 2**20
    print(f"\n{rows} photos in {seconds:.0f} s, exit code {process.returncode}, {growth / 2**20:.1f} MB more")
    is_flat = growth <= GROWTH * (last - first) + SPARE
    return int(process.returncode != 0 or rows != arguments.photos or not is_flat)


def link_photos(folder: Path, count: int) -> None:
    """Makes small photos, and links to them in folders of a thousand."""
    (folder / "seeds").mkdir()
    seeds = []
    for number in range(SEEDS):
        pixels = np.random.default_rng(number).integers(0, 256, (24 + number, 64, 3), dtype=np.uint8)
        seeds.append(folder / "seeds" / f"{number}.jpg")
        Image.fromarray(pixels).resize((128, 96)).save(seeds[-1])
    for number in range(count):
        place = folder / "photos" / f"{number // PER_FOLDER:04}"
        place.mkdir(parents=True, exist_ok=True)
        os.link(seeds[number % SEEDS], place / f"{number:06}.jpg")


def watch(process: subprocess.Popen, record: Path, count: int) -> list[tuple[int, float]]:
    """Waits for a process; returns how much memory it took, in MB, at each tenth of the photos."""
    page = os.sysconf("SC_PAGE_SIZE")
    samples: list[tuple[int, float]] = []
    done, read = 0, 0
    while process.poll() is None:
        time.sleep(0.2)
        if not record.exists():
            continue
        with record.open("rb") as file:
            file.seek(read)
            content = file.read()
        done, read = done + content.count(b"\n"), read + len(content)
        if done > len(samples) * count / STEPS:
            try:
                resident = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
            except (OSError, IndexError):
                break
            samples.append((done - 1, resident * page / 2**20))
    process.wait()
    return samples


if __name__ == "__main__":
    sys.exit(main())
