"""The verdict by property: what it must not depend on, and what it must answer to."""

import dataclasses
import itertools
import json

import numpy as np
import pytest

from keras_blur import systems
from keras_blur.contract import Calibration
from keras_blur.processing import limit_side, resize
from keras_blur.synthesis import kernels
from keras_blur.synthesis.blur import blur_photo
from keras_blur.verdict import (
    ENLARGED,
    GRID,
    HIDDEN_FOR,
    LEAST_CONTRAST,
    LONGEST_GAP,
    NOTHING_TO_JUDGE,
    QUIET_SCORE,
    SHARP_FINENESS,
    SHOWN_FOR,
    SMOOTHING,
    TOO_SMALL,
    TYPES,
    UNCALIBRATED,
    VANISH_AFTER,
    WARN_SCORE,
    WINDOW,
    Detail,
    Frames,
    around,
    assess,
    detail,
)

SHARP, MOTION, DEFOCUS = np.eye(3)


def judge(blur_map, region=None, **calibration):
    return assess(blur_map, Calibration(**calibration), region=region)


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
        assert_same(judge(blur_map), judge(blur_map.repeat(times, axis=0).repeat(times, axis=1)))
    assert_same(judge(blur_map), judge(blur_map.repeat(2, axis=1)))  # nor its aspect


@pytest.mark.parametrize("seed", range(8))
def test_turning_and_mirroring_does_not_count(seed):
    blur_map = random_map(seed)
    verdict = judge(blur_map)
    assert_same(verdict, judge(blur_map.swapaxes(0, 1)), box=False)
    assert_same(verdict, judge(blur_map[::-1]), box=False)
    assert_same(verdict, judge(blur_map[:, ::-1]), box=False)


def test_the_box_turns_with_the_photo():
    blur_map = flat(DEFOCUS, 60, 60)
    blur_map[6:30, 12:36] = SHARP
    assert judge(blur_map).sharp_box == pytest.approx((0.1, 0.2, 0.4, 0.4))
    assert judge(blur_map.swapaxes(0, 1)).sharp_box == pytest.approx((0.2, 0.1, 0.4, 0.4))
    assert judge(blur_map[:, ::-1]).sharp_box == pytest.approx((0.1, 0.4, 0.4, 0.4))


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (8, 8), (300, 7), (29, 31)])
def test_flat_maps_of_any_size(size):
    sharp = judge(flat(SHARP, *size))
    assert sharp.score == pytest.approx(0) and not sharp.warn and sharp.reason == "none"
    assert sharp.sharp_box == pytest.approx((0, 0, 1, 1))
    blurred = judge(flat(MOTION, *size))
    assert blurred.score == pytest.approx(1) and blurred.warn and blurred.reason == "motion"
    assert blurred.sharp_box is None


@pytest.mark.parametrize("place", [(0, 0), (0, 54), (36, 54), (16, 24)])
def test_a_sharp_subject_of_a_tenth_of_the_sides_is_enough(place):
    row, column = place
    blur_map = flat(DEFOCUS)
    blur_map[row : row + 4, column : column + 6] = SHARP
    verdict = judge(blur_map)
    assert verdict.score == pytest.approx(0)
    assert not verdict.warn
    assert verdict.blurred_share == pytest.approx(1 - 0.01)


def test_a_smaller_subject_raises_the_score():
    blur_map = flat(DEFOCUS, 60, 60)
    blur_map[:6, :3] = SHARP  # half a window
    assert judge(blur_map).score == pytest.approx(0.5)


def test_the_score_falls_as_sharpness_grows():
    scores = [judge(flat([p, (1 - p) / 2, (1 - p) / 2])).score for p in np.linspace(0, 1, 11)]
    assert scores[0] == 1 and scores[-1] == 0 and (np.diff(scores) < 0).all()


