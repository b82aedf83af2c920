"""Draws the README's picture: photos that scikit-image ships, sharp and blurred, and the overlays of them.

python docs/pictures/draw.py
"""

from pathlib import Path

import cv2
import numpy as np
import skimage

from keras_blur import processing, systems
from keras_blur.synthesis import blur, kernels

HEIGHT, GAP = 220, 6
PHOTOS = (
    ("chelsea.png", None),
    ("astronaut.png", None),
    ("rocket.jpg", None),
    ("coffee.png", kernels.disc(7)),
    ("coffee.png", kernels.line(31, 8)),
)


def main() -> None:
    folder = Path(skimage.__file__).parent / "data"
    system = systems.load("mobile", refine=True)
    columns = []
    for name, kernel in PHOTOS:
        photo = processing.read_photo(folder / name)
        if kernel is not None:
            photo = blur.blur_photo(photo, kernel)
        drawn = processing.overlay(photo, system.blur_map(photo))
        width = round(HEIGHT * photo.shape[1] / photo.shape[0])
        pair = [cv2.resize(p, (width, HEIGHT), interpolation=cv2.INTER_AREA) for p in (photo, drawn)]
        columns.append(np.vstack([pair[0], np.full((GAP, width, 3), 255, np.uint8), pair[1]]))
    spacer = np.full((2 * HEIGHT + GAP, GAP, 3), 255, np.uint8)
    sheet = np.hstack([part for column in columns for part in (column, spacer)][:-1])
    target = Path(__file__).parent / "overlays.jpg"
    cv2.imwrite(str(target), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 90])


if __name__ == "__main__":
    main()
