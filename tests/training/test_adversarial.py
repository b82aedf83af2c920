"""The network against its discriminator: whose gradient is whose, and the whole run folder."""

import csv
import dataclasses

import keras
import numpy as np
import pytest

from keras_blur import configs, labels, losses, models
from keras_blur.errors import UsageError
from keras_blur.models import purohit2018
from keras_blur.systems import weights
from keras_blur.training import adversarial, optimizers, state, trainer
from keras_blur.training.config import (
    AdversarialConfig,
    Config,
    DataConfig,
    ModelConfig,
    OptimizerConfig,
    TrainingConfig,
)

TINY = Config(
    model=ModelConfig(name="purohit2018_global", input_size=32, options={"filters": 2, "levels": 3}),
    data=DataConfig(dataset="tiny_blur", workers=1),
    optimizer=OptimizerConfig(name="adam", learning_rate=1e-3, momentum=0.5, weight_decay=0.0, clip_norm=0.0),
    training=TrainingConfig(procedure="adversarial", epochs=2, batch_size=6, panels_every=0),
    adversarial=AdversarialConfig(filters=2),
)


def made(classes=2, weight=100.0, rate=0.1):
    keras.utils.set_random_seed(0)
    network = models.build("purohit2018_global", num_classes=classes, filters=4, levels=3, dropout=0.0)
    model = adversarial.Adversarial(network, purohit2018.discriminator(classes - 1, 4), weight)
    model.compile(keras.optimizers.SGD(rate), losses.build("crossentropy"), run_eagerly=True)
    return model


def batch(side=16, count=2):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, side, side, 3)).astype("uint8"), rng.integers(
        0, 3, (count, side, side)
    ).astype("uint8")


def softplus(x):
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)


def test_the_losses_are_pix2pixs():
    model = made()
    images, masks = batch()
    logs = model.test_on_batch(images, masks, return_dict=True)
    floats = images.astype("float32")
    logits = np.asarray(model(floats))
    blurred = 1 / (1 + np.exp(logits[..., :1] - logits[..., 1:]))
    fake = np.asarray(model.discriminator([floats, blurred]))
    real = np.asarray(model.discriminator([floats, (masks > 0).astype("float32")[..., None]]))
    crossentropy = -np.log(np.where(masks > 0, blurred[..., 0], 1 - blurred[..., 0])).mean()
    assert logs["reconstruction_loss"] == pytest.approx(crossentropy, rel=1e-4)
    assert logs["adversarial_loss"] == pytest.approx(softplus(-fake).mean(), rel=1e-4)
    halved = (softplus(-real).mean() + softplus(fake).mean()) / 2
    assert logs["discriminator_loss"] == pytest.approx(halved, rel=1e-4)
    assert logs["loss"] == pytest.approx(100 * crossentropy + softplus(-fake).mean() + halved, rel=1e-4)


