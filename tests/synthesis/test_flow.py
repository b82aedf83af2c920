import cv2
import numpy as np
import pytest

from keras_blur.synthesis import kernels
from keras_blur.synthesis.blur import blur
from keras_blur.synthesis.flow import Flow
from keras_blur.synthesis.truth import blur_size, covariance

SIZE = (90, 120)
MIDDLE = (59.5, 44.5)  # column, row


@pytest.fixture
def picture():
    noise = np.random.default_rng(0).random((*SIZE, 3), np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 1)


def test_the_motion_is_a_steady_one():
    flow = Flow(MIDDLE, (12, -5), turn=0.4, growth=0.2)
    whole, half = (np.vstack([flow.matrix(time), (0, 0, 1)]) for time in (0.5, 0.25))
    np.testing.assert_allclose(half @ half, whole, atol=1e-9)
    np.testing.assert_allclose(flow.matrix(0), [[1, 0, 0], [0, 1, 0]], atol=1e-12)
    for row, column in ((0, 0), (80, 20), (10, 119)):
        step = 1e-5 * flow.velocity(*SIZE)[row, column][::-1]
        moved = flow.matrix(1e-5) @ (column, row, 1)
        np.testing.assert_allclose(moved - (column, row), step, atol=1e-7)


def test_a_turn_is_anticlockwise_and_growth_outwards():
    right = (44, 100)  # row, column: right of the middle
    assert Flow(MIDDLE, turn=0.1).velocity(*SIZE)[right][0] < -3  # upwards: rows shrink
    assert Flow(MIDDLE, growth=0.1).velocity(*SIZE)[right][1] > 3


def test_a_shift_alone_is_a_line(picture):
    for shift, angle in (((17, 0), 0), ((0, 17), 90), ((12, -12), 45)):
        flow, line = Flow(MIDDLE, shift), kernels.line(np.hypot(*shift), angle)
        inner = np.s_[15:-15, 15:-15]
        np.testing.assert_allclose(flow.expose(picture)[inner], blur(picture, line)[inner], atol=0.015)
        size = blur_size(flow.covariance(*SIZE))
        np.testing.assert_allclose(size, blur_size(covariance(line)), rtol=0.01)


def test_light_is_spread_as_far_as_the_covariance_says():
    flow = Flow(MIDDLE, (3, 0), turn=0.3)
    for row, column in ((20, 60), (44, 100), (70, 30)):
        point = np.zeros(SIZE, np.float32)
        point[row, column] = 1
        spread = flow.expose(point)
        rows, columns = np.indices(SIZE)
        weight = spread / spread.sum()
        found = [
            (weight * (a - (weight * a).sum()) * (b - (weight * b).sum())).sum()
            for a, b in ((rows, rows), (columns, columns), (rows, columns))
        ]
        np.testing.assert_allclose(found, flow.covariance(*SIZE)[row, column], atol=0.5)


def test_what_stands_still_stays_sharp(picture):
    turned = Flow(MIDDLE, turn=0.5).expose(picture)
    middle, corner = np.s_[43:47, 58:62], np.s_[:15, :15]
    assert np.abs(turned - picture)[middle].mean() < 0.02
    assert turned[corner].std() < 0.6 * picture[corner].std()


def test_light_is_kept_and_never_negative():
    light = np.zeros((*SIZE, 3), np.float32)
    light[40:50, 50:70] = 30
    exposed = Flow(MIDDLE, (20, 10), turn=0.4, growth=0.1).expose(light, cv2.BORDER_CONSTANT)
    assert exposed.min() >= 0 and exposed.sum() == pytest.approx(light.sum(), rel=0.05)
    still = np.ones((5, 7), np.float32)
    np.testing.assert_array_equal(Flow((3, 2)).expose(still), still)
