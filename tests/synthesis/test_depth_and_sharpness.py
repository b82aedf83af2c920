import numpy as np
import pytest

from keras_blur.synthesis import depth, kernels
from keras_blur.synthesis.blur import blur, blur_photo
from keras_blur.synthesis.sharpness import sharpness


@pytest.fixture
def noise():
    return np.random.default_rng(0).integers(0, 256, (80, 100, 3), dtype=np.uint8)


def test_sharpness_falls_with_blur(noise):
    values = [sharpness(blur_photo(noise, kernels.gaussian(sigma))) for sigma in (0, 0.7, 1.2, 2, 3)]
    assert values == sorted(values, reverse=True) and values[0] > 2 * values[3]
    assert min(values) >= 0 and max(values) <= 1


def test_sharpness_of_a_part(noise):
    half = noise.copy()
    half[:, 50:] = blur_photo(noise, kernels.gaussian(3))[:, 50:]
    left = np.zeros((80, 100), bool)
    left[:, :50] = True
    assert sharpness(half, left) > 1.5 * sharpness(half, ~left)


def test_sharpness_knows_that_it_does_not_know(noise):
    assert sharpness(np.full((40, 40, 3), 128, np.uint8)) == 0
    assert sharpness(noise, np.zeros((80, 100), bool)) == 0


def test_planes_are_gentle_and_fill_their_range():
    for seed in range(5):
        plane = depth.tilted_plane(np.random.default_rng(seed), 60, 80)
        assert plane.shape == (60, 80) and plane.dtype == np.float32
        assert plane.min() == 0 and plane.max() == 1
        assert max(np.abs(np.diff(plane, axis=axis)).max() for axis in (0, 1)) < 0.08


def test_defocus_of_one_radius_is_a_blur_with_its_disc(noise):
    linear = noise.astype(np.float32) / 255
    for radius in (0, 3.0):
        result = depth.varying_defocus(linear, np.full((80, 100), radius, np.float32))
        np.testing.assert_allclose(result, blur(linear, kernels.disc(radius)), atol=1e-5)


def test_defocus_grows_with_its_radius(noise):
    linear = noise.astype(np.float32) / 255
    radius = np.broadcast_to(np.linspace(0, 8, 100, dtype=np.float32), (80, 100))
    result = depth.varying_defocus(linear, radius)
    spread = [result[:, left : left + 20].std() for left in range(0, 100, 20)]
    assert spread == sorted(spread, reverse=True)
    np.testing.assert_allclose(result.mean(), linear.mean(), rtol=0.02)
