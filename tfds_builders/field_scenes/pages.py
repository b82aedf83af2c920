"""Text as it is photographed: documents, screens and boards, drawn as sharp plates."""

import dataclasses
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw

from tfds_builders.field_scenes.fonts import Face, chosen, words
from tfds_builders.field_scenes.surfaces import SUPERSAMPLING, noise

LETTERS = (20.0, 60.0)  # pixels of a font's size, in a picture whose longer side is 1200
REFERENCE_SIDE = 1200  # pixels
INVENTED_SHARE = 0.15  # of the pages are in an invented script of dense, square signs
INKS = ((20, 20, 24), (30, 30, 90), (90, 20, 20), (20, 70, 40), (70, 70, 75))
MARKERS = ((25, 25, 30), (20, 40, 150), (170, 25, 25), (20, 110, 50))
CODE = ((220, 220, 220), (130, 200, 255), (255, 180, 110), (160, 230, 150), (230, 150, 220), (140, 145, 150))


@dataclasses.dataclass(frozen=True)
class Plate:
    """A sharp picture of something flat.

    Attributes:
        pixels: `(h, w, 3)` uint8 sRGB, `SUPERSAMPLING` times too large.
        x_height: of its main text, in its own pixels; 0 = it has none.
    """

    pixels: np.ndarray
    x_height: float


class Writer:
    """Writes lines of words in one script and font family onto a picture."""

    def __init__(self, rng: np.random.Generator, faces: Sequence[Face], size: float, wobble: float = 0.0):
        self.rng, self.size, self.wobble = rng, max(8, round(size)), wobble
        self.face, self.script = chosen(rng, faces)
        self.signs = invented_signs(rng) if rng.random() < INVENTED_SHARE else None

    @property
    def x_height(self) -> float:
        """Height of a small x in pixels; of an invented sign, two thirds of it."""
        if self.signs is not None:
            return 0.6 * self.size
        top, bottom = self.face.at(self.size).getbbox("x")[1::2]
        return float(bottom - top)

    def text(self, count: int) -> str:
        """Words with spaces between them."""
        return " ".join(words(self.rng, self.script, count))

    def line(
        self,
        draw: ImageDraw.ImageDraw,
        place: tuple[float, float],
        width: float,
        ink: tuple | int,
        size: float | None = None,
    ) -> None:
        """Writes as many random words as fit into a width, from a place at the upper left."""
        size = self.size if size is None else max(8, round(size))
        if self.signs is not None:
            return self._signs(draw, place, width, ink, size)
        font = self.face.at(size)
        text = self.text(2 + int(width / (4 * size)))
        while text and font.getlength(text) > width:
            text = text[: max(0, text.rfind(" "))]
        if not self.wobble:
            return draw.text(place, text, ink, font)
        left, top = place
        for letter in text:  # by hand: no letter stands quite straight
            draw.text((left, top + self.rng.normal(0, self.wobble * size)), letter, ink, font)
            left += font.getlength(letter) * (1 + self.rng.normal(0, self.wobble))
        return None

    def _signs(self, draw, place: tuple[float, float], width: float, ink: tuple | int, size: int) -> None:
        left, top = place
        thickness = max(1, round(size / 14))
        signs = self.signs or []
        for index in self.rng.integers(0, len(signs), int(width / (1.1 * size))):
            for stroke in signs[index]:
                draw.line([(left + x * size, top + y * size) for x, y in stroke], ink, thickness)
            left += 1.1 * size * (2 if self.rng.random() < 0.04 else 1)


def invented_signs(rng: np.random.Generator, count: int = 60) -> list[list]:
    """Signs of 3 to 9 strokes on a grid of 0..0.9, as dense as those of East Asian scripts."""
    signs = []
    for strokes in rng.integers(3, 10, count):
        ends = rng.integers(0, 5, (strokes, 3)) * 0.22
        kinds = rng.random(strokes)
        sign: list[tuple[tuple[float, float], ...]] = []
        for (a, b, c), kind in zip(ends, kinds, strict=True):
            if kind < 0.4:
                sign.append(((min(a, b), c), (max(a, b) + 0.22, c)))
            elif kind < 0.75:
                sign.append(((c, min(a, b)), (c, max(a, b) + 0.22)))
            elif kind < 0.9:
                sign.append(((a, b), (c, 0.9)))
            else:
                sign.append(((a, b), (a + 0.44, b), (a + 0.44, b + 0.44), (a, b + 0.44), (a, b)))
        signs.append(sign)
    return signs


