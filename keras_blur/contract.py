"""What a network expects and returns, as data: the one thing that training, export and the phone share.

`contract.json` beside a model is this dataclass. Python, Kotlin and JavaScript prepare a photo and
read the outputs by it, so nothing about a network is written twice.
"""

import dataclasses
import math
from pathlib import Path

from keras_blur import files, labels
from keras_blur.errors import BlurError

RESIZE_RULES = ("stretch", "pad")


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
        blurred_threshold: A pixel is blurred if its probability of being blurred exceeds this.
        even_odds: The odds of being blurred, of the sharpest place, at which a photo is as likely to deserve
            a warning as not: the network's calibration for `verdict`, from `benchmarks/verdict.py`.
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
    value_range: tuple[float, float] = (0.0, 255.0)
    channels: str = "RGB"

    def __post_init__(self):
        object.__setattr__(self, "classes", tuple(self.classes))
        object.__setattr__(self, "value_range", tuple(self.value_range))
        if self.resize not in RESIZE_RULES:
            raise ValueError(f"resize: expected one of {RESIZE_RULES}, received {self.resize!r}")
        if self.resize == "stretch" and min(self.height, self.width) < 1:
            raise ValueError(
                f"height, width: expected at least 1 for 'stretch', received {self.height}, {self.width}"
            )
        if self.multiple < 1 or self.output_stride < 1:
            raise ValueError("multiple, output_stride: expected at least 1")
        if not 0 <= self.max_enlargement < math.inf:
            raise ValueError(f"max_enlargement: expected at least 0, received {self.max_enlargement}")
        if not (isinstance(self.even_odds, (int, float)) and 0 < self.even_odds < math.inf):
            raise ValueError(f"even_odds: expected a finite number above 0, received {self.even_odds!r}")
        if self.classes not in (labels.CLASS_NAMES, labels.BINARY_NAMES):
            raise ValueError(
                f"classes: expected {labels.CLASS_NAMES} or {labels.BINARY_NAMES}, received {self.classes}"
            )

    def with_size(self, size: int) -> "Contract":
        """The same contract for inputs of another size, whatever the photo's.

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
