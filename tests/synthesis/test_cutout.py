import numpy as np
import pytest

from keras_blur.synthesis.cutout import Cutout, cut_out, placed


def photo_with_square():
    """A red square of 20 x 30 pixels with a white rim on green."""
    image = np.zeros((60, 80, 3), np.uint8)
    image[..., 1] = 200
    image[20:40, 30:60] = 255
    image[22:38, 32:58] = (200, 0, 0)
    mask = np.zeros((60, 80), bool)
    mask[20:40, 30:60] = True
    return image, mask


def test_no_rim_of_the_old_background_is_left():
    cutout = cut_out(*photo_with_square())
    visible = cutout.matte > 0.02
    assert cutout.colours[visible][:, 1:].max() < 1e-4  # neither white nor green
    assert cutout.colours.dtype == cutout.matte.dtype == np.float32
    assert cutout.colours.shape == (*cutout.matte.shape, 3)
    assert ((cutout.matte > 0.1) & (cutout.matte < 0.9)).any() and cutout.matte.max() <= 1.0001
    assert not cutout.cut


def test_largest_part_is_taken_and_too_thin_ones_are_not():
    image, mask = photo_with_square()
    mask[2:8, 2:8] = True
    assert cut_out(image, mask).matte.shape[1] > 20
    thin = np.zeros_like(mask)
    thin[10:13] = True
    thin[:, :20] = False
    assert cut_out(image, thin & (np.arange(80) < 60)) is None
    assert cut_out(image, np.zeros_like(mask)) is None


@pytest.mark.parametrize(
    ("side", "box"),
    [
        ("top", np.s_[:30, 20:50]),
        ("bottom", np.s_[30:, 20:50]),
        ("left", np.s_[10:40, :40]),
        ("right", np.s_[10:40, 40:]),
    ],
)
def test_objects_that_the_frame_cut_stay_at_its_side(side, box):
    mask = np.zeros((60, 80), bool)
    mask[box] = True
    cutout = cut_out(np.full((60, 80, 3), 90, np.uint8), mask)
    assert cutout.cut == {side}
    for seed in range(4):  # mirrored or not
        _, matte = placed(np.random.default_rng(seed), cutout, 70, 90, 0.4)
        borders = {
            "top": matte[0].max(),
            "bottom": matte[-1].max(),
            "left": matte[:, 0].max(),
            "right": matte[:, -1].max(),
        }
        touched = {name for name, value in borders.items() if value > 0.5}
        assert touched == ({side} if side in ("top", "bottom") else touched & {"left", "right"})
        assert touched


def test_placed_objects_have_the_size_asked_for_and_are_not_enlarged():
    cutout = Cutout(np.ones((20, 40, 3), np.float32), np.ones((20, 40), np.float32))
    rng = np.random.default_rng(0)
    _, matte = placed(rng, cutout, 100, 100, 0.2)
    assert matte.sum() == pytest.approx(10 * 20)
    _, matte = placed(rng, cutout, 400, 400, 0.8)
    assert matte.sum() == pytest.approx(20 * 40)
    _, matte = placed(rng, cutout, 400, 400, 0.8, largest_scale=1.5)
    assert matte.sum() == pytest.approx(30 * 60)


def test_placing_follows_the_seed():
    cutout = cut_out(*photo_with_square())
    first, again, other = (placed(np.random.default_rng(seed), cutout, 90, 90, 0.3) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first[0], again[0])
    assert (first[1] != other[1]).any()
