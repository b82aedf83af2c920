"""What a network expects and returns, as data: the one thing that training, export and the phone share.

`contract.json` beside a model is this dataclass. Python, Kotlin and JavaScript prepare a photo and
read the outputs by it, so nothing about a network is written twice.
"""

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from keras_blur import files, labels
from keras_blur.errors import BlurError

MAX_PIXELS = 200_000_000
"""Larger photos are refused: a small file can claim any size. Reading one takes up to 2 GB."""

RESIZE_RULES = ("stretch", "pad")
LARGEST = 10**12  # more, or infinity, can't be calculated with
LARGEST_SIDE = 8192
"""Pixels of an input's side: an input of this size takes 800 MB."""
LARGEST_MULTIPLE = 4096
"""Pixels: a photo may be padded by so many."""


def _whole(least: int, largest: int) -> tuple[str, Callable[[Any], bool]]:
    words = f"a whole number from {least} to {largest}"
    return words, lambda value: type(value) is int and least <= value <= largest


def _number(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= LARGEST  # NaN is not


def _odds(value: Any) -> bool:
    return _number(value) and value > 0


ALLOWED: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "name": (
        "letters, digits, '_', '-' and '.' alone",
        lambda value: isinstance(value, str) and bool(re.fullmatch(r"[\w.-]+", value)),
    ),
    "resize": (f"one of {RESIZE_RULES}", lambda value: value in RESIZE_RULES),
    **dict.fromkeys(("height", "width", "max_side", "input_side"), _whole(0, LARGEST_SIDE)),
    **dict.fromkeys(("multiple", "output_stride"), _whole(1, LARGEST_MULTIPLE)),
    "max_enlargement": (f"a number from 0 to {LARGEST:g}", _number),
    "blurred_threshold": ("a number from 0 to 1", lambda value: _number(value) and value <= 1),
    **dict.fromkeys(("even_odds", "motion_odds"), (f"a number above 0, at most {LARGEST:g}", _odds)),
    "file_even_odds": (
        f"a number above 0, at most {LARGEST:g}, by file name",
        lambda value: isinstance(value, dict) and all(map(_odds, value.values())),
    ),
    "classes": (
        f"{labels.CLASS_NAMES} or {labels.BINARY_NAMES}",
        lambda value: value in (labels.CLASS_NAMES, labels.BINARY_NAMES),
    ),
    "value_range": ("(0, 255)", lambda value: value == (0, 255)),
    "channels": ("'RGB'", lambda value: value == "RGB"),
}
"""What each field of a `Contract` may be, in words and as a test."""


@dataclasses.dataclass(frozen=True)
class Calibration:
    """How a system's probabilities become shares and a verdict.

    Attributes:
        blurred_threshold: A pixel is blurred if its probability of being blurred exceeds this.
        even_odds: The odds of being blurred, of the sharpest place, at which a photo is as likely to deserve
            a warning as not; 1 = never measured.
        motion_odds: The odds of motion against defocus from which on a blurred place counts as motion.
        input_side: The longer side in pixels of an input of one size, to which smaller photos are enlarged;
            0 = the input follows the photo's size.
    """

    blurred_threshold: float = 0.5
    even_odds: float = 1.0
    motion_odds: float = 1.0
    input_side: int = 0

    def __post_init__(self):
        _check(self)


def _check(values: Any) -> None:
    """Raises ValueError unless the fields that `ALLOWED` knows are what it allows."""
    for name, (expected, allows) in ALLOWED.items():
        if hasattr(values, name) and not allows(getattr(values, name)):
            raise ValueError(f"{name}: expected {expected}, received {getattr(values, name)!r}")


@dataclasses.dataclass(frozen=True)
class Contract:
    """How a photo becomes a network's input and its output a blur map.

    Attributes:
        name: The network's name.
        resize: "stretch": the whole photo is resized to `height` x `width`, its aspect ratio ignored.
            "pad": the photo keeps its size, or is shrunk until its longer side is `max_side`, and is
            padded at the bottom and right by reflection to a multiple of `multiple`.
        height, width: Input size in pixels for "stretch"; 0 for "pad".
        multiple: The network takes sides that are multiples of this; for "pad" photos are padded to one.
        max_enlargement: For "stretch": a photo so small that its longer side would grow by more than this
            factor gets a smaller input; 0 = never. Enlarged photos look blurred. A file whose input has one
            size can't follow.
        max_side: The longer side is shrunk to at most this for "pad", in pixels; 0 = never.
        output_stride: Input pixels per output pixel, the same in both directions.
        classes: Names of the output channels, in order.
        blurred_threshold, even_odds, motion_odds: The network's `Calibration`. `benchmarks/verdict.py`
            measures the odds.
        file_even_odds: The even odds of files that were exported from the network, by the files' names. They
            are measured for every file, because rounding changes what its probabilities mean.
        value_range: Range of the input's values; the network normalises them itself.
        channels: Order of the input's channels.
    """

    name: str
    resize: str = "stretch"
    height: int = 0
    width: int = 0
    multiple: int = 1
    max_enlargement: float = 0.0
    max_side: int = 0
    output_stride: int = 1
    classes: tuple[str, ...] = labels.CLASS_NAMES
    blurred_threshold: float = 0.5
    even_odds: float = 1.0
    motion_odds: float = 1.0
    file_even_odds: dict[str, float] = dataclasses.field(default_factory=dict, hash=False)
    value_range: tuple[float, float] = (0.0, 255.0)
    channels: str = "RGB"

    def __post_init__(self):
        for name in ("classes", "value_range"):
            if isinstance(getattr(self, name), list):  # as JSON has it
                object.__setattr__(self, name, tuple(getattr(self, name)))
        _check(self)
        sides = self.height, self.width
        if (min(sides) < 1) if self.resize == "stretch" else any(sides):
            raise ValueError(
                "height, width: expected at least 1 for 'stretch' and 0 for 'pad', "
                f"received {self.resize!r} and {sides}"
            )

    @property
    def calibration(self) -> Calibration:
        """How the network's probabilities become a verdict."""
        one_size = self.resize == "stretch" and not self.max_enlargement
        side = max(self.height, self.width) if one_size else 0
        return Calibration(self.blurred_threshold, self.even_odds, self.motion_odds, side)

    def for_file(self, name: str) -> "Contract":
        """Returns the contract of an exported file, with that file's even odds if they are known.

        Args:
            name: The file's name, without its folder.
        """
        even_odds = self.file_even_odds.get(name, self.even_odds)
        return dataclasses.replace(self, even_odds=even_odds, file_even_odds={})

    def with_size(self, size: int) -> "Contract":
        """Returns the contract for inputs of another size.

        Args:
            size: Side of the square input for "stretch", longest side for "pad", in pixels.
        """
        if self.resize == "stretch":
            return dataclasses.replace(self, height=size, width=size, max_enlargement=0.0)
        return dataclasses.replace(self, max_side=size)

    def save(self, path: str | Path) -> None:
        """Writes the contract as JSON, atomically."""
        files.write_json(path, dataclasses.asdict(self))

    @classmethod
    def load(cls, path: str | Path) -> "Contract":
        """Reads a contract.

        Raises:
            BlurError: the file is missing, is not JSON, or is not a contract.
        """
        values = files.read_json(path)
        try:
            return cls(**values)
        except (TypeError, ValueError) as error:
            raise BlurError(f"{path} is not a contract: {error}") from error
