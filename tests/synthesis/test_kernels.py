import math

import numpy as np
import pytest

from keras_blur.synthesis import kernels

ANGLES = (0, 10, 30, 45, 89.9, 90, 135, 180, 270, -45, 360)
LENGTHS = (0, 0.3, 1, 2.5, 7, 15, 22.4)


def shakes():
    return [
        kernels.shake(np.random.default_rng(seed), length) for seed in range(5) for length in (0, 0.4, 9, 30)
    ]


ALL = [
    *(kernels.line(length, angle) for length in LENGTHS for angle in ANGLES),
    *(kernels.disc(radius) for radius in (0, 0.2, 0.5, 0.51, 1, 1.5, 3.3, 12)),
    *(kernels.gaussian(sigma) for sigma in (0, 0.1, 0.5, 1, 4.2)),
    *shakes(),
]


def grid(kernel):
    """Rows and columns from the kernel's middle."""
    rows, columns = np.indices(kernel.shape)
    return rows - kernel.shape[0] // 2, columns - kernel.shape[1] // 2


def test_every_kernel_is_a_centred_distribution():
    for kernel in ALL:
        rows, columns = grid(kernel)
        assert kernel.dtype == np.float32
        assert all(side % 2 for side in kernel.shape)
        assert np.isfinite(kernel).all() and (kernel >= 0).all()
        assert kernel.sum(dtype=np.float64) == pytest.approx(1, abs=1e-6)
        assert (kernel * rows).sum() == pytest.approx(0, abs=1e-4)
        assert (kernel * columns).sum() == pytest.approx(0, abs=1e-4)


def test_no_blur_is_one_pixel():
    rng = np.random.default_rng(0)
    for kernel in (kernels.line(0, 30), kernels.disc(0), kernels.gaussian(0), kernels.shake(rng, 0)):
        np.testing.assert_array_equal(kernel, [[1]])


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("length", [3, 7.5, 20])
def test_line_points_along_its_angle(length, angle):
    kernel = kernels.line(length, angle)
    rows, columns = grid(kernel)
    # Rows grow downwards: anticlockwise is towards smaller rows.
    along = columns * math.cos(math.radians(angle)) - rows * math.sin(math.radians(angle))
    across = columns * math.sin(math.radians(angle)) + rows * math.cos(math.radians(angle))
    # An even line has the variance length^2 / 12; spreading over four pixels adds at most 1/4 pixel^2.
    assert length**2 / 12 * 0.98 <= (kernel * along**2).sum() <= length**2 / 12 + 0.25
    assert (kernel * across**2).sum() <= 0.25
    assert abs((kernel * along * across).sum()) < 0.1


def test_line_at_45_degrees_rises_to_the_right():
    kernel = kernels.line(9, 45)
    assert kernel[0, 0] == kernel[-1, -1] == 0
    assert kernel[1, -2] > 0 and kernel[-2, 1] > 0


@pytest.mark.parametrize("length", [1, 4.5, 13])
def test_line_support_follows_its_length(length):
    reach = np.flatnonzero(kernels.line(length, 0).sum(axis=0) > 1e-6)
    assert length <= np.ptp(reach) + 1 <= length + 3


def test_opposite_angles_are_one_line():
    np.testing.assert_allclose(kernels.line(8.3, 25), kernels.line(8.3, 205), atol=1e-6)


def test_line_grows_smoothly_with_a_sub_pixel_length():
    spread = [
        (kernels.line(length, 0) * grid(kernels.line(length, 0))[1] ** 2).sum()
        for length in np.arange(0.2, 6, 0.2)
    ]
    assert (np.diff(spread) > 0).all()


@pytest.mark.parametrize("radius", [2.2, 6, 11.7])
def test_disc_is_even_round_and_as_large_as_asked(radius):
    kernel = kernels.disc(radius)
    rows, columns = grid(kernel)
    distance = np.hypot(rows, columns)
    area = math.pi * radius**2
    np.testing.assert_allclose(kernel[distance < radius - 0.8] * area, 1, atol=0.02)
    assert (kernel[distance > radius + 0.8] == 0).all()
    np.testing.assert_allclose(kernel, kernel.T, atol=1e-7)
    # The second moment of a disc about its diameter is radius^2 / 4; a pixel's own is 1/12.
    assert (kernel * rows**2).sum() == pytest.approx(radius**2 / 4 + 1 / 12, rel=0.05)


def test_disc_of_radius_1_by_hand():
    # The segment of the unit disc beyond column 0.5 has the area acos(0.5) - 0.5 sqrt(0.75) = 0.6142.
    expected = np.array([0.6142, np.pi - 1.2284, 0.6142]) / np.pi
    np.testing.assert_allclose(kernels.disc(1).sum(axis=0), expected, atol=2e-3)


@pytest.mark.parametrize("sigma", [0.7, 2, 5])
def test_gaussian_has_its_sigma(sigma):
    kernel = kernels.gaussian(sigma)
    # Integrating over pixels adds their own variance, 1/12.
    assert (kernel * grid(kernel)[0] ** 2).sum() == pytest.approx(sigma**2 + 1 / 12, rel=0.05)
    np.testing.assert_allclose(kernel, kernel[::-1, ::-1])


@pytest.mark.parametrize("length", [3, 11.5, 30])
def test_shake_has_its_extent(length):
    for seed in range(10):
        kernel = kernels.shake(np.random.default_rng(seed), length)
        points = np.argwhere(kernel > 0)
        extent = max(np.hypot(*(points - point).T).max() for point in points)
        assert length - 1 <= extent <= length + 2 * math.sqrt(2)


def test_shake_follows_its_generator():
    first, again, other = (kernels.shake(np.random.default_rng(seed), 20) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or (first != other).any()


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf")])
def test_impossible_sizes_are_named(bad):
    for make in (kernels.disc, kernels.gaussian, lambda value: kernels.line(value, 0)):
        with pytest.raises(ValueError, match="expected a finite number"):
            make(bad)


def test_short_exposures_are_straighter():
    def straightness(exposure):
        walks = [kernels.hand_walk(np.random.default_rng(seed), 20, exposure=exposure) for seed in range(20)]
        return np.mean(
            [np.hypot(*(walk[-1] - walk[0])) / np.hypot(*np.diff(walk, axis=0).T).sum() for walk in walks]
        )

    assert straightness(0.1) > straightness(0.4) > straightness(1.0)
    for exposure in (0.05, 1.0):
        walk = kernels.hand_walk(np.random.default_rng(1), 20, exposure=exposure)
        extent = np.hypot(*(walk[:, None] - walk)[:, ::7].transpose(2, 0, 1)).max()
        assert extent == pytest.approx(20, rel=0.02)
