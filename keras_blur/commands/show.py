"""`python -m keras_blur.show`: draws a sheet of samples of a prepared data set."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from keras_blur import labels
from keras_blur.commands import cli
from keras_blur.errors import UsageError
from keras_blur.text import counted

CELL = 240  # pixels that a picture is fitted into
GAP = 8
INK, PAPER = (40, 40, 40), (255, 255, 255)
COLOURS = {labels.CLASS_NAMES.index(name): rgb for name, rgb in labels.COLOURS.items()}
COLOURS[labels.VOID] = labels.VOID_GREY
NAMES = dict(enumerate(labels.CLASS_NAMES)) | {labels.VOID: "void"}
TITLES = ("image", "mask", "overlay", "class shares")

EXAMPLES = """\
examples:
  keras-blur show kim_composites                    12 samples of the train split
  keras-blur show kim_composites --shares           the class shares of all of it
  keras-blur show cuhk_blur/kim2018 --split test --count 30 --seed 3 --output sheet.png

what comes out: NAME_SPLIT.png; each row shows an image, its mask (green sharp, orange motion, blue defocus,
grey void), the mask over the image, and the share of every class. The last bars are those of all samples.
"""


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    options = argparse.ArgumentParser(
        prog="keras-blur show",
        description="Draws a sheet of samples of a prepared data set, to look at before training on it.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("dataset", metavar="NAME[/CONFIG]", help="a prepared data set")
    options.add_argument("--split", default="train", help="default: %(default)s")
    options.add_argument("--count", type=int, default=12, metavar="N", help="how many samples (default: 12)")
    options.add_argument("--seed", type=int, default=0, metavar="N", help="which samples (default: 0)")
    options.add_argument("--data-dir", metavar="DIR", help="where data sets are prepared")
    options.add_argument(
        "--shares", action="store_true", help="draw nothing; print the class shares of the whole split"
    )
    options.add_argument("--output", type=Path, metavar="FILE", help="the picture (default: NAME_SPLIT.png)")
    return options


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Runs `keras-blur show ...`."""
    arguments = parser().parse_args(argv)
    if arguments.count < 1:
        raise UsageError(f"--count: expected 1 or more, received {arguments.count}")
    if arguments.seed < 0:
        raise UsageError(f"--seed: expected 0 or more, received {arguments.seed}")
    if arguments.output and arguments.output.suffix.lower() not in (".png", ".jpg"):
        raise UsageError(f"--output: expected a .png or .jpg, received {arguments.output}")
    from keras_blur.data import catalog
    from keras_blur.processing import save_picture

    examples = catalog.load(arguments.dataset, arguments.split, arguments.data_dir)
    if not len(examples):
        raise UsageError(f"the split {arguments.split} of {arguments.dataset} is empty: choose another one")
    if arguments.shares:
        print(shares_table(examples))
        return 0
    stem = f"{arguments.dataset}_{arguments.split}".replace("/", "_")
    output = arguments.output or Path(f"{stem}.png")
    chosen = chosen_indices(len(examples), arguments.count, arguments.seed)
    title = f"{arguments.dataset}, {arguments.split}: {len(chosen)} of {counted(len(examples), 'picture')}"
    save_picture(output, sheet([examples[index] for index in chosen], title))
    print(f"{title} in {output}")
    return 0


def chosen_indices(total: int, count: int, seed: int) -> list[int]:
    """Different random indices below `total`, sorted: the same for the same arguments."""
    chosen = np.random.default_rng(seed).choice(total, size=min(count, total), replace=False)
    return sorted(int(index) for index in chosen)


def class_shares(mask: np.ndarray) -> dict[int, float]:
    """The share of each class's pixels, by id, void last; they sum to 1."""
    counts = np.bincount(mask.ravel(), minlength=256)
    unknown = set(np.flatnonzero(counts)) - set(NAMES)
    if unknown:
        raise ValueError(f"mask: expected ids of {sorted(NAMES)}, received also {sorted(map(int, unknown))}")
    return {identity: float(counts[identity] / mask.size) for identity in NAMES}


