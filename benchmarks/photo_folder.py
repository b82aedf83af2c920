"""A made folder of photos with known blur, and how fast `keras-blur predict` goes over a folder.

    python -m benchmarks.photo_folder check FOLDER --count 600
    python -m benchmarks.photo_folder make FOLDER --count 625 --times 8
    python -m benchmarks.photo_folder measure FOLDER

`check` makes the folder, has `keras-blur sort` move the blurred photos and take it back, and says whether
each was the right one; the page of all photos is left in the output folder. `measure` prints seconds, CPU
seconds and peak memory of decoding and inference alone, and of the command, each in a process of its own. It
needs the extras lite and heif, and `make` needs data.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from keras_blur.processing import limit_side, read_photo
from keras_blur.processing.formats import readable

FOLDERS = ("", "day 1", "day 1/phone", "day 2", "Ausflug ins Grüne", "a/b/c/d")

KINDS = (
    *(
        (".jpg", "JPEG"),
        (".JPG", "JPEG"),
        (".jpeg", "JPEG"),
        (".jfif", "JPEG"),
        (".jpe", "JPEG"),
        (".png", "PNG"),
    ),
    *(
        (".webp", "WEBP"),
        (".tif", "TIFF"),
        (".HEIC", "HEIF"),
        (".avif", "AVIF"),
        (".HEIC", "JPEG"),
        ("", "JPEG"),
    ),
)
"""Endings and what the files really are."""


def make_folder(folder: Path, count: int, sources: Sequence[Path], side: int = 640) -> dict[Path, str]:
    """Makes a folder of photos with odd endings, equal names in sub-folders, and other files among them.

    Every third photo is blurred as a whole, by a disc or a line of 3 % of its longer side or more; every
    25th file is damaged.

    Args:
        folder: Where to; it must not be there yet.
        count: How many photos, the damaged ones among them.
        sources: Sharp photos: crops of them are what is saved.
        side: The photos' longer side in pixels; less if a source is smaller.

    Returns:
        "sharp", "blurred" or "damaged" by the photo's path.
    """
    from keras_blur.synthesis.blur import blur_photo  # SciPy, which `measure` does without
    from keras_blur.synthesis.kernels import disc, line

    images = [read_photo(path) for path in sources]
    kinds = [(ending, kind) for ending, kind in KINDS if kind in readable()]
    made = {}
    for number in range(count):
        rng = np.random.default_rng(number)
        ending, kind = kinds[number // len(FOLDERS) % len(kinds)]
        path = folder / FOLDERS[number % len(FOLDERS)] / f"IMG_{number // len(FOLDERS):04}{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if number % 25 == 24:
            path.write_bytes(b"\xff\xd8\xff" + rng.bytes(500))
            made[path] = "damaged"
            continue
        photo = _crop(images[number % len(images)], side, rng)
        is_blurred = number % 3 == 1
        if is_blurred:
            size = max(photo.shape) * rng.uniform(0.03, 0.05)
            kernel = disc(size / 2) if number % 2 else line(size * 1.5, rng.uniform(0, 180))
            photo = blur_photo(photo, kernel)
        _save(path, photo, kind, number)
        made[path] = "blurred" if is_blurred else "sharp"
    for name in ("notes.txt", "film.mov", "Thumbs.db", ".hidden.jpg"):
        (folder / name).write_text("no photo")
    (folder / "day 1" / "circle").symlink_to(folder, target_is_directory=True)
    return made


def repeat(folder: Path, times: int) -> None:
    """Makes so many of each photo in a folder: the others are hard links in folders of their own."""
    first = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    for number in range(2, times + 1):
        for path in first:
            again = folder / f"part {number}" / path.relative_to(folder)
            again.parent.mkdir(parents=True, exist_ok=True)
            again.hardlink_to(path)


def _crop(image: np.ndarray, side: int, rng: np.random.Generator) -> np.ndarray:
    """A part of a photo, maybe mirrored, shrunk to this size; never enlarged, which would blur it."""
    height, width = image.shape[:2]
    part = rng.uniform(0.94, 1.0)
    rows, columns = int(height * part), int(width * part)
    top, left = rng.integers(0, height - rows + 1), rng.integers(0, width - columns + 1)
    crop = image[top : top + rows, left : left + columns]
    if rng.random() < 0.5:
        crop = crop[:, ::-1]
    return limit_side(np.ascontiguousarray(crop), side)


def _save(path: Path, photo: np.ndarray, kind: str, number: int) -> None:
    """Writes a photo with a time of its own, a minute after the one before it."""
    image = Image.fromarray(photo)
    exif = image.getexif()
    exif[0x0110] = "Camera"
    exif[0x0132] = time.strftime("%Y:%m:%d %H:%M:%S", time.gmtime(1_700_000_000 + 60 * number))
    options = (
        {"speed": 10} if kind == "AVIF" else {"enc_params": {"preset": "ultrafast"}} if kind == "HEIF" else {}
    )
    if kind not in ("PNG", "TIFF"):
        options["quality"] = 90
    image.save(path, kind, exif=exif, **options)


DIRECT = """
import sys
from keras_blur import systems
from keras_blur.errors import BlurError
from keras_blur.processing.find import find
from keras_blur.processing import read_photo
system = systems.load("mobile")
for photo in find(sys.argv[1:]).photos:
    try:
        system.blur_map(read_photo(photo.path))
    except BlurError:
        pass
