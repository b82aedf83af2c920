"""The systems of papers that ship have the figures of their rows: no training is needed to measure again.

`golden/shipped_rows.json` holds figures of four of Kim's test photos. Made by
`python tests/test_shipped_rows.py FOLDER`, where FOLDER has CUHK's photos and masks and the lists of splits.
"""

import json
import os
import sys
from pathlib import Path

import pytest

from keras_blur import files, labels, systems
from keras_blur.data.catalog import Example
from keras_blur.evaluation import scoring
from keras_blur.processing.photos import read_mask, read_photo

GOLDEN = Path(__file__).parent / "golden" / "shipped_rows.json"
NAMES = (*systems.STAND_INS, "zeng2019")
PHOTOS = ("motion0001", "motion0014", "out_of_focus0001", "out_of_focus0012")
DIGITS = 3  # of the tables


class Photos:
    """CUHK's photos and masks by their names, as examples of a data set."""

    def __init__(self, folder, names):
        self.folder, self.names = folder, names

    def __len__(self):
        return len(self.names)

    def __getitem__(self, index):
        name = self.names[index]
        kind = "motion" if name.startswith("motion") else "defocus"
        mask = read_mask((self.folder / "gt" / f"{name}.png").read_bytes())
        image = read_photo(self.folder / "image" / f"{name}.jpg")
        return Example(image, labels.mask_from_binary(mask, kind), kind, name)


@pytest.fixture(autouse=True)
def no_runs(monkeypatch, tmp_path):
    """A run of the same name would go before what ships."""
    monkeypatch.setenv("KERAS_BLUR_RUNS", str(tmp_path))


def figures(system, folder):
    """Returns accuracy, F1 and mIoU of each photo."""
    found = scoring.score(system, Photos(folder, PHOTOS), progress=False)
    rows = {photo.name: scoring.photo_figures(photo, found.threshold) for photo in found.photos}
    return {name: {key: row[key] for key in ("accuracy", "f1", "miou")} for name, row in rows.items()}


@pytest.mark.realdata
@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_system_has_its_figures_of_single_photos(name, real_data):
    expected = json.loads(GOLDEN.read_text())[name]
    found = figures(systems.load(name), real_data / "cuhk")
    assert found.keys() == expected.keys() == set(PHOTOS)
    for photo, row in expected.items():
        assert found[photo] == pytest.approx(row, abs=0.5 * 10**-DIGITS), photo


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.parametrize("name", ["kim2018", "bdnet2020"])
def test_a_shipped_network_has_its_whole_row(name, real_data):
    recorded = json.loads((systems.PRETRAINED / name / "metrics.json").read_text())
    names = (real_data / "cuhk" / "splits" / "kim2018_test.txt").read_text().split()
    found = scoring.score(systems.load(name), Photos(real_data / "cuhk", names), progress=False)
    assert len(found.photos) == recorded["photos"]
    ours = {
        group: scoring.summary(photos, found.threshold)
        for group, photos in scoring.groups(found.photos).items()
    }
    for group in ("all", "motion", "defocus"):
        for key in ("accuracy", "f1", "miou", "mae"):
            expected = recorded["results"][group]["mean"][key]
            assert round(ours[group]["mean"][key], DIGITS) == round(expected, DIGITS), (group, key)


if __name__ == "__main__":
    os.environ["KERAS_BLUR_RUNS"] = os.devnull
    place = Path(sys.argv[1])
    test_photos = set((place / "splits" / "kim2018_test.txt").read_text().split())
    assert set(PHOTOS) <= test_photos, sorted(set(PHOTOS) - test_photos)
    files.write_json(GOLDEN, {name: figures(systems.load(name), place) for name in NAMES})
