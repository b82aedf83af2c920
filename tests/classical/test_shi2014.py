"""Each feature against its definition, one window at a time."""

import cv2
import numpy as np
import pytest
from scipy.stats import spearmanr

from keras_blur import processing
from keras_blur.classical import shi2014 as module
from keras_blur.classical.shi2014 import (
    WINDOWS,
    kurtosis,
    mixture,
    posterior,
    shi2014,
    slope_spread,
    spectrum,
)


def photo(height=44, width=52, sigma=1.0):
    noise = np.random.default_rng(0).integers(0, 256, (height, width), dtype=np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), sigma)


def window_at(values, row, column, side):
    half = side // 2
    return values[row - half : row + half + 1, column - half : column + half + 1]


PLACES = [(20, 20), (24, 30)]  # even: where f2 and f3 are not interpolated


@pytest.fixture
def values():
    return photo() / 255


@pytest.mark.parametrize("side", WINDOWS)
def test_kurtosis_equals_the_definition(values, side):
    found = kurtosis(values, side)
    for row, column in PLACES:
        logs = []
        for slope in (np.diff(values, axis=1, append=0), np.diff(values, axis=0, append=0)):
            away = window_at(slope, row, column, side)
            away = away - away.mean()
            logs.append(np.log((away**4).mean() / (away**2).mean() ** 2))
        assert found[row, column] == pytest.approx(min(logs), rel=1e-4)


def expectation_maximisation(squares):
    """Two zero-mean Gaussians, sample by sample."""
    wide, narrow, weight, before = 0.5, 1e-4, 0.5, -np.inf
    for _ in range(100):
        one = weight / np.sqrt(2 * np.pi * wide) * np.exp(-squares / 2 / wide)
        other = (1 - weight) / np.sqrt(2 * np.pi * narrow) * np.exp(-squares / 2 / narrow)
        fit, owned = np.log(one + other).mean(), one / (one + other)
        weight = owned.mean()
        wide = (owned * squares).mean() / weight
        narrow = ((1 - owned) * squares).mean() / (1 - weight)
        if abs(fit - before) < 1e-3 * abs(fit):
            break
        before = fit
    return wide, narrow


@pytest.mark.parametrize("sigma", [0.6, 2.0])
@pytest.mark.parametrize("side", WINDOWS)
def test_slope_spread_equals_the_mixture_of_all_gradients(side, sigma):
    values = photo(sigma=sigma) / 255
    found = slope_spread(values, side)
    size = np.hypot(np.diff(values, axis=1, append=0), np.diff(values, axis=0, append=0))
    for row, column in PLACES:
        expected = np.sqrt(max(expectation_maximisation(window_at(size, row, column, side).ravel() ** 2)))
        assert found[row, column] == pytest.approx(expected, rel=0.08)  # 32 bins, 20 % wide


def test_mixture_finds_the_two_variances():
    rng = np.random.default_rng(1)
    squares = np.concatenate([rng.normal(0, 0.2, 3000), rng.normal(0, 0.005, 3000)]) ** 2
    edges = np.geomspace(1e-7, 2, 200)
    bins = np.digitize(squares, edges)
    present = np.unique(bins)
    means = np.float32([squares[bins == index].mean() for index in present])
    shares = np.float32([(bins == index).mean() for index in present])
    wide, narrow = np.sqrt(mixture(means, shares[:, None])[:, 0])
    assert wide == pytest.approx(0.2, rel=0.1) and narrow == pytest.approx(0.005, rel=0.15)


@pytest.mark.parametrize("side", WINDOWS)
def test_spectrum_equals_the_definition(values, side):
    found, count = spectrum(values, side), (side - 1) // 2
    for row, column in PLACES:
        window = window_at(values, row, column, side)
        power = np.abs(np.fft.fft2(window / window.sum())[:count, :count]) ** 2 / count**2
        by_radius = {}
        for down in range(count):
            for right in range(count):
                by_radius.setdefault(round(np.hypot(down + 1, right + 1)), []).append(power[down, right])
        rings = {}
        for radius, members in by_radius.items():
            rings.setdefault(round(np.log(radius) / 0.2), []).append(np.mean(members))
        expected = sum(np.log(sum(rings[ring])) for ring in sorted(rings)[:-1])
        assert found[row, column] == pytest.approx(expected, abs=0.02)


def test_features_fall_with_blur():
    blurs = [photo(sigma=sigma) / 255 for sigma in (0.6, 1.2, 2.5)]
    for feature in (slope_spread, spectrum):
        means = [feature(values, 15).mean() for values in blurs]
        assert np.all(np.diff(means) < 0)


def test_posterior_by_bayes_at_one_pixel(values):
    learnt = module.learnt_filters(11)
    features = [kurtosis(values, 11), slope_spread(values, 11), spectrum(values, 11)]
    features += [module.filter_windows(values, kernel) for kernel in learnt.kernels]
    joint = np.array([0.337, 0.663])  # sharp, blurred
    for index, feature in enumerate(features):
        mean, deviation = learnt.normals[:, index].T
        joint = joint * np.exp(-0.5 * ((feature[20, 20] - mean) / deviation) ** 2) / deviation
    assert posterior(values, 11)[20, 20] == pytest.approx(joint[1] / joint.sum(), rel=1e-6)


def test_filters_are_as_described():
    for window in WINDOWS:
        learnt = module.learnt_filters(window)
        assert learnt.kernels.shape == (2, window, window) and learnt.normals.shape == (2, 5, 2)
        flat = learnt.kernels.reshape(2, -1)
        np.testing.assert_allclose(flat @ flat.T, np.eye(2), atol=1e-8)
        assert (learnt.normals[..., 1] > 0).all()


def test_finds_the_blurred_half():
    image = np.random.default_rng(3).integers(0, 256, (60, 110, 3), dtype=np.uint8)
    image[:, 55:] = cv2.GaussianBlur(image, (0, 0), 4)[:, 55:]
    found = shi2014(image)
    assert found[:, :40].max() < 0.5 < found[:, 70:].min()


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (9, 3, 3), (13, 30, 3)])
def test_any_size(shape):
    found = shi2014(np.random.default_rng(4).integers(0, 256, shape, dtype=np.uint8))
    assert found.shape == shape[:2] and found.dtype == np.float32
    assert np.isfinite(found).all() and found.min() > 0 and found.max() < 1


@pytest.mark.parametrize("level", [0, 90, 255])
def test_constant_images(level):
    found = shi2014(np.full((20, 30, 3), level, np.uint8))
    assert np.isfinite(found).all() and np.ptp(found) < 0.2
    assert posterior(np.full((20, 30), level / 255), 11).min() > 0.9  # surely blurred


@pytest.mark.realdata
@pytest.mark.parametrize(("name", "least"), [("out_of_focus0095", 0.83), ("motion0255", 0.91)])
def test_maps_are_the_authors(real_data, name, least):
    """Photos whose maps the order of the priors changes much."""
    photo = processing.read_photo(real_data / "cuhk" / "image" / f"{name}.jpg")
    published = cv2.imread(str(real_data / "peers/cuhk_maps/shi2014" / f"{name}.jpg"), cv2.IMREAD_GRAYSCALE)
    height, width = photo.shape[:2]
    published = cv2.resize(published, (width, height), interpolation=cv2.INTER_LINEAR)
    assert spearmanr(shi2014(photo).ravel(), published.ravel()).statistic > least
