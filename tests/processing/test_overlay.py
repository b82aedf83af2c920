import numpy as np
import pytest

from keras_blur.labels import COLOURS
from keras_blur.processing import add_legend, overlay
from keras_blur.processing.overlay import UNTYPED

IMAGE = np.random.default_rng(0).integers(60, 200, (80, 120, 3), dtype=np.uint8)


def flat_map(*probabilities):
    return np.broadcast_to(np.float32(probabilities), (4, 6, len(probabilities)))


def half_map():
    """Left half sharp, right half motion-blurred."""
    blur_map = np.zeros((8, 12, 3), np.float32)
    blur_map[:, :6, 0] = blur_map[:, 6:, 1] = 1
    return blur_map


def test_sharp_photos_stay_untouched():
    np.testing.assert_array_equal(overlay(IMAGE, flat_map(1, 0, 0)), IMAGE)
    np.testing.assert_array_equal(overlay(IMAGE, flat_map(0.75, 0.2, 0.05)), IMAGE)


@pytest.mark.parametrize(
    ("probabilities", "colour"),
    [((0, 1, 0), COLOURS["motion"]), ((0, 0, 1), COLOURS["defocus"]), ((0, 1), UNTYPED)],
)
def test_blur_is_drawn_towards_its_colour(probabilities, colour):
    drawn = overlay(IMAGE, flat_map(*probabilities)).astype(float)
    before, after = (np.linalg.norm(picture - colour, axis=-1) for picture in (IMAGE, drawn))
    assert (after < before).all()
    assert np.corrcoef(drawn[..., 0].ravel(), IMAGE[..., 0].ravel())[0, 1] > 0.99  # still the photo


def test_tint_grows_with_probability():
    changes = [
        abs(overlay(IMAGE, flat_map(1 - p, p, 0)).astype(int) - IMAGE).mean() for p in (0.3, 0.5, 0.7, 0.9)
    ]
    assert changes == sorted(changes) and changes[0] == 0 and changes[1] > 0


def test_the_line_runs_along_the_boundary_and_not_along_the_photos_edge():
    grey = np.full((80, 120, 3), 128, np.uint8)
    drawn = overlay(grey, half_map()).astype(int)
    inside = drawn[:, -1:]  # plain tint, at the photo's edge too
    assert abs(drawn[:, -10:] - inside).max() == 0
    boundary = drawn[:, 52:64].sum(axis=-1).max(axis=1)
    assert (boundary > drawn[:, -1].sum(axis=-1) + 30).all()
    assert (drawn[:, :40] == 128).all()


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (1, 50), (33, 7)])
def test_any_size(size):
    image = np.zeros((*size, 3), np.uint8)
    assert overlay(image, half_map()).shape == image.shape


def test_the_photo_itself_is_not_changed():
    before = IMAGE.copy()
    overlay(IMAGE, flat_map(0, 1, 0))
    np.testing.assert_array_equal(IMAGE, before)


def test_legend_is_a_strip_below_with_the_colours():
    wide = np.zeros((100, 640, 3), np.uint8)
    drawn = add_legend(wide, {"motion": "motion blur 3%", "defocus": "out of focus 5%"}, "score 0.50")
    np.testing.assert_array_equal(drawn[:100], wide)
    strip = drawn[100:].reshape(-1, 3).tolist()
    assert list(COLOURS["motion"]) in strip and list(COLOURS["defocus"]) in strip
    assert drawn.shape[1] == 640 and 10 < drawn.shape[0] - 100 < 60


def test_no_legend_where_there_is_no_room():
    assert add_legend(IMAGE, {"motion": "motion blur"}, "note").shape == IMAGE.shape
