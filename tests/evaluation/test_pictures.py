"""Panels and plots: what they show, not how they look."""

import cv2
import numpy as np
import pytest

from keras_blur.evaluation import panels, plots, scoring
from keras_blur.labels import VOID
from keras_blur.processing import save_picture


def test_errors_paint_what_is_wrong(examples):
    # Truth: the left half is blurred. Answer: the upper half is.
    image = np.full((20, 30, 3), 128, np.uint8)
    mask = examples[0].mask.copy()
    mask[-1] = VOID
    blur_map = np.array([[[0, 1, 0]], [[1, 0, 0]]], np.float32).repeat(10, 0).repeat(30, 1)
    painted = panels.errors(image, mask, blur_map, 0.5).astype(int)
    right, missed, false_alarm, void = painted[2, 2], painted[15, 2], painted[2, 25], painted[19, 2]
    assert np.ptp(right) == 0 and np.ptp(void) == 0 and (painted[15, 25] == right).all()
    assert missed[2] < min(missed[:2]) - 50  # yellow
    assert false_alarm[1] < min(false_alarm[[0, 2]]) - 30  # pink
    assert abs(void - right).max() > 10


@pytest.mark.parametrize("system", ["left_motion", "two_classes"])
def test_row_and_sheet(system, examples, request, tmp_path):
    system = request.getfixturevalue(system)
    row = panels.row(examples[0], system.blur_map(None), 0.5)
    assert row.shape == (240, 4 * panels.COLUMN_WIDTH + 3 * panels.GAP, 3)  # 30x20 fitted into 360x360
    sheet = panels.sheet([row, row], ["a", "b"], "title")
    assert sheet.shape[0] > 2 * row.shape[0] and sheet.shape[1] > row.shape[1]
    save_picture(tmp_path / "x.png", sheet)
    assert (cv2.imread(str(tmp_path / "x.png"))[..., ::-1] == sheet).all()


def test_a_very_long_photo(examples):
    image, mask = np.zeros((1, 900, 3), np.uint8), np.zeros((1, 900), np.uint8)
    long = type(examples[0])(image, mask, "sharp", "long")
    assert panels.row(long, np.array([[[1, 0, 0]]], np.float32), 0.5).shape[0] == 1


@pytest.mark.parametrize("system", ["left_motion", "two_classes"])
def test_plots_are_pictures(system, examples, request, tmp_path):
    score = scoring.score(request.getfixturevalue(system), examples, progress=False)
    plots.pr_curve(tmp_path / "pr.png", scoring.groups(score.photos), 0.5, "sharp", "title")
    plots.confusion_matrix(tmp_path / "confusion.png", score.photos, 0.5)
    for name in ("pr.png", "confusion.png"):
        picture = cv2.imread(str(tmp_path / name))
        assert min(picture.shape[:2]) > 200 and picture.std() > 10
