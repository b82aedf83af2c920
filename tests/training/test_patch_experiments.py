"""A step of the full experiments of the patch CNNs, at a sixteenth of their width."""

import keras
import numpy as np
import pytest
from tiny_blur import TinyPatches

from keras_blur import configs, systems
from keras_blur.errors import BlurError
from keras_blur.training import optimizers, trainer
from keras_blur.training.config import OptimizerConfig, override

SHORT = ["model.width=0.0625", "data.samples_per_epoch=4", "training.epochs=1", "training.batch_size=4"]


@pytest.fixture(scope="module")
def tiny_patches(tmp_path_factory):
    folder = tmp_path_factory.mktemp("patches")
    TinyPatches(data_dir=folder, file_format="array_record").download_and_prepare()
    return folder


def test_schuster2016_trains_a_step(tiny_patches, tmp_path):
    config = override(configs.load("schuster2016"), [*SHORT, "data.dataset=tiny_patches"])
    best = trainer.train(config, tmp_path, tiny_patches)
    assert np.isfinite(best["val_loss"]) and 0 <= best["val_blurred_iou"] <= 1
    assert type(systems.load(tmp_path)).__name__ == "PatchSystem"


def test_schuster2016_knows_three_classes_too(tiny_patches, tmp_path):
    more = ["data.dataset=tiny_patches", "model.num_classes=3"]
    best = trainer.train(
        override(configs.load("schuster2016_small"), [*SHORT, *more]), tmp_path, tiny_patches
    )
    assert 0 <= best["val_type_accuracy"] <= 1
    assert systems.load(tmp_path).blur_map(np.zeros((40, 40, 3), np.uint8)).shape == (10, 10, 3)


def test_patches_of_another_size_are_named(tiny_patches, tmp_path):
    larger = ["data.dataset=tiny_patches", "model.side=35", "data.crop=35"]
    config = override(configs.load("schuster2016_small"), [*SHORT, *larger])
    with pytest.raises(BlurError, match="expected patches of at least 35x35 pixels, found 31x31"):
        trainer.train(config, tmp_path, tiny_patches)


def test_sun2015_trains_a_step(tiny_data, tmp_path):
    best = trainer.train(
        override(configs.load("sun2015"), [*SHORT, "data.dataset=tiny_blur"]), tmp_path, tiny_data
    )
    assert np.isfinite(best["val_loss"]) and 0 <= best["val_pixel_accuracy"] <= 1
    assert type(systems.load(tmp_path)).__name__ == "MotionField"


@pytest.mark.parametrize(("nesterov", "second"), [(False, 1.9), (True, 2.71)])
def test_momentum_is_plain_or_nesterovs(nesterov, second):
    config = OptimizerConfig(
        "sgd", 0.1, "constant", 0.0, momentum=0.9, nesterov=nesterov, weight_decay=0.0, clip_norm=0.0
    )
    variable = keras.Variable(np.zeros(1, "float32"), name="kernel")
    optimizer = optimizers.build(config, 10, 10)
    optimizer.build([variable])
    moves = []
    for _ in range(2):
        before = float(np.asarray(variable)[0])
        optimizer.apply([keras.ops.ones(1)])
        moves.append(before - float(np.asarray(variable)[0]))
    assert moves[1] == pytest.approx(0.1 * second, rel=1e-4)
