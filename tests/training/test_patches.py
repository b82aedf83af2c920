"""Trainings of the networks that learn from patches by other batches, losses or measures than photos have."""

import csv
import dataclasses

import pytest

from keras_blur import configs, systems
from keras_blur.errors import UsageError
from keras_blur.training import trainer


def short(name, **data):
    """An experiment of this name, as short as can be."""
    config = configs.load(name)
    return dataclasses.replace(
        config,
        data=dataclasses.replace(config.data, dataset="tiny_blur", samples_per_epoch=16, **data),
        training=dataclasses.replace(config.training, epochs=1, validate_every=1, batch_size=16),
    )


def rows(run_dir):
    with open(run_dir / "log.csv") as file:
        return list(csv.DictReader(file))


def test_park2017_learns_degrees_of_blur(tiny_data, tmp_path):
    best = trainer.train(short("park2017"), tmp_path, tiny_data)
    assert best["epoch"] == 1 and 0 <= best["val_pixel_accuracy"] <= 1
    assert "val_blurred_iou" not in rows(tmp_path)[-1]
    system = systems.load(tmp_path)
    assert type(system).__name__ == "Park2017" and system.network.name == "park2017"


def test_zeng2019_is_measured_as_sharp_or_blurred(tiny_data, tmp_path):
    best = trainer.train(short("zeng2019"), tmp_path, tiny_data)
    assert 0 <= best["val_blurred_iou"] <= 1
    assert "val_type_accuracy" not in rows(tmp_path)[-1], "two classes know no type"
    assert systems.load(tmp_path).filters.shape == (2, 7, 7)


def test_unknown_kinds_of_data_are_named(tiny_data, tmp_path):
    with pytest.raises(UsageError, match=r"unknown data\.kind 'edges'"):
        trainer.train(short("park2017", kind="edges"), tmp_path, tiny_data)
