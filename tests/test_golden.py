"""The golden cases: up to date, and what Python says. Kotlin and JavaScript run the same files."""

import dataclasses
import json

import numpy as np
import pytest
from golden import make

from keras_blur import systems, verdict
from keras_blur.contract import Contract
from keras_blur.processing import read_photo, resize

WEIGHTS = systems.PRETRAINED / "mobile"
PHOTOS = json.loads((make.FOLDER / "photos.json").read_text())


@pytest.mark.parametrize("name", ["maps", "frames", "prepare", "details"])
def test_files_are_up_to_date(name):
    """If this fails although the change was meant: `python tests/golden/make.py`."""
    document = {"maps": make.maps, "frames": make.frames, "prepare": make.prepared, "details": make.details}[
        name
    ]()
    assert json.loads((make.FOLDER / f"{name}.json").read_text()) == json.loads(make.to_text(document))


def test_photos_are_up_to_date():
    pytest.importorskip("skimage")
    photos = make.photo_pixels()
    assert [case["file"] for case in PHOTOS["cases"]] == [f"photos/{name}" for name in photos]
    for name, image in photos.items():
        np.testing.assert_array_equal(read_photo(make.FOLDER / "photos" / name), image)


def test_the_rule_of_random_pixels():
    x, expected = 7, []
    for _ in range(2 * 3 * 3):
        x = (1664525 * x + 1013904223) % 2**32
        expected.append(x >> 24)
    assert make.random_pixels(2, 3, 7).ravel().tolist() == expected


@pytest.mark.parametrize("format_name", ["keras", "float32", "float16", "int8"])
def test_the_shipped_network_still_says_the_same(format_name):
    file = WEIGHTS if format_name == "keras" else WEIGHTS / f"mobile_{format_name}.tflite"
    if not file.exists():
        pytest.skip(f"{file.name} does not ship")
    system = make.shipped() if format_name == "keras" else systems.load(str(file))
    contract = dataclasses.replace(Contract.load(WEIGHTS / "contract.json"), max_enlargement=0.0)
    tolerance = PHOTOS["tolerances"][format_name]
    for case in PHOTOS["cases"]:
        photo = read_photo(make.FOLDER / case["file"])
        blur_map = system.blur_map(photo)
        cells = resize(blur_map, PHOTOS["cells"], PHOTOS["cells"]).ravel()
        difference = np.abs(cells - case["cells"])
        assert difference.max() <= tolerance["cell"] and difference.mean() <= tolerance["mean"], case["file"]
        result = verdict.assess(blur_map, contract.calibration, verdict.detail(photo))
        expected = case["expected"]
        assert (result.judged, result.warn) == (expected["judged"], expected["warn"]), case["file"]
        if result.judged:
            assert abs(result.score - expected["score"]) <= tolerance["score"], case["file"]
