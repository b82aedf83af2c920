"""The verdict by property: what it must not depend on, and what it must answer to."""

import json

import numpy as np
import pytest

from keras_blur.verdict import GRID, WARN_SCORE, WINDOW, assess

SHARP, MOTION, DEFOCUS = np.eye(3)


def flat(probabilities, height=40, width=60):
    return np.broadcast_to(np.asarray(probabilities, np.float64), (height, width, len(probabilities))).copy()


def random_map(seed, height=43, width=61, channels=3):
    """Smooth random regions, near certain in their middle."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((5, 7, channels)) ** 4
    rows, columns = (np.arange(n) * m // n for n, m in ((height, 5), (width, 7)))
    raw = coarse[rows][:, columns] + 0.02 * rng.random((height, width, channels)) + 1e-3
    return raw / raw.sum(axis=-1, keepdims=True)


def assert_same(one, other, box=True):
    for name in ("score", "blurred_share", "motion_share", "defocus_share"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), abs=1e-6), name
    assert (other.warn, other.reason) == (one.warn, one.reason)
    if box:
        assert other.sharp_box == pytest.approx(one.sharp_box)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("channels", [2, 3])
def test_the_size_of_the_map_does_not_count(seed, channels):
    blur_map = random_map(seed, channels=channels)
    for times in (2, 3):
        assert_same(assess(blur_map), assess(blur_map.repeat(times, axis=0).repeat(times, axis=1)))
    assert_same(assess(blur_map), assess(blur_map.repeat(2, axis=1)))  # nor its aspect


@pytest.mark.parametrize("seed", range(8))
def test_turning_and_mirroring_does_not_count(seed):
    blur_map = random_map(seed)
    verdict = assess(blur_map)
    assert_same(verdict, assess(blur_map.swapaxes(0, 1)), box=False)
    assert_same(verdict, assess(blur_map[::-1]), box=False)
    assert_same(verdict, assess(blur_map[:, ::-1]), box=False)


def test_the_box_turns_with_the_photo():
    blur_map = flat(DEFOCUS, 60, 60)
    blur_map[6:30, 12:36] = SHARP
    assert assess(blur_map).sharp_box == pytest.approx((0.1, 0.2, 0.4, 0.4))
    assert assess(blur_map.swapaxes(0, 1)).sharp_box == pytest.approx((0.2, 0.1, 0.4, 0.4))
    assert assess(blur_map[:, ::-1]).sharp_box == pytest.approx((0.1, 0.4, 0.4, 0.4))


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (8, 8), (300, 7), (29, 31)])
def test_flat_maps_of_any_size(size):
    sharp = assess(flat(SHARP, *size))
    assert sharp.score == pytest.approx(0) and not sharp.warn and sharp.reason == "none"
    assert sharp.sharp_box == pytest.approx((0, 0, 1, 1))
    blurred = assess(flat(MOTION, *size))
    assert blurred.score == pytest.approx(1) and blurred.warn and blurred.reason == "motion"
    assert blurred.sharp_box is None


@pytest.mark.parametrize("place", [(0, 0), (0, 48), (32, 48), (16, 24)])
def test_a_sharp_subject_of_a_fifth_of_the_sides_is_enough(place):
    row, column = place
    blur_map = flat(DEFOCUS)
    blur_map[row : row + 8, column : column + 12] = SHARP
    verdict = assess(blur_map)
    assert verdict.score == pytest.approx(0)
    assert not verdict.warn
    assert verdict.blurred_share == pytest.approx(1 - 0.04)


def test_a_smaller_subject_raises_the_score_by_its_missing_area():
    blur_map = flat(DEFOCUS, 60, 60)
    blur_map[:12, :6] = SHARP  # half a window
    assert assess(blur_map).score == pytest.approx(0.5)


def test_the_score_falls_as_sharpness_grows():
    scores = [assess(flat([p, (1 - p) / 2, (1 - p) / 2])).score for p in np.linspace(0, 1, 11)]
    np.testing.assert_allclose(scores, np.linspace(1, 0, 11))


def test_warn_is_above_the_threshold_only():
    assert not assess(flat([1 - WARN_SCORE, WARN_SCORE, 0])).warn
    assert assess(flat([1 - WARN_SCORE - 0.01, WARN_SCORE + 0.01, 0])).warn


@pytest.mark.parametrize(
    ("probabilities", "reason"),
    [
        ((0.1, 0.9, 0.0), "motion"),
        ((0.1, 0.0, 0.9), "defocus"),
        ((0.1, 0.4, 0.5), "defocus"),
        ((0.6, 0.4, 0.0), "none"),
        ((0.1, 0.9), "blur"),
        ((0.9, 0.1), "none"),
    ],
)
def test_reasons(probabilities, reason):
    assert assess(flat(probabilities)).reason == reason


@pytest.mark.parametrize(
    ("rows", "reason"), [(0, "defocus"), (9, "defocus"), (10, "both"), (20, "both"), (21, "motion")]
)
def test_both_is_a_third_of_each(rows, reason):
    blur_map = flat(DEFOCUS, 30, 30)
    blur_map[:rows] = MOTION
    assert assess(blur_map).reason == reason


def test_shares_are_areas_and_add_up():
    blur_map = flat(SHARP, 40, 100)
    blur_map[:, :30] = MOTION
    blur_map[:, 30:50] = DEFOCUS
    verdict = assess(blur_map)
    assert verdict.motion_share == pytest.approx(0.3)
    assert verdict.defocus_share == pytest.approx(0.2)
    assert verdict.blurred_share == pytest.approx(0.5)


def test_shares_follow_the_systems_threshold():
    blur_map = flat([0.6, 0.3, 0.1])
    assert assess(blur_map).blurred_share == 0
    assert assess(blur_map, blurred_threshold=0.35).motion_share == 1


def test_binary_maps_have_no_types():
    verdict = assess(flat([0.2, 0.8]))
    assert verdict.blurred_share == 1 and verdict.motion_share is None and verdict.defocus_share is None


def test_a_region_decides():
    blur_map = flat(SHARP, 60, 60)
    blur_map[:30, :30] = MOTION
    blur_map[30:, 30:] = DEFOCUS
    assert not assess(blur_map).warn
    tapped = assess(blur_map, region=(0, 0, 0.5, 0.5))
    assert tapped.score == pytest.approx(1) and tapped.reason == "motion"
    assert assess(blur_map, region=(0.5, 0.5, 0.5, 0.5)).reason == "defocus"
    assert assess(blur_map, region=(0, 0.5, 0.5, 0.5)).score == pytest.approx(0)
    half = assess(blur_map, region=(0, 0.25, 0.5, 0.5))
    assert half.score == pytest.approx(0.5)
    assert half.sharp_box == pytest.approx((0, 0.5, 0.5, 0.25))
    assert tapped.blurred_share == pytest.approx(0.5)  # always of the whole photo


def test_a_region_smaller_than_a_pixel_of_the_map():
    blur_map = flat(SHARP, 4, 4)
    blur_map[1, 2] = MOTION
    assert assess(blur_map, region=(0.3, 0.55, 0.01, 0.01)).score == pytest.approx(1)
    assert assess(blur_map, region=(0.3, 0.8, 0.01, 0.01)).score == pytest.approx(0)


def test_the_whole_photo_as_region_is_its_mean():
    blur_map = random_map(3)
    assert assess(blur_map, region=(0, 0, 1, 1)).score == pytest.approx(1 - blur_map[..., 0].mean())


def test_the_box_holds_only_what_hangs_together():
    blur_map = flat(DEFOCUS, 60, 60)
    blur_map[4:24, 4:34] = SHARP
    blur_map[40:44, 50:58] = SHARP  # apart from it
    assert assess(blur_map).sharp_box == pytest.approx((4 / 60, 4 / 60, 20 / 60, 30 / 60))


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 4)), np.zeros((4, 4, 1)), np.zeros((0, 4, 3)), np.full((4, 4, 3), np.nan)]
)
def test_what_is_no_blur_map_is_refused(wrong):
    with pytest.raises(ValueError, match="blur_map: expected"):
        assess(wrong)


@pytest.mark.parametrize(
    "region", [(0, 0, 0, 1), (0.5, 0, 0.6, 1), (-0.1, 0, 0.5, 0.5), (0, 0, 1, float("nan"))]
)
def test_wrong_regions_are_refused(region):
    with pytest.raises(ValueError, match="region: expected"):
        assess(flat(SHARP), region=region)


def test_verdicts_become_json():
    for probabilities in ((1, 0, 0), (0, 1, 0), (0.3, 0.7)):
        verdict = assess(flat(np.float32(probabilities)).astype(np.float32))
        assert json.loads(json.dumps(verdict.to_dict()))["score"] == verdict.score


def test_a_window_is_a_fifth():
    assert WINDOW / GRID == 0.2
