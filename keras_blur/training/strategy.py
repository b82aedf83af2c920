"""Where a training runs: the one part of training that depends on the backend."""

import contextlib
from typing import Any

import keras

from keras_blur.errors import UsageError

STRATEGIES = ("auto", "mirrored", "none")


def scope(name: str) -> Any:
    """A context in which the network and optimizer must be built.

    "mirrored" copies the network to every local GPU (`tf.distribute.MirroredStrategy`; under JAX,
    `keras.distribution.DataParallel`) and splits each batch among them; "auto" does so where there are
    several GPUs; "none" never.

    Raises:
        UsageError: unknown name, or the backend has no such strategy.
    """
    check(name)
    if name == "none":
        return contextlib.nullcontext()
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        gpus = tf.config.list_logical_devices("GPU")
        if name == "auto" and len(gpus) < 2:
            return contextlib.nullcontext()
        devices = gpus or tf.config.list_logical_devices("CPU")
        return tf.distribute.MirroredStrategy([device.name for device in devices]).scope()
    devices = keras.distribution.list_devices()
    if name == "auto" and len(devices) < 2:
        return contextlib.nullcontext()
    if backend != "jax":
        raise UsageError(f"--strategy: the backend '{backend}' has no '{name}'; use 'none'")
    return keras.distribution.DataParallel(devices=devices).scope()


def check(name: str) -> None:
    """Raises UsageError if there is no strategy called `name`."""
    if name not in STRATEGIES:
        raise UsageError(f"--strategy: expected one of {', '.join(STRATEGIES)}, received '{name}'")


def replicas() -> int:
    """Copies of the network among which a batch is split, inside a `scope`."""
    if keras.backend.backend() != "tensorflow":
        distribution = keras.distribution.distribution()
        return 1 if distribution is None else distribution.device_mesh.devices.size
    import tensorflow as tf

    return tf.distribute.get_strategy().num_replicas_in_sync


def make_deterministic(seed: int, operations: bool) -> None:
    """Seeds Python, NumPy and the backend; with `operations` also makes every operation deterministic."""
    keras.utils.set_random_seed(seed)
    if operations and keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
