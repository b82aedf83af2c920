"""Samples -> batches of a network's input and target, for any Keras backend."""

import concurrent.futures
import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_blur import labels
from keras_blur.data.sampler import Sampler


class Batches(keras.utils.PyDataset):
    """Batches for `model.fit`, one epoch after the other.

    A batch is `(inputs, targets)`: the samples' arrays, stacked. It depends on nothing but `epoch` and its
    number. Keras moves on to the next epoch by itself; a training that is resumed sets `epoch` first.

    Args:
        make_sample: Makes the sample of an example: `make_sample(index, rng)` returns `(inputs, target)`,
            where inputs may be a tuple. `photos.prepare` and its like return such functions.
        sampler: Says which example stands where. If it doesn't insist on whole batches, the last one is
            filled with zeros whose targets are void, which no loss or metric counts, so that several devices
            can share it.
        batch_size: Samples in a batch.
        outputs: Number of the network's outputs, each of which gets the same target.
        workers: Threads that prepare samples, a batch ahead.
        host, hosts: Which part of every batch is made, and of how many, where several hosts train together.

    Attributes:
        epoch: Number of the epoch, from 0, that `batches[i]` is of.
    """

    def __init__(
        self,
        make_sample: Callable[[int, np.random.Generator], tuple[Any, np.ndarray]],
        sampler: Sampler,
        batch_size: int,
        *,
        outputs: int = 1,
        workers: int = 1,
        host: int = 0,
        hosts: int = 1,
    ):
        super().__init__(workers=1)  # Keras's own workers can't look ahead into the next epoch
        self.epoch = 0
        self._make_sample, self._sampler = make_sample, sampler
        self._batch_size, self._outputs = batch_size, outputs
        self._part = range(host * batch_size // hosts, (host + 1) * batch_size // hosts)
        self._threads = concurrent.futures.ThreadPoolExecutor(workers)
        self._ahead: tuple[tuple[int, int], list[concurrent.futures.Future]] | None = None

    def __len__(self) -> int:
        batches = len(self._sampler) / self._batch_size
        return math.floor(batches) if self._sampler.whole_batches else math.ceil(batches)

    @property
    def samples(self) -> int:
        """Samples in an epoch."""
        return len(self._sampler)

    def __getitem__(self, index: int):
        if not 0 <= index < len(self):
            raise IndexError(f"index: expected 0 to {len(self) - 1}, received {index}")
        place = (self.epoch, index)
        known, samples = self._ahead or (None, [])
        if known != place:
            samples = self._begin(*place)
        self._ahead = None
        if known == place or index == 0:  # asked for in order, so the next one is known
            following = (self.epoch, index + 1) if index + 1 < len(self) else (self.epoch + 1, 0)
            self._ahead = (following, self._begin(*following))
        inputs, target = self._assemble([sample.result() for sample in samples])
        return inputs, target if self._outputs == 1 else (target,) * self._outputs

    def on_epoch_end(self) -> None:
        """Moves on to the next epoch; Keras calls it."""
        self.epoch += 1

    def sample(self, epoch: int, position: int) -> tuple[Any, np.ndarray]:
        """Makes the sample that stands at a position of an epoch."""
        index = int(self._sampler.order(epoch)[position])
        return self._make_sample(index, self._sampler.generator(epoch, position))

    def _begin(self, epoch: int, index: int) -> list[concurrent.futures.Future]:
        """Starts to make the samples of a batch."""
        positions = [index * self._batch_size + place for place in self._part]
        return [
            self._threads.submit(self.sample, epoch, position)
            for position in positions
            if position < len(self._sampler)
        ]

    def _assemble(self, samples: list[tuple[Any, np.ndarray]]) -> tuple[Any, np.ndarray]:
        """Stacks samples to this host's part of a batch; what is missing is filled."""
        inputs, target = samples[0] if samples else self.sample(self.epoch, 0)
        made = [sample[0] for sample in samples]
        if isinstance(inputs, tuple):
            parts = [[sample[part] for sample in made] for part in range(len(inputs))]
            stacked: Any = tuple(map(self._stack, parts, inputs, [0] * len(inputs)))
        else:
            stacked = self._stack(made, inputs, 0)
        return stacked, self._stack([sample[1] for sample in samples], target, labels.VOID)

    def _stack(self, arrays: list[np.ndarray], like: np.ndarray, filling: int) -> np.ndarray:
        stacked = np.full((len(self._part), *like.shape), filling, like.dtype)
        for place, array in enumerate(arrays):
            stacked[place] = array
        return stacked