@pytest.mark.parametrize("even_odds", [0.002, 0.03, 0.5, 1, 4, 50])
def test_a_score_of_one_half_is_at_the_even_odds_and_warnings_are_above(even_odds):
    for times, warn in ((0.99, False), (1, None), (1.01, True)):
        blurred = times * even_odds / (1 + times * even_odds)
        verdict = judge(flat([1 - blurred, blurred, 0]), even_odds=even_odds)
        assert verdict.score == pytest.approx(WARN_SCORE, abs=1e-6 if times == 1 else 0.01)
        assert verdict.warn == warn or warn is None


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("even_odds", [0.03, 7])
def test_even_odds_divide_the_scores_odds_and_change_nothing_else(seed, even_odds):
    plain, calibrated = (judge(random_map(seed), even_odds=odds) for odds in (1, even_odds))
    odds, divided = (verdict.score / (1 - verdict.score) for verdict in (plain, calibrated))
    assert divided == pytest.approx(odds / even_odds)
    same = {name: getattr(plain, name) for name in ("score", "warn", "reason", "notes")}
    assert dataclasses.replace(calibrated, **same) == plain


def test_without_even_odds_the_score_is_the_sharpest_windows_blur():
    assert judge(flat([0.7, 0.2, 0.1])).score == pytest.approx(0.3)


@pytest.mark.parametrize("wrong", [0, -0.03, float("nan"), float("inf")])
def test_wrong_even_odds_are_refused(wrong):
    with pytest.raises(ValueError, match="even_odds: expected"):
        Calibration(even_odds=wrong)


@pytest.mark.parametrize(
    ("probabilities", "reason"),
    [
        ((0.1, 0.9, 0.0), "motion"),
        ((0.1, 0.0, 0.9), "defocus"),
        ((0.1, 0.5, 0.4), "motion"),
        ((0.1, 0.45, 0.45), "motion"),
        ((0.99, 0.01, 0.0), "none"),
        ((0.1, 0.9), "blur"),
        ((0.99, 0.01), "none"),
    ],
)
def test_reasons(probabilities, reason):
    assert judge(flat(probabilities)).reason == reason


@pytest.mark.parametrize(
    ("rows", "reason"), [(0, "defocus"), (13, "defocus"), (15, "motion"), (30, "motion")]
)
def test_the_reason_is_the_type_with_the_larger_share(rows, reason):
    blur_map = flat(DEFOCUS, 30, 30)
    blur_map[:rows] = MOTION
    assert judge(blur_map).reason == reason


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("motion_odds", [0.2, 1, 3])
def test_a_reason_never_contradicts_the_shares(seed, motion_odds):
    verdict = judge(random_map(seed), even_odds=1e-6, motion_odds=motion_odds)
    lesser = {"motion": verdict.defocus_share, "defocus": verdict.motion_share}[verdict.reason]
    assert lesser <= verdict.blurred_share / 2


def test_motion_odds_are_the_border_between_the_types():
    blur_map = flat([0.1, 0.2, 0.7])
    assert judge(blur_map, motion_odds=0.28).reason == "motion"
    assert judge(blur_map, motion_odds=0.28).motion_share == 1
    assert judge(blur_map, motion_odds=0.29).reason == "defocus"


def test_blur_too_faint_to_count_has_a_reason_all_the_same():
    verdict = judge(flat([0.6, 0.1, 0.3]), even_odds=0.2)
    assert verdict.warn and verdict.reason == "defocus" and verdict.blurred_share == 0


def test_shares_are_areas_and_add_up():
    blur_map = flat(SHARP, 40, 100)
    blur_map[:, :30] = MOTION
    blur_map[:, 30:50] = DEFOCUS
    verdict = judge(blur_map)
    assert verdict.motion_share == pytest.approx(0.3)
    assert verdict.defocus_share == pytest.approx(0.2)
    assert verdict.blurred_share == pytest.approx(0.5)


def test_shares_follow_the_systems_threshold():
    blur_map = flat([0.6, 0.3, 0.1])
    assert judge(blur_map).blurred_share == 0
    assert judge(blur_map, blurred_threshold=0.35).motion_share == 1


def test_binary_maps_have_no_types():
    verdict = judge(flat([0.2, 0.8]))
    assert verdict.blurred_share == 1 and verdict.motion_share is None and verdict.defocus_share is None


