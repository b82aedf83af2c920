"""Opens the training and the validation split of a training, and makes their batches."""

import dataclasses
from pathlib import Path
from typing import Any, NamedTuple

from keras_blur import models
from keras_blur.contract import Contract
from keras_blur.data import augmentation, catalog, kinds, photos
from keras_blur.data.batches import Batches
from keras_blur.training import checks
from keras_blur.training.compilation import network_options
from keras_blur.training.config import Config, DataConfig
from keras_blur.training.hosts import ALONE, Hosts

WINDOWS = dataclasses.replace(augmentation.NONE, crop=1.0, native_crop=True)
"""What a network that learns from native windows is validated on: one of each photo, always the same."""


class Inputs(NamedTuple):
    """The batches of a training, and what they are made of.

    Attributes:
        training, validation: To learn from, and to choose the best epoch on.
        learnt: The splits behind `training`: the main one, then the extra ones.
        chosen_on: The split behind `validation`.
    """

    training: Batches
    validation: Batches
    learnt: list[catalog.PreparedSplit]
    chosen_on: catalog.PreparedSplit


def load_inputs(
    config: Config, contract: Contract, data_dir: str | Path | None = None, hosts: Hosts = ALONE
) -> Inputs:
    """Opens the data sets and makes their batches; checks that the network accepts them.

    Args:
        config: What the training does.
        contract: What its network expects.
        data_dir: Where data sets are prepared.
        hosts: Who trains; each makes its own part of every batch.

    Raises:
        BlurError, UsageError: a data set isn't there or is damaged, or the network doesn't accept it.
    """
    data = config.data
    height, width = photos.training_size(contract, data.crop)
    network = models.build(config.model.name, **network_options(config))
    checks.check_size(network, contract, height, width)
    size = (height, width, config.training.batch_size)
    common: dict[str, Any] = {
        "kind": data.kind,
        "outputs": len(network.outputs),
        "workers": data.workers,
        "host": hosts.index,
        "hosts": hosts.count,
    }
    main, chosen_on = load_splits(data, data_dir)
    extras = [(catalog.load(name, data.train, data_dir), share) for name, share in data.extras]
    training = kinds.make_training_batches(
        main,
        *size,
        config=config.augmentation,
        extras=extras,
        motion_share=data.motion_share,
        samples=data.samples_per_epoch,
        seed=config.training.seed,
        **common,
    )
    checks.check_samples(network, config, training)
    # What learns from windows is measured on windows: photos squeezed to the crop's square look sharper.
    changes = WINDOWS if config.augmentation.native_crop else augmentation.NONE
    validation = kinds.make_validation_batches(chosen_on, *size, config=changes, **common)
    return Inputs(training, validation, [main, *(split for split, _ in extras)], chosen_on)


def load_splits(
    data: DataConfig, data_dir: str | Path | None = None
) -> tuple[catalog.PreparedSplit, catalog.PreparedSplit]:
    """Returns the training and the validation split; with folds, those of the photos that aren't held out."""
    if not data.folds:
        main, chosen_on = (
            catalog.load(data.dataset, part, data_dir) for part in (data.train, data.validation)
        )
        return main, chosen_on
    return load_fold(data, "training", data_dir), load_fold(data, "validation", data_dir)


def load_fold(data: DataConfig, part: str, data_dir: str | Path | None = None) -> catalog.PreparedSplit:
    """Returns a part of the configured fold; the fold is measured on "held_out"."""
    whole = catalog.load(data.dataset, f"{data.train}+{data.validation}", data_dir)
    return catalog.select_fold(whole, catalog.Fold(data.fold, data.folds, part))
