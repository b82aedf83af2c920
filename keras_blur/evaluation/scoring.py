"""Runs a system over a data set and keeps, for each photo, what all figures follow from.

`score` looks at every photo once and keeps about 4 kB of it; `summary` turns any selection of photos into
figures. The conventions are those of `keras_blur.metrics.binary`.
"""

import dataclasses
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_blur import labels
from keras_blur.data.catalog import Example
from keras_blur.errors import BlurError
from keras_blur.evaluation.maps import SavedMaps
from keras_blur.metrics import binary, boundary, saliency, three_class
from keras_blur.processing import argmax_mask, resize_map
from keras_blur.progress import progress_bar
from keras_blur.systems.base import System
from keras_blur.text import counted


@dataclasses.dataclass(frozen=True)
class PhotoScore:
    """What is kept of a photo.

    Attributes:
        name: The photo's name.
        type: Its true type of blur, one of `labels.PHOTO_TYPES`.
        index: Where it stands in the examples.
        histogram: `(2, 256)` int64, see `metrics.binary`.
        confusion: `(3, 3)` int64 pixels by true and answered class; None if the system knows two classes.
        answered_type: "motion" or "defocus", what the blurred pixels were taken for; None if not asked.
        seconds: How long the system took, reading and resizing excluded; None for saved maps.
        map_size: `(h, w)` of the map if the mask has another size, else None.
        mask_size: `(H, W)` of the mask.
        boundary_f: See `metrics.boundary`; None if the mask has no border.
        s_measure: See `metrics.saliency`, sharp positive; None if not asked, or if a pixel is void.
    """

    name: str
    type: str
    index: int
    histogram: np.ndarray
    confusion: np.ndarray | None = None
    answered_type: str | None = None
    seconds: float | None = None
    map_size: tuple[int, int] | None = None
    mask_size: tuple[int, int] = (0, 0)
    boundary_f: float | None = None
    s_measure: float | None = None


@dataclasses.dataclass(frozen=True)
class Score:
    """A system's answers to a set of photos.

    Attributes:
        system: The system's name.
        threshold: P(blurred) above which a pixel was called blurred.
        photos: The photos that count.
        skipped: Names of those without a known pixel, which do not.
    """

    system: str
    threshold: float
    photos: list[PhotoScore]
    skipped: list[str]


def score(
    system: System | SavedMaps,
    examples: Sequence[Example],
    indices: Sequence[int] | None = None,
    threshold: float | None = None,
    progress: bool = True,
    positive: str = "blurred",
) -> Score:
    """Runs a system over photos and compares its maps, at the masks' size, with the truth.

    Args:
        system: What is measured.
        examples: The data set, decoded one at a time.
        indices: Which examples; None = all.
        threshold: P(blurred) above which a pixel is called blurred; None = the system's own.
        progress: Whether to show a progress bar.
        positive: "sharp" measures the structure too, as the defocus community does.

    Raises:
        BlurError: a mask has another size than its photo, an answer is no blur map, or no photo is left.
    """
    threshold = system.calibration.blurred_threshold if threshold is None else threshold
    indices = range(len(examples)) if indices is None else indices
    photos, skipped = [], []
    for index in progress_bar(indices, desc=system.name, unit="photo", disable=not progress):
        example = examples[index]
        if (example.mask == labels.VOID).all():
            skipped.append(example.name)
        else:
            photo = _score_photo(system, example, index, threshold, positive == "sharp")
            photos.append(photo)
    if not photos:
        raise BlurError(f"nothing to score: no known pixel in the masks of {counted(len(indices), 'photo')}")
    return Score(system.name, threshold, photos, skipped)


def answer(system: System | SavedMaps, example: Example) -> np.ndarray:
    """A system's blur map `(h, w, C)` of an example, checked.

    Raises:
        BlurError: it has the wrong shape or is not finite.
    """
    if isinstance(system, SavedMaps):
        return system.blur_map_of(example.name)
    blur_map = np.asarray(system.blur_map(example.image))
    if blur_map.ndim != 3 or blur_map.shape[2] not in (2, 3) or not np.isfinite(blur_map).all():
        raise BlurError(
            f"{system.name} on {example.name}: expected a finite blur map (h, w, 2 or 3), "
            f"received shape {blur_map.shape}"
            + ("" if np.isfinite(blur_map).all() else " with NaN or infinity")
        )
    return blur_map


