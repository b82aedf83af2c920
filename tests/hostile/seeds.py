"""Files that are as they should be, from which hostile ones are made."""

import functools
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from PIL import Image

from keras_blur import systems
from keras_blur.processing import formats

WIDTH, HEIGHT = 48, 36


def _picture() -> np.ndarray:
    """A part of noise, one of a ramp and one of one colour, uint8 RGB."""
    pixels = np.random.default_rng(5).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    pixels[:, 16:32] = np.linspace(0, 255, HEIGHT)[:, None, None]
    pixels[:, 32:] = 200, 120, 40
    return pixels


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    if "append_images" in options:
        options["append_images"] = [each.copy() for each in options["append_images"]]
    image.copy().save(file, kind, **options)  # a picture keeps settings of an earlier format
    return file.getvalue()


@functools.cache
def photos() -> dict[str, bytes]:
    """Returns photos in every format, mode and way to store them, by name."""
    Image.init()
    rgb = Image.fromarray(_picture())
    alpha, grey = rgb.convert("RGBA"), rgb.convert("L")
    alpha.putalpha(grey)
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "maker"
    found = {
        "jpeg": _saved(rgb, "JPEG", exif=exif),
        "jpeg_444": _saved(rgb, "JPEG", subsampling=0, quality=95),
        "jpeg_progressive": _saved(rgb, "JPEG", progressive=True),
        "jpeg_restarts": _saved(rgb, "JPEG", restart_marker_rows=1),
        "jpeg_grey": _saved(grey, "JPEG"),
        "jpeg_cmyk": _saved(rgb.convert("CMYK"), "JPEG"),
        "mpo": _saved(rgb, "MPO", save_all=True, append_images=[rgb]),
        "png": _saved(rgb, "PNG", exif=exif),
        "png_alpha": _saved(alpha, "PNG"),
        "png_grey": _saved(grey, "PNG"),
        "png_grey_alpha": _saved(alpha.convert("LA"), "PNG"),
        "png_palette": _saved(rgb.quantize(16), "PNG", transparency=0),
        "png_bits": _saved(rgb.convert("1"), "PNG"),
        "png_deep_grey": _saved(deep, "PNG"),
        "png_deep": _deep(".png"),
        "apng": _saved(rgb, "PNG", save_all=True, append_images=[rgb.rotate(180)]),
        **{
            f"tiff_{compression}": _saved(rgb, "TIFF", compression=compression, exif=exif)
            for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "zstd")
        },
        "tiff_bits": _saved(rgb.convert("1"), "TIFF", compression="group4"),
        "tiff_pages": _saved(rgb, "TIFF", save_all=True, append_images=[grey, alpha]),
        "tiff_cmyk": _saved(rgb.convert("CMYK"), "TIFF"),
        "tiff_deep_grey": _saved(deep, "TIFF"),
        "tiff_deep": _deep(".tiff"),
        "tiff_big": _saved(rgb, "TIFF", big_tiff=True),
        "webp": _saved(rgb, "WEBP", exif=exif),
        "webp_lossless": _saved(rgb, "WEBP", lossless=True),
        "webp_alpha": _saved(alpha, "WEBP"),
        "webp_animated": _saved(rgb, "WEBP", save_all=True, append_images=[rgb.rotate(180)]),
        "bmp": _saved(rgb, "BMP"),
        "bmp_palette": _saved(rgb.quantize(16), "BMP"),
        "bmp_bits": _saved(rgb.convert("1"), "BMP"),
        "gif": _saved(rgb, "GIF"),
        "gif_animated": _saved(rgb, "GIF", save_all=True, append_images=[rgb.rotate(180)]),
        "ppm": _saved(rgb, "PPM"),
        "pgm": _saved(grey, "PPM"),
        "pbm": _saved(rgb.convert("1"), "PPM"),
        "pgm_deep": _saved(deep, "PPM"),
        "ppm_plain": b"P3 4 3 255\n" + b" ".join(b"%d" % value for value in range(36)),
        "jpeg2000": _saved(rgb, "JPEG2000"),
        "j2k": _saved(rgb, "JPEG2000", no_jp2=True, irreversible=True),
        "avif": _saved(rgb, "AVIF"),
    }
    if "HEIF" in formats.readable():
        found["heic"] = _saved(rgb, "HEIF")
    return found


def _deep(ending: str) -> bytes:
    return cv2.imencode(ending, _picture().astype(np.uint16) * 257)[1].tobytes()


def masks() -> dict[str, bytes]:
    """Returns those of `photos` that masks are stored as."""
    kinds = {name: content for name, content in photos().items() if name.startswith(("png", "bmp", "gif"))}
    return {name: content for name, content in kinds.items() if "deep" not in name}


@functools.cache
def tflite() -> dict[str, bytes]:
    """Returns the .tflite files that ship, each with its contract inside."""
    folder = systems.PRETRAINED / "mobile"
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.tflite"))}


