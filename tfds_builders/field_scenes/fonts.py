"""Fonts that ship with Matplotlib, the scripts that they hold, and words made up in these scripts.

Each split has fonts of its own. Words are random syllables: no text stands in two splits.
"""

import dataclasses
import functools
import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import ImageFont

from keras_blur.errors import BlurError
from tfds_builders.generated import FONT_ENDINGS
from tfds_builders.photo_folder import divide

FONTS = {
    "train": (
        "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSansMono", "DejaVuSansMono-Bold",
        "cmr10", "cmti10", "cmb10",
    ),
    "validation": ("DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic"),
    "test": ("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "cmss10", "cmtt10"),
}  # fmt: skip
"""The fonts of each split, from Matplotlib's folder."""
SCRIPTS = {
    "latin": ("bcdfghjklmnpqrstvwxz", "aeiouy"),
    "greek": ("βγδζθκλμνξπρστφχψ", "αεηιουω"),
    "cyrillic": ("бвгджзклмнпрстфхцчшщ", "аеиоуыэюя"),
    "armenian": ("բգդզթժլխծկհձղճմյնշչպջռսվտրցփքֆ", "աեէըիոօ"),
    "georgian": ("ბგდვზთკლმნპჟრსტფქღყშჩცძწჭხჯჰ", "აეიოუ"),
}
"""Consonants and vowels of each alphabet."""
CAPITAL_SHARE, NUMBER_SHARE, STOP_SHARE = 0.12, 0.06, 0.12  # of the words


@dataclasses.dataclass(frozen=True)
class Face:
    """A font file, and the scripts of which it has every letter."""

    path: Path
    scripts: tuple[str, ...]

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        """The font at a size in pixels."""
        return _font(self.path, size)


@functools.lru_cache(maxsize=64)
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


@functools.cache
def faces(folder: Path | None = None) -> dict[str, list[Face]]:
    """The fonts of each split.

    Args:
        folder: more fonts (.ttf, .otf), divided by the hashes of their names; None = Matplotlib's alone.

    Raises:
        BlurError: Matplotlib's fonts are not there, or a font of the folder can't be used.
    """
    place = _packaged_fonts()
    paths = {split: [place / f"{name}.ttf" for name in names] for split, names in FONTS.items()}
    if folder is not None:
        found = {
            path.name: path
            for path in sorted([*folder.glob("*"), *folder.glob("*/*")])
            if path.suffix.lower() in FONT_ENDINGS
        }
        if len(found) < len(FONTS):
            raise BlurError(
                f"{folder} has {len(found)} fonts: expected {len(FONTS)} at least, one for each split"
            )
        for split, names in divide(found).items():
            paths[split] += [found[name] for name in names]
    return {split: [_face(path) for path in part] for split, part in paths.items()}


def _packaged_fonts() -> Path:
    spec = importlib.util.find_spec("matplotlib")  # importing it would take a second
    if spec is None or not spec.submodule_search_locations:
        raise BlurError(
            "field_scenes is written in fonts that ship with Matplotlib, which is not there; install it with "
            "pip install 'keras-blur[data]'"
        )
    return Path(spec.submodule_search_locations[0], "mpl-data", "fonts", "ttf")


def _face(path: Path) -> Face:
    try:
        font = ImageFont.truetype(str(path), 16, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise BlurError(f"cannot use the font {path}: {error}; take it out, or install it again") from error
    missing = bytes(font.getmask("\U0010ffff"))  # the box that stands for letters that a font lacks
    scripts = tuple(
        script
        for script, parts in SCRIPTS.items()
        if all(bytes(font.getmask(letter)) not in (missing, b"") for letter in "".join(parts))
    )
    if not scripts:
        raise BlurError(
            f"cannot use the font {path}: it has none of the scripts {', '.join(SCRIPTS)}; take it out"
        )
    return Face(path, scripts)


def words(rng: np.random.Generator, script: str, count: int) -> list[str]:
    """Words of one to four syllables, with capitals, numbers and full stops between them."""
    consonants, vowels = SCRIPTS[script]
    syllables = rng.integers(1, 5, count)
    first = rng.integers(0, len(consonants), (count, 4))
    second = rng.integers(0, len(vowels), (count, 4))
    chance = rng.random((count, 2))
    made = []
    for length, before, after, (kind, stop) in zip(syllables, first, second, chance, strict=True):
        word = "".join(
            consonants[b] + vowels[a] for b, a in zip(before[:length], after[:length], strict=True)
        )
        if kind < NUMBER_SHARE:
            word = str(int(before[0]) * 37 + int(after[1]) * 1001)
        elif kind < NUMBER_SHARE + CAPITAL_SHARE:
            word = word.capitalize()
        made.append(word + ("." if stop < STOP_SHARE else ""))
    return made


def chosen(rng: np.random.Generator, available: Sequence[Face]) -> tuple[Face, str]:
    """A random script, each as often, and a random font that has it."""
    scripts = sorted({script for face in available for script in face.scripts})
    # Half of all text is Latin, which every font has.
    script = "latin" if rng.random() < 0.5 else scripts[rng.integers(len(scripts))]
    able = [face for face in available if script in face.scripts]
    return able[rng.integers(len(able))], script
