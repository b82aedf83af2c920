import collections
import shutil
import zipfile

import cv2
import numpy as np
import pytest

pytest.importorskip("tensorflow_datasets")

import tensorflow_datasets as tfds

from keras_blur.errors import BlurError
from keras_blur.labels import DEFOCUS, MOTION, PHOTO_TYPES, SHARP
from tfds_builders.__main__ import build
from tfds_builders.cuhk_blur import dummy_photos
from tfds_builders.cuhk_blur.cuhk_blur_dataset_builder import Builder
from tfds_builders.cuhk_blur.manual_folder import ManualFolder, read_manifest


@pytest.fixture
def manual(tmp_path, monkeypatch):
    """The manual folder with the nine photos."""
    folder = tmp_path / "manual"
    monkeypatch.setattr(Builder, "manifest", dummy_photos.make(folder))
    return folder


def examples(folder, split):
    raw = {"image": tfds.decode.SkipDecoding(), "mask": tfds.decode.SkipDecoding()}
    source = tfds.builder_from_directory(folder).as_data_source(split=split, decoders=raw)
    return {bytes(example["name"]).decode(): example for example in source}


def decoded(data):
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def test_shipped_manifest_has_the_published_splits():
    photos = read_manifest(Builder.manifest)
    count = collections.Counter((photo.type, photo.splits["kim2018"]) for photo in photos)
    assert count == {
        ("motion", "train"): 212, ("motion", "validation"): 24, ("motion", "test"): 60,
        ("defocus", "train"): 508, ("defocus", "validation"): 56, ("defocus", "test"): 140,
    }  # fmt: skip
    count = collections.Counter((photo.type, photo.splits["zhao2018_defocus"]) for photo in photos)
    assert count == {
        ("motion", "-"): 296,
        ("defocus", "train"): 544, ("defocus", "validation"): 60, ("defocus", "test"): 100,
    }  # fmt: skip
    assert len({photo.name for photo in photos}) == len({photo.image_sha256 for photo in photos}) == 1000
    assert all(photo.type == photo.splits["type"] for photo in photos)


def test_the_two_splits_overlap_as_documented():
    photos = read_manifest(Builder.manifest)
    count = collections.Counter(
        (photo.splits["kim2018"], photo.splits["zhao2018_defocus"]) for photo in photos
    )
    assert count["train", "test"] == 71 and count["validation", "test"] == 10
    assert count["test", "train"] + count["test", "validation"] == 121


def test_photos_and_masks_arrive_unharmed(manual, tmp_path):
    folder = build("cuhk_blur", tmp_path / "data", manual)
    assert folder == tmp_path / "data" / "cuhk_blur" / "kim2018" / "1.1.0"
    train = examples(folder, "train")
    assert set(train) == {name for name, split in dummy_photos.SPLITS.items() if split == "train"}
    for name, example in train.items():
        motion = name.startswith("motion")
        ending = ".JPG" if name == dummy_photos.UPPER_CASE else ".jpg"
        assert example["image"] == (manual / "image" / (name + ending)).read_bytes()
        mask = decoded(example["mask"])
        assert mask.dtype == np.uint8
        blurred = dummy_photos.blurred_part(24, 32)
        np.testing.assert_array_equal(mask, np.where(blurred, MOTION if motion else DEFOCUS, SHARP))
        assert PHOTO_TYPES[example["type"]] == ("motion" if motion else "defocus")
    assert dummy_photos.UPPER_CASE in train and dummy_photos.RGBA in train


def test_zhao_has_no_motion(manual, tmp_path):
    folder = build("cuhk_blur/zhao2018_defocus", tmp_path / "data", manual)
    names = [set(examples(folder, split)) for split in ("train", "validation", "test")]
    assert [len(split) for split in names] == [4, 1, 1]
    assert all(name.startswith("out_of_focus") for name in set.union(*names))


def test_zips_and_deeper_folders_are_found(manual, tmp_path):
    zipped, deeper = tmp_path / "zipped", tmp_path / "deeper"
    zipped.mkdir()
    for part, name in (("image", "BlurDatasetImage.zip"), ("gt", "BlurDatasetGT.zip")):
        with zipfile.ZipFile(zipped / name, "w") as archive:
            for path in (manual / part).iterdir():
                archive.write(path, f"{part}/{path.name}")
    shutil.copytree(manual, deeper / "cuhk")
    photos = read_manifest(Builder.manifest)
    for folder in (zipped, deeper):
        ManualFolder(folder).verify(photos)
        assert ManualFolder(folder).photo(photos[0]) == ManualFolder(manual).photo(photos[0])
    assert examples(build("cuhk_blur", tmp_path / "data", zipped), "test").keys() == {
        name for name, split in dummy_photos.SPLITS.items() if split == "test"
    }


