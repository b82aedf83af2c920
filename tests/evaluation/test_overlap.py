import shutil

import pytest

from keras_blur.data import catalog
from keras_blur.evaluation import overlap


@pytest.fixture
def data_dir(tiny_data, tmp_path):
    """`tiny_blur` under the names of two configs of one builder."""
    for config in ("one", "other"):
        shutil.copytree(tiny_data / "tiny_blur/1.0.0", tmp_path / "tiny" / config / "1.0.0")
    return tmp_path


def record(*identities):
    return {"network": "unet", "data": list(identities), "epochs": 1}


def identify(data):
    dataset, split = data.split(" ")
    return {"dataset": dataset, "split": split}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (["tiny/other train"], "trained on 3 of the 4 photos, in tiny/other train: "),
        (["tiny/other test"], None),
        (["absent train", "tiny/other train"], "trained on 3 of the 4 photos, in tiny/other train: "),
        (["absent train"], None),
        (["tiny/absent train"], "trained on tiny/absent train, which may share photos with tiny/one"),
    ],
)
def test_shared_photos_are_counted(data_dir, data, expected):
    examples = catalog.load("tiny/one", "train+validation", data_dir)
    indices = [examples.names.index(name) for name in ("train0", "train1", "train9", "validation4")]
    found = overlap.find_notes(examples, indices, [record(*map(identify, data))], data_dir)
    assert len(found) == (expected is not None) and "".join(found).startswith(expected or "")


@pytest.mark.parametrize("part", ["training", "validation", "others"])
def test_held_out_photos_of_a_fold_are_unseen(data_dir, part):
    whole = catalog.load("tiny/one", "train+validation", data_dir)
    held_out, learnt = (catalog.select_fold(whole, catalog.Fold(1, 3, name)) for name in ("held_out", part))
    trained_on = [record(learnt.identity)]
    assert not overlap.find_notes(held_out, range(len(held_out)), trained_on, data_dir)
    (note,) = overlap.find_notes(whole, range(len(whole)), trained_on, data_dir)
    assert note.startswith(
        f"trained on {len(learnt)} of the 17 photos, in tiny/one train+validation, {part} of"
    )


@pytest.mark.parametrize(
    ("old", "shared"),
    [
        ({"data": "tiny/other train", "extra": None}, 12),
        ({"data": "absent train", "extra": "tiny/other"}, 12),
        ({"data": "tiny/other train+validation, fold 2 of 3 left out", "extra": None}, 11),
    ],
)
def test_records_of_earlier_versions_are_read(data_dir, old, shared):
    whole = catalog.load("tiny/one", "train+validation", data_dir)
    old = {"network": "unet", "examples": 12, "epochs": 1, **old}
    (note,) = overlap.find_notes(whole, range(len(whole)), [old], data_dir)
    assert note.startswith(f"trained on {shared} of the 17 photos")


def test_photos_that_chose_the_epoch_count_too(data_dir):
    whole = catalog.load("tiny/one", "train+validation", data_dir)
    training = {**record(identify("tiny/other train")), "validation": [identify("tiny/other validation")]}
    learnt, chosen = overlap.find_notes(whole, range(len(whole)), [training], data_dir)
    assert learnt.startswith("trained on 12 of the 17 photos, in tiny/other train: ")
    assert chosen.startswith("epoch or settings chosen by 5 of the 17 photos, in tiny/other validation: ")


def test_composites_share_the_photos_that_they_are_made_of(data_dir, monkeypatch):
    whole = catalog.load("tiny/one", "train", data_dir)
    monkeypatch.setitem(whole.__dict__, "photos", ["train0+train1"] * 6 + ["elsewhere"] * 6)
    (note,) = overlap.find_notes(whole, range(12), [record(identify("tiny/other train"))], data_dir)
    assert note.startswith("trained on 2 of the 3 photos")
