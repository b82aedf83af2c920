"""Makes batches of a prepared data set's examples."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from keras_blur.data import augmentation, catalog, edge_patches, motion_patches, patches, photos
from keras_blur.data.batches import Batches
from keras_blur.data.examples import Examples
from keras_blur.data.sampler import FixedOrder, Sampler, make_pools
from keras_blur.errors import unknown


class Kind(NamedTuple):
    """How samples of one kind are made.

    Attributes:
        prepare: `prepare(examples, height, width, config, workers)` returns the function that makes them.
        per_example: Samples of each example in an epoch of the default length.
    """

    prepare: Callable
    per_example: int = 1


KINDS = {
    "photos": Kind(photos.prepare),
    "patches": Kind(patches.prepare),
    "edge_patches": Kind(edge_patches.prepare, edge_patches.PER_PHOTO),
    "motion_patches": Kind(motion_patches.prepare, motion_patches.PER_PHOTO),
}


def make_training_batches(
    split: catalog.PreparedSplit,
    height: int,
    width: int,
    batch_size: int,
    *,
    kind: str = "photos",
    config: augmentation.AugmentationConfig | None = None,
    extras: Sequence[tuple[catalog.PreparedSplit, float]] = (),
    motion_share: float | None = None,
    samples: int = 0,
    seed: int = 0,
    workers: int = 2,
    **options,
) -> Batches:
    """Makes training batches: augmented samples, in a new order every epoch.

    Args:
        split: What is learnt from.
        height, width: Size of a sample in pixels.
        batch_size: Samples in a batch.
        kind: What samples are made of the examples: a key of KINDS.
        config: The random changes; None = those of `AugmentationConfig()`.
        extras: Further splits, each with its share (0-1) of the samples.
        motion_share: Share (0-1) of the main split's samples that come from photos with motion blur; None =
            as they are.
        samples: Samples in an epoch, at least a batch; 0 = as many as the main split has.
        seed: Seed of order and augmentation.
        workers: Threads that make samples, a batch ahead.
        **options: See `Batches`.

    Raises:
        UsageError: no such kind, or `motion_share` where photos with motion blur are none or all.
        BlurError: nothing in the examples can be learnt from.
    """
    examples = Examples([split, *(extra for extra, _ in extras)])
    samples = samples or len(split) * _find(kind).per_example
    sampler = Sampler(make_pools(split, motion_share, extras), max(samples, batch_size), seed)
    config = config or augmentation.AugmentationConfig()
    make_sample = KINDS[kind].prepare(examples, height, width, config, workers)
    return Batches(make_sample, sampler, batch_size, workers=workers, **options)


def make_validation_batches(
    split: catalog.PreparedSplit,
    height: int,
    width: int,
    batch_size: int,
    *,
    kind: str = "photos",
    config: augmentation.AugmentationConfig = augmentation.NONE,
    workers: int = 2,
    **options,
) -> Batches:
    """Makes validation batches: every example, the same in every epoch.

    Args: as `make_training_batches`; `config` changes nothing by default.
    """
    examples = Examples([split])
    sampler = FixedOrder(len(split), len(split) * _find(kind).per_example)
    make_sample = KINDS[kind].prepare(examples, height, width, config, workers)
    return Batches(make_sample, sampler, batch_size, workers=workers, **options)


def _find(kind: str) -> Kind:
    if kind not in KINDS:
        raise unknown("kind of samples", kind, KINDS)
    return KINDS[kind]
