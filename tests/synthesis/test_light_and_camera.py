import numpy as np
import pytest

from keras_blur.synthesis import camera
from keras_blur.synthesis.light import to_linear, to_srgb


def test_light_comes_back_as_it_was():
    codes = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(to_srgb(to_linear(codes)), codes)


def test_srgb_anchors():
    # IEC 61966-2-1: 0 -> 0, 1 -> 1, the linear toe has the slope 1 / 12.92, and 0.5 -> 0.2140.
    linear = to_linear(np.array([0, 1, 255], np.uint8))
    np.testing.assert_allclose(linear, [0, 1 / 255 / 12.92, 1], rtol=1e-6)
    assert to_linear(np.uint8([127, 128])).mean() == pytest.approx(0.2140, abs=1e-3)
    np.testing.assert_array_equal(to_srgb(np.float32([-1, 0, 1, 7])), [0, 0, 255, 255])


def test_light_needs_bytes():
    with pytest.raises(ValueError, match="expected uint8, received float"):
        to_linear(np.zeros(3))


def test_noise_has_the_variance_it_promises():
    rng = np.random.default_rng(0)
    for light in (0.0, 0.5):
        noisy = camera.noise(np.full((200, 200, 3), light, np.float32), rng, shot=4e-3, read=0.02)
        assert noisy.dtype == np.float32
        assert noisy.mean() == pytest.approx(light, abs=1e-3)
        assert noisy.var() == pytest.approx(4e-3 * light + 0.02**2, rel=0.03)


def test_no_noise_changes_nothing():
    linear = np.random.default_rng(0).random((5, 6, 3), np.float32)
    np.testing.assert_array_equal(camera.noise(linear, np.random.default_rng(1), 0, 0), linear)


def test_jpeg_keeps_colours_and_loses_more_at_low_quality():
    rows, columns = np.mgrid[:64, :48]
    image = np.stack([rows * 4, columns * 5, 255 - rows * 3], axis=-1).astype(np.uint8)
    image = np.clip(image + np.random.default_rng(0).normal(0, 12, image.shape), 0, 255).astype(np.uint8)
    losses = [np.abs(camera.jpeg(image, quality).astype(int) - image).mean() for quality in (95, 60, 10)]
    assert losses[0] < losses[1] < losses[2] < 20
    with pytest.raises(ValueError, match="1 to 100"):
        camera.jpeg(image, 0)


def test_only_white_is_expanded():
    linear = np.float32([[[1, 1, 1], [1, 1, 0], [0.5, 0.5, 0.5]]])
    np.testing.assert_allclose(camera.expand_highlights(linear, gain=3), linear * [[[3], [1], [1]]])
    np.testing.assert_allclose(camera.saturate(linear, 2), np.minimum(2 * linear, 1))


def test_lamps_outshine_the_sensor_and_stay_inside():
    linear = np.zeros((60, 80, 3), np.float32)
    camera.add_lamps(np.random.default_rng(0), linear, 12, (0.7, 2.5), (2, 50))
    brightest = linear.max(axis=-1)
    assert 2 <= brightest.max() <= 150 and 0.002 < (brightest > 0).mean() < 0.1
    tiny = np.zeros((2, 2, 3), np.float32)
    camera.add_lamps(np.random.default_rng(0), tiny, 3, (3, 3))
    assert not tiny.any()
