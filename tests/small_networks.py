"""Every network made small: the one table that a new network enters among the tests."""

from typing import Any, NamedTuple


class Small(NamedTuple):
    """How to build a small variant, and which photos it takes.

    Attributes:
        options: Arguments of the builder.
        multiple: Sides of the photos are multiples of this.
        field: Pixels that an unpadded network of patches sees at once; 0 = the network is padded.
    """

    options: dict[str, Any]
    multiple: int
    field: int = 0


SMALL = {
    "bdnet2020": Small({"depth": 14, "width": 1 / 16}, 32),
    "dbm2018": Small({"width": 1 / 16}, 16),
    "dss": Small({"width": 1 / 32}, 32),
    "fcn2s": Small({"width": 1 / 32}, 32),
    "fcn4s": Small({"width": 1 / 32}, 32),
    "fcn8s": Small({"width": 1 / 32}, 32),
    "fcn16s": Small({"width": 1 / 32}, 32),
    "fcn32s": Small({"width": 1 / 32}, 32),
    "kim2018": Small({"width": 1 / 16}, 16),
    "large": Small({"decoder_filters": (8, 8, 8)}, 64),
    "mobile": Small({}, 64),
    "nano": Small({}, 64),
    "purohit2018_global": Small({"filters": 8, "levels": 5}, 32),
    "purohit2018_patch": Small({"filters": 4}, 15, field=29),
    "schuster2016": Small({"width": 1 / 16, "num_classes": 3, "stride": 4}, 16, field=31),
    "segnet": Small({"width": 1 / 16}, 32),
    "sun2015": Small({"width": 1 / 16, "num_classes": 2, "stride": 4}, 16, field=30),
    "unet": Small({"filters": 4, "depth": 3}, 8),
    "zeng2019": Small({"kernels": 4}, 32),
}
"""Networks of a photo."""

OTHER_INPUTS = {"park2017": {}}
"""Networks of more than a photo, which have tests of their own, and the options of their small variants."""
