"""Purohit's stages, with stand-ins for the trained networks where those don't matter."""

import cv2
import numpy as np
import pytest

from keras_blur import models, systems
from keras_blur.contract import Calibration, Contract
from keras_blur.errors import BlurError, UsageError
from keras_blur.systems.purohit2018 import PATCH, STAGES, Cut, PatchAverage, Product
from keras_blur.systems.weights import save_network

CONTRACT = models.contract("purohit2018_patch")
SIZES = [(1, 1), (8, 40), (30, 30), (31, 45), (50, 64), (61, 37)]


def photo(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


class MeanOfPatch:
    """Logits of every 8th 30x30 window: its mean red and green, computed window by window."""

    def predict_on_batch(self, pixels):
        _, height, width, _ = pixels.shape
        return np.array(
            [
                [
                    [pixels[0, y : y + PATCH, x : x + PATCH, c].mean() / 10 for c in (0, 1)]
                    for x in range(0, width - PATCH + 1, 8)
                ]
                for y in range(0, height - PATCH + 1, 8)
            ],
            np.float32,
        )[None]


class Fixed:
    """A system that answers with one map."""

    name, calibration, num_params = "fixed", Calibration(), 3

    def __init__(self, blurred):
        self.map = np.stack([1 - np.asarray(blurred), blurred], axis=-1).astype(np.float32)

    def blur_map(self, image):
        return self.map


def literal(answer_to_patch, image, step):
    """The paper's sentence: every patch's probability to all its pixels, overlaps averaged."""
    height, width = image.shape[:2]
    last = [max(0, -(-(side - PATCH) // step)) * step for side in (height, width)]
    rows, columns = (range(0, start + 1, step) for start in last)
    bottom, right = rows[-1] + PATCH - height, columns[-1] + PATCH - width
    padded = cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_REFLECT_101)
    total, count = np.zeros((*padded.shape[:2], 2)), np.zeros((*padded.shape[:2], 1))
    for y in rows:
        for x in columns:
            window = np.s_[y : y + PATCH, x : x + PATCH]
            total[window] += answer_to_patch(padded[window])
            count[window] += 1
    return (total / count)[:height, :width]


def softmax(logits):
    odds = np.exp(logits - logits.max())
    return odds / odds.sum()


@pytest.mark.parametrize("step", [8, 4, 2])
@pytest.mark.parametrize("size", SIZES)
def test_the_dense_map_is_the_loop_over_patches(size, step):
    image = photo(*size)
    dense = PatchAverage(MeanOfPatch(), CONTRACT, step).blur_map(image)
    expected = literal(lambda patch: softmax(patch[..., :2].mean(axis=(0, 1)) / 10), image, step)
    assert dense.dtype == np.float32 and dense.shape == (*size, 2)
    np.testing.assert_allclose(dense, expected, atol=1e-5)


def test_the_network_answers_to_a_photo_as_to_its_patches():
    """With the real network, patch by patch: sharing convolutions changes nothing."""
    network = models.build("purohit2018_patch", filters=4)
    for weight in network.weights:  # untrained, all patches would get nearly the same answer
        if "norm/moving_variance" not in weight.path:
            weight.assign(weight + np.random.default_rng(1).normal(0, 0.3, weight.shape))
    image = cv2.resize(photo(6, 7), (47, 41))
    dense = PatchAverage(network, CONTRACT, 4).blur_map(image)
    expected = literal(
        lambda patch: softmax(np.asarray(network(patch[None].astype(np.float32)))[0, 0, 0]), image, 4
    )
    np.testing.assert_allclose(dense, expected, atol=1e-4)
    assert np.ptp(expected) > 0.05


def test_large_photos_are_limited_and_steps_must_divide():
    system = PatchAverage(MeanOfPatch(), Contract("small", resize="pad", max_side=40, output_stride=8), 8)
    with pytest.raises(ValueError, match="divisor of 8, received 3"):
        PatchAverage(MeanOfPatch(), CONTRACT, 3)
    classes = Contract("two", resize="pad", max_side=40, output_stride=8, classes=("sharp", "blurred"))
    assert PatchAverage(system.network, classes, 8).blur_map(photo(90, 60)).shape == (40, 27, 2)


def test_nan_is_an_error_and_not_a_map():
    class Broken(MeanOfPatch):
        def predict_on_batch(self, pixels):
            return super().predict_on_batch(pixels) * np.nan

    with pytest.raises(BlurError, match="NaN"):
        PatchAverage(Broken(), CONTRACT).blur_map(photo(40, 40))


def test_the_product_is_taken_pixel_by_pixel():
    local, whole = Fixed([[0.9, 0.9], [0.2, 0.0]]), Fixed([[0.5, 0.1], [0.2, 1.0]])
    answer = Product(local, whole).blur_map(photo(2, 2))
    np.testing.assert_allclose(answer[..., 1], [[0.9, 0.5], [0.04 / 0.68, 0.5]], atol=1e-5)
    np.testing.assert_allclose(answer.sum(axis=-1), 1, atol=1e-6)
    coarse = Product(Fixed(np.full((6, 8), 0.5)), whole).blur_map(photo(6, 8))
    assert coarse.shape == (6, 8, 2) and coarse[0, 0, 1] == pytest.approx(0.5, abs=1e-5)


def test_the_product_weighs_each_stage_by_its_threshold():
    lenient = Fixed([[0.2, 0.4]])
    lenient.calibration = Calibration(0.2)
    answer = Product(lenient, Fixed([[0.5, 0.5]])).blur_map(photo(1, 2))[..., 1]
    np.testing.assert_allclose(answer, [[0.5, 0.32 / 0.44]], atol=1e-5)


def test_three_classes_count_by_their_probability_of_blur():
    typed = Fixed(np.zeros((1, 1)))
    typed.map = np.array([[[0.4, 0.35, 0.25]]], np.float32)
    answer = Product(typed, Fixed([[0.5]])).blur_map(photo(1, 1))
    assert answer.shape == (1, 1, 2) and answer[0, 0, 1] == pytest.approx(0.6, abs=1e-5)


def test_the_cut_is_binary_and_removes_single_pixels():
    pytest.importorskip("maxflow")
    blurred = np.full((20, 30), 0.2)
    blurred[:, 15:] = 0.8
    speckled = blurred.copy()
    speckled[5, 5], speckled[10, 20] = 0.9, 0.1
    image = photo(20, 30) // 200
    answer = Cut(Fixed(speckled), Fixed(np.full((2, 3), 0.5)), border=1.0).blur_map(image)
    assert answer.dtype == np.float32 and set(np.unique(answer)) == {0, 1}
    np.testing.assert_array_equal(answer[..., 1], blurred > 0.5)
    np.testing.assert_array_equal(answer.sum(axis=-1), 1)
    assert Cut(Fixed(np.full((20, 30), 0.3)), Fixed([[0.5]])).blur_map(photo(70, 105)).shape == (20, 30, 2)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    parts = {
        "purohit2018_patch": ("purohit2018_patch", {"filters": 4}),
        "purohit2018_global_small": ("purohit2018_global", {"filters": 4, "levels": 3}),
    }
    for run, (name, options) in parts.items():
        contract = models.contract(name, **options)
        contract = contract.with_size(32) if contract.resize == "stretch" else contract
        save_network(folder / run / "best", name, options, models.build(name, **options), contract)
    return folder


@pytest.mark.parametrize(
    "name", ["purohit2018_patch", "purohit2018_global_small", "purohit2018_product", "purohit2018"]
)
def test_every_stage_is_a_system_by_its_name(name, runs, monkeypatch):
    monkeypatch.setenv("KERAS_BLUR_RUNS", str(runs))
    if name == "purohit2018":
        pytest.importorskip("maxflow")
    system = systems.load(name)
    blur_map = system.blur_map(photo(40, 50))
    assert system.name == name.removesuffix("_small") and name in systems.available()
    assert blur_map.dtype == np.float32 and blur_map.shape[2] == 2
    np.testing.assert_allclose(blur_map.sum(axis=-1), 1, atol=1e-5)


def test_a_missing_stage_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BLUR_RUNS", str(tmp_path))
    for stage in STAGES:
        monkeypatch.delitem(systems.SYSTEMS, stage)
    with pytest.raises(UsageError, match=r"--config purohit2018_patch --run-dir .*purohit2018_patch"):
        systems.load("purohit2018")
    assert not {name for name in systems.available() if name.startswith("purohit")}
    with pytest.raises(UsageError, match="refine: expected a dense network"):
        systems.load("purohit2018_product", refine=True)
