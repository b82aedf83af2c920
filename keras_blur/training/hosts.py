"""Several hosts that train one network together, under JAX: who they are, and how they agree.

The same training command is started once a host, with Keras's variables: KERAS_DISTRIBUTION_JOB_ADDRESSES
(address and port of host 0), KERAS_DISTRIBUTION_NUM_PROCESSES and KERAS_DISTRIBUTION_PROCESS_ID.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from keras_blur.errors import BlurError, UsageError

VARIABLES = tuple(f"KERAS_DISTRIBUTION_{name}" for name in ("JOB_ADDRESSES", "NUM_PROCESSES", "PROCESS_ID"))


@dataclasses.dataclass(frozen=True)
class Hosts:
    """The hosts of a training, as one of them sees them.

    Attributes:
        index: This host's number, from 0.
        count: Number of hosts.
    """

    index: int = 0
    count: int = 1

    @property
    def is_writer(self) -> bool:
        """Whether this host writes the run folder; the others only read the data and compute."""
        return self.index == 0


ALONE = Hosts()


def connect() -> Hosts:
    """Connects this process with the other hosts, if Keras's variables name any. JAX stays changed.

    Raises:
        UsageError: the backend isn't JAX, or the variables make no sense.
        BlurError: the other hosts don't answer.
    """
    given = [name for name in VARIABLES if os.environ.get(name)]
    if not given:
        return ALONE
    if len(given) < len(VARIABLES):
        missing = ", ".join(name for name in VARIABLES if name not in given)
        raise UsageError(f"{given[0]}: expected {missing} too; set all three, or none to train on one host")
    if keras.backend.backend() != "jax":
        raise UsageError(
            f"{VARIABLES[0]}: several hosts train under JAX only, received the backend "
            f"'{keras.backend.backend()}'; set KERAS_BACKEND=jax"
        )
    import jax

    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.config.update("jax_cpu_enable_async_dispatch", False)  # else two hosts' messages may cross
    try:
        keras.distribution.initialize()
    except ValueError as error:
        values = ", ".join(f"{name}={os.environ[name]}" for name in VARIABLES)
        raise UsageError(f"{values}: {error}") from error
    except RuntimeError as error:
        raise BlurError(
            f"{VARIABLES[0]}: can't reach the other hosts: {str(error).splitlines()[0]}"
        ) from error
    return Hosts(jax.process_index(), jax.process_count())


def check_agreement(hosts: Hosts, facts: Mapping[str, Any]) -> None:
    """Checks that all hosts were given the same.

    Args:
        hosts: Who trains.
        facts: JSON values by what they are called, in the same order on every host.

    Raises:
        UsageError: on every host, naming the facts in which one of them differs from host 0.
    """
    if hosts.count == 1:
        return
    texts = [json.dumps(value, sort_keys=True).encode() for value in facts.values()]
    digests = np.array([list(hashlib.sha256(text).digest()[:8]) for text in texts], np.uint8)
    gathered = _gather(digests)
    for other in range(1, hosts.count):
        differing = [
            name for place, name in enumerate(facts) if (gathered[other][place] != gathered[0][place]).any()
        ]
        if differing:
            raise UsageError(
                f"several hosts: expected the same on every host, but host {other} differs from host 0 in "
                f"{', '.join(differing)}; start the same command with the same data on each"
            )


@contextlib.contextmanager
def stop_together(hosts: Hosts) -> Iterator[None]:
    """Within the context each host works for itself; if one of them fails, all do, so that none waits.

    Raises:
        BlurError: another host failed; its own message.
    """
    error = None
    try:
        yield
    except BlurError as caught:
        if hosts.count == 1:
            raise
        error = caught
    if hosts.count == 1:
        return
    message = np.zeros(1000, np.uint8)
    text = str(error).encode()[: message.size] if error else b""
    message[: len(text)] = list(text)
    for number, received in enumerate(_gather(message)):
        if received.any():
            if error:
                raise error
            words = bytes(received[received > 0]).decode(errors="replace")
            raise BlurError(f"host {number} stopped: {words}")


def share(hosts: Hosts, value: Any) -> Any:
    """Returns what host 0 gave: a JSON value, or None."""
    if hosts.count == 1:
        return value
    text = np.frombuffer(json.dumps(value).encode(), np.uint8)
    size = int(share_array(hosts, np.array(text.size)))
    padded = np.zeros(size, np.uint8)
    if hosts.is_writer:
        padded[:] = text
    return json.loads(bytes(share_array(hosts, padded)).decode())


def share_array(hosts: Hosts, array: np.ndarray) -> np.ndarray:
    """Returns the array of host 0; those of the others have the same shape and type."""
    if hosts.count == 1:
        return array
    from jax.experimental import multihost_utils

    return np.asarray(multihost_utils.broadcast_one_to_all(array))


def _gather(array: np.ndarray) -> np.ndarray:
    """Returns the arrays of all hosts, `(hosts, ...)`."""
    from jax.experimental import multihost_utils

    return np.asarray(multihost_utils.process_allgather(array)).reshape(-1, *array.shape)
