"""Photos to calibrate and to verify with."""

import numpy as np
import pytest
from PIL import Image

from export.calibration import Photos, samples
from keras_blur.contract import Contract
from keras_blur.errors import BlurError, UsageError


def keys(images):
    return [image.tobytes() for image in images]


def test_a_folder_is_divided_and_drawn_by_the_seed(photo_folder):
    photos = Photos(str(photo_folder))
    drawn, again = keys(photos.calibration(6, seed=1)), keys(photos.calibration(6, seed=1))
    assert drawn == again and len(set(drawn)) == 6
    assert drawn != keys(photos.calibration(6, seed=2))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_photos_to_verify_with_are_never_calibrated_with(photo_folder, seed):
    photos = Photos(str(photo_folder))
    calibrated, verified = keys(photos.calibration(100, seed)), keys(photos.verification())
    assert not set(calibrated) & set(verified)
    assert len(calibrated) + len(verified) == 12 and verified


def test_what_is_calibrated_with_has_names(photo_folder, tiny_data):
    folder, prepared = Photos(str(photo_folder)), Photos("tiny_blur", str(tiny_data))
    assert len(set(folder.names(6, 1))) == 6 and folder.names(0, 0) == []
    assert set(folder.names(100, 0)) < {path.stem for path in photo_folder.iterdir()}
    assert set(prepared.names(100, 0)) == {f"train{index}" for index in range(12)}


def test_a_data_set_gives_training_and_validation_photos(tiny_data):
    from keras_blur.data import catalog

    photos = Photos("tiny_blur", str(tiny_data))
    for split, images in (("train", photos.calibration(3, 0)), ("validation", photos.verification(2))):
        known = {example.image.tobytes() for example in catalog.load("tiny_blur", split, tiny_data)}
        assert {image.tobytes() for image in images} <= known


def test_samples_span_all_values():
    dark = [np.full((9, 9, 3), 40, np.uint8)] * 3
    found = samples(iter(dark), Contract("c", height=4, width=6))
    assert [sample.shape for sample in found] == [(1, 4, 6, 3)] * 3
    assert found[0].dtype == np.uint8 and (found[0].min(), found[0].max()) == (0, 255)
    assert (found[0] == 40).sum() == found[0].size - 2 and (found[1] == 40).all()
    assert samples(iter([]), Contract("c", height=4, width=6)) == []


def test_bad_folders_are_named(tmp_path):
    with pytest.raises(UsageError, match="no photos in"):
        Photos(str(tmp_path))
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    with pytest.raises(BlurError, match=r"too few photos.*expected at least 2, found 1"):
        Photos(str(tmp_path))
    (tmp_path / "b.png").write_bytes(b"no photo")
    with pytest.raises(BlurError, match=r"cannot read .*b\.png"):
        photos = Photos(str(tmp_path))
        [*photos.calibration(5, 0), *photos.verification()]
    with pytest.raises(UsageError, match=r"calibration: .* is no folder of photos, and data folder"):
        Photos("no_such_dataset", str(tmp_path / "none"))
