"""Examples -> batches of a network's input and target, for any Keras backend."""

import concurrent.futures
import functools
import math

import keras
import numpy as np

from keras_blur import labels
from keras_blur.contract import Contract
from keras_blur.data import augmentation
from keras_blur.data.catalog import Example, PreparedSplit

CACHE_BYTES = 4 * 2**30  # decoded photos are kept up to this size: decoding them costs more than augmenting


class Batches(keras.utils.PyDataset):
    """Batches of photos and masks at one size, `(B, H, W, 3)` and `(B, H, W)`, both uint8.

    A shuffled one has no end: batch `i` belongs to epoch `i // batches_per_epoch`, and every sample is drawn
    from its own generator, seeded by (seed, epoch, position). So a batch depends on nothing but its number,
    and a resumed training, which sets `first_batch`, sees what an uninterrupted one would have seen.

    Args:
        split: The examples.
        height, width: Size of the batches in pixels.
        batch_size: Samples in a batch. What doesn't fill a batch at the end of an epoch is left out if
            `shuffle`; else the last batch is filled with photos whose masks are all void, which no loss or
            metric counts, so that several devices can share it.
        augmentation_config: Random changes; None = the whole photo, resized.
        shuffle: A new order for every epoch.
        motion_share: Share of samples drawn from photos of type "motion"; None = as the data set has it.
        extra: More examples, drawn from if `shuffle`.
        extra_share: Share of samples drawn from them.
        samples: Samples in an epoch; 0 = as many as examples. If `shuffle`, at least a batch.
        outputs: Number of the network's outputs, each of which gets the same mask.
        seed: Seed of order and augmentation.
        workers: Threads that prepare samples, a batch ahead.
    """

    def __init__(
        self,
        split: PreparedSplit,
        height: int,
        width: int,
        batch_size: int,
        *,
        augmentation_config: augmentation.AugmentationConfig | None = None,
        shuffle: bool = False,
        motion_share: float | None = None,
        extra: PreparedSplit | None = None,
        extra_share: float = 0.0,
        samples: int = 0,
        outputs: int = 1,
        seed: int = 0,
        workers: int = 1,
    ):
        # Keras's own workers start anew in every epoch and may run ahead of its end; ours don't know epochs.
        super().__init__(workers=1)
        self.split, self._size = split, (height, width)
        self._batch_size, self._outputs = batch_size, outputs
        self._config = augmentation_config or augmentation.NONE
        self._shuffle, self._seed = shuffle, seed
        self._samples = max(samples or len(split), batch_size if shuffle else 0)
        self._extra = extra
        self._pools = _pools(split.types, motion_share)
        if extra is not None:
            self._pools = [(pool, share * (1 - extra_share)) for pool, share in self._pools]
            self._pools.append((len(split) + np.arange(len(extra)), extra_share))
        self._cache: dict[int, Example] = {}
        self._cached_bytes = 0
        self._threads = concurrent.futures.ThreadPoolExecutor(max(1, workers))
        self._ahead: tuple[int, list[concurrent.futures.Future]] | None = None
        self.first_batch = 0

    @property
    def splits(self) -> list[PreparedSplit]:
        """All that samples are drawn from."""
        return [self.split] if self._extra is None else [self.split, self._extra]

    @property
    def batches_per_epoch(self) -> int:
        if self._shuffle:
            return self._samples // self._batch_size
        return math.ceil(self._samples / self._batch_size)

    @property
    def num_batches(self) -> int | None:
        return None if self._shuffle else self.batches_per_epoch

    def __getitem__(self, index: int):
        index += self.first_batch
        number, samples = self._ahead or (None, [])
        if number != index:
            samples = self._begin(index)
        has_next = self._shuffle or index + 1 < self.batches_per_epoch
        self._ahead = (index + 1, self._begin(index + 1)) if has_next else None
        images, masks = zip(*(sample.result() for sample in samples), strict=True)
        masks = np.stack(masks)
        return self._stacked(images), masks if self._outputs == 1 else (masks,) * self._outputs

    @staticmethod
    def _stacked(images):
        return np.stack(images)

    def _begin(self, index: int) -> list[concurrent.futures.Future]:
        """Starts to prepare the samples of batch `index`."""
        epoch, batch = divmod(index, self.batches_per_epoch)
        order = self.order(epoch)
        positions = range(batch * self._batch_size, (batch + 1) * self._batch_size)
        return [
            self._threads.submit(self.sample, epoch, p, int(order[p]))
            if p < len(order)
            else self._threads.submit(self._filling)
            for p in positions
        ]

    def _filling(self) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros((*self._size, 3), np.uint8), np.full(self._size, labels.VOID, np.uint8)

    @functools.lru_cache(maxsize=2)  # noqa: B019 - the batches live as long as the training
    def order(self, epoch: int) -> np.ndarray:
        """The index of the example at every position of an epoch."""
        if not self._shuffle:
            return np.arange(self._samples) % len(self.split)
        rng = np.random.default_rng((self._seed, epoch, 0))
        pools, shares = zip(*self._pools, strict=True)
        ends = np.round(np.cumsum(shares) * self._samples).astype(int)  # so the parts make up a whole epoch
        counts = np.diff(ends, prepend=0)
        order = np.concatenate([_cycled(*part, rng) for part in zip(pools, counts, strict=True)])
        return order[rng.permutation(len(order))]

    def sample(self, epoch: int, position: int, index: int) -> tuple[np.ndarray, np.ndarray]:
        """The photo and mask that stand at a position of an epoch if example `index` does."""
        example = self._example(index)
        rng = np.random.default_rng((self._seed, epoch, 1, position))
        return augmentation.augmented(example.image, example.mask, *self._size, self._config, rng)

    def _example(self, index: int) -> Example:
        if index in self._cache:
            return self._cache[index]
        first = len(self.split)
        example = self.split[index] if index < first else self._extra[index - first]
        size = example.image.nbytes + example.mask.nbytes
        if self._cached_bytes + size <= CACHE_BYTES:
            self._cache[index] = example
            self._cached_bytes += size
        return example


def _pools(types: list[str], motion_share: float | None) -> list[tuple[np.ndarray, float]]:
    """Groups of examples and the share of samples that each gets."""
    motion = np.array([t == "motion" for t in types])
    if motion_share is None or motion.all() or not motion.any():
        return [(np.arange(len(types)), 1.0)]
    return [(np.flatnonzero(motion), motion_share), (np.flatnonzero(~motion), 1.0 - motion_share)]


def _cycled(pool: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` members of `pool`, each as often as the others to within one."""
    rounds = math.ceil(count / len(pool))
    return np.concatenate([rng.permutation(pool) for _ in range(rounds)] or [pool[:0]])[:count]


def training_size(contract: Contract, crop: int) -> tuple[int, int]:
    """The size of training batches: the contract's own, or square crops where it takes any size."""
    if contract.resize == "stretch":
        return contract.height, contract.width
    return crop, crop
