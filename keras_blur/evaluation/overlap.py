"""Finds photos that a system is measured on and that it was trained on, or that chose its epoch."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_blur import provenance
from keras_blur.data import catalog
from keras_blur.errors import BlurError
from keras_blur.text import counted


def find_notes(
    examples: catalog.PreparedSplit,
    indices: Sequence[int],
    trained_on: Sequence[Mapping[str, Any]],
    data_dir: str | Path | None = None,
) -> list[str]:
    """Returns a line for each data set of a training that has, or may have, photos that are measured.

    Photos that chose the best epoch count too: the figures aren't those of unseen photos either.

    Args:
        examples: The split that is measured.
        indices: Those of its examples that are.
        trained_on: What `provenance.training` returned of the system's weights.
        data_dir: Where data sets are prepared; photos are compared by id if that of the training is.
    """
    found = []
    for record in trained_on:
        training = provenance.read_training(record)
        uses = [("trained on", identity) for identity in training["data"]]
        uses += [("epoch or settings chosen by", identity) for identity in training.get("validation", ())]
        for use, identity in uses:
            name = provenance.describe_split(identity)
            try:
                learnt = _find_photos(catalog.load_identity(identity, data_dir).photos)
                photos = examples.photos
            except BlurError:
                dataset = identity["dataset"]
                if dataset != examples.dataset and dataset.split("/")[0] == examples.builder:
                    found.append(f"{use} {name}, which may share photos with {examples.dataset}")
                continue
            measured = _find_photos(photos[index] for index in indices)
            if shared := len(measured & learnt):
                found.append(
                    f"{use} {shared} of the {counted(len(measured), 'photo')}, in {name}: "
                    "the figures don't tell how it does on unseen ones"
                )
    return found


def _find_photos(ids: Iterable[str]) -> set[str]:
    """Returns the photos that examples were made of; composites have several."""
    return {photo for joined in ids for photo in joined.split("+")}
