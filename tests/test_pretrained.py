"""The weights that ship."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage

from keras_blur import configs, labels, systems, verdict
from keras_blur.processing import read_photo, resize_map
from keras_blur.synthesis import kernels
from keras_blur.synthesis.blur import blur_photo

FOLDER = systems.PRETRAINED / "mobile"
GOLDEN = Path(__file__).parent / "golden"
PHOTOS = Path(skimage.__file__).parent / "data"


@pytest.fixture(scope="module")
def mobile():
    return systems.load("mobile", runtime="keras")


def test_the_first_shipped_weights_give_the_maps_that_they_gave_at_first():
    stored = json.loads((GOLDEN / "first_maps.json").read_text())["maps"]
    system = systems.load("mobile_v1", runtime="keras")
    for name, values in stored.items():
        blur_map = system.blur_map(read_photo(GOLDEN / "photos" / name))
        np.testing.assert_allclose(blur_map[5::11, 5::11].ravel(), values, atol=1e-6)


FAMILY = {"mobile": 7_000_000, "nano": 4_000_000, "large": 15_000_000}
"""The networks of our own and how many bytes each may have, all its files together."""

INT8 = {"mobile": 2_000_000, "nano": 600_000}


@pytest.mark.parametrize("name", FAMILY)
def test_the_folder_is_complete_and_small(name):
    files = {path.name: path.stat().st_size for path in (systems.PRETRAINED / name).iterdir()}
    assert files.keys() >= {
        *("network.json", "weights.weights.h5", "contract.json", "training.json"),
        *("metrics.json", "lfsd.json", "README.md", f"{name}_float16.tflite"),
    }
    assert sum(files.values()) <= FAMILY[name]
    if name in INT8:
        assert files[f"{name}_int8.tflite"] <= INT8[name]


STAGES = [
    ("large", ["large_coarse", "large"]),
    *((name, [name]) for name in ("mobile_field", "mobile", "nano")),
]


@pytest.mark.parametrize(("name", "stages"), STAGES)
def test_experiments_have_the_epochs_that_the_weights_had(name, stages):
    start = configs.load(stages[0]).model.initial_weights
    epochs = sum(configs.load(stage).training.epochs for stage in stages)
    assert recorded_epochs(name) == epochs + (recorded_epochs(start) if start else 0)


def recorded_epochs(name: str) -> int:
    return json.loads((systems.PRETRAINED / name / "training.json").read_text())["epochs"]


@pytest.mark.parametrize("name", FAMILY)
def test_every_shipped_file_says_what_the_weights_say(name):
    photo = cv2.resize(read_photo(PHOTOS / "chelsea.png"), (1353, 900))  # no file shrinks its input
    keras_map = systems.load(name, runtime="keras").blur_map(photo)
    for path in sorted((systems.PRETRAINED / name).glob("*.tflite")):
        system = systems.load(path)
        far = np.abs(system.blur_map(photo) - keras_map)
        assert far.mean() < (0.08 if "int8" in path.name else 0.005), path.name
        assert system.calibration.motion_odds < 1, "its own odds, not those of a network without calibration"


@pytest.mark.parametrize("name", FAMILY)
def test_metrics_say_what_was_measured_and_how(name):
    metrics = json.loads((systems.PRETRAINED / name / "metrics.json").read_text())
    assert (
        metrics["dataset"] == "cuhk_blur/kim2018" and metrics["split"] == "test" and metrics["photos"] == 200
    )
    assert metrics["command"].startswith("python -m keras_blur.evaluate")
    figures, trivial = (metrics[key]["all"]["mean"] for key in ("results", "all_blurred"))
    assert figures["accuracy"] > trivial["accuracy"] + 0.2 and figures["miou"] > 0.7
    assert "/" not in metrics["system"], "a path of the machine that measured it"


@pytest.mark.parametrize("name", ["chelsea.png", "astronaut.png", "coffee.png"])
@pytest.mark.parametrize(
    ("kernel", "class_name"), [(kernels.disc(8), "defocus"), (kernels.line(35, 20), "motion")]
)
def test_a_strongly_blurred_photo_is_worse_than_its_original(mobile, name, kernel, class_name):
    photo = read_photo(PHOTOS / name)
    before = mobile.blur_map(photo)
    after = mobile.blur_map(blur_photo(photo, kernel))
    score = [verdict.assess(blur_map, mobile.calibration).score for blur_map in (before, after)]
    assert score[0] < 0.3 and score[1] > score[0] + 0.2, score
    share = [blur_map[..., labels.CLASS_NAMES.index(class_name)].mean() for blur_map in (before, after)]
    assert share[1] > share[0] + 0.2, share


def test_contrast_and_a_colour_cast_change_little(mobile):
    photo = read_photo(PHOTOS / "chelsea.png")
    plain = labels.blurred_probability(mobile.blur_map(photo))
    for scale in (0.8, (1.1, 1.0, 0.85)):
        changed = np.clip(photo * np.float32(scale), 0, 255).astype(np.uint8)
        assert abs(labels.blurred_probability(mobile.blur_map(changed)) - plain).mean() < 0.08


@pytest.mark.realdata
def test_real_photos_are_marked_better_than_all_blurred(real_data, mobile):
    """Twenty of Kim's test photos, ten of each type: shows that weights, contract and code still agree."""
    names = (real_data / "cuhk/splits/kim2018_test.txt").read_text().split()
    chosen = [n for n in names if n.startswith("motion")][:10] + [n for n in names if n.startswith("out")][
        :10
    ]
    accuracy, trivial = [], []
    for name in chosen:
        photo = read_photo(real_data / f"cuhk/image/{name}.jpg")
        truth = cv2.imread(str(real_data / f"cuhk/gt/{name}.png"), cv2.IMREAD_GRAYSCALE) > 127
        blurred = labels.blurred_probability(resize_map(mobile.blur_map(photo), *truth.shape)) > 0.5
        accuracy.append((blurred == truth).mean())
        trivial.append(truth.mean())
    assert np.mean(accuracy) > max(0.8, np.mean(trivial) + 0.1)
