"""Orders the examples of every epoch, by a seed and by shares."""

import functools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from keras_blur.data.catalog import PreparedSplit
from keras_blur.errors import UsageError


class Pool(NamedTuple):
    """Examples that are drawn equally often, and the share (0-1) of an epoch's samples that they get."""

    indices: np.ndarray
    share: float


class Sampler:
    """A new order for every epoch, in which every pool has its share of the samples.

    An order depends on the seed and the epoch's number alone, and so do a sample's random numbers with its
    position. So a training that is resumed sees what an uninterrupted one would have seen.

    Args:
        pools: What is drawn from; their shares sum to 1.
        samples: Samples in an epoch.
        seed: Seed of orders and random numbers.
    """

    whole_batches = True
    """What doesn't fill a batch at the end of an epoch is left out."""

    def __init__(self, pools: Sequence[Pool], samples: int, seed: int = 0):
        self._pools, self._samples, self._seed = tuple(pools), samples, seed

    def __len__(self) -> int:
        return self._samples

    @functools.lru_cache(maxsize=2)  # noqa: B019 - a sampler lives as long as the training
    def order(self, epoch: int) -> np.ndarray:
        """Returns the index of the example at every position of an epoch, `(samples,)` int."""
        rng = np.random.default_rng((self._seed, epoch, 0))
        shares = [pool.share for pool in self._pools]
        ends = np.round(np.cumsum(shares) * self._samples).astype(int)  # so the parts make up a whole epoch
        counts = np.diff(ends, prepend=0)
        drawn = [_cycle(pool.indices, count, rng) for pool, count in zip(self._pools, counts, strict=True)]
        order = np.concatenate(drawn)
        return order[rng.permutation(len(order))]

    def generator(self, epoch: int, position: int) -> np.random.Generator:
        """Returns the random numbers of the sample at a position of an epoch."""
        return np.random.default_rng((self._seed, epoch, 1, position))


class FixedOrder(Sampler):
    """The examples in their own order, the same in every epoch, for validation.

    Args:
        examples: Number of examples.
        samples: Samples in an epoch; 0 = one of each example.
        seed: Seed of the random numbers.
    """

    whole_batches = False

    def __init__(self, examples: int, samples: int = 0, seed: int = 0):
        super().__init__([Pool(np.arange(examples), 1.0)], samples or examples, seed)

    def order(self, epoch: int) -> np.ndarray:  # type: ignore[override] # mypy knows no cached methods
        """Returns the indices 0, 1, ... as often as they fit into an epoch."""
        examples = self._pools[0].indices
        return np.resize(examples, self._samples)

    def generator(self, epoch: int, position: int) -> np.random.Generator:
        """Returns the random numbers of the sample at a position, the same in every epoch."""
        return super().generator(0, position)


def make_pools(
    split: PreparedSplit,
    motion_share: float | None = None,
    extras: Sequence[tuple[PreparedSplit, float]] = (),
) -> list[Pool]:
    """Divides examples into pools, with indices as `Examples([split, *extras])` counts.

    Args:
        split: The main examples.
        motion_share: Share (0-1) of its samples that come from photos with motion blur; None = as they are.
            A patch counts by the photo that it was cut from, so sharp patches of such photos are among them.
        extras: Further splits, each with its share (0-1) of all samples; the main split gets the rest.

    Raises:
        UsageError: `motion_share` is given and no photo, or every photo, has motion blur.
    """
    rest = 1.0 - sum(share for _, share in extras)
    pools = [Pool(np.arange(len(split)), rest)]
    if motion_share is not None:
        moving = _come_from_motion_photos(split)
        pools = [
            Pool(np.flatnonzero(moving), motion_share * rest),
            Pool(np.flatnonzero(~moving), (1.0 - motion_share) * rest),
        ]
    first = len(split)
    for extra, share in extras:
        pools.append(Pool(first + np.arange(len(extra)), share))
        first += len(extra)
    return pools


def _come_from_motion_photos(split: PreparedSplit) -> np.ndarray:
    photos = split.photos
    moving = {photo for photo, kind in zip(photos, split.types, strict=True) if kind == "motion"}
    result = np.array([photo in moving for photo in photos])
    if result.all() or not result.any():
        found = "only such photos" if result.any() else "none"
        raise UsageError(
            f"data.motion_share: expected photos with motion blur among others, {split.dataset} has {found}; "
            "set it to none"
        )
    return result


def _cycle(indices: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draws `count` of `indices`, each as often as the others to within one."""
    rounds = math.ceil(count / len(indices))
    return np.concatenate([rng.permutation(indices) for _ in range(rounds)] or [indices[:0]])[:count]