def test_a_region_decides():
    blur_map = flat(SHARP, 60, 60)
    blur_map[:30, :30] = MOTION
    blur_map[30:, 30:] = DEFOCUS
    assert not judge(blur_map).warn
    tapped = judge(blur_map, region=(0, 0, 0.5, 0.5))
    assert tapped.score == pytest.approx(1) and tapped.reason == "motion"
    assert judge(blur_map, region=(0.5, 0.5, 0.5, 0.5)).reason == "defocus"
    assert judge(blur_map, region=(0, 0.5, 0.5, 0.5)).score == pytest.approx(0)
    side = WINDOW / GRID
    half = judge(blur_map, region=(0, 0.5 - side / 2, side, side))
    assert half.score == pytest.approx(0.5)
    assert half.sharp_box == pytest.approx((0, 0.5, side, side / 2))
    assert (tapped.blurred_share, judge(blur_map).blurred_share) == pytest.approx((1, 0.5))


def test_a_region_smaller_than_a_pixel_of_the_map():
    blur_map = flat(SHARP, 4, 4)
    blur_map[1, 2] = MOTION
    assert judge(blur_map, region=(0.3, 0.55, 0.01, 0.01)).score == pytest.approx(1)
    assert judge(blur_map, region=(0.3, 0.8, 0.01, 0.01)).score == pytest.approx(0)


@pytest.mark.parametrize("seed", range(4))
def test_the_whole_photo_as_region_is_no_region(seed):
    blur_map = random_map(seed)
    assert judge(blur_map, region=(0, 0, 1, 1)) == judge(blur_map)


def test_a_large_region_needs_a_sharp_window_not_more():
    blur_map = flat(DEFOCUS, 60, 60)
    blur_map[6:30, 6:30] = SHARP
    assert judge(blur_map, region=(0, 0, 0.6, 0.6)).score == pytest.approx(0)
    assert judge(blur_map, region=(0.5, 0.5, 0.4, 0.4)).score == pytest.approx(1)


@pytest.mark.parametrize("seed", range(4))
def test_a_region_inside_scores_no_better_than_the_photo(seed):
    blur_map, rng = random_map(seed), np.random.default_rng(seed)
    for _ in range(10):
        row, column = rng.uniform(0, 0.5, 2)
        region = (row, column, *rng.uniform(WINDOW / GRID, 0.5, 2))
        # The region's cells do not lie on the photo's, so a window may be a little sharper.
        assert judge(blur_map, region).score >= 0.7 * judge(blur_map).score


@pytest.mark.parametrize(
    ("tap", "region"),
    [
        ((0.5, 0.5), (0.4, 0.4, 0.2, 0.2)),
        ((0.0, 0.97), (0.0, 0.8, 0.2, 0.2)),
        ((3.0, -1.0), (0.8, 0.0, 0.2, 0.2)),
    ],
)
def test_a_tap_is_a_box_around_it_inside_the_photo(tap, region):
    assert around(*tap) == pytest.approx(region)
    judge(flat(SHARP), around(*tap))


def test_the_box_holds_only_what_hangs_together():
    blur_map = flat(DEFOCUS, 60, 60)
    blur_map[4:24, 4:34] = SHARP
    blur_map[40:44, 50:58] = SHARP  # apart from it
    assert judge(blur_map).sharp_box == pytest.approx((4 / 60, 4 / 60, 20 / 60, 30 / 60))


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 4)), np.zeros((4, 4, 1)), np.zeros((0, 4, 3)), np.full((4, 4, 3), np.nan)]
)
def test_what_is_no_blur_map_is_refused(wrong):
    with pytest.raises(ValueError, match="blur_map: expected"):
        judge(wrong)


@pytest.mark.parametrize(
    "region",
    [(0, 0, 0, 1), (0.5, 0, 0.6, 1), (-0.1, 0, 0.5, 0.5), (0, 0, 1, float("nan")), (0.5, 0.5, 1e-17, 1e-17)],
)
def test_wrong_regions_are_refused(region):
    with pytest.raises(ValueError, match="region: expected"):
        judge(flat(SHARP), region)


def test_verdicts_become_json():
    for probabilities in ((1, 0, 0), (0, 1, 0), (0.3, 0.7)):
        verdict = judge(flat(np.float32(probabilities)).astype(np.float32))
        assert json.loads(json.dumps(verdict.to_dict()))["score"] == verdict.score