def letter_size(rng: np.random.Generator, height: int, width: int) -> float:
    """A random font size in pixels of a plate for a picture of a size."""
    return np.exp(rng.uniform(*np.log(LETTERS))) * max(height, width) / REFERENCE_SIDE * SUPERSAMPLING


def document(rng: np.random.Generator, faces: Sequence[Face], height: int, width: int) -> Plate:
    """A printed page or a part of one: columns, headings, tables."""
    rows, columns = (round(side * SUPERSAMPLING * rng.uniform(0.8, 1.15)) for side in (height, width))
    paper = tuple(int(value) for value in 255 - rng.integers(0, 30) - rng.integers(0, [4, 8, 28]))
    page = Image.new("RGB", (columns, rows), paper)
    draw = ImageDraw.Draw(page)
    writer = Writer(rng, faces, letter_size(rng, height, width))
    ink = INKS[0] if rng.random() < 0.75 else INKS[rng.integers(len(INKS))]
    margin, step = round(columns * rng.uniform(0.03, 0.1)), writer.size * rng.uniform(1.25, 1.8)
    top = float(margin)
    if rng.random() < 0.6:
        writer.line(draw, (margin, top), columns - 2 * margin, ink, 1.7 * writer.size)
        top += 2.6 * writer.size
    count = int(rng.integers(1, 4)) if columns > 40 * writer.size else 1
    gap = 1.5 * writer.size
    across = (columns - 2 * margin - (count - 1) * gap) / count
    table = rng.random() < 0.25
    for column in range(count):
        left, row = margin + column * (across + gap), top
        while row < rows - margin - step:
            chance = rng.random()
            if table:
                draw.line([(left, row - 0.2 * step), (left + across, row - 0.2 * step)], ink, 2)
                for part in range(4):
                    writer.line(draw, (left + part * across / 4, row), across / 4 - writer.size, ink)
            else:
                writer.line(draw, (left, row), across * (rng.uniform(0.3, 0.9) if chance < 0.15 else 1), ink)
            row += step * (1.8 if chance < 0.12 else 1)
    return Plate(_printed(rng, np.array(page)), writer.x_height)


def _printed(rng: np.random.Generator, page: np.ndarray) -> np.ndarray:
    """The grain of the paper."""
    grain = noise(rng, len(page), len(page[0]), octaves=2) * np.float32(rng.uniform(0, 2.5))
    return cv2.add(page, np.repeat(grain[..., None], 3, axis=-1), dtype=cv2.CV_8U)


