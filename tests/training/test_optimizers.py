import keras
import numpy as np
import pytest

from keras_blur.errors import UsageError
from keras_blur.training import optimizers
from keras_blur.training.config import OptimizerConfig


def rates(config, steps_per_epoch=10, epochs=10):
    schedule = optimizers.schedule(config, steps_per_epoch, epochs)
    return np.array([float(schedule(step)) for step in range(steps_per_epoch * epochs + 1)])


def test_cosine_rises_over_the_warm_up_and_ends_at_a_hundredth():
    found = rates(OptimizerConfig(learning_rate=1.0, warmup_epochs=2))
    assert found[0] == pytest.approx(0.01)
    assert found.argmax() == 20 and found[20] == pytest.approx(1.0)
    assert (np.diff(found[:20]) > 0).all() and (np.diff(found[20:]) <= 0).all()
    assert found[60] == pytest.approx(0.505, abs=1e-3)  # half way down: (1 + 0.01) / 2
    assert found[-1] == pytest.approx(0.01)


def test_steps_divide_by_ten_at_their_shares():
    found = rates(OptimizerConfig(learning_rate=1.0, schedule="steps", steps=(0.3, 0.8), warmup_epochs=0))
    assert found[[0, 30, 31, 80, 81]] == pytest.approx([1, 1, 0.1, 0.1, 0.01])


@pytest.mark.parametrize("name", optimizers.SCHEDULES)
def test_every_schedule_begins_with_the_warm_up(name):
    found = rates(OptimizerConfig(learning_rate=1.0, schedule=name, warmup_epochs=2))
    assert found[0] == pytest.approx(0.01)
    np.testing.assert_allclose(np.diff(found[:21]), 0.99 / 20, atol=1e-6)
    assert found[21] == pytest.approx(1.0, abs=1e-3)


def test_a_constant_rate_stays():
    assert optimizers.schedule(OptimizerConfig(schedule="constant", warmup_epochs=0), 10, 10) == 1e-3
    found = rates(OptimizerConfig(learning_rate=1.0, schedule="constant", warmup_epochs=2))
    np.testing.assert_allclose(found[20:], 1)


@pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
def test_encoder_moves_at_its_own_rate(name):
    config = OptimizerConfig(
        name=name,
        learning_rate=0.1,
        schedule="constant",
        warmup_epochs=0,
        encoder_lr_multiplier=0.25,
        weight_decay=0.0,
        clip_norm=0.0,
    )
    encoder, decoder = (keras.Variable(np.ones(3, "float32"), name="kernel") for _ in range(2))
    encoder._path, decoder._path = "encoder_conv/kernel", "decoder1/kernel"
    optimizer = optimizers.build(config, 10, 10)
    optimizer.build([encoder, decoder])
    gradient = keras.ops.convert_to_tensor(np.array([1.0, -2.0, 3.0], "float32"))
    optimizer.apply([gradient, gradient])
    moved = [np.asarray(v) - 1 for v in (encoder, decoder)]
    assert (np.abs(moved[1]) > 1e-3).all()
    np.testing.assert_allclose(moved[0], 0.25 * moved[1], rtol=1e-4)


def test_a_rate_for_an_encoder_that_is_not_found_is_named():
    variable = keras.Variable(np.ones(3, "float32"), name="kernel")
    variable._path = "conv1_conv/kernel"
    config = OptimizerConfig(encoder_lr_multiplier=0.1)
    with pytest.raises(
        UsageError, match=r"encoder_lr_multiplier: expected .*'encoder_'.*the first is 'conv1_conv/kernel'"
    ):
        optimizers.build(config, 1, 1).build([variable])


def test_biases_and_norms_do_not_decay():
    config = OptimizerConfig(
        name="adamw", learning_rate=0.1, schedule="constant", warmup_epochs=0, weight_decay=0.5
    )
    kernel, bias = (
        keras.Variable(np.ones(2, "float32"), name="kernel"),
        keras.Variable(np.ones(2, "float32"), name="bias"),
    )
    optimizer = optimizers.build(config, 10, 10)
    optimizer.build([kernel, bias])
    zero = keras.ops.zeros(2)
    optimizer.apply([zero, zero])
    np.testing.assert_allclose(np.asarray(kernel), 0.95)  # 1 - rate * decay
    np.testing.assert_allclose(np.asarray(bias), 1.0)


def test_unknown_names_get_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'adamw'"):
        optimizers.build(OptimizerConfig(name="adamww"), 1, 1)
    with pytest.raises(UsageError, match="did you mean 'cosine'"):
        optimizers.build(OptimizerConfig(schedule="cosin"), 1, 1)


@pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
@pytest.mark.parametrize("schedule", optimizers.SCHEDULES)
def test_optimizers_are_made_again_from_what_keras_saves(name, schedule):
    config = OptimizerConfig(name=name, schedule=schedule, encoder_lr_multiplier=0.3, ema_momentum=0.9)
    optimizer = optimizers.build(config, 10, 10)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert type(again) is type(optimizer) and again.get_config() == optimizer.get_config()
