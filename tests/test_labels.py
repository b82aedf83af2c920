import numpy as np
import pytest

from keras_blur import labels

BINARY = np.array([[0, 127], [128, 255]], np.uint8)


@pytest.mark.parametrize(("blur_type", "number"), [("motion", 1), ("defocus", 2)])
def test_binary_masks_become_ids(blur_type, number):
    mask = labels.mask_from_binary(BINARY, blur_type)
    assert mask.dtype == np.uint8
    np.testing.assert_array_equal(mask, [[0, 0], [number, number]])


def test_colour_masks_are_read_by_their_brightest_channel_and_alpha_is_ignored():
    rgba = np.stack([BINARY // 3, BINARY, BINARY // 2, np.full_like(BINARY, 255)], axis=-1)
    expected = labels.mask_from_binary(BINARY, "motion")
    np.testing.assert_array_equal(labels.mask_from_binary(rgba, "motion"), expected)
    np.testing.assert_array_equal(labels.mask_from_binary(rgba[..., :3], "motion"), expected)


def test_wrong_types_and_shapes_are_refused():
    with pytest.raises(ValueError, match="blur_type"):
        labels.mask_from_binary(BINARY, "sharp")
    with pytest.raises(ValueError, match="shape"):
        labels.mask_from_binary(BINARY[0], "motion")


def test_blurred_probability_sums_the_types():
    blur_map = np.array([[[0.5, 0.2, 0.3], [1, 0, 0]]], np.float32)
    np.testing.assert_allclose(labels.blurred_probability(blur_map), [[0.5, 0]])


@pytest.mark.parametrize(
    ("ids", "expected"),
    [([0, 255], "sharp"), ([1, 0], "motion"), ([2], "defocus"), ([1, 2], "mixed"), ([255], "sharp")],
)
def test_photo_types_follow_from_the_mask(ids, expected):
    assert labels.photo_type(np.array([ids], np.uint8)) == expected


def test_ids_index_the_class_names():
    assert labels.CLASS_NAMES[labels.SHARP] == "sharp"
    assert labels.CLASS_NAMES[labels.MOTION] == "motion"
    assert labels.CLASS_NAMES[labels.DEFOCUS] == "defocus"
    assert set(labels.COLOURS) >= set(labels.CLASS_NAMES)
    assert labels.VOID not in range(len(labels.CLASS_NAMES))
