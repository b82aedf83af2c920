"""The field of motions: with a network that answers as told, and one that measures directions."""

import cv2
import keras
import numpy as np
import pytest

from keras_blur import models, systems
from keras_blur.synthesis import kernels, motions
from keras_blur.synthesis.blur import blur_photo
from keras_blur.systems.sun2015 import MotionField
from keras_blur.systems.weights import save_network

CONTRACT = models.contract("sun2015", stride=4)
LENGTH = 15  # pixels


def photo(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def texture(height, width):
    """Noise without a direction, coarser than a pixel, so that turning it is exact."""
    smooth = cv2.GaussianBlur(photo(height, width).astype(np.float32), (0, 0), 2)
    return np.clip(128 + 6 * (smooth - smooth.mean()), 0, 255).astype(np.uint8)


def certain(label):
    """A network that always answers with one class."""
    network = models.build("sun2015", width=1 / 16)
    bias = np.zeros(motions.COUNT)
    bias[label] = 50
    network.set_weights([w * 0 for w in network.get_weights()[:-1]] + [bias])
    return network


class Directions:
    """Instead of the network: the motion along which the patches change least, all of one length."""

    side, stride, weights = 30, 4, 0

    def probabilities(self, image):
        """As `PatchSystem.probabilities`, with the eigenvector of the gradients' covariance."""
        grey = image.mean(axis=-1)
        down, right = np.gradient(grey)
        products = np.stack([right * right, right * down, down * down], axis=-1)
        padded = np.pad(products, ((15, 19), (15, 19), (0, 0)), mode="reflect")
        windows = np.lib.stride_tricks.sliding_window_view(padded, (30, 30), axis=(0, 1))
        counts = [-(-side // 4) for side in image.shape[:2]]
        xx, xy, yy = np.moveaxis(windows[2::4, 2::4][: counts[0], : counts[1]].mean(axis=(-2, -1)), -1, 0)
        along = np.rad2deg(-0.5 * np.arctan2(2 * xy, xx - yy)) + 90  # anticlockwise, of the least change
        lengths, angles = np.array(motions.MOTIONS).T
        off = np.abs((along[..., None] - angles + 90) % 180 - 90)
        odds = np.where(lengths == LENGTH, np.exp(-((off / 4) ** 2)), 0) + 1e-9
        return (odds / odds.sum(axis=-1, keepdims=True)).astype(np.float32)


def measured(**options):
    system = MotionField(certain(0), CONTRACT, **options)
    system._patches = Directions()
    return system


def directions(field):
    """Mean direction of a field, in degrees from 0 to 180; at twice the angle a reverse is the same."""
    u, v = field[6:-6, 6:-6].reshape(-1, 2).T
    doubled = np.exp(2j * np.arctan2(-v, u)).mean()
    return np.rad2deg(np.angle(doubled)) / 2 % 180


@pytest.mark.parametrize("label", [0, 1, 40, 72])
def test_a_pure_class_gives_its_vector_everywhere(label):
    system = MotionField(certain(label), CONTRACT, turns=(0,))
    system._patches.network.run_eagerly = True
    image = photo(40, 52)
    expected = motions.vectors(np.array(motions.MOTIONS[label], np.float32))
    np.testing.assert_allclose(system.field(image), np.broadcast_to(expected, (10, 13, 2)), atol=1e-4)
    blurred = motions.MOTIONS[label][0] > system.least_length
    np.testing.assert_allclose(system.blur_map(image)[..., 1], blurred, atol=1e-3)


@pytest.mark.parametrize("angle", [0, 12, 48, 90, 156])
def test_turned_photos_tell_angles_between_the_classes(angle):
    image = blur_photo(texture(120, 128), kernels.line(LENGTH, angle))
    found = directions(measured(smoothness=0.0).field(image))
    assert abs((found - angle + 90) % 180 - 90) < 4


def test_without_turns_only_the_classes_are_told():
    image = blur_photo(texture(120, 128), kernels.line(LENGTH, 12))
    field = measured(smoothness=0.0, turns=(0,)).field(image)
    angles = np.rad2deg(np.arctan2(-field[..., 1], field[..., 0])) % 180
    assert set(np.rint(angles).astype(int).ravel() % 180) <= set(motions.ANGLES)


def test_turning_the_photo_by_a_right_angle_turns_the_field():
    image = blur_photo(texture(120, 120), kernels.line(LENGTH, 24))
    system = measured()
    before, after = system.field(image), system.field(np.ascontiguousarray(np.rot90(image)))
    turn = directions(after) - directions(before)
    assert abs(turn % 180 - 90) < 2
    np.testing.assert_allclose(np.hypot(*np.moveaxis(before, -1, 0)), LENGTH, atol=1e-3)


def test_overlapping_patches_are_averaged():
    """A cell's answer is the mean over the 7x7 patches that cover its middle; fewer at the borders."""
    system = MotionField(certain(0), CONTRACT)
    cells = np.zeros((12, 12, 73), np.float32)
    cells[..., 0] = 1
    cells[6, 6] = np.eye(73)[5]
    mean = system._overlapping(cells)
    assert np.argwhere(mean[..., 5] > 0).min(axis=0).tolist() == [3, 3]
    assert np.argwhere(mean[..., 5] > 0).max(axis=0).tolist() == [9, 9]
    np.testing.assert_allclose(mean[3:9, 3:9, 5], 1 / 49, rtol=1e-4)
    np.testing.assert_allclose(mean.sum(axis=-1), 1, atol=1e-6)


def test_smoothing_removes_a_stray_motion():
    system = MotionField(certain(0), CONTRACT, turns=(0,), smoothness=0.01)
    cells = np.full((9, 9, 73), 0.3 / 72, np.float32)
    cells[..., 43] = 0.7
    cells[4, 4] = np.roll(cells[4, 4], 25)
    system.probabilities = lambda _: cells
    assert (system.field(photo(36, 36)) == system.field(photo(36, 36))[0, 0]).all()
    system.smoothness = 0.0
    assert (system.field(photo(36, 36))[4, 4] != system.field(photo(36, 36))[0, 0]).any()


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (33, 47)])
def test_any_size_gives_a_map(size):
    system = MotionField(certain(30), CONTRACT, turns=(0, 6))
    system._patches.network.run_eagerly = True
    blur_map = system.blur_map(photo(*size))
    assert blur_map.shape == (*(-(-side // 4) for side in size), 2) and blur_map.dtype == np.float32
    np.testing.assert_allclose(blur_map.sum(axis=-1), 1, atol=1e-5)


def test_a_run_is_loaded_as_a_field(tmp_path):
    keras.utils.set_random_seed(0)
    network = models.build("sun2015", width=1 / 16)
    save_network(tmp_path / "best", "sun2015", {"width": 1 / 16}, network, CONTRACT)
    system = systems.load(tmp_path)
    assert isinstance(system, MotionField) and system.num_params == network.count_params()
    assert len(system.motions) == 361