def frame(height=480, width=640, level=200.0):
    return np.full((height, width, 3), level)


def camera(picture, noise=0.0, seed=0):
    """uint8, with noise."""
    noisy = picture + np.random.default_rng(seed).normal(0, noise, picture.shape)
    return np.clip(noisy, 0, 255).round().astype(np.uint8)


def empty_frames():
    """Walls, skies, ramps and vignetting."""
    down, across = np.mgrid[0:480, 0:640] / [[[480]], [[640]]]
    vignetting = 1 - 0.4 * ((down - 0.5) ** 2 + (across - 0.5) ** 2) / 0.5
    sky = np.stack([60 + 140 * down**2, 110 + 110 * down**2, 200 + 40 * down], axis=-1)
    ramp = np.repeat((30 + 200 * across)[..., None], 3, axis=-1)
    return [frame(level=level) for level in (0, 6, 128, 245, 255)] + [
        sky,
        ramp,
        frame() * vignetting[..., None],
        sky * vignetting[..., None],
    ]


def with_line():
    picture = frame(level=250)
    picture[238:242] = 20
    return picture


def with_stripes():
    picture = frame(level=250)
    for row in (100, 240, 380):
        picture[row : row + 8] = (40, 40, 120)
    return picture


@pytest.mark.parametrize("noise", [0, 3, 15, 30])
def test_empty_frames_are_not_judged_however_noisy(noise):
    for picture in empty_frames():
        found = assess(flat(DEFOCUS), Calibration(), detail(camera(picture, noise)))
        assert (found.judged, found.warn, found.reason) == (False, False, NOTHING_TO_JUDGE)
        assert {found.score, found.blur_type, found.blurred_share, found.sharp_box} == {None}


@pytest.mark.parametrize("picture", [with_line(), with_stripes()], ids=["line", "stripes"])
def test_a_line_and_stripes_are_something_to_judge(picture):
    for noise in (0, 15):
        assert assess(flat(SHARP), Calibration(), detail(camera(picture, noise))).judged


@pytest.mark.parametrize("kernel", [kernels.disc(25), kernels.line(60, 20)], ids=["disc", "line"])
def test_a_strongly_blurred_photo_is_something_to_judge(kernel):
    skimage_data = pytest.importorskip("skimage.data")
    for photo in (skimage_data.chelsea(), skimage_data.coffee(), skimage_data.astronaut()):
        assert detail(blur_photo(photo, kernel)).contrast > 2 * LEAST_CONTRAST


def test_the_contrast_of_a_region_is_that_of_its_blocks():
    picture = frame()
    picture[300:420, 400:560] = 20
    image = camera(picture)
    assert detail(image, (0.6, 0.6, 0.3, 0.3)).contrast == detail(image).contrast > LEAST_CONTRAST
    assert detail(image, (0.05, 0.05, 0.3, 0.3)).contrast == 0
    for tiny in (
        (0, 0, 1e-3, 1e-3),
        (0.999, 0.999, 1e-3, 1e-3),
    ):  # blocks without a neighbour: the nearest count
        assert detail(image, tiny).contrast == 0
    beside = assess(flat(DEFOCUS), Calibration(), detail(image, (0, 0, 0.2, 0.2)), (0, 0, 0.2, 0.2))
    assert beside.reason == NOTHING_TO_JUDGE


@pytest.fixture(scope="module", params=["chelsea", "coffee", "astronaut"])
def fine_photo(request):
    """A sharp photo at the size that fineness is measured at."""
    photo = getattr(pytest.importorskip("skimage.data"), request.param)()
    return limit_side(photo, 400)


def test_blur_takes_fineness_away(fine_photo):
    found = [detail(fine_photo).fineness]
    found += [detail(blur_photo(fine_photo, kernels.disc(radius))).fineness for radius in (1, 2, 4)]
    assert found[0] > SHARP_FINENESS > 0.3 > found[1] > found[2], found
    assert max(found[2:]) < 0.2, found


