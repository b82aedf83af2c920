"""Which objects and photos are taken."""

import cv2
import numpy as np
import pytest

pytest.importorskip("tensorflow_datasets")

from keras_blur.errors import BlurError
from keras_blur.synthesis import kernels
from keras_blur.synthesis.blur import blur_photo
from tfds_builders import dummy
from tfds_builders.objects import is_sharp_all_over, is_usable, sharp_objects, sharp_photos


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


def test_only_the_largest_part_of_a_mask_counts(photo):
    image, mask = photo
    image = np.where(mask[..., None], image, blur_photo(image, kernels.gaussian(3)))
    mask[5:25, 80:115] = True  # a smaller part that is soft
    assert is_usable(image, mask)
    mask[2:28, 5:115] = True  # a larger one
    assert not is_usable(image, mask)


def test_a_photo_has_one_split_as_object_and_as_background(tmp_path):
    folder = dummy.make_objects(tmp_path / "objects")
    photos, objects = sharp_photos(folder), sharp_objects(folder)
    assert photos == objects  # all can be used for both
    path = objects["validation"][0].image
    cv2.imwrite(str(path), cv2.blur(cv2.imread(str(path)), (9, 9)))
    for chosen, what in ((sharp_objects, "usable objects"), (sharp_photos, "photos that are sharp all over")):
        with pytest.raises(BlurError, match=f"has 11 {what} and none of them for validation: .* add more"):
            chosen(folder)


def test_flat_tiles_say_nothing_against_a_photo(photo):
    image = photo[0].copy()
    assert is_sharp_all_over(image)
    image[:30] = 128
    assert is_sharp_all_over(image)
    assert not is_sharp_all_over(np.full_like(image, 128))
