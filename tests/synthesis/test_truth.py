import numpy as np
import pytest

from keras_blur.labels import DEFOCUS, MOTION, SHARP, VOID
from keras_blur.synthesis import kernels
from keras_blur.synthesis.flow import Flow
from keras_blur.synthesis.truth import UNKNOWN_SIZE, Truth, blur_size, classify, covariance

NONE = np.zeros(3, np.float32)


@pytest.mark.parametrize("angle", [0, 30, 45, 90, 135])
def test_size_of_a_line_is_its_length(angle):
    size = blur_size(covariance(kernels.line(20, angle)))
    # Spreading over neighbouring pixels adds at most 1/4 pixel^2: sqrt(400 + 12 / 4) = 20.07.
    assert 19.95 < size < 20.1


def test_size_of_a_disc_and_of_no_blur():
    # Variance r^2 / 4 in every direction, plus the pixel's own 1/12: sqrt(12 (25 + 1/12)) = 17.35 for r = 10.
    assert blur_size(covariance(kernels.disc(10))) == pytest.approx(17.35, abs=0.1)
    assert blur_size(covariance(kernels.identity())) == 0


def test_covariances_of_blurs_in_a_row_add_up():
    lines = [covariance(kernels.line(12, angle)) for angle in (0, 90)]
    assert blur_size(lines[0] + lines[1]) == pytest.approx(12, abs=0.3)  # across: no longer in any direction
    assert blur_size(lines[0] + lines[0]) == pytest.approx(12 * np.sqrt(2), abs=0.3)


def test_classes_by_size():
    motion = np.array([0, 1, 2, 10, 10, 6, 0.0])
    defocus = np.array([0, 0, 0, 0, 5, 5, 8.0])
    np.testing.assert_array_equal(
        classify(motion, defocus), [SHARP, SHARP, VOID, MOTION, MOTION, VOID, DEFOCUS]
    )


def test_objects_cover_what_is_behind():
    truth = Truth.sharp(1, 5)
    truth.blur(DEFOCUS, kernels.disc(4))
    assert (truth.mask() == DEFOCUS).all()
    alpha = np.float32([[0, 0.05, 0.3, 0.6, 1]])
    truth.cover(alpha, covariance(kernels.line(15, 0)), NONE)
    np.testing.assert_array_equal(truth.mask(), [[DEFOCUS, DEFOCUS, VOID, MOTION, MOTION]])
    sizes = truth.sizes()
    assert sizes[0, 2] == UNKNOWN_SIZE and sizes[0, 4] == pytest.approx(4 * 15, abs=1)
    truth.cover(alpha, NONE, NONE)
    np.testing.assert_array_equal(truth.mask(), [[DEFOCUS, DEFOCUS, VOID, SHARP, SHARP]])
    assert truth.sizes()[0, 4] == 0


def test_layers_of_one_class_do_not_mix():
    truth = Truth.sharp(1, 3)
    truth.cover(np.float32([[0, 0.3, 1]]), NONE, NONE)
    assert (truth.mask() == SHARP).all()


def test_shaking_everything_moves_and_mixes():
    truth = Truth.sharp(40, 60)
    alpha = np.zeros((40, 60), np.float32)
    alpha[:, 30:] = 1
    truth.cover(alpha, NONE, covariance(kernels.disc(20)))
    truth.blur(MOTION, kernels.line(9, 0))
    mask = truth.mask()
    assert (mask[:, :25] == MOTION).all() and (mask[:, 35:] == DEFOCUS).all()
    assert (mask[:, 28:32] == VOID).all()
    assert truth.sizes()[20, 5] == pytest.approx(4 * 9, abs=1)


def test_blur_of_real_cameras_has_a_class_but_no_size():
    truth = Truth.sharp(1, 4)
    truth.given = np.uint8([[SHARP, MOTION, DEFOCUS, DEFOCUS]])
    np.testing.assert_array_equal(truth.mask(), truth.given)
    np.testing.assert_array_equal(truth.sizes(), [[0, UNKNOWN_SIZE, UNKNOWN_SIZE, UNKNOWN_SIZE]])


def test_a_second_blur_of_the_other_kind_leaves_doubt():
    truth = Truth.sharp(1, 60)
    truth.given = np.uint8([[SHARP] * 20 + [MOTION] * 20 + [DEFOCUS] * 20])
    truth.blur(DEFOCUS, kernels.disc(3))
    mask, sizes = truth.mask()[0], truth.sizes()[0]
    assert (mask[:15] == DEFOCUS).all() and (sizes[:15] < UNKNOWN_SIZE).all()
    assert (mask[20:40] == VOID).all()
    assert (mask[45:] == DEFOCUS).all() and (sizes[45:] == UNKNOWN_SIZE).all()


def test_huge_sizes_do_not_become_unknown():
    truth = Truth.sharp(2, 2)
    truth.blur(MOTION, kernels.line(200, 0))
    assert (truth.sizes() == UNKNOWN_SIZE - 1).all()


def test_what_turns_is_sharp_in_its_middle():
    truth, flow = Truth.sharp(81, 121), Flow((60, 40), turn=0.3)
    truth.spread(MOTION, flow.covariance(81, 121))
    mask = truth.mask()
    assert mask[40, 60] == SHARP and mask[40, 20] == mask[5, 60] == MOTION
    assert truth.sizes()[40, 100] == pytest.approx(4 * 0.3 * 40, abs=1)
    other = Truth.sharp(81, 121)
    other.cover(np.ones((81, 121), np.float32), flow.covariance(81, 121), NONE)
    np.testing.assert_array_equal(other.mask(), mask)