def test_fineness_is_the_ratio_of_second_differences():
    columns = np.arange(480)
    for period, expected in ((4, 4 / 16), (8, (2 - 2**0.5) ** 2 / 4)):  # (1 - cos x)^2 / (1 - cos 2x)^2
        wave = (128 + 100 * np.cos(2 * np.pi * columns / period)).round().astype(np.uint8)
        image = np.broadcast_to(wave[:, None], (480, 480, 3))
        for turned in (image, image.swapaxes(0, 1)):
            assert detail(np.ascontiguousarray(turned)).fineness == pytest.approx(expected, rel=0.02)
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3)).astype(np.uint8)
    assert detail(noise).fineness == pytest.approx(1, abs=0.1)
    assert detail(np.full((480, 640, 3), 77, np.uint8)).fineness == 1  # nothing is known of it


def test_fineness_is_that_of_the_region_and_of_the_finest_window():
    coarse = (128 + 100 * np.cos(2 * np.pi * np.arange(640) / 8)).round().astype(np.uint8)
    picture = np.broadcast_to(coarse[:, None], (480, 640, 3)).copy()
    picture[300:420, 400:560] = np.random.default_rng(0).integers(0, 256, (120, 160, 3))
    assert detail(picture).fineness == detail(picture, (0.6, 0.6, 0.3, 0.3)).fineness > 0.8
    assert detail(picture, (0.05, 0.05, 0.2, 0.2)).fineness == pytest.approx(0.086, abs=0.001)


def test_fineness_of_a_photo_with_little_texture_is_unknown():
    wave = (128 + 100 * np.cos(2 * np.pi * np.arange(640) / 8)).round().astype(np.uint8)
    for share, known in ((0.35, False), (0.5, True)):
        picture = np.full((480, 640, 3), 128, np.uint8)
        picture[: round(480 * share)] = wave[:, None]
        found = detail(picture).fineness
        assert found < 0.6 if known else found == 1, (share, found)


def test_fineness_is_measured_at_one_size_and_unknown_of_a_thin_photo(fine_photo):
    small = limit_side(fine_photo, 320)
    large = resize(small, 4 * small.shape[0], 4 * small.shape[1])
    assert detail(large).fineness == detail(limit_side(large, 640)).fineness < detail(small).fineness
    thin = np.random.default_rng(0).integers(0, 256, (60, 1000, 3)).astype(np.uint8)
    assert detail(thin).fineness == detail(thin[:47]).fineness == 1


def test_soft_pixels_make_a_doubt_a_warning_and_never_warn_alone():
    doubt = flat((0.7, 0.1, 0.2))
    calibration = Calibration(even_odds=0.6)

    def judged_at(blur_map, fineness):
        return assess(blur_map, calibration, Detail(90.0, fineness, 480, 640, (0.0, 0.0, 1.0, 1.0)))

    assert [judged_at(doubt, fineness).warn for fineness in (1, 0.4, 0.3, 0.25, 0)] == [0, 0, 1, 1, 1]
    assert judged_at(doubt, 0.4).score == assess(doubt, calibration).score
    assert judged_at(doubt, 0.25).score == judged_at(doubt, 0.0).score
    odds = judged_at(doubt, 0).score / (1 - judged_at(doubt, 0).score)
    assert odds == pytest.approx(0.3 / 0.7 / 0.6 * 2.56)
    assert judged_at(flat(SHARP), 0).score == 0


def scene(height=480, width=640):
    """Something of every brightness everywhere."""
    rng = np.random.default_rng(3)
    return resize(rng.integers(0, 256, (24, 32, 3), dtype=np.uint8), height, width).astype(np.float64)


def framed(top, bottom, left, right, ground=250.0):
    """A scene inside a frame, with letters that cover a third of every wide strip."""
    picture = frame(480, 640, ground)
    picture[top : 480 - bottom, left : 640 - right] = scene(480 - top - bottom, 640 - left - right)
    for start, rows in ((0, top), (480 - bottom, bottom)):
        if rows > 40:
            picture[start + 10 : start + rows - 10, 200:420:3] = 20
    return camera(picture)