def shares_table(examples: Sequence) -> str:
    """Lines that tell how many pictures there are, the mean share of every class and that of every type."""
    total, types = dict.fromkeys(NAMES, 0.0), dict.fromkeys(labels.PHOTO_TYPES, 0)
    for example in examples:
        types[example.type] += 1
        for identity, share in class_shares(example.mask).items():
            total[identity] += share / len(examples)
    lines = [counted(len(examples), "picture")]
    lines += [f"{NAMES[identity]:8} {share:6.1%} of the pixels" for identity, share in total.items()]
    lines += [f"{name:8} {count:6d} picture{'s' * (count > 1)}" for name, count in types.items() if count]
    return "\n".join(lines)


def sheet(examples: Sequence, title: str) -> np.ndarray:
    """The samples below each other, under a title and above the class shares of all.

    Args:
        examples: with `image`, `mask`, `type` and `name`, as the catalog yields them.
        title: One line.

    Returns:
        `(H, W, 3)` uint8 RGB.
    """
    shares = [class_shares(example.mask) for example in examples]
    blocks = [_text(title, 20), _row([_text(name, 15, CELL) for name in TITLES])]
    for example, share in zip(examples, shares, strict=True):
        blocks += [_text(f"{example.name}  ({example.type})", 13), _row(_cells(example, share))]
    total = {key: float(np.mean([share[key] for share in shares])) for key in NAMES}
    empty = np.full((CELL // 2, CELL, 3), PAPER, np.uint8)
    blocks += [
        _text("all samples, each counted alike", 13),
        _row([empty, empty, empty, bars(total, CELL // 2)]),
    ]
    return np.pad(np.vstack(blocks), ((GAP, GAP), (GAP, GAP), (0, 0)), constant_values=255)


def _cells(example, shares: dict[int, float]) -> list[np.ndarray]:
    image, mask = example.image, labels.painted(example.mask)
    known = (example.mask != labels.SHARP)[..., None]
    over = np.where(known, 0.55 * image + 0.45 * mask, image).astype(np.uint8)
    cells = [fitted(picture) for picture in (image, mask, over)]
    return [*cells, bars(shares, cells[0].shape[0])]


def fitted(picture: np.ndarray) -> np.ndarray:
    """A picture `(H, W, 3)` in a cell of `CELL` columns; patches are enlarged by whole factors."""
    from keras_blur.processing import resize

    height, width = picture.shape[:2]
    factor = CELL // max(height, width)
    if factor > 1:
        picture = picture.repeat(factor, axis=0).repeat(factor, axis=1)
    else:
        scale = min(CELL / width, CELL / height, 1)
        picture = resize(picture, max(1, round(height * scale)), max(1, round(width * scale)))
    cell = np.full((picture.shape[0], CELL, 3), PAPER, np.uint8)
    left = (CELL - picture.shape[1]) // 2
    cell[:, left : left + picture.shape[1]] = picture
    return cell


def bars(shares: dict[int, float], height: int) -> np.ndarray:
    """A bar for every class's share, `(height, CELL, 3)` uint8."""
    from PIL import Image, ImageDraw, ImageFont

    canvas = Image.new("RGB", (CELL, height), PAPER)
    draw = ImageDraw.Draw(canvas)
    step = height / len(shares)
    font = ImageFont.load_default(min(13, max(8, int(step * 0.6))))
    for index, (identity, share) in enumerate(shares.items()):
        top, bottom = round((index + 0.15) * step), round((index + 0.85) * step)
        right = 70 + round(share * (CELL - 115))
        draw.rectangle((70, top, right, bottom), fill=COLOURS[identity])
        middle = (top + bottom) // 2
        draw.text((64, middle), NAMES[identity], fill=INK, font=font, anchor="rm")
        draw.text((right + 4, middle), f"{share:.0%}", fill=INK, font=font, anchor="lm")
    return np.asarray(canvas)


def _row(cells: Sequence[np.ndarray]) -> np.ndarray:
    gap = np.full((cells[0].shape[0], GAP, 3), PAPER, np.uint8)
    return np.hstack([part for cell in cells for part in (cell, gap)][:-1])


def _text(text: str, size: int, width: int = len(TITLES) * (CELL + GAP) - GAP) -> np.ndarray:
    from PIL import Image, ImageDraw, ImageFont

    strip = Image.new("RGB", (width, round(1.7 * size)), PAPER)
    ImageDraw.Draw(strip).text((0, round(0.25 * size)), text, fill=INK, font=ImageFont.load_default(size))
    return np.asarray(strip)


if __name__ == "__main__":
    sys.exit(main())
