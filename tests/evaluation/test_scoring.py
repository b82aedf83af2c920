"""Systems run over examples."""

import dataclasses

import numpy as np
import pytest

from keras_blur.errors import BlurError
from keras_blur.evaluation import scoring
from keras_blur.labels import MOTION


def test_figures_of_a_typed_system(left_motion, examples):
    score = scoring.score(left_motion, examples, progress=False)
    assert [photo.name for photo in score.photos] == ["m1", "m2", "d1"] and score.skipped == ["v"]
    found = scoring.summary(score.photos, score.threshold)
    assert found["photos"] == 3 and found["mean"]["accuracy"] == found["mean"]["miou"] == 1
    assert found["mean"]["mae"] == pytest.approx(0.1, abs=1 / 510)
    assert found["type_accuracy"] == pytest.approx(2 / 3)  # the defocus photo is taken for motion
    # Of 900 right half and 600 + 300 left half pixels the 300 of defocus are wrong.
    assert found["three_class"]["pixel_accuracy"] == pytest.approx(1500 / 1800)
    assert found["three_class"]["iou_defocus"] == 0
    assert found["seconds"] >= 0


def test_groups_by_type(left_motion, examples):
    score = scoring.score(left_motion, examples, progress=False)
    groups = scoring.groups(score.photos)
    assert {name: len(photos) for name, photos in groups.items()} == {"all": 3, "motion": 2, "defocus": 1}
    assert scoring.summary(groups["defocus"], 0.5)["type_accuracy"] == 0
    assert list(scoring.groups(groups["motion"])) == ["all"]


def test_all_blurred_is_the_share_of_blurred_pixels(left_motion, examples):
    examples[0].mask[:, 15:18] = MOTION  # 18 of 30 columns are blurred in one photo, 15 in two
    score = scoring.score(left_motion, examples, progress=False)
    trivial = scoring.summary(scoring.all_positive(score.photos), 0.5)
    assert trivial["mean"]["accuracy"] == pytest.approx((18 + 15 + 15) / 90)
    assert trivial["mean"]["iou_sharp"] == 0 and trivial["mean"]["recall"] == 1
    assert trivial["type_accuracy"] is None and trivial["three_class"] is None


def test_a_system_without_types(two_classes, examples):
    score = scoring.score(two_classes, examples, progress=False)
    found = scoring.summary(score.photos, score.threshold)
    assert found["mean"]["accuracy"] == pytest.approx(0.5) and found["mean"]["mae"] == pytest.approx(0.5)
    assert found["type_accuracy"] is None and found["three_class"] is None


def test_threshold(two_classes, examples):
    assert scoring.score(two_classes, examples, progress=False).threshold == 0.5
    strict = scoring.score(two_classes, examples, threshold=0.9, progress=False)
    assert scoring.summary(strict.photos, strict.threshold)["mean"]["recall"] == 0


def test_indices(left_motion, examples):
    score = scoring.score(left_motion, examples, indices=[2], progress=False)
    assert [(photo.name, photo.index) for photo in score.photos] == [("d1", 2)]


def test_nothing_to_score(left_motion, examples):
    with pytest.raises(BlurError, match="known pixel"):
        scoring.score(left_motion, examples[3:], progress=False)


def test_a_mask_of_another_size_is_named(left_motion, examples):
    examples[1] = dataclasses.replace(examples[1], mask=np.zeros((20, 29), np.uint8))
    with pytest.raises(BlurError, match="m2"):
        scoring.score(left_motion, examples, progress=False)


@pytest.mark.parametrize("cells", [[[0.5]], [[[1.0]]], [[[np.nan, 0.5, 0.5]]]])
def test_an_answer_that_is_no_map_is_named(left_motion, examples, cells):
    left_motion.cells = np.array(cells, np.float32)
    with pytest.raises(BlurError, match="constant on m1"):
        scoring.score(left_motion, examples, progress=False)
