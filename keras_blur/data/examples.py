"""Several prepared splits as one sequence of examples that remembers what it decoded."""

import concurrent.futures
from collections.abc import Callable, Sequence
from typing import TypeVar

from keras_blur.data.catalog import Example, PreparedSplit

Found = TypeVar("Found")
CACHE_BYTES = 4 * 2**30  # decoding a photo costs more than augmenting it


class Examples(Sequence[Example]):
    """The examples of one or more splits, one split behind the other.

    Decoded examples are kept, up to CACHE_BYTES. Threads may share it.

    Args:
        splits: What the examples are read from.

    Attributes:
        splits: The same, as a tuple.
    """

    def __init__(self, splits: Sequence[PreparedSplit]):
        self.splits = tuple(splits)
        self._places = [(split, index) for split in self.splits for index in range(len(split))]
        self._cache: dict[int, Example] = {}
        self._cached_bytes = 0

    @property
    def name(self) -> str:
        """The data sets and splits, for errors."""
        return "; ".join(f"{split.dataset}, split {split.split}" for split in self.splits)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Example:  # type: ignore[override] # no slices
        if index in self._cache:
            return self._cache[index]
        split, place = self._places[index]
        example = split[place]
        size = example.image.nbytes + example.mask.nbytes
        if self._cached_bytes + size <= CACHE_BYTES:
            self._cache[index] = example
            self._cached_bytes += size
        return example

    def map(self, function: Callable[[Example], Found], workers: int = 1) -> list[Found]:
        """Calls a function with every example in `workers` threads and returns its results in order."""
        with concurrent.futures.ThreadPoolExecutor(workers) as threads:
            return list(threads.map(lambda index: function(self[index]), range(len(self))))