def test_each_player_follows_its_own_loss():
    """One step of plain gradient descent, against gradients of each loss for its own weights alone."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("the expected gradients are TensorFlow's")
    import tensorflow as tf

    model, (images, masks) = made(weight=1.0, rate=1.0), batch()
    network, judge = model.network, model.discriminator
    floats = tf.constant(images, tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        logits = network(floats, training=True)
        true, answer = adversarial.maps(masks, logits)
        fake, real = judge([floats, answer]), judge([floats, true])
        own = losses.build("crossentropy")(masks, logits) + tf.reduce_mean(tf.nn.softplus(-fake))
        other = (tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(fake))) / 2
    expected = [
        (variable, np.array(variable) - np.array(tape.gradient(loss, variable)))
        for player, loss in ((network, own), (judge, other))
        for variable in player.trainable_variables
    ]
    model.train_on_batch(images, masks)
    for variable, value in expected:
        np.testing.assert_allclose(np.asarray(variable), value, atol=1e-4, err_msg=variable.path)


def test_void_teaches_the_discriminator_nothing():
    logits = np.random.default_rng(0).normal(size=(1, 4, 4, 3)).astype("float32")
    mask = np.array([[[0, 1, 2, labels.VOID]] * 4], "uint8")
    true, answer = (np.asarray(m) for m in adversarial.maps(mask, logits))
    np.testing.assert_array_equal(true[..., :3, :], [[[[0, 0], [1, 0], [0, 1]]] * 4])
    np.testing.assert_array_equal(true[..., 3, :], answer[..., 3, :])
    two, _ = adversarial.maps(mask, logits[..., :2])
    np.testing.assert_array_equal(np.asarray(two)[0, 0, :3, 0], [0, 1, 1])


def test_the_discriminator_learns_to_tell_true_from_made():
    model, (images, masks) = made(classes=3, weight=0.0), batch()
    model.compile(keras.optimizers.Adam(5e-3), losses.build("crossentropy"), run_eagerly=True)
    first, *_, last = [
        model.train_on_batch(images, masks, return_dict=True)["discriminator_loss"] for _ in range(6)
    ]
    assert last < 0.8 * first


def test_the_discriminators_field_is_70_pixels():
    judge = purohit2018.discriminator(1, 2)
    assert [layer.filters for layer in judge.layers if hasattr(layer, "filters")] == [2, 4, 8, 16, 1]
    field, jump = 1, 1
    for layer in judge.layers:
        if hasattr(layer, "kernel_size"):
            field += (layer.kernel_size[0] - 1) * jump
            jump *= layer.strides[0]
    assert (field, jump) == (70, 8)


@pytest.fixture(scope="module")
def finished(tiny_data, tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("adversarial") / "whole"
    return run_dir, trainer.train(TINY, run_dir, tiny_data)


def test_both_losses_are_in_the_log(finished):
    with open(finished[0] / "log.csv") as file:
        rows = list(csv.DictReader(file))
    for name in ("reconstruction_loss", "adversarial_loss", "discriminator_loss"):
        assert all(float(row[name]) > 0 and float(row[f"val_{name}"]) > 0 for row in rows)
    assert (finished[0] / "curves.png").exists()


def test_the_saved_network_is_the_generator_alone(finished):
    network, contract = weights.load_network(finished[0] / "best")
    assert contract.name == network.name == "purohit2018_global"
    assert network.count_params() == models.build("purohit2018_global", filters=2, levels=3).count_params()


def test_a_resumed_training_ends_like_a_whole_one(finished, tiny_data, tmp_path, monkeypatch):
    """Killed after its first epoch; the discriminator and its optimizer must come back too."""

    class Killed(Exception):
        pass

    save = state.save

    def save_and_die(*arguments):
        save(*arguments)
        raise Killed

    monkeypatch.setattr(state, "save", save_and_die)
    with pytest.raises(Killed):
        trainer.train(TINY, tmp_path, tiny_data)
    monkeypatch.undo()
    resumed = trainer.train(TINY, tmp_path, tiny_data, resume=True)
    assert resumed == pytest.approx(finished[1], rel=1e-4)
    with np.load(finished[0] / "state.npz") as one, np.load(tmp_path / "state.npz") as other:
        assert sorted(one.files) == sorted(other.files)
        for key in set(one.files) - {"header"}:
            np.testing.assert_allclose(one[key], other[key], rtol=1e-3, atol=1e-5, err_msg=key)


def test_networks_of_several_outputs_are_refused(tiny_data, tmp_path):
    model = ModelConfig(name="kim2018", options={"width": 1 / 32})
    with pytest.raises(UsageError, match=r"one output for 'adversarial', 'kim2018' has 4"):
        trainer.train(dataclasses.replace(TINY, model=model), tmp_path / "run", tiny_data)
    assert not (tmp_path / "run").exists()


def test_the_papers_configuration_is_pix2pixs():
    config = configs.load("purohit2018_global")
    assert config.training.procedure == "adversarial" and config.training.batch_size == 1
    optimizer = optimizers.build(config.optimizer, 10, 1)
    assert (optimizer.beta_1, float(optimizer.learning_rate)) == (0.5, pytest.approx(2e-4))
    network = models.build("purohit2018_global")
    filters = [layer.filters for layer in network.layers if hasattr(layer, "filters")]
    assert filters == [64] * 15 + [2]
    assert sum(isinstance(layer, keras.layers.Dropout) for layer in network.layers) == 3
    kernel = np.asarray(network.get_layer("down3_conv").kernel)
    assert abs(kernel.mean()) < 1e-3 and kernel.std() == pytest.approx(0.02, rel=0.02)
