"""Bursts: photos that one camera took within seconds of each other, ranked by sharpness."""

import datetime
import os
from collections.abc import Iterable, Iterator
from typing import Any

from PIL import ExifTags, Image

from keras_blur.photos.rows import Row
from keras_blur.processing.find import Photo
from keras_blur.processing.formats import readable
from keras_blur.result import Result

FIELDS = ("taken", "camera")


def when_taken(photo: Photo, result: Result, row: Row) -> dict[str, Any]:
    """Returns a photo's EXIF time in seconds and its camera, None if it says neither: a maker for `Judge`."""
    if row.get("frame") is not None:
        return dict.fromkeys(FIELDS)
    seconds, camera = exif_time(photo.path)
    return {"taken": seconds, "camera": camera}


def exif_time(path: str | os.PathLike) -> tuple[float | None, str | None]:
    """Returns when a photo was taken, in seconds since 1970 by the camera's clock, and by which camera."""
    try:
        with Image.open(path, formats=readable()) as image:
            exif = image.getexif()
            details = exif.get_ifd(ExifTags.IFD.Exif)
        text = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
        when = datetime.datetime.strptime(str(text).strip("\0 "), "%Y:%m:%d %H:%M:%S")
        part = str(details.get(ExifTags.Base.SubsecTimeOriginal, "")).strip("\0 ")
        seconds = when.replace(tzinfo=datetime.UTC).timestamp() + (
            float(f"0.{part}") if part.isdigit() else 0.0
        )
        camera = [str(exif.get(tag, "")).strip("\0 ") for tag in (ExifTags.Base.Make, ExifTags.Base.Model)]
    except Exception:  # broken EXIF data say nothing
        return None, None
    return seconds, " ".join(camera)


def bursts(rows: Iterable[Row], seconds: float) -> dict[str, tuple[int, int]]:
    """Finds bursts: each photo was taken at most so many seconds after the one before, by the same camera.

    Photos that weren't judged, or don't say when they were taken, belong to none.

    Args:
        rows: Rows with the fields of `when_taken`.
        seconds: The longest time between two photos of a burst.

    Returns:
        By a photo's path: its burst's number from 1 in the order of time, and its rank in it: 1 is sharpest.
    """
    taken = sorted(
        (row["camera"], row["taken"], row["score"], row["blurred_share"], row["photo"])
        for row in rows
        if row.get("taken") is not None and row.get("score") is not None
    )
    ranks: dict[str, tuple[int, int]] = {}
    number = 0
    for group in _groups(taken, seconds):
        if len(group) > 1:
            number += 1
            sharpest_first = sorted(photo[2:] for photo in group)
            ranks |= {photo: (number, rank) for rank, (_, _, photo) in enumerate(sharpest_first, 1)}
    return ranks


def _groups(taken: list[tuple], seconds: float) -> Iterator[list[tuple]]:
    """Photos in the order of camera and time, divided where the camera changes or more time passes."""
    group: list[tuple] = []
    for photo in taken:
        if group and (photo[0] != group[-1][0] or photo[1] - group[-1][1] > seconds):
            yield group
            group = []
        group.append(photo)
    if group:
        yield group
