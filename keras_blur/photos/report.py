"""A page of all judged photos, from the most to the least blurred: one file that opens offline.

Thumbnails lie in the page as text, in chunks that the browser decodes only when they come into sight.
"""

import base64
import io
import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from PIL import Image

from keras_blur import files, verdict
from keras_blur.labels import COLOURS, MOTION, blurred_probability
from keras_blur.photos.rows import Row, name_of, note_lines, notes_of
from keras_blur.processing import limit_side, resize_map
from keras_blur.processing.find import Photo
from keras_blur.processing.overlay import UNTYPED
from keras_blur.result import REASONS, Result
from keras_blur.text import printable

FIELDS = ("thumbnail", "hover")

THUMBNAIL_SIDE, MAP_SIDE = 240, 40
"""Longer sides in pixels: of the photo, and of the map that the page draws over it."""

CHUNK = 100
"""So many thumbnails are decoded at once."""

TEMPLATE = Path(__file__).with_name("report.html")


def pictures(photo: Photo, result: Result, row: Row) -> dict[str, Any]:
    """Returns a photo's thumbnail and its blur map as WebP in base64. A maker for `Judge`."""
    thumbnail = Image.fromarray(limit_side(result.image, THUMBNAIL_SIDE))
    return {"thumbnail": _webp(thumbnail, 60), "hover": _webp(_tint(result.blur_map, thumbnail.size), 40)}


def _tint(blur_map: np.ndarray, size: tuple[int, int]) -> Image.Image:
    """The blur map as colours to lay over the photo: the surer the blur, the less can be seen through."""
    shrink = MAP_SIDE / max(size)
    small = resize_map(blur_map, max(1, round(size[1] * shrink)), max(1, round(size[0] * shrink)))
    tint = np.empty((*small.shape[:2], 4), np.float32)
    tint[..., :3] = UNTYPED
    if small.shape[2] == 3:
        is_motion = small[..., MOTION] >= small[..., MOTION + 1]
        tint[..., :3] = np.where(is_motion[..., None], COLOURS["motion"], COLOURS["defocus"])
    tint[..., 3] = 200 * np.clip(blurred_probability(small), 0, 1)
    return Image.fromarray(np.rint(tint).astype(np.uint8))


def _webp(picture: Image.Image, quality: int) -> str:
    encoded = io.BytesIO()
    picture.save(encoded, "WEBP", quality=quality, method=1)
    return base64.b64encode(encoded.getbuffer()).decode()


def write_report(path: Path, rows: Callable[[], Iterable[Row]], system: str) -> None:
    """Writes the page, atomically.

    Args:
        path: The page; links to the photos are relative to its folder where they can be.
        rows: Returns the rows in the order of the page, each time it is called.
        system: What the page calls the system.
    """
    before, after = TEMPLATE.read_text(encoding="utf-8").split("<!-- data -->\n")
    with files.atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8") as page:
        page.write(before)
        entries = [_entry(row, path.parent) for row in rows()]
        facts = {"system": system, "notes": note_lines(rows()), "chunk": CHUNK, "rows": entries}
        page.write(_script("rows", facts))
        page.write(after)
        page.writelines(_chunks(rows()))
        page.write("</body>\n</html>\n")


def _entry(row: Row, folder: Path) -> dict[str, Any]:
    """What the page shows of a row."""
    entry: dict[str, Any] = {"name": name_of(row), "link": link(row["photo"], folder)}
    if below := os.path.dirname(row.get("inside", "")):
        entry["folder"] = printable(below)
    if "error" in row:
        return entry | {"kind": "failed", "text": row["error"]}
    kind = "blurred" if row["warn"] else "sharp" if row["judged"] else "unjudged"
    entry |= {"kind": kind, "text": REASONS.get(row["reason"], row["reason"])}
    entry |= {"size": f"{row['width']} × {row['height']}"}
    if row["score"] is not None:
        entry["score"] = round(row["score"], 3)
        shares = {"motion": row["motion_share"], "defocus": row["defocus_share"]}
        if shares["motion"] is None:
            shares = {"blurred": row["blurred_share"]}
        entry["shares"] = {name: round(share, 3) for name, share in shares.items()}
    if verdict.ENLARGED in notes_of(row):
        entry["note"] = verdict.ENLARGED
    if row.get("burst") is not None:
        entry["burst"] = f"burst {row['burst']}, number {row['burst_rank']} by sharpness"
    return entry


def link(photo: str, folder: Path) -> str:
    """Returns the address of a photo as seen from a page in a folder."""
    try:
        place = os.path.relpath(photo, folder)
    except ValueError:  # Windows: on another drive
        return Path(os.path.abspath(photo)).as_uri()
    return quote(os.fsencode(place.replace(os.sep, "/")), safe="/")


def _chunks(rows: Iterable[Row]) -> Iterator[str]:
    """The thumbnails and maps, some at a time."""
    pairs = ([row.get("thumbnail", ""), row.get("hover", "")] for row in rows)
    for number in itertools.count():
        chunk = list(itertools.islice(pairs, CHUNK))
        if not chunk:
            return
        yield _script(f"pictures-{number}", chunk)


def _script(name: str, values: Any) -> str:
    """Data that the page reads; no text in it can end the element."""
    text = json.dumps(values, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>\n'