"""


def check(folder: Path, made: dict[Path, str], output: Path) -> Iterator[str]:
    """Has the blurred photos of a made folder moved and taken back; yields what came of it."""
    sort = [sys.executable, "-m", "keras_blur", "sort"]
    before, target = _contents(folder), folder.with_name(f"{folder.name}-blurred")
    options = ["--output-dir", str(output), "--report", str(output / "report.html")]
    subprocess.run([*sort, str(folder), "--move-to", str(target), *options], check=False)
    blurred = {path.relative_to(folder) for path, kind in made.items() if kind == "blurred"}
    moved = _contents(target)
    yield f"blurred photos that were moved: {len(blurred & moved.keys())} of {len(blurred)}"
    yield f"other files that were moved: {len(moved.keys() - blurred)} of {len(before) - len(blurred)}"
    yield f"bytes are what they were: {_contents(folder) | moved == before}"
    undo = max(output.glob("undo-*.jsonl"))
    subprocess.run([*sort, "--undo", str(undo)], check=False)
    yield f"all is as before: {_contents(folder) == before and not target.exists()}"


def _contents(folder: Path) -> dict[Path, bytes]:
    """The bytes of all files below a folder, by their paths in it."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder): path.read_bytes() for path in files}


def measure(folder: Path, output: Path) -> Iterator[tuple[str, float, float, float]]:
    """Yields seconds, CPU seconds and peak MB of decoding and inference alone, and of the command."""
    command = [sys.executable, "-m", "keras_blur", "predict", str(folder), "--output-dir", str(output)]
    first = next(path for path in sorted(folder.rglob("*.jpg")) if path.stat().st_size > 1000)
    tables = ["--csv", "--report", str(output / "r.html")]
    yield "keras-blur predict, one photo", *timed([*command[:4], str(first)])
    yield "decoding and inference alone", *timed([sys.executable, "-c", DIRECT, str(folder)])
    yield "keras-blur predict", *timed(command)
    yield "keras-blur predict --csv --report", *timed([*command, *tables])


def timed(command: list[str]) -> tuple[float, float, float]:
    """Returns seconds, CPU seconds and peak MB of a command, whose output nobody sees."""
    start = time.perf_counter()
    with open(os.devnull, "wb") as nothing:
        process = subprocess.Popen(command, stdout=nothing, stderr=nothing)
        _, _, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Runs the command."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("action", choices=("check", "make", "measure"))
    options.add_argument("folder", type=Path)
    options.add_argument("--count", type=int, default=600, help="photos that are made (default: %(default)s)")
    options.add_argument(
        "--side", type=int, default=640, help="their longer side at most, in pixels (default: %(default)s)"
    )
    options.add_argument("--times", type=int, default=1, help="how often each is there (default: once)")
    options.add_argument("--output", type=Path, default=Path("blur_out"), help="where files are written")
    arguments = options.parse_args()
    if arguments.action != "measure":
        import skimage

        data = Path(skimage.__file__).parent / "data"
        names = ("coffee.png", "astronaut.png", "rocket.jpg")  # large enough to be judged
        made = make_folder(arguments.folder, arguments.count, [data / name for name in names], arguments.side)
        repeat(arguments.folder, arguments.times)
        for kind in ("sharp", "blurred", "damaged"):
            print(f"{kind}: {list(made.values()).count(kind)}", flush=True)
        if arguments.action == "check":
            print("\n".join(check(arguments.folder, made, arguments.output)))
        return
    print("| what | seconds | CPU seconds | peak MB |\n|---|---|---|---|")
    for name, seconds, cpu, memory in measure(arguments.folder, arguments.output):
        print(f"| {name} | {seconds:.1f} | {cpu:.1f} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