@pytest.mark.parametrize(
    "strips", [(0, 0, 0, 0), (0, 96, 0, 0), (24, 48, 0, 0), (60, 60, 0, 0), (20, 90, 20, 20), (0, 0, 64, 64)]
)
@pytest.mark.parametrize("ground", [0, 60, 250])
def test_frames_bars_and_captions_are_not_judged(strips, ground):
    top, bottom, left, right = strips
    expected = top / 480, left / 640, 1 - (top + bottom) / 480, 1 - (left + right) / 640
    image = framed(*strips, ground)
    assert detail(image).region == pytest.approx(expected, abs=1 / 200)
    assert detail(image, (0.1, 0.2, 0.3, 0.4)).region == (0.1, 0.2, 0.3, 0.4)
    blur_map = flat(DEFOCUS, 240, 320)
    blur_map[: top // 2] = blur_map[240 - bottom // 2 :] = SHARP
    assert assess(blur_map, Calibration(), detail(image)).warn


def test_even_ground_without_an_end_is_the_photos_own():
    page = frame(480, 640, 250)
    page[40:120, 100:400:4] = 20  # a few lines of text on a page
    assert detail(camera(page)).region == (0, 0, 1, 1)
    assert detail(camera(frame(480, 640, 250))).region == (0, 0, 1, 1)


def test_contrast_of_a_photo_whose_sides_are_no_multiples_of_the_cells():
    ramp = np.repeat((np.arange(151)[:, None] + np.zeros(97))[..., None], 3, axis=-1)
    assert detail(camera(ramp)).contrast < 3  # cells of 3 and of 4 pixels
    assert detail(camera(frame(151, 97))).contrast == 0


@pytest.mark.parametrize(
    ("size", "input_side", "reason", "notes"),
    [
        ((47, 200), 0, TOO_SMALL, ()),
        ((1, 1), 0, TOO_SMALL, ()),
        ((48, 48), 0, "motion", ()),
        ((300, 469), 704, TOO_SMALL, ()),
        ((300, 470), 704, "motion", (ENLARGED,)),
        ((400, 563), 704, "motion", (ENLARGED,)),
        ((400, 564), 704, "motion", ()),
    ],
)
def test_photos_that_are_too_small_are_not_judged_and_small_ones_are_noted(size, input_side, reason, notes):
    picture = frame(*size)
    picture[: size[0] // 2] = 20
    calibration = Calibration(even_odds=0.5, input_side=input_side)
    found = assess(flat(MOTION), calibration, detail(camera(picture)))
    assert (found.reason, found.notes, found.judged) == (reason, notes, reason == "motion")


def test_a_system_that_was_never_calibrated_says_so():
    assert judge(flat(SHARP)).notes == (UNCALIBRATED,)
    assert judge(flat(SHARP), even_odds=0.99).notes == ()


@pytest.mark.parametrize(
    "wrong", [np.zeros((9, 9), np.uint8), np.zeros((9, 9, 3)), np.zeros((0, 9, 3), np.uint8)]
)
def test_what_is_no_photo_has_no_detail(wrong):
    with pytest.raises(ValueError, match="image: expected"):
        detail(wrong)


def test_a_window_is_a_tenth():
    assert WINDOW / GRID == 0.1


def play(seconds, score, blur_type="motion", rate=10.0, start=0.0):
    """Frames as (time, score, type)."""
    return [(start + n / rate, score, blur_type) for n in range(round(seconds * rate))]


def show(sequence):
    """What is shown at every frame."""
    state = Frames()
    return [state.update(*frame) for frame in sequence]


def wild(seed, seconds=60.0):
    """Scores and types at random, at random moments up to half a second apart."""
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.01, rng.uniform(0.03, 0.5), 2000))
    scores = np.clip(rng.random(2000) * rng.choice([0.5, 1, 3]) + rng.normal(size=2000) * 0.1, 0, 1)
    changes = (rng.random(2000) < 0.1).cumsum() % 3
    return [(t, s, TYPES[k]) for t, s, k in zip(times, scores, changes, strict=True) if t < seconds]


@pytest.mark.parametrize("rate", [2, 5, 10, 30, 120])
def test_steady_blur_warns_soon_and_sharpness_ends_it_soon_at_any_frame_rate(rate):
    sequence = (
        play(3, 0.05, rate=rate) + play(3, 0.95, rate=rate, start=3) + play(3, 0.05, rate=rate, start=6)
    )
    shown = [alert.shown for alert in show(sequence)]
    appeared, gone = shown.index(True), len(shown) - shown[::-1].index(True)
    assert 3 < sequence[appeared][0] <= 3.55 + 2 / rate
    assert 6 < sequence[gone][0] <= 6.7 + 2 / rate
    assert all(shown[appeared:gone]) and not any(shown[:appeared] + shown[gone:])


