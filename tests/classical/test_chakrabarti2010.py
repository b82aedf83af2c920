"""The kernel of a made-up motion is found, and its region; likelihoods against a literal loop."""

import cv2
import numpy as np
import pytest

pytest.importorskip("maxflow")

from keras_blur.classical import chakrabarti2010 as module
from keras_blur.classical.chakrabarti2010 import (
    LENGTHS,
    NOISE,
    STRENGTHS,
    WINDOW,
    chakrabarti2010,
    choose,
    colour_evidence,
    likelihood_ratios,
)


@pytest.fixture(scope="module")
def photo():
    """Overlapping rectangles of random colours: edges of all sizes."""
    rng = np.random.default_rng(0)
    image = np.zeros((120, 160, 3), np.uint8)
    for _ in range(1500):
        (row, height), (column, width) = (
            (rng.integers(0, side), rng.integers(2, 30)) for side in image.shape[:2]
        )
        image[row : row + height, column : column + width] = rng.integers(0, 256, 3)
    return image


def moved(image, length, vertical=False):
    """The right half blurred by a box."""
    kernel = np.full((length, 1) if vertical else (1, length), 1 / length)
    half = image.copy()
    half[:, 80:] = cv2.filter2D(image, -1, kernel)[:, 80:]
    return half


def literal(row, place):
    """The definition, for one pixel of a row: differences of log-likelihoods."""
    slope = np.diff(row.astype(float), prepend=row[:1])
    window = np.pad(slope, WINDOW // 2, mode="symmetric")[place : place + WINDOW]
    taper = np.hanning(WINDOW + 2)[1:-1]
    taper /= np.linalg.norm(taper)
    logs = []
    for length in (1, *LENGTHS):
        best = -np.inf
        for strength in STRENGTHS:
            log = 0.0
            for i in range(1, WINDOW // 2 + 1):
                wave = taper * np.exp(-2j * np.pi * i / WINDOW * np.arange(WINDOW))
                power = np.sum(np.abs(np.convolve(wave, np.full(length, 1 / length))) ** 2)
                noise = NOISE**2 * np.sum(np.abs(np.convolve(wave, [1, -1])) ** 2)
                variance = strength * power + noise
                log += -np.log(variance) - np.abs(wave @ window) ** 2 / variance
            best = max(best, log)
        logs.append(best)
    return np.array(logs[1:]) - logs[0]


def test_equals_the_literal_loop(photo):
    grey = photo[:2, :40, 0].astype(np.float32) / 255
    found = likelihood_ratios(grey)
    for row, column in ((0, 0), (1, 17), (1, 39)):
        np.testing.assert_allclose(found[:, row, column], literal(grey[row], column), rtol=1e-3, atol=0.05)


@pytest.mark.parametrize("length", [5, 9, 15])
@pytest.mark.parametrize("vertical", [False, True])
def test_finds_the_kernel(photo, length, vertical):
    choice = choose(cv2.cvtColor(moved(photo, length, vertical), cv2.COLOR_RGB2GRAY))
    assert choice.direction == ("vertical" if vertical else "horizontal")
    assert choice.length == length
    assert choice.evidence[:, 100:].mean() > choice.evidence[:, :60].mean() + 50


@pytest.mark.parametrize("length", [7, 13])
def test_finds_the_region(photo, length):
    blurred = chakrabarti2010(moved(photo, length)) > 0.5
    assert blurred[:, 90:].mean() > 0.85 and blurred[:, :70].mean() < 0.1


def test_colour_evidence_by_hand():
    colours = np.zeros((2, 4, 3), np.uint8)
    colours[:, 2:] = 255
    region = np.array([[False, False, True, True]] * 2)
    found = colour_evidence(colours, region)
    assert np.all(found[region] > 5) and np.all(found[~region] < -5)
    assert np.all(colour_evidence(colours, np.ones_like(region)) == 0)
    half = np.array([[False, True, True, False]] * 2)  # as many of both colours on either side
    np.testing.assert_allclose(colour_evidence(colours, half), 0, atol=1e-9)


def test_a_constant_photo_has_not_moved():
    flat = np.full((40, 60, 3), 120, np.uint8)
    assert not (chakrabarti2010(flat) > 0.5).any()


def test_grey_equals_its_rgb(photo):
    grey = photo[:40, :50, 0]
    np.testing.assert_array_equal(chakrabarti2010(grey), chakrabarti2010(np.dstack([grey] * 3)))


@pytest.mark.parametrize("shape", [(1, 1), (1, 20), (20, 1, 3), (5, 6, 3)])
def test_any_size(shape):
    found = chakrabarti2010(np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8))
    assert found.shape == shape[:2] and found.dtype == np.float32
    assert np.isfinite(found).all() and found.min() >= 0 and found.max() <= 1


def test_bad_images_are_named(photo):
    with pytest.raises(ValueError, match="uint8"):
        module.chakrabarti2010(photo / 255)
