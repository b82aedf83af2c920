"""One step of every experiment that is too big for a test as it stands, at a sixteenth of its width."""

import numpy as np
import pytest

from keras_blur import configs
from keras_blur.errors import UsageError
from keras_blur.training import trainer
from keras_blur.training.config import override

NARROW = [
    "model.encoder_weights=none",
    "model.width=0.0625",
    "data.dataset=tiny_blur",
    "data.crop=32",
    "data.samples_per_epoch=2",
    "training.epochs=1",
    "training.batch_size=2",
    "training.panels_every=0",
]
FULL = {
    "dbm2018": [],
    "dss": ["model.width=0.03125"],
    "fcn8s": ["model.width=0.03125"],
    "kim2018": [],
    "segnet": [],
}


JOINT = ("bdnet2020_joint", "model.depth=14")


def narrow(name, *more):
    return override(configs.load(name), [*NARROW, "training.validate_every=1", *more])


@pytest.mark.parametrize("name", FULL)
def test_full_experiments_train_a_step(name, tiny_data, tmp_path):
    best = trainer.train(narrow(name, *FULL[name]), tmp_path / "run", tiny_data)
    assert np.isfinite(best["loss"]) and 0 <= best["val_blurred_iou"] <= 1


def test_joint_loss_is_the_weighted_sum_of_both_outputs(tiny_data, tmp_path):
    config = narrow(*JOINT, "loss.output_weights=(1000.0, 0.0)")
    best = trainer.train(config, tmp_path / "run", tiny_data)
    assert best["val_loss"] == pytest.approx(1000 * best["val_photo_type_loss"], rel=1e-3)


def test_weights_of_outputs_that_are_not_there_are_named(tiny_data, tmp_path):
    with pytest.raises(UsageError, match=r"loss\.output_weights: expected 2 .* received 3"):
        trainer.train(narrow(*JOINT, "loss.output_weights=(1, 2, 3)"), tmp_path / "run", tiny_data)


def test_folds_take_no_further_data_set(tiny_data, tmp_path):
    with pytest.raises(UsageError, match=r"data\.extras of tiny_blur"):
        trainer.train(narrow("segnet", "data.folds=3", "data.extra=tiny_blur"), tmp_path / "run", tiny_data)