@pytest.mark.parametrize("seed", range(12))
def test_it_never_flickers(seed):
    """Whatever comes, warnings and pauses last as long as they must, and so does a reason."""
    sequence = wild(seed)
    alerts = show(sequence)
    changes = [
        (time, alert.shown)
        for (time, *_), (before, alert) in zip(sequence[1:], itertools.pairwise(alerts), strict=True)
        if alert.shown != before.shown
    ]
    for (start, was_shown), (end, _) in itertools.pairwise(changes):
        assert end - start >= (SHOWN_FOR if was_shown else HIDDEN_FOR) - 1e-9
    reasons = [
        time
        for (time, *_), (before, alert) in zip(sequence[1:], itertools.pairwise(alerts), strict=True)
        if alert.shown and alert.reason != before.reason
    ]
    assert all(b - a >= SHOWN_FOR - 1e-9 for a, b in itertools.pairwise(reasons))


def test_wild_scores_do_make_warnings_come_and_go():
    """Else the test before would prove nothing."""
    counts = [sum(alert.appeared for alert in show(wild(seed))) for seed in range(12)]
    assert max(counts) > 5


@pytest.mark.parametrize("seed", range(12))
def test_it_never_sticks(seed):
    """After whatever came, sharp frames end the warning within its least time and what smoothing takes."""
    state = Frames()
    sequence = wild(seed, seconds=20)
    for frame in sequence:
        state.update(*frame)
    last = sequence[-1][0]
    settled = SMOOTHING * np.log(1 / QUIET_SCORE) + max(VANISH_AFTER, SHOWN_FOR) + 0.25
    for time, score, blur_type in play(3, 0.0, rate=10, start=last + 0.1):
        shown = state.update(time, score, blur_type).shown
        assert not shown or time - last <= settled


def test_a_jolt_is_no_warning():
    assert not any(a.shown for a in show(play(1, 0.1) + play(0.2, 1, start=1) + play(2, 0.1, start=1.2)))


@pytest.mark.parametrize("above", [False, True])
def test_scores_between_the_two_thresholds_change_nothing(above):
    between = (WARN_SCORE + QUIET_SCORE) / 2
    before = play(2, 1.0 if above else 0.0)
    alerts = show(before + play(5, between, start=2))
    assert {alert.shown for alert in alerts[len(before) :]} == {above}


def test_the_vibration_comes_once():
    alerts = show(play(5, 0.9))
    assert [alert.appeared for alert in alerts].count(True) == 1
    assert next(a for a in alerts if a.appeared) is next(a for a in alerts if a.shown)


def test_the_reason_follows_the_type_but_slowly():
    alerts = show(play(3, 0.9, "motion") + play(3, 0.9, "defocus", start=3))
    reasons = [alert.reason for alert in alerts if alert.shown]
    assert reasons[0] == "motion" and reasons[-1] == "defocus" and reasons == sorted(reasons, reverse=True)
    mixed = play(4, 0.9, "motion")
    mixed[1::2] = [(t, s, "defocus") for t, s, _ in mixed[1::2]]
    assert len({alert.reason for alert in show(mixed) if alert.shown}) == 1


def test_reason_is_none_while_nothing_is_shown():
    assert all((alert.reason == "none") != alert.shown for seed in range(3) for alert in show(wild(seed)))


def test_a_warning_does_not_outlive_the_camera():
    state = Frames()
    for frame in play(2, 0.9):
        state.update(*frame)
    assert state.at(2.0).shown and not state.at(2.0).appeared
    assert not state.at(2 + LONGEST_GAP).shown
    assert not state.update(2.1 + LONGEST_GAP, 0.9, "motion").shown  # begins anew


