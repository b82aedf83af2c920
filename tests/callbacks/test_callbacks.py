"""The callbacks in a notebook: plain Keras networks, plain `fit`."""

import subprocess
import sys

import keras
import numpy as np
import pytest

import keras_blur
from keras_blur import callbacks, data, models
from keras_blur.errors import BlurError

OPTIONS = {"filters": 2, "depth": 2}

FRESH_PROCESS = """
import keras_blur
import keras

model = keras.models.load_model({path!r})
assert type(model.optimizer).__module__ == "keras_blur.training.optimizers", type(model.optimizer)
"""


@pytest.fixture
def batches(tiny_data):
    split = data.load("tiny_blur", "validation", tiny_data)
    return data.make_training_batches(split, 32, 32, 2), data.make_validation_batches(split, 32, 32, 2)


def compiled(**options):
    network = models.build("unet", **OPTIONS)
    loss, metric = keras_blur.losses.build("crossentropy"), keras_blur.metrics.BlurredIoU()
    network.compile(keras.optimizers.SGD(**options), loss, metrics=[metric], run_eagerly=True)
    return network


def test_the_best_network_is_saved_as_a_system(batches, tmp_path):
    training, validation = batches
    network = compiled(learning_rate=1e-3, use_ema=True, ema_momentum=0.9)
    contract = models.contract("unet", **OPTIONS)
    network.fit(
        training,
        validation_data=validation,
        epochs=2,
        verbose=0,
        callbacks=[
            callbacks.StopOnNaN(),
            callbacks.ValidateKeptWeights(),
            callbacks.SaveBest(tmp_path / "best", contract, OPTIONS, monitor="val_blurred_iou"),
            callbacks.Panels(tmp_path / "panels", validation),
        ],
    )
    blur = keras_blur.load(tmp_path / "best")
    assert blur.blur_map(np.zeros((32, 32, 3), np.uint8)).shape[-1] == 3
    assert {path.name for path in (tmp_path / "panels").iterdir()} == {"epoch_0001.jpg", "epoch_0002.jpg"}


def test_a_loss_that_is_no_number_ends_the_training(batches):
    with pytest.raises(BlurError, match="the loss became"):
        compiled(learning_rate=1e30).fit(batches[0], epochs=3, verbose=0, callbacks=[callbacks.StopOnNaN()])


@pytest.mark.slow
def test_compiled_networks_with_our_optimizers_load_in_a_fresh_process(tmp_path):
    from keras_blur.training import optimizers
    from keras_blur.training.config import OptimizerConfig

    network = models.build("unet", **OPTIONS)
    config = OptimizerConfig(encoder_lr_multiplier=0.3, encoder_prefixes=("encoder",), schedule="steps")
    optimizer = optimizers.build(config, 10, 2)
    network.compile(optimizer, keras_blur.losses.build("crossentropy"))
    network.save(tmp_path / "network.keras")
    code = FRESH_PROCESS.format(path=str(tmp_path / "network.keras"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
