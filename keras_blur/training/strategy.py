"""Where a training runs: the one part of training that depends on the backend."""

import contextlib
import random
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from keras_blur.errors import UsageError
from keras_blur.training.config import TrainingConfig
from keras_blur.training.hosts import ALONE, Hosts

STRATEGIES = ("auto", "mirrored", "none")


def make_scope(name: str, batch_size: int, hosts: Hosts = ALONE) -> Any:
    """Returns a context in which the network must be built and fitted.

    "mirrored" copies the network to every GPU of this machine (`tf.distribute.MirroredStrategy`; under JAX,
    `keras.distribution.DataParallel`) and splits each batch among them; "auto" does so where there are
    several among which batches divide; "none" never. With several hosts it is always `DataParallel` over
    the devices of all of them.

    Raises:
        UsageError: unknown name, the backend has no such strategy, or batches don't divide.
    """
    if name not in STRATEGIES:
        raise UsageError(f"strategy: expected one of {', '.join(STRATEGIES)}, received '{name}'")
    if hosts.count > 1:
        return _share_among_hosts(name, batch_size)
    if name == "none":
        return contextlib.nullcontext()
    backend = keras.backend.backend()
    devices = _list_devices()
    if name == "auto" and len(devices) < 2:
        return contextlib.nullcontext()
    if batch_size % len(devices):
        if name == "auto":
            print(f"one device of {len(devices)} is used: batches of {batch_size} don't divide among them")
            return contextlib.nullcontext()
        raise UsageError(
            f"training.batch_size: expected a multiple of the {len(devices)} devices, received {batch_size}; "
            "choose another one, or use one device with `strategy` none"
        )
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.distribute.MirroredStrategy(devices).scope()
    if backend != "jax":
        raise UsageError(f"strategy: the backend '{backend}' has no '{name}'; use 'none'")
    return keras.distribution.DataParallel(devices=devices).scope()


def _share_among_hosts(name: str, batch_size: int) -> Any:
    if name == "none":
        raise UsageError("strategy: expected auto or mirrored, as several hosts train; received 'none'")
    devices = keras.distribution.list_devices()
    if batch_size % len(devices):
        raise UsageError(
            f"training.batch_size: expected a multiple of the {len(devices)} devices of all hosts, received "
            f"{batch_size}; choose another one"
        )
    # Every host's batches hold its own part already.
    return keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False).scope()


def _list_devices() -> list[str]:
    if keras.backend.backend() != "tensorflow":
        return keras.distribution.list_devices()
    import tensorflow as tf

    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return [device.name for device in devices]


@contextlib.contextmanager
def configure(settings: TrainingConfig) -> Iterator[None]:
    """Within the context, seeds and precision are those of a training; afterwards what they were.

    TensorFlow's own seed, and its deterministic operations once they are asked for, stay.
    """
    policy, python = keras.config.dtype_policy(), random.getstate()
    legacy = np.random.get_state()  # noqa: NPY002 - Keras seeds this one
    keras.utils.set_random_seed(settings.seed)
    if settings.deterministic and keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    keras.config.set_dtype_policy(settings.precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002
