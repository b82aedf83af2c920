"""Many systems in one table and one picture."""

import cv2
import numpy as np
import pytest

from keras_blur import labels
from keras_blur.evaluation import comparison, report, scoring


def record(level: float, seconds: float, **facts):
    """What `evaluate` writes of a system that gives every pixel the same probability."""
    mask = np.zeros((6, 8), np.uint8)
    mask[:, :6] = labels.MOTION
    photos = []
    for i, blur_type in enumerate(("motion", "defocus")):
        probability = np.full(mask.shape, level)
        histogram = scoring.binary.histogram(probability, mask)
        photos.append(scoring.PhotoScore(f"photo{i}", blur_type, i, histogram, seconds=seconds))
    return report.collect(scoring.Score("x", 0.5, photos, []), **facts)


RECORDS = {
    "mobile": record(0.9, 0.02, weights=1234567, peak_memory_mb=800),
    "mobile --refine": record(0.9, 0.2, weights=1234567, peak_memory_mb=900),
    "kim2018_small": record(
        0.1,
        1.5,
        weights=10,
        trained_on=[{"data": "cuhk train", "examples": 720, "epochs": 3, "extra": "other"}],
    ),
    "hifst2017": record(0.7, 3.0, weights=0),
}


def test_a_row_for_every_system():
    header, *rows = comparison.rows(RECORDS)
    assert [row[0] for row in rows] == list(RECORDS)
    assert all(len(row) == len(header) for row in rows)
    cells = dict(zip(header, rows[0], strict=True))
    assert cells["accuracy"] == "0.750" and cells["motion: accuracy / mIoU"] == "0.750 / 0.375"
    assert cells["weights"] == "1,234,567" and cells["memory, MB"] == "800" and cells["s a photo"] == "0.02"
    assert dict(zip(header, rows[2], strict=True))["accuracy"] == "0.250"
    assert rows[3][header.index("weights")] == "-"


def test_trainings_in_words():
    trained = RECORDS["kim2018_small"]["trained_on"]
    cells = comparison.training_cells(trained)
    assert cells == ("cuhk train + other train: 720 examples", "not recorded", "3")
    assert comparison.training_cells(trained * 2)[0].count("cuhk train") == 2
    assert comparison.training_cells([]) == ("-", "-", "-")
    known = {"network": "unet", "data": [{"dataset": "a", "split": "train", "examples": 5}], "epochs": 2}
    scratch, tuned = ({**known, "pretrained": start} for start in (None, "imagenet"))
    assert comparison.training_cells([scratch, tuned]) == (
        "a train: 5 examples; a train: 5 examples", "none; imagenet", "2; 2"
    )  # fmt: skip


def test_the_table_tells_training_and_the_blurred_class():
    header, *rows = comparison.rows(RECORDS)
    cells = dict(zip(header, rows[2], strict=True))
    assert cells["epochs"] == "3" and cells["pre-training"] == "not recorded"
    assert cells["IoU blurred"] == "0.000"
    assert dict(zip(header, rows[0], strict=True))["IoU blurred"] == "0.750"


def test_published_figures_are_those_of_the_record():
    records = {"a": record(0.9, 0.02, published=["F1 0.5, here", "mIoU 0.4, there"]), "b": record(0.9, 0.02)}
    assert [row[-1] for row in comparison.rows(records)[1:]] == ["F1 0.5, here; mIoU 0.4, there", "-"]


def test_the_picture_has_a_dot_for_every_system(tmp_path):
    comparison.accuracy_against_time(tmp_path / "plot.png", RECORDS, "four systems")
    picture = cv2.imread(str(tmp_path / "plot.png"))
    blue, orange = (np.array(c) for c in ((178, 114, 0), (0, 159, 230)))
    for colour, dots in ((blue, 4), (orange, 2)):  # the legend has one of each too
        match = (np.abs(picture.astype(int) - colour).max(axis=2) < 12).astype(np.uint8)
        count = cv2.connectedComponents(match)[0] - 1
        assert count == dots


@pytest.mark.parametrize("apart", [False, True])
def test_labels_move_out_of_each_others_way(apart):
    a = (0, 0, 10, 10)
    assert comparison._overlap(a, (5, 11 if apart else 5, 15, 20)) != apart