@functools.cache
def contracts() -> dict[str, bytes]:
    """Returns contracts as JSON, and JSON that has other shapes than a contract."""
    plain = (systems.PRETRAINED / "mobile" / "contract.json").read_bytes()
    return {"contract": plain, "list": b'[{"name": "x"}]', "numbers": b'{"name": "x", "height": 1e400}'}


@functools.cache
def arrays() -> dict[str, bytes]:
    """Returns `.npz` archives of an encoder's weights, plain and compressed."""
    values = {"block1_conv1/kernel": np.ones((3, 3, 3, 4), np.float32), "block1_conv1/bias": np.zeros(4)}
    found = {}
    for name, save in (("plain", np.savez), ("compressed", np.savez_compressed)):
        file = io.BytesIO()
        save(file, **values)
        found[name] = file.getvalue()
    return found


@functools.cache
def maps() -> dict[str, bytes]:
    """Returns saved maps as `.npy`."""
    found = {}
    for kind in (np.float32, np.uint8, np.uint16, np.float64):
        file = io.BytesIO()
        np.save(file, np.zeros((6, 8), kind))
        found[np.dtype(kind).name] = file.getvalue()
    return found


@functools.cache
def zips() -> dict[str, bytes]:
    """Returns zips named as CUHK's, in every compression."""
    found = {}
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", compression) as archive:
            for name in ("image/motion0001.jpg", "gt/motion0001.png", "image/out_of_focus0001.jpg", "ä.txt"):
                archive.writestr(name, photos()["jpeg"])
        found[str(compression)] = file.getvalue()
    return found


@functools.cache
def records() -> dict[str, bytes]:
    """Returns records of rows, which `predict --resume` reads."""
    rows = [{"photo": f"{name}.jpg", "stamp": [1, 2, 3], "score": 0.5} for name in "abc"]
    lines = [{"keras_blur_rows": 1, "settings": {"network": "x"}}, *rows]
    return {"rows": b"".join(json.dumps(line).encode() + b"\n" for line in lines)}


@functools.cache
def undo_files() -> dict[str, bytes]:
    """Returns undo files, which `sort --undo` reads."""
    step = {"from": "nowhere/a.jpg", "to": "nowhere/b/a.jpg", "content": None, "made": ["nowhere/b"]}
    lines = [{"keras_blur_undo": 1, "action": "move"}, step, step]
    return {"undo": b"".join(json.dumps(line).encode() + b"\n" for line in lines)}


def mutate(content: bytes, rng: np.random.Generator) -> bytes:
    """Returns content that is damaged in one to four ways, most often near its beginning or its end."""
    for _ in range(int(rng.integers(1, 5))):
        content = _WAYS[int(rng.integers(len(_WAYS)))](content or b"\0", rng)
    return content


def _place(content: bytes, rng: np.random.Generator) -> int:
    """A place in it: a third each anywhere, in the first and in the last 400 bytes."""
    near = int(rng.integers(min(400, len(content))))
    return (int(rng.integers(len(content))), near, len(content) - 1 - near)[int(rng.integers(3))]


def _flip(content: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for _ in range(int(rng.integers(1, 6))):
        changed[_place(content, rng)] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _overwrite(content: bytes, rng: np.random.Generator) -> bytes:
    """With numbers that lengths and counts may have."""
    place, size = _place(content, rng), int(rng.choice((1, 2, 4, 8)))
    number = int(rng.choice((0, 1, 127, 128, 255, 256, 65535, 2**31 - 1, 2**32 - 1, 2**62)))
    order = ("little", "big")[int(rng.integers(2))]
    return (
        content[:place] + (number % 256**size).to_bytes(size, order)[: len(content) - place]
        + content[place + size :]
    )  # fmt: skip


def _cut(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: _place(content, rng)]


def _remove(content: bytes, rng: np.random.Generator) -> bytes:
    place = _place(content, rng)
    return content[:place] + content[place + int(rng.integers(1, 64)) :]


def _repeat(content: bytes, rng: np.random.Generator) -> bytes:
    place, length = _place(content, rng), int(rng.integers(1, 64))
    return (
        content[: place + length]
        + content[place : place + length] * int(rng.integers(1, 9))
        + (content[place + length :])
    )


def _insert(content: bytes, rng: np.random.Generator) -> bytes:
    place = _place(content, rng)
    return content[:place] + rng.bytes(int(rng.integers(1, 32))) + content[place:]


_WAYS = (_flip, _flip, _overwrite, _overwrite, _cut, _remove, _repeat, _insert)


def cases(seeds: dict[str, bytes], kind: str, numbers: range) -> Iterator[tuple[int, bytes]]:
    """Returns hostile files by their numbers: the same number is the same file, whatever ran before."""
    contents = list(seeds.values())
    for number in numbers:
        rng = np.random.default_rng([*kind.encode(), number])
        yield number, mutate(contents[number % len(contents)], rng)
