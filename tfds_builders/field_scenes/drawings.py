"""Drawings, chessboards, signs, maps, charts and codes, as sharp plates; lines on plain ground."""

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw

from tfds_builders.field_scenes.fonts import Face
from tfds_builders.field_scenes.pages import Plate, Writer, letter_size
from tfds_builders.field_scenes.surfaces import SUPERSAMPLING

PAPER = (248, 248, 245)
LINE_WIDTH = (3.0, 60.0)  # pixels of a plate whose longer side is 1200


def _canvas(
    rng: np.random.Generator, height: int, width: int, ground: tuple = PAPER
) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    across, down = (round(side * SUPERSAMPLING * rng.uniform(0.85, 1.15)) for side in (width, height))
    picture = Image.new("RGB", (across, down), ground)
    return picture, ImageDraw.Draw(picture)


def _ink(rng: np.random.Generator, most: int = 110) -> tuple[int, int, int]:
    red, green, blue = rng.integers(0, most, 3)
    return int(red), int(green), int(blue)


def _fill(rng: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = rng.integers(90, 256, 3)
    return int(red), int(green), int(blue)


def chessboard(rng: np.random.Generator, faces: Sequence[Face], height: int, width: int) -> Plate:
    """Squares of two colours, as on a board, on tiles or on a calibration target."""
    picture, draw = _canvas(rng, height, width, _fill(rng))
    side = max(picture.size) / rng.uniform(6, 22)
    ink = _ink(rng)
    for row in range(int(picture.height / side) + 1):
        for column in range(row % 2, int(picture.width / side) + 1, 2):
            draw.rectangle((column * side, row * side, (column + 1) * side - 1, (row + 1) * side - 1), ink)
    return Plate(np.array(picture), 0.0)


def line_drawing(rng: np.random.Generator, faces: Sequence[Face], height: int, width: int) -> Plate:
    """Thin lines on paper: a plan, a sketch, hatching."""
    picture, draw = _canvas(rng, height, width)
    across, down = picture.size
    ink, thick = _ink(rng, 60), int(rng.integers(2, 8))
    for _ in range(int(rng.integers(8, 30))):
        kind = rng.random()
        x, y = rng.uniform(0.03, 0.8, 2) * (across, down)
        w, h = rng.uniform(0.05, 0.35, 2) * (across, down)
        if kind < 0.3:
            draw.rectangle((x, y, x + w, y + h), outline=ink, width=thick)
        elif kind < 0.5:
            draw.ellipse((x, y, x + w, y + h), outline=ink, width=thick)
        elif kind < 0.7:
            steps = np.cumsum(rng.normal(0, 0.05, (int(rng.integers(3, 12)), 2)), axis=0) * (across, down)
            draw.line([tuple(point) for point in np.add(steps, (x, y))], ink, thick, joint="curve")
        elif kind < 0.85:
            for shift in np.arange(0, w, 5 * thick):
                draw.line([(x + shift, y), (x + shift + 0.3 * h, y + h)], ink, max(1, thick // 2))
        else:
            draw.arc((x, y, x + w, y + h), rng.uniform(0, 180), rng.uniform(180, 360), ink, thick)
    return Plate(np.array(picture), 0.0)


def sign(rng: np.random.Generator, faces: Sequence[Face], height: int, width: int) -> Plate:
    """A road sign, a label or a logo: few large shapes with a word or an arrow."""
    side = round(min(height, width) * SUPERSAMPLING * rng.uniform(0.6, 1.0))
    picture = Image.new("RGB", (side, side), _fill(rng))
    draw = ImageDraw.Draw(picture)
    colours = ((190, 20, 30), (20, 60, 150), (0, 110, 60), (240, 190, 20), (30, 30, 30), (250, 250, 250))
    outer, inner = (colours[index] for index in rng.permutation(len(colours))[:2])
    corners = int(rng.choice([3, 4, 4, 8, 60]))
    turns = np.arange(corners) * 2 * np.pi / corners + (np.pi / corners if corners != 3 else np.pi / 6)
    for reach, fill in ((0.62 if corners == 4 else 0.48, outer), (0.54 if corners == 4 else 0.41, inner)):
        draw.polygon(
            [(side * (0.5 + reach * np.cos(t)), side * (0.5 + reach * np.sin(t))) for t in turns], fill
        )
    if rng.random() < 0.5:
        size = side * rng.uniform(0.1, 0.2)
        Writer(rng, faces, size).line(draw, (0.24 * side, 0.5 * side - size / 2), 0.52 * side, outer)
    else:
        x, y, w = 0.5 * side, 0.5 * side, 0.22 * side
        arrow = [
            (x - w, y - w / 4),
            (x, y - w / 4),
            (x, y - w),
            (x + w, y),
            (x, y + w),
            (x, y + w / 4),
            (x - w, y + w / 4),
        ]
        draw.polygon(arrow, outer)
    return Plate(np.array(picture), 0.0)


def street_map(rng: np.random.Generator, faces: Sequence[Face], height: int, width: int) -> Plate:
    """A map: areas, rivers, roads with their edges, and names."""
    picture, draw = _canvas(rng, height, width, (242, 239, 233))
    across, down = picture.size
    for _ in range(int(rng.integers(4, 10))):
        centre, reach = rng.uniform(0, 1, 2) * (across, down), rng.uniform(0.05, 0.25) * across
        turns = np.sort(rng.uniform(0, 2 * np.pi, 9))
        radii = reach * rng.uniform(0.6, 1.2, (9, 1))
        outline = centre + radii * np.stack([np.cos(turns), np.sin(turns)], axis=-1)
        draw.polygon(
            [tuple(point) for point in outline],
            ((200, 225, 180), (170, 210, 225), (225, 215, 225))[rng.integers(3)],
        )
    roads = []
    for _ in range(int(rng.integers(6, 16))):
        start, turn = rng.uniform(0, 1, 2) * (across, down), rng.uniform(0, 2 * np.pi)
        way = np.cumsum(turn + rng.normal(0, 0.12, 24))
        way = turn + 0.1 * (way - way[0]) / 6
        steps = np.stack([np.cos(way), np.sin(way)], axis=-1) * 0.08 * across
        roads.append(
            (
                [tuple(point) for point in start + np.cumsum(steps, axis=0) - 12 * steps[0]],
                int(rng.integers(6, 22)),
            )
        )
    for grow, fill in ((4, (140, 140, 140)), (0, (255, 245, 190))):
        for road, thick in roads:
            draw.line(road, fill, thick + grow, joint="curve")
    writer = Writer(rng, faces, 0.8 * letter_size(rng, height, width))
    for _ in range(int(rng.integers(6, 20))):
        x, y = rng.uniform(0, 0.9, 2) * (across, down)
        writer.line(draw, (x, y), 9 * writer.size, (60, 60, 70))
    return Plate(np.array(picture), 0.0)


def chart(rng: np.random.Generator, faces: Sequence[Face], height: int, width: int) -> Plate:
    """Bars or curves in a frame with a grid."""
    picture, draw = _canvas(rng, height, width)
    across, down = picture.size
    left, top, right, bottom = 0.12 * across, 0.1 * down, 0.93 * across, 0.88 * down
    for share in np.linspace(0, 1, int(rng.integers(4, 9))):
        y = top + share * (bottom - top)
        draw.line([(left, y), (right, y)], (190, 190, 190), 2)
    count = int(rng.integers(5, 24))
    places, values = np.linspace(left, right, count + 1), rng.uniform(0.05, 0.95, (3, count))
    for series in values[: int(rng.integers(1, 4))]:
        ink = _ink(rng, 200)
        heights = bottom - series * (bottom - top)
        if rng.random() < 0.5:
            draw.line([(x, y) for x, y in zip(places, heights, strict=False)], ink, 5)
        else:
            for x, y in zip(places, heights, strict=False):
                draw.rectangle((x, y, x + 0.6 * (places[1] - places[0]), bottom), ink)
    draw.rectangle((left, top, right, bottom), outline=(20, 20, 20), width=4)
    writer = Writer(rng, faces, 0.8 * letter_size(rng, height, width))
    writer.line(draw, (left, bottom + 0.3 * writer.size), right - left, (30, 30, 30))
    return Plate(np.array(picture), 0.0)


def code(rng: np.random.Generator, faces: Sequence[Face], height: int, width: int) -> Plate:
    """A label with bars or with squares, as scanners read them."""
    across, down = (round(side * SUPERSAMPLING * rng.uniform(0.5, 0.9)) for side in (width, height))
    label = np.full((down, across), 250, np.uint8)
    if rng.random() < 0.5:
        count = int(rng.integers(40, 110))
        bars = np.where(rng.random(count) < 0.5, 15, 250).astype(np.uint8)
        inner = np.repeat(bars[None], 2, axis=0)
        box = (round(0.8 * across), round(0.6 * down))
    else:
        count = int(rng.integers(21, 46))
        inner = np.where(rng.random((count, count)) < 0.5, 15, 250).astype(np.uint8)
        for row, column in ((0, 0), (0, count - 7), (count - 7, 0)):
            inner[row : row + 7, column : column + 7] = 15
            inner[row + 1 : row + 6, column + 1 : column + 6] = 250
            inner[row + 2 : row + 5, column + 2 : column + 5] = 15
        box = (round(0.8 * min(across, down)),) * 2
    inner = cv2.resize(inner, box, interpolation=cv2.INTER_NEAREST)
    top, left = (down - box[1]) // 2, (across - box[0]) // 2
    label[top : top + box[1], left : left + box[0]] = inner
    return Plate(cv2.cvtColor(label, cv2.COLOR_GRAY2RGB), 0.0)


DRAWINGS = (chessboard, line_drawing, sign, street_map, chart, code)


def lines(rng: np.random.Generator, height: int, width: int) -> tuple[Plate, float | None]:
    """One to six lines, stripes or shapes on plain ground, and nothing else.

    Returns:
        The plate, and the direction of the lines in degrees anticlockwise; None = there are shapes.
    """
    kind = rng.random()
    low, high = (235, 256) if kind < 0.4 else (150, 256) if kind < 0.75 else (0, 60)
    ground: tuple[int, ...] = (int(rng.integers(low, high)),) * 3
    if kind >= 0.4:
        ground = tuple(int(value) for value in rng.integers(low, high, 3))
    ink = _ink(rng) if kind < 0.75 else _fill(rng)
    size = np.array([width, height]) * SUPERSAMPLING
    picture = Image.new("RGB", (int(size[0]), int(size[1])), ground)
    draw = ImageDraw.Draw(picture)
    thick = max(2, round(np.exp(rng.uniform(*np.log(LINE_WIDTH))) * max(size) / 1200))
    if rng.random() < 0.6:
        start, turn = rng.uniform(0.25, 0.75, 2) * size, rng.uniform(0, np.pi)
        along = np.array([np.cos(turn), -np.sin(turn)]) * max(size) * rng.uniform(0.3, 1.5)
        across = np.array([np.sin(turn), np.cos(turn)]) * thick * rng.uniform(2, 5)
        for number in range(int(rng.integers(1, 7))):
            middle = start + number * across
            draw.line([tuple(middle - along), tuple(middle + along)], ink, thick)
        return Plate(np.array(picture), 0.0), float(np.rad2deg(turn))
    for _ in range(int(rng.integers(1, 5))):
        x, y = rng.uniform(0.1, 0.7, 2) * size
        w, h = np.maximum(rng.uniform(0.05, 0.3, 2) * min(size), 3 * thick)
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x, y, x + w, y + h), outline=ink, width=thick, fill=ink if rng.random() < 0.4 else None)
    return Plate(np.array(picture), 0.0), None