def _score_photo(
    system: System | SavedMaps, example: Example, index: int, threshold: float, structure: bool
) -> PhotoScore:
    mask = example.mask
    if mask.shape != example.image.shape[:2]:
        raise BlurError(
            f"{example.name}: expected a mask of the photo's size {example.image.shape[:2]}, "
            f"received {mask.shape}; prepare the data set again"
        )
    start = time.perf_counter()
    blur_map = answer(system, example)
    seconds = time.perf_counter() - start
    map_size = blur_map.shape[:2] if blur_map.shape[:2] != mask.shape else None
    blur_map = resize_map(blur_map, *mask.shape)
    blurred = labels.blurred_probability(blur_map)
    structure = structure and not (mask == labels.VOID).any()
    typed = blur_map.shape[2] == len(labels.CLASS_NAMES)
    return PhotoScore(
        name=example.name,
        type=example.type,
        index=index,
        histogram=binary.histogram(blurred, mask),
        confusion=three_class.confusion(argmax_mask(blur_map, threshold), mask) if typed else None,
        answered_type=three_class.type_of_blur(blur_map, mask) if typed else None,
        seconds=None if isinstance(system, SavedMaps) else seconds,
        map_size=map_size,
        mask_size=mask.shape,
        boundary_f=boundary.boundary_f(
            blurred > threshold, (mask != labels.SHARP) & (mask != labels.VOID), mask != labels.VOID
        ),
        s_measure=saliency.s_measure(1 - blurred, mask == labels.SHARP) if structure else None,
    )


def all_positive(photos: Sequence[PhotoScore], positive: str = "blurred") -> list[PhotoScore]:
    """The same photos as answered by a system that calls every pixel `positive`: the row to beat."""
    trivial = []
    for photo in photos:
        histogram = np.zeros_like(photo.histogram)
        histogram[:, 0 if positive == "sharp" else -1] = photo.histogram.sum(axis=1)
        trivial.append(PhotoScore(photo.name, photo.type, photo.index, histogram))
    return trivial


def groups(photos: Sequence[PhotoScore]) -> dict[str, list[PhotoScore]]:
    """All photos, and, if there is more than one type of blur, those of each type."""
    found = {"all": list(photos)}
    for blur_type in labels.PHOTO_TYPES:
        members = [photo for photo in photos if photo.type == blur_type]
        if 0 < len(members) < len(photos):
            found[blur_type] = members
    return found


def summary(photos: Sequence[PhotoScore], threshold: float, positive: str = "blurred") -> dict[str, Any]:
    """All figures of a set of photos, as plain data.

    Returns:
        "photos": their number; "mean" and "pooled": see `binary.summary`; "mean" has "boundary_f" (or None)
        too, with sharp positive also the figures of `saliency.summary` and "s_measure" (or None);
        "two_class" and "three_class" (or None): see `three_class.scores`, pooled; "type_accuracy": the
        share of motion and defocus photos whose blurred pixels were taken for their type, or None;
        "seconds": the median for a photo, or None.
    """
    histograms = np.stack([photo.histogram for photo in photos])
    figures = binary.summary(histograms, threshold, positive)
    borders = [photo.boundary_f for photo in photos if photo.boundary_f is not None]
    figures["mean"]["boundary_f"] = float(np.mean(borders)) if borders else None
    if positive == "sharp":
        structure = [photo.s_measure for photo in photos if photo.s_measure is not None]
        figures["mean"].update(saliency.summary(binary.with_sharp_positive(histograms)))
        figures["mean"]["s_measure"] = float(np.mean(structure)) if structure else None
    two = binary.confusion(histograms.sum(axis=0), threshold)
    matrix = confusion(photos)
    right = [r for photo in photos if (r := type_is_right(photo)) is not None]
    seconds = [photo.seconds for photo in photos if photo.seconds is not None]
    return {
        "photos": len(photos),
        **figures,
        "two_class": three_class.scores(two, labels.BINARY_NAMES),
        "three_class": None if matrix is None else three_class.scores(matrix),
        "type_accuracy": float(np.mean(right)) if right else None,
        "seconds": float(np.median(seconds)) if seconds else None,
    }


def confusion(photos: Sequence[PhotoScore]) -> np.ndarray | None:
    """The pooled confusion matrix `(3, 3)`; None if the system knows two classes."""
    matrices = [photo.confusion for photo in photos if photo.confusion is not None]
    return np.sum(matrices, axis=0) if matrices else None


def type_is_right(photo: PhotoScore) -> bool | None:
    """Whether the photo's blur was taken for its type; None if that was not asked."""
    if photo.answered_type is None or photo.type not in labels.CLASS_NAMES[1:]:
        return None
    return photo.answered_type == photo.type


def photo_figures(photo: PhotoScore, threshold: float, positive: str = "blurred") -> dict[str, float]:
    """The figures of one photo: those of `binary.summary` over it alone that need no curve."""
    mean = binary.summary(photo.histogram[None], threshold, positive)["mean"]
    return {
        name: value
        for name, value in mean.items()
        if value is not None and not name.startswith(binary.CURVE_FIGURES)
    }
