"""Maps that others saved."""

import dataclasses

import cv2
import numpy as np
import pytest

from keras_blur import labels
from keras_blur.data.catalog import Example
from keras_blur.errors import BlurError
from keras_blur.evaluation import scoring
from keras_blur.evaluation.maps import SavedMaps
from keras_blur.processing import read_mask


@pytest.fixture
def folder(tmp_path):
    for name, value in (("m1.png", 255), ("m2_ours.png", 0), ("d1.png", 51)):
        cv2.imwrite(str(tmp_path / name), np.full((4, 6), value, np.uint8))
    (tmp_path / "notes.txt").write_text("not a map")
    return tmp_path


def test_maps_by_name(folder):
    maps = SavedMaps(folder)
    assert len(maps) == 3 and maps.name == folder.name
    np.testing.assert_allclose(maps.blur_map_of("d1"), np.broadcast_to([0.8, 0.2], (4, 6, 2)), rtol=1e-6)
    assert maps.blur_map_of("m2").shape == (4, 6, 2)
    assert maps.path_of("m") is None


def test_scoring_resizes_and_counts(folder, examples):
    score = scoring.score(SavedMaps(folder), examples[:3], progress=False)
    assert [photo.resized for photo in score.photos] == [True] * 3
    found = scoring.summary(score.photos, 0.5)
    assert found["mean"]["accuracy"] == pytest.approx(0.5) and found["seconds"] is None
    assert found["mean"]["recall"] == pytest.approx(1 / 3)


def test_missing_ambiguous_and_damaged_maps_are_named(folder):
    with pytest.raises(BlurError, match=r"no map for m9.*`only_with_maps`"):
        SavedMaps(folder).blur_map_of("m9")
    (folder / "m2_theirs.png").write_bytes(b"")
    with pytest.raises(BlurError, match="several maps for m2"):
        SavedMaps(folder).path_of("m2")
    (folder / "m2.png").write_bytes(b"")
    with pytest.raises(BlurError, match=r"m2\.png"):
        SavedMaps(folder).blur_map_of("m2")


def test_no_folder_and_an_empty_one(tmp_path):
    with pytest.raises(BlurError, match="nowhere"):
        SavedMaps(tmp_path / "nowhere")
    with pytest.raises(BlurError, match="no maps"):
        SavedMaps(tmp_path)


@dataclasses.dataclass
class Masks:
    """The masks of CUHK as examples; the photos themselves aren't needed for saved maps."""

    folder: object
    names: list[str]

    def __len__(self):
        return len(self.names)

    def __getitem__(self, index):
        name = self.names[index]
        blur_type = "motion" if name.startswith("motion") else "defocus"
        mask = labels.mask_from_binary(read_mask(self.folder / f"{name}.png"), blur_type)
        return Example(np.broadcast_to(np.uint8(0), (*mask.shape, 3)), mask, blur_type, name)


@pytest.mark.realdata
def test_kims_published_maps(real_data):
    maps = SavedMaps(real_data / "peers/cuhk_maps/kim2018")
    names = (real_data / "cuhk/splits/kim2018_test.txt").read_text().split()
    names = [name for name in (name.split(".")[0] for name in names) if maps.path_of(name)]
    assert len(names) == 100
    score = scoring.score(maps, Masks(real_data / "cuhk/gt", names), progress=False)
    found = scoring.summary(score.photos, 0.5)["mean"]
    assert found["accuracy"] == pytest.approx(0.884, abs=0.0015)
    assert found["f1"] == pytest.approx(0.858, abs=0.0015)
    assert found["miou"] == pytest.approx(0.764, abs=0.0015)
    assert found["mae"] == pytest.approx(0.116, abs=0.0015)
