"""Whether a system is measured on photos that it was trained on."""

import re
from collections.abc import Sequence
from pathlib import Path

from keras_blur.data import catalog
from keras_blur.errors import BlurError


def notes(
    examples: catalog.PreparedSplit,
    indices: Sequence[int],
    trained_on: Sequence[dict],
    data_dir: str | Path | None = None,
) -> list[str]:
    """A line for each data set of a training that has, or may have, photos of those that are measured.

    Args:
        examples: The split that is measured.
        indices: Those of its examples that are.
        trained_on: What `provenance.training` returned of the system's weights.
        data_dir: Where data sets are prepared; photos are compared by name if that of the training is.
    """
    found = []
    for record in trained_on:
        dataset, _, split = record["data"].partition(" ")
        for name in filter(None, (dataset, record["extra"])):
            try:
                learnt = set(_photos(name, split, data_dir))
            except BlurError:
                if name != examples.dataset and name.split("/")[0] == examples.builder:
                    found.append(f"trained on {name} {split}, which may share photos with {examples.dataset}")
                continue
            measured = {examples.photos[index] for index in indices}
            if shared := len(measured & learnt):
                found.append(
                    f"trained on {shared} of the {len(measured)} photos, in {name} {split}: "
                    "the figures don't tell how it does on unseen ones"
                )
    return found


def _photos(dataset: str, split: str, data_dir: str | Path | None) -> list[str]:
    """The photos of a split by the name that it has on record, which may be that of a cross-validation's."""
    whole, *part = re.split(r", fold (\d+) of (\d+) left out$", split)
    prepared = catalog.load(dataset, whole, data_dir)
    return (catalog.fold(prepared, int(part[0]) - 1, int(part[1]))[0] if part else prepared).photos
