"""Makes what the browser test looks at, from a photo inside scikit-image.

python web_demo/test/make_pictures.py FOLDER writes
    camera.mjpeg       a fake camera: shaken, out of focus, sharp, a wall
    sharp.png, ...     one picture of each scene, to open as a photo
    input_sharp.png    the same at the network's size, and so not resized again
    expected.json      by model and scene: what the shipped files answer to the latter in Python
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import skimage.data

from keras_blur import files, processing, systems
from keras_blur.synthesis import blur, kernels

SIZE = (480, 640)
MODELS = ("mobile_float32.tflite", "mobile_int8.tflite")
FRAMES_A_SECOND = 30  # Chromium plays an .mjpeg file at this rate
SECONDS = 5  # of every scene
TREMBLE = 4  # pixels by which a hand moves the picture


def scenes() -> dict[str, np.ndarray]:
    """The photo sharp, shaken and out of focus, each `SIZE` with a margin of TREMBLE pixels around it."""
    photo = skimage.data.coffee()[:400, :533]
    photo = processing.sizes.resize(photo, SIZE[0] + 2 * TREMBLE, SIZE[1] + 2 * TREMBLE)
    return {
        "sharp": photo,
        "shaken": blur.blur_photo(photo, kernels.line(31, 20)),
        "defocus": blur.blur_photo(photo, kernels.disc(9)),
    }


def wall() -> np.ndarray:
    """An evenly lit wall, darker at one side, with a camera's noise; of the scenes' size."""
    height, width = (side + 2 * TREMBLE for side in SIZE)
    light = np.linspace(200, 150, width) + np.random.default_rng(0).normal(0, 3, (height, width))
    return np.repeat(light[..., None].round().astype(np.uint8), 3, axis=2)


def frame(scene: np.ndarray, number: int) -> np.ndarray:
    """A frame `SIZE` of a scene: held by hand, so it is never quite the same."""
    row, column = (round(TREMBLE * (1 + np.sin(number * speed))) for speed in (0.31, 0.23))
    return scene[row : row + SIZE[0], column : column + SIZE[1]]


def main(folder: Path) -> None:
    """Writes the files."""
    folder.mkdir(parents=True, exist_ok=True)
    made = scenes()
    shipped = {name: systems.load(systems.PRETRAINED / "mobile" / name) for name in MODELS}
    expected = {name: {} for name in MODELS}
    contract = shipped[MODELS[0]].contract
    for name, scene in made.items():
        picture = frame(scene, 0)
        processing.save_picture(folder / f"{name}.png", picture)
        resized = processing.sizes.resize(picture, contract.height, contract.width)
        processing.save_picture(folder / f"input_{name}.png", resized)
        for model, system in shipped.items():
            expected[model][name] = system.blur_map(resized).round(6).tolist()
    files.write_text(folder / "expected.json", json.dumps(expected))
    with files.atomic_path(folder / "camera.mjpeg") as path, path.open("wb") as video:
        for scene in (made["shaken"], made["defocus"], made["sharp"], wall()):
            for number in range(FRAMES_A_SECOND * SECONDS):
                quality = [cv2.IMWRITE_JPEG_QUALITY, 92]
                encoded = cv2.imencode(".jpg", frame(scene, number)[..., ::-1], quality)
                video.write(encoded[1].tobytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