def test_results_of_some_method_beside_the_masks_do_not_confuse(manual):
    shutil.copytree(manual / "image", manual / "a_method")
    for photo in (manual / "a_method").iterdir():
        photo.rename(photo.with_suffix(".png"))
    ManualFolder(manual).verify(read_manifest(Builder.manifest))


def test_missing_and_altered_files_are_counted_and_named(manual, tmp_path):
    for number in (1, 2, 3, 4):
        (manual / "gt" / f"out_of_focus{number:04d}.png").unlink()
    with (manual / "image" / "motion0003.jpg").open("ab") as file:
        file.write(b"more")
    with pytest.raises(BlurError) as error:
        build("cuhk_blur", tmp_path / "data", manual)
    message = str(error.value)
    first = ", ".join(f"out_of_focus{number:04d}.png" for number in (1, 2, 3))
    assert f"4 files missing ({first}, ...)" in message
    assert "1 file altered (motion0003.jpg)" in message
    assert str(manual) in message and "again" in message and "\n" not in message
    assert not list((tmp_path / "data").rglob("*.array_record*"))


def test_broken_zip_is_named(manual):
    (manual / "photos.zip").write_bytes(b"PK not really")
    with pytest.raises(BlurError, match=r"photos\.zip as a zip"):
        ManualFolder(manual)


DAMAGES = {  # offset from a member's entry in the zip's directory, bytes
    "encrypted": (8, b"\1\0"),
    "unknown compression": (10, b"\x63\0"),
    "another compression": (10, b"\x0e\0"),
}


@pytest.mark.parametrize("damage", [*DAMAGES, "damaged"])
def test_members_of_a_zip_that_cannot_be_read_are_altered(damage, manual, tmp_path):
    zipped = tmp_path / "zipped"
    shutil.copytree(manual / "gt", zipped / "gt")
    with zipfile.ZipFile(zipped / "photos.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((manual / "image").iterdir()):
            archive.write(path, path.name)
        first = archive.infolist()[0].filename
    data = bytearray((zipped / "photos.zip").read_bytes())
    start, new = DAMAGES.get(damage, (30 + len(first), b"\xff\xff"))  # else the data behind the first header
    start += data.index(b"PK\1\2") if damage in DAMAGES else 0
    data[start : start + 2] = new
    (zipped / "photos.zip").write_bytes(data)
    with pytest.raises(BlurError, match=rf"1 file altered \({first.lower()}\)"):
        ManualFolder(zipped).verify(read_manifest(Builder.manifest))


def test_mask_of_another_size_names_both(tmp_path, monkeypatch):
    monkeypatch.setattr(Builder, "manifest", dummy_photos.make(tmp_path / "manual", mask_size=(24, 31)))
    with pytest.raises(Exception, match=r"png is 31x24 pixels, but its photo .*jpg is 32x24") as error:
        build("cuhk_blur", tmp_path / "data", tmp_path / "manual")
    assert isinstance(error.value, BlurError)
    assert not list((tmp_path / "data").rglob("incomplete*"))


@pytest.mark.realdata
def test_real_folder_is_as_published(real_data):
    ManualFolder(real_data / "cuhk").verify(read_manifest(Builder.manifest))


def test_a_zip_with_a_broken_name_is_one_line(manual, tmp_path):
    archive = manual / "BlurDatasetImage.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("m\xf3tion0001.jpg", b"")
    archive.write_bytes(archive.read_bytes().replace("\xf3".encode(), b"\xff\xfe"))
    with pytest.raises(BlurError, match=r"cannot open .*BlurDatasetImage.zip as a zip"):
        build("cuhk_blur", tmp_path / "data", manual)


def test_a_zip_that_unpacks_to_any_amount_is_read_in_part(manual, monkeypatch):
    from tfds_builders.cuhk_blur import manual_folder

    monkeypatch.setattr(manual_folder, "LARGEST_FILE", 1000)
    (manual / "image" / "motion0001.JPG").unlink()
    with zipfile.ZipFile(manual / "photos.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("motion0001.jpg", b"0" * 1_000_000)
    folder = ManualFolder(manual)
    (reader,) = folder._readers["motion0001", "image"]
    assert len(reader()) == 1000
    assert folder.read("motion0001", "image", "0" * 64) == (None, "altered")


@pytest.mark.parametrize(
    "hostile", [b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 30, b"P6 1 x 255 ", b"P5 99999 99999 255\n"]
)
def test_photos_that_only_claim_to_be_some_are_one_line(hostile, manual):
    from tfds_builders.cuhk_blur.cuhk_blur_dataset_builder import class_mask
    from tfds_builders.photo_folder import decoded

    photo = read_manifest(Builder.manifest)[0]
    mask = (manual / "gt" / f"{photo.name}.png").read_bytes()
    for call in (
        lambda: class_mask(photo, hostile, mask),
        lambda: class_mask(photo, mask, hostile),
        lambda: decoded(hostile, "motion0001.jpg"),
    ):
        with pytest.raises(BlurError, match="motion0001") as error:
            call()
        assert "\n" not in str(error.value)
