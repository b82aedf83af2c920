"""Small files that claim or unpack to much, each read in a process of its own; prints what they took.

python tests/hostile/bombs.py
"""

import io
import itertools
import json
import os
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

MOST_MB, MOST_SECONDS = 2_300, 60
"""What a file may take: the stated 2 GB and Python itself; seconds of processor time."""


def png(width: int, height: int, depth: int = 8, rows: int | None = None) -> bytes:
    """Returns a black RGB picture, of which only some rows may be there."""
    row = bytes(1 + 3 * width * depth // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(height if rows is None else rows)) + packer.flush()

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)),
        (b"IDAT", data),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(itertools.starmap(chunk, parts))


def lossless_webp(width: int, height: int) -> bytes:
    """Returns a picture of one colour: some thirty bytes, whatever its size."""
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "WEBP", lossless=True, method=0)
    return file.getvalue()


def animated_webp() -> bytes:
    """Returns an animation whose canvas is two million pixels wide."""
    from PIL import Image

    frame = Image.new("RGB", (16, 16))
    file = io.BytesIO()
    frame.save(file, "WEBP", save_all=True, append_images=[Image.new("RGB", (16, 16), "red")], lossless=True)
    content = bytearray(file.getvalue())
    place = content.index(b"VP8X") + 12
    content[place : place + 6] = (2097216 - 1).to_bytes(3, "little") + (95 - 1).to_bytes(3, "little")
    return bytes(content)


def jpeg_of_passes(side: int, passes: int) -> bytes:
    """Returns a progressive JPEG whose last pass is repeated."""
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (side, side)).save(file, "JPEG", progressive=True)
    content = file.getvalue()[:-2]
    return content + passes * content[content.rindex(b"\xff\xda") :] + b"\xff\xd9"


def zip_of_zeros() -> bytes:
    """Returns a megabyte that unpacks to two gigabytes, named as CUHK's."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("image/motion0001.jpg", "gt/motion0001.png"):
            with archive.open(name, "w") as member:
                for _ in range(1000):
                    member.write(bytes(1 << 20))
    return file.getvalue()


def compressed_state() -> bytes:
    """Returns a training's state of 8 GB in a few megabytes."""
    file = io.BytesIO()
    head = b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<f4', 'fortran_order': False, 'shape': (500000000,), }"
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("model/0.npy", "w") as member,
    ):
        member.write(head.ljust(127) + b"\n")
        for _ in range(2000):
            member.write(bytes(1 << 20))
    return file.getvalue()


BOMBS: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "PNG, 14000 x 14000, one row of data": ("photos", "png", lambda: png(14_000, 14_000, rows=1)),
    "PNG, 13300 x 13300, whole": ("photos", "png", lambda: png(13_300, 13_300)),
    "PNG, 9900 x 9900, 16 bit, whole": ("photos", "png", lambda: png(9_900, 9_900, 16)),
    "PNG, 60000 x 60000": ("photos", "png", lambda: png(60_000, 60_000, rows=1)),
    "WebP, lossless, 14000 x 14000": ("photos", "webp", lambda: lossless_webp(14_000, 14_000)),
    "WebP, lossless, 9900 x 9900": ("photos", "webp", lambda: lossless_webp(9_900, 9_900)),
    "WebP, animated, 2097216 x 95": ("photos", "webp", animated_webp),
    "JPEG of 300 passes, 4000 x 4000": ("photos", "jpg", lambda: jpeg_of_passes(4_000, 300)),
    "zip that unpacks to 2 GB": ("zips", "zip", zip_of_zeros),
    "state.npz that unpacks to 2 GB": ("state", "npz", compressed_state),
}


def main() -> int:
    """Runs the command; returns 1 if a file took too much or ended its process."""
    if len(sys.argv) == 3:
        return read(*sys.argv[1:])
    print("| file | its bytes | outcome | MB | s |\n|---|---|---|---|---|")
    bad = 0
    environment = {**os.environ, "KERAS_BACKEND": "numpy"}
    for name, (kind, ending, make) in BOMBS.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"motion0001.{ending}")
            path.write_bytes(make())
            size = path.stat().st_size
            command = [sys.executable, __file__, kind, str(path)]
            done = subprocess.run(command, capture_output=True, text=True, env=environment)
        if done.returncode:
            bad += 1
            print(f"| {name} | {size} | ended its process ({done.returncode}) | | |", flush=True)
            continue
        found = json.loads(done.stdout.splitlines()[-1])
        bad += found["mb"] > MOST_MB or found["s"] > MOST_SECONDS
        print(f"| {name} | {size} | {found['outcome']} | {found['mb']} | {found['s']} |", flush=True)
    return int(bad > 0)


def read(kind: str, path: str) -> int:
    """Reads one file, and prints what it took."""
    import time

    from hostile.targets import TARGETS

    from keras_blur.errors import BlurError

    reader, start = TARGETS[kind].read(), time.process_time()
    try:
        reader(Path(path))
        outcome = "answer"
    except BlurError as error:
        outcome = f"error: {str(error).partition(': ')[2][:90]}"
    print(json.dumps({"outcome": outcome, "mb": peak(), "s": round(time.process_time() - start, 1)}))
    return 0


def peak() -> int:
    """Returns the most memory this program took, in MB. `ru_maxrss` would count what its parent had."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


if __name__ == "__main__":
    sys.exit(main())
