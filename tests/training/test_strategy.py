import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from keras_blur.errors import UsageError
from keras_blur.training import strategy

TWO_DEVICES = """
import sys
from pathlib import Path
import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
sys.path.insert(0, {tests!r})
from training import test_trainer
from keras_blur.errors import UsageError
from keras_blur.systems import weights
from keras_blur.training import strategy, trainer

with strategy.make_scope("mirrored", 4):
    assert tf.distribute.get_strategy().num_replicas_in_sync == 2
try:
    trainer.train(test_trainer.changed(training={{"batch_size": 3}}), {run!r} + "_odd", {data!r}, "mirrored")
except UsageError as error:
    assert "multiple of the 2 devices" in str(error) and "`strategy` none" in str(error)
else:
    raise AssertionError("a batch that can't be shared was accepted")
row = trainer.train(test_trainer.TINY, {run!r}, {data!r}, "mirrored")
assert np.isfinite(row["val_loss"])
model, _ = weights.load_network({run!r} + "/best")
assert all(np.isfinite(np.asarray(w)).all() for w in model.weights)
"""


@pytest.mark.slow
def test_mirrored_training_on_two_devices(tiny_data, tmp_path):
    """No GPU is needed: TensorFlow splits the CPU into two devices."""
    code = TWO_DEVICES.format(
        tests=str(Path(__file__).parents[1]),
        run=str(tmp_path / "run"),
        data=str(tiny_data),
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr[-3000:]


def test_auto_and_none_leave_a_single_device_alone():
    for name in ("auto", "none"):
        assert isinstance(strategy.make_scope(name, 4), contextlib.nullcontext)


def test_auto_uses_one_device_where_batches_do_not_divide(monkeypatch, capsys):
    monkeypatch.setattr(strategy, "_list_devices", lambda: ["GPU:0", "GPU:1"])
    assert isinstance(strategy.make_scope("auto", 5), contextlib.nullcontext)
    assert "one device of 2 is used: batches of 5" in capsys.readouterr().out
    with pytest.raises(UsageError, match=r"multiple of the 2 devices, received 5; .*`strategy` none"):
        strategy.make_scope("mirrored", 5)


def test_unknown_strategy_is_named():
    with pytest.raises(UsageError, match="expected one of auto, mirrored, none, received 'many'"):
        strategy.make_scope("many", 4)