def screen(rng: np.random.Generator, faces: Sequence[Face], height: int, width: int) -> Plate:
    """A monitor or a phone: bars, windows, code or text, buttons; dark or light."""
    rows, columns = (round(side * SUPERSAMPLING * rng.uniform(0.85, 1.2)) for side in (height, width))
    dark = rng.random() < 0.5
    level = int(rng.integers(10, 50) if dark else rng.integers(225, 256))
    ground = tuple(int(np.clip(level + value, 0, 255)) for value in rng.integers(-8, 9, 3))
    picture = Image.new("RGB", (columns, rows), ground)
    draw = ImageDraw.Draw(picture)
    writer = Writer(rng, faces, letter_size(rng, height, width))
    inks = CODE if dark else INKS
    accent = tuple(int(value) for value in rng.integers(30, 230, 3))
    bar = round(2.2 * writer.size)
    draw.rectangle((0, 0, columns, bar), accent)
    writer.line(draw, (writer.size, 0.5 * writer.size), columns / 2, (255, 255, 255))
    side = round(columns * rng.uniform(0.12, 0.28)) if rng.random() < 0.6 else 0
    shade = tuple(int(np.clip(value + (18 if dark else -18), 0, 255)) for value in ground)
    draw.rectangle((0, bar, side, rows), shade)
    step = writer.size * rng.uniform(1.4, 2.0)
    row, indent = bar + step, 0
    while row < rows - step:
        ink = inks[rng.integers(len(inks))]
        if side:
            writer.line(draw, (0.6 * writer.size, row), side - writer.size, inks[0])
        indent = int(np.clip(indent + rng.integers(-1, 2), 0, 4))
        left = side + (1 + 1.5 * indent) * writer.size
        chance = rng.random()
        if chance < 0.08:
            box = (left, row, left + 9 * writer.size, row + 1.6 * writer.size)
            draw.rounded_rectangle(box, 0.3 * writer.size, accent)
            writer.line(draw, (left + writer.size, row + 0.2 * writer.size), 7 * writer.size, (255, 255, 255))
            row += step
        elif chance < 0.9:
            writer.line(draw, (left, row), (columns - left) * rng.uniform(0.25, 0.95), ink)
        row += step
    bezel = round(min(rows, columns) * rng.uniform(0.0, 0.05))
    framed = cv2.copyMakeBorder(
        np.array(picture), bezel, bezel, bezel, bezel, cv2.BORDER_CONSTANT, value=(18, 18, 20)
    )
    return Plate(framed, writer.x_height)


def board(rng: np.random.Generator, faces: Sequence[Face], height: int, width: int) -> Plate:
    """A whiteboard, or a blackboard: handwriting in a few colours, boxes and arrows."""
    rows, columns = (round(side * SUPERSAMPLING * rng.uniform(0.9, 1.25)) for side in (height, width))
    black = rng.random() < 0.2
    ground = (35, 50, 42) if black else (238, 240, 241)
    picture = Image.new("RGB", (columns, rows), ground)
    draw = ImageDraw.Draw(picture)
    writer = Writer(rng, faces, 1.15 * letter_size(rng, height, width), wobble=0.05)
    inks = ((235, 235, 225), (240, 220, 120)) if black else MARKERS
    step, row = 1.7 * writer.size, 1.2 * writer.size
    while row < rows - 1.5 * step:
        ink = inks[rng.integers(len(inks))]
        left = rng.uniform(0.03, 0.35) * columns
        across = rng.uniform(0.2, 0.6) * columns
        chance = rng.random()
        if chance < 0.7:
            writer.line(draw, (left, row), across, ink)
        elif chance < 0.85:
            box = (left, row, left + across, row + 1.5 * step)
            draw.rectangle(box, outline=ink, width=max(2, round(writer.size / 9)))
            writer.line(draw, (left + 0.5 * writer.size, row + 0.5 * writer.size), across - writer.size, ink)
            row += step
        else:
            tip = (left + across, row + rng.uniform(0, 1) * step)
            thick = max(2, round(writer.size / 9))
            draw.line([(left, row), tip], ink, thick)
            for turn in (-0.5, 0.5):
                back = np.arctan2(tip[1] - row, across) + np.pi + turn
                end = (tip[0] + writer.size * np.cos(back), tip[1] + writer.size * np.sin(back))
                draw.line([tip, end], ink, thick)
        row += step * rng.uniform(0.9, 1.4)
    drawn = _wobbled(rng, np.array(picture))
    edge = round(min(rows, columns) * rng.uniform(0.01, 0.04))
    framed = cv2.copyMakeBorder(drawn, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=(150, 152, 155))
    return Plate(framed, writer.x_height)


def _wobbled(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Bends all strokes a little, as a hand does."""
    rows, columns = picture.shape[:2]
    cells = rng.standard_normal((2, max(2, rows // 40), max(2, columns // 40)), np.float32) * 3
    down, across = (cv2.resize(part, (columns, rows), interpolation=cv2.INTER_CUBIC) for part in cells)
    down += np.arange(rows, dtype=np.float32)[:, None]
    across += np.arange(columns, dtype=np.float32)
    return cv2.remap(picture, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


PAGES = {"document": document, "screen": screen, "board": board}
