"""Where a training runs: the one part of training that depends on the backend."""

import contextlib
from typing import Any

import keras

from keras_blur.errors import UsageError

STRATEGIES = ("auto", "mirrored", "none")


def scope(name: str, batch_size: int) -> Any:
    """A context in which the network and optimizer must be built.

    "mirrored" copies the network to every local GPU (`tf.distribute.MirroredStrategy`; under JAX,
    `keras.distribution.DataParallel`) and splits each batch among them; "auto" does so where there are
    several among which batches divide; "none" never.

    Raises:
        UsageError: unknown name, the backend has no such strategy, or batches don't divide.
    """
    check(name)
    if name == "none":
        return contextlib.nullcontext()
    backend = keras.backend.backend()
    devices = _devices()
    if name == "auto" and len(devices) < 2:
        return contextlib.nullcontext()
    if batch_size % len(devices):
        if name == "auto":
            print(f"one device of {len(devices)} is used: batches of {batch_size} don't divide among them")
            return contextlib.nullcontext()
        raise UsageError(
            f"training.batch_size: expected a multiple of the {len(devices)} devices, received {batch_size}; "
            "choose another one, or use one device with --strategy none"
        )
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.distribute.MirroredStrategy(devices).scope()
    if backend != "jax":
        raise UsageError(f"--strategy: the backend '{backend}' has no '{name}'; use 'none'")
    return keras.distribution.DataParallel(devices=devices).scope()


def _devices() -> list[str]:
    if keras.backend.backend() != "tensorflow":
        return keras.distribution.list_devices()
    import tensorflow as tf

    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return [device.name for device in devices]


def check(name: str) -> None:
    """Raises UsageError if there is no strategy called `name`."""
    if name not in STRATEGIES:
        raise UsageError(f"--strategy: expected one of {', '.join(STRATEGIES)}, received '{name}'")


def make_deterministic(seed: int, operations: bool) -> None:
    """Seeds Python, NumPy and the backend; with `operations` also makes every operation deterministic."""
    keras.utils.set_random_seed(seed)
    if operations and keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
