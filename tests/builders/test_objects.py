"""Which objects and photos are taken."""

import numpy as np
import pytest

pytest.importorskip("tensorflow_datasets")

from keras_blur.synthesis import kernels
from keras_blur.synthesis.blur import blur_photo
from tfds_builders.objects import is_sharp_all_over, is_usable


@pytest.fixture
def photo():
    """Noise, and a mask of a square in its middle."""
    mask = np.zeros((90, 120), bool)
    mask[30:70, 40:80] = True
    return np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8), mask


def test_sharp_whole_objects_are_taken(photo):
    assert is_usable(*photo)


@pytest.mark.parametrize(
    "box",
    [
        np.s_[40:48, 40:48],  # tiny
        np.s_[:, 40:80],  # cut above and below
        np.s_[30:70, :],  # cut at both sides
        np.s_[40:47, 10:110],  # thin
        np.s_[:, :],  # the whole photo
        np.s_[:0, :0],  # nothing
    ],
)
def test_unfit_objects_are_not(photo, box):
    mask = np.zeros_like(photo[1])
    mask[box] = True
    assert not is_usable(photo[0], mask)


def test_objects_cut_at_one_side_are_taken(photo):
    mask = np.zeros_like(photo[1])
    mask[50:, 40:80] = True
    assert is_usable(photo[0], mask)


def test_soft_objects_and_photos_are_not_taken(photo):
    image, mask = photo
    soft = blur_photo(image, kernels.gaussian(3))
    assert not is_usable(soft, mask) and not is_sharp_all_over(soft)
    assert is_usable(np.where(mask[..., None], image, soft), mask)
    assert not is_sharp_all_over(np.where(mask[..., None], image, soft))


def test_flat_tiles_say_nothing_against_a_photo(photo):
    image = photo[0].copy()
    assert is_sharp_all_over(image)
    image[:30] = 128
    assert is_sharp_all_over(image)
    assert not is_sharp_all_over(np.full_like(image, 128))