def test_frames_with_nothing_to_judge_end_a_warning_and_are_said_so():
    alerts = show(play(2, 0.9) + play(3, None, None, start=2) + play(2, 0.1, start=5))
    states = [(alert.shown, alert.judged) for alert in alerts]
    assert [state for state, _ in itertools.groupby(states)] == [
        (False, True),
        (True, True),
        (True, False),
        (False, False),
        (False, True),
    ]
    assert [shown for shown, _ in states].index(True) < 10
    assert states[24] == (False, False)  # 0.4 s after the wall came into sight


def test_nothing_to_judge_from_the_first_frame_never_warns():
    assert {(alert.shown, alert.judged, alert.score) for alert in show(play(3, None, None))} == {
        (False, False, 0)
    }


def test_a_frame_in_two_without_a_verdict_does_not_flicker():
    mixed = play(6, 0.1)
    mixed[1::2] = [(time, None, None) for time, *_ in mixed[1::2]]
    assert {alert.judged for alert in show(mixed)} == {True}


def test_a_clock_that_jumps_back_starts_anew():
    state = Frames()
    for frame in play(2, 0.9, start=100):
        state.update(*frame)
    assert not state.update(5, 0.9, "motion").shown
    assert [state.update(5 + n / 10, 0.9, "motion").shown for n in range(1, 10)][-1]


def test_frames_at_one_time_count_once():
    twice = [frame for frame in play(2, 0.9) for _ in range(2)]
    assert [a.shown for a in show(twice)][1::2] == [a.shown for a in show(play(2, 0.9))]


@pytest.mark.parametrize(
    "wrong",
    [
        (float("nan"), 0.5, "motion"),
        (0, float("inf"), "motion"),
        (0, 0.5, "none"),
        (0, None, "motion"),
        (0, 0.5, None),
    ],
)
def test_wrong_frames_are_refused(wrong):
    with pytest.raises(ValueError, match="expected a finite time"):
        Frames().update(*wrong)


def scaled(times):
    return lambda photo: resize(photo, *(round(side * times) for side in photo.shape[:2]))


def toned(contrast, brightness=0.0, colour=(1.0, 1.0, 1.0)):
    """Contrast about mid-grey, in steps small enough that little is clipped."""

    def change(photo):
        values = (photo.astype(np.float32) - 128) * contrast + 128 + brightness
        return np.clip(values * np.float32(colour), 0, 255).astype(np.uint8)

    return change


CHANGES = {
    "twice as large": scaled(2),
    "four times as large": scaled(4),
    "smaller": scaled(0.8),
    "less contrast": toned(0.7),
    "more contrast": toned(1.2),
    "darker": toned(0.8, -25),
    "brighter": toned(0.8, 25),
    "warm": toned(0.85, colour=(1.1, 1.0, 0.8)),
    "cold": toned(0.85, colour=(0.85, 1.0, 1.1)),
    "grey": lambda photo: np.repeat(photo.mean(axis=-1, keepdims=True).astype(np.uint8), 3, axis=-1),
    "mirrored": lambda photo: photo[:, ::-1],
}


@pytest.fixture(scope="module")
def photos():
    """Sharp and clearly blurred photos and their verdicts by the shipped network."""
    data = pytest.importorskip("skimage.data")
    mobile = systems.load("mobile", runtime="keras")
    shake, disc = kernels.shake(np.random.default_rng(1), 30), kernels.disc(7)
    sharp = [data.astronaut(), data.coffee(), data.chelsea()]
    everything = sharp + [blur_photo(photo, kernel) for photo in sharp for kernel in (shake, disc)]
    return mobile, [(photo, judged(mobile, photo)) for photo in everything]


def judged(system, photo):
    return assess(system.blur_map(photo), system.calibration, detail(photo))


def test_clear_photos_get_clear_verdicts(photos):
    assert [verdict.warn for _, verdict in photos[1]] == [False] * 3 + [True] * 6


@pytest.mark.parametrize("name", CHANGES)
def test_size_contrast_and_colour_of_a_photo_do_not_count(photos, name):
    mobile, expected = photos
    for photo, verdict in expected:
        changed = judged(mobile, np.ascontiguousarray(CHANGES[name](photo)))
        assert changed.warn == verdict.warn, (verdict, changed)
        softened = 0.45 if "large" in name else 0.2  # enlarging does soften a photo
        assert changed.score == pytest.approx(verdict.score, abs=softened)
