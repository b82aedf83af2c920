import numpy as np
import pytest

from keras_blur.labels import DEFOCUS, MOTION, SHARP, VOID
from keras_blur.synthesis import kernels, mattes
from keras_blur.synthesis.blur import blur, blur_photo
from keras_blur.synthesis.composite import composite, composite_mask, fill_hole, layered_defocus


@pytest.fixture
def picture():
    return np.random.default_rng(0).random((40, 50, 3), np.float32)


def test_blur_moves_light_along_the_kernel():
    point = np.zeros((9, 9), np.float32)
    point[4, 4] = 1
    skew = np.zeros((3, 3), np.float32)
    skew[0, 2] = 1  # convolution moves everything up and to the right
    assert blur(point, skew)[3, 5] == 1
    skew_large = np.pad(skew, 6)  # OpenCV takes another way for large kernels
    assert blur(point, skew_large)[3, 5] == pytest.approx(1)


def test_blur_keeps_a_constant_at_borders_and_the_shape(picture):
    for kernel in (kernels.identity(), kernels.line(7, 20), kernels.disc(9), kernels.disc(30)):
        np.testing.assert_allclose(blur(np.full((12, 17, 3), 0.3, np.float32), kernel), 0.3, atol=1e-5)
        assert blur(picture, kernel).shape == picture.shape
    assert blur(picture[..., :1], kernels.disc(2)).shape == (40, 50, 1)
    assert blur(np.ones((1, 1, 3), np.float32), kernels.line(9, 10)).shape == (1, 1, 3)
    with pytest.raises(ValueError, match="odd sides"):
        blur(picture, np.ones((2, 2), np.float32))


def test_photos_are_blurred_in_linear_light():
    stripes = np.zeros((20, 20, 3), np.uint8)
    stripes[:, ::2] = 255
    grey = blur_photo(stripes, kernels.gaussian(4))[10, 10]
    np.testing.assert_allclose(grey, 188, atol=2)  # half the light of 255, where averaging codes gives 128


def test_composite_limits(picture):
    other = picture[::-1].copy()
    still, disc = kernels.identity(), kernels.disc(3)
    nothing, everything = np.zeros((40, 50), np.float32), np.ones((40, 50), np.float32)
    np.testing.assert_allclose(composite(picture, nothing, other, disc, still)[0], other, atol=1e-6)
    np.testing.assert_allclose(composite(picture, everything, other, still, disc)[0], picture, atol=1e-6)
    same, _ = composite(picture, everything, other, disc, still)
    np.testing.assert_allclose(same, blur(picture, disc), atol=1e-5)


def test_what_an_empty_matte_leaves_out_is_not_looked_at(picture):
    unknown = np.full_like(picture, np.nan)
    result, alpha = composite(unknown, np.zeros((40, 50), np.float32), picture, *[kernels.disc(3)] * 2)
    assert np.isfinite(result).all() and not alpha.any()


def test_nothing_outside_the_matte_bleeds_in():
    foreground = np.ones((40, 40, 3), np.float32)
    foreground[10:30, 10:30] = 0  # a dark object in a bright photo
    matte = 1 - foreground[..., 0]
    result, alpha = composite(
        foreground, matte, np.zeros_like(foreground), kernels.disc(4), kernels.identity()
    )
    assert result.max() < 1e-5
    assert alpha.sum() == pytest.approx(matte.sum(), rel=1e-4)


def test_mask_of_a_composite():
    alpha = np.float32([[0, 0.05, 0.08, 0.49, 0.5, 1]])
    mask = composite_mask(alpha, MOTION, np.zeros((1, 6), np.uint8))
    np.testing.assert_array_equal(mask, [[SHARP, SHARP, VOID, VOID, MOTION, MOTION]])
    same = composite_mask(alpha, MOTION, np.full((1, 6), MOTION, np.uint8))
    np.testing.assert_array_equal(same, np.full((1, 6), MOTION))
    assert mask.dtype == same.dtype == np.uint8


def test_holes_are_filled_from_around_and_the_rest_is_kept(picture):
    known = np.ones((40, 50), np.float32)
    known[10:25, 10:40] = 0
    filled = fill_hole(picture, known)
    np.testing.assert_allclose(filled[known == 1], picture[known == 1], atol=1e-6)
    assert filled.shape == picture.shape and filled.min() >= 0 and filled.max() <= 1.0001
    flat = np.where(known[..., None] > 0, np.float32(0.7), np.float32(99))
    np.testing.assert_allclose(fill_hole(flat, known), 0.7, rtol=1e-5)
    assert (fill_hole(picture, np.zeros_like(known)) == 0).all()


def test_hole_takes_the_colour_of_its_own_side():
    image = np.zeros((32, 32, 1), np.float32)
    image[:, 16:] = 1
    known = np.ones((32, 32), np.float32)
    known[12:20, 4:28] = 0
    filled = fill_hole(image, known)[..., 0]
    assert filled[16, 5] < 0.3 < 0.7 < filled[16, 26]


def test_defocus_grows_with_depth():
    linear = np.random.default_rng(0).random((60, 90, 3), np.float32)
    disparity = np.repeat(np.float32([0, 5, 10]), 30)[None].repeat(60, axis=0)
    result, mask = layered_defocus(linear, disparity, focus=10, strength=0.5, layers=10)
    deviations = [result[:, box].std() for box in (slice(5, 25), slice(35, 55), slice(65, 85))]
    assert deviations[0] < deviations[1] < deviations[2]
    np.testing.assert_array_equal(
        mask[:, [10, 45, 80]], np.tile(np.uint8([DEFOCUS, DEFOCUS, SHARP]), (60, 1))
    )
    np.testing.assert_allclose(result[:, 65:85], linear[:, 65:85], atol=1e-5)


def test_everything_in_focus_stays_as_it_is(picture):
    flat = np.full(picture.shape[:2], 3, np.float32)
    result, mask = layered_defocus(picture, flat, focus=3, strength=5)
    np.testing.assert_allclose(result, picture, atol=1e-5)
    assert (mask == SHARP).all()


def test_mattes_have_the_area_of_their_shape():
    square = np.array([[4.5, 4.5], [4.5, 14.5], [14.5, 14.5], [14.5, 4.5]])
    assert mattes.polygon(square, 20, 30).sum() == pytest.approx(100, rel=0.1)
    round_one = mattes.ellipse(60, 80, (30, 40), (20, 10), 30)
    assert round_one.sum() == pytest.approx(np.pi * 200, rel=0.05)
    rows, columns = np.indices(round_one.shape)
    slope = (round_one * (rows - 30) * (columns - 40)).sum()
    assert slope < 0  # anticlockwise: columns grow while rows shrink
    circle = mattes.blob(np.random.default_rng(0), 60, 80, (30, 40), 15, roughness=0)
    assert circle.sum() == pytest.approx(np.pi * 225, rel=0.05)


def test_blobs_are_soft_random_and_may_leave_the_frame():
    blob = mattes.blob(np.random.default_rng(3), 40, 40, (0, 0), 12)
    again = mattes.blob(np.random.default_rng(3), 40, 40, (0, 0), 12)
    np.testing.assert_array_equal(blob, again)
    assert blob.dtype == np.float32 and blob.min() == 0 and blob.max() == 1
    assert ((blob > 0) & (blob < 1)).any()
    assert 0 < blob.sum() < np.pi * 144 / 2
