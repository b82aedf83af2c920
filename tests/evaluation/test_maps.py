"""Maps that others saved."""

import dataclasses

import cv2
import numpy as np
import pytest

from keras_blur import labels
from keras_blur.data.catalog import Example
from keras_blur.errors import BlurError, UsageError
from keras_blur.evaluation import maps, scoring
from keras_blur.evaluation.maps import SavedMaps
from keras_blur.processing import read_mask


@pytest.fixture
def folder(tmp_path):
    for name, value in (("m1.png", 255), ("m2_ours.png", 0), ("d1.png", 51)):
        cv2.imwrite(str(tmp_path / name), np.full((4, 6), value, np.uint8))
    (tmp_path / "notes.txt").write_text("not a map")
    return tmp_path


def test_maps_by_name(folder):
    saved = SavedMaps(folder)
    assert len(saved) == 3 and saved.name == folder.name
    np.testing.assert_allclose(saved.blur_map_of("d1"), np.broadcast_to([0.8, 0.2], (4, 6, 2)), rtol=1e-6)
    assert saved.blur_map_of("m2").shape == (4, 6, 2)
    assert saved.path_of("m") is None


def test_scoring_resizes_and_counts(folder, examples):
    score = scoring.score(SavedMaps(folder), examples[:3], progress=False)
    assert [photo.map_size for photo in score.photos] == [(4, 6)] * 3
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


LEVELS = np.array([[0.0, 0.25], [0.5, 1.0]])


@pytest.mark.parametrize(
    "save",
    [
        lambda path: cv2.imwrite(f"{path}.png", np.rint(LEVELS * 65535).astype(np.uint16)),
        lambda path: cv2.imwrite(f"{path}.png", np.rint(LEVELS * 255).astype(np.uint8)),
        lambda path: np.save(path, np.rint(LEVELS * 255).astype(np.uint8)),
        lambda path: np.save(path, np.rint(LEVELS * 65535).astype(np.uint16)),
        lambda path: np.save(path, LEVELS),
        lambda path: np.save(path, LEVELS.astype(np.float16)[..., None]),
    ],
)
@pytest.mark.parametrize("blurred", ["white", "black"])
def test_pictures_and_arrays_of_either_polarity(save, blurred, tmp_path):
    save(tmp_path / "m1")
    found = SavedMaps(tmp_path, blurred).blur_map_of("m1")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[..., 1], LEVELS if blurred == "white" else 1 - LEVELS, atol=0.002)
    np.testing.assert_allclose(found.sum(axis=-1), 1, atol=1e-6)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.full((2, 2), 3.0), "received 3 to 3"),
        (np.full((2, 2), np.nan), "values from 0 to 1"),
        (np.full((2, 2), 1e300), "received 1e.300 to 1e.300"),
        (np.zeros((2, 2), np.int64), "received int64"),
        (np.zeros((2, 2, 3)), r"received float64 of shape \(2, 2, 3\)"),
        (np.array([{"a": 1}], object), "Python objects"),
    ],
)
def test_arrays_that_are_no_maps_are_named(array, expected, tmp_path):
    np.save(tmp_path / "m1.npy", array, allow_pickle=True)
    with pytest.raises(BlurError, match=rf"m1\.npy: .*{expected}"):
        SavedMaps(tmp_path).blur_map_of("m1")


def test_an_unknown_polarity(folder):
    with pytest.raises(UsageError, match="grey"):
        SavedMaps(folder, "grey")


def notes_of(folder, examples, blurred="white"):
    score = scoring.score(SavedMaps(folder, blurred), examples[:3], progress=False)
    return maps.find_notes(score.photos, blurred)


def save_truth(folder, examples, shape, invert=False):
    for example in examples[:3]:
        truth = cv2.resize(np.uint8(example.mask != labels.SHARP) * 255, shape[::-1])
        cv2.imwrite(str(folder / f"{example.name}.png"), 255 - truth if invert else truth)


@pytest.mark.parametrize(("invert", "blurred", "hint"), [(True, "white", "black"), (False, "black", "white")])
def test_inverted_maps_get_a_hint(invert, blurred, hint, examples, tmp_path):
    save_truth(tmp_path, examples, (20, 30), invert)
    (note,) = notes_of(tmp_path, examples, blurred)
    assert note.endswith(
        f"(MAE 0.000 instead of 1.000): if {hint} means blurred in them, set `blurred` to '{hint}'"
    )
    assert not notes_of(tmp_path, examples, hint)


def test_half_sized_and_stretched_maps_are_named(examples, tmp_path):
    save_truth(tmp_path, examples, (10, 15))
    (note,) = notes_of(tmp_path, examples)
    assert note.startswith("3 of the 3 maps had another size") and note.endswith(
        "such as m1 (15x10 for 30x20)"
    )
    save_truth(tmp_path, examples, (16, 16))
    _, stretched = notes_of(tmp_path, examples)
    assert stretched.startswith("3 of them have another shape than their photo, such as m1 (16x16 for 30x20)")


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
    saved = SavedMaps(real_data / "peers/cuhk_maps/kim2018")
    names = (real_data / "cuhk/splits/kim2018_test.txt").read_text().split()
    names = [name for name in (name.split(".")[0] for name in names) if saved.path_of(name)]
    assert len(names) == 100
    score = scoring.score(saved, Masks(real_data / "cuhk/gt", names), progress=False)
    found = scoring.summary(score.photos, 0.5)["mean"]
    assert found["accuracy"] == pytest.approx(0.884, abs=0.0015)
    assert found["f1"] == pytest.approx(0.858, abs=0.0015)
    assert found["miou"] == pytest.approx(0.764, abs=0.0015)
    assert found["mae"] == pytest.approx(0.116, abs=0.0015)
