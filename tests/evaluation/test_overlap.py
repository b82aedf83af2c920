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


@pytest.mark.parametrize(
    ("data", "extra", "expected"),
    [
        ("tiny/other train", None, "trained on 3 of the 4 photos, in tiny/other train: "),
        ("tiny/other test", None, None),
        ("absent train", "tiny/other", "trained on 3 of the 4 photos, in tiny/other train: "),
        ("absent train", None, None),
        ("tiny/absent train", None, "trained on tiny/absent train, which may share photos with tiny/one"),
    ],
)
def test_shared_photos_are_counted(data_dir, data, extra, expected):
    examples = catalog.load("tiny/one", "train+validation", data_dir)
    indices = [examples.names.index(name) for name in ("train0", "train1", "train9", "validation4")]
    found = overlap.notes(examples, indices, [{"data": data, "extra": extra}], data_dir)
    assert len(found) == (expected is not None) and "".join(found).startswith(expected or "")


def test_held_out_photos_of_a_fold_are_unseen(data_dir):
    whole = catalog.load("tiny/one", "train+validation", data_dir)
    learnt, held_out = catalog.fold(whole, 1, 3)
    record = {"data": f"{learnt.dataset} {learnt.split}", "extra": None}
    assert not overlap.notes(held_out, range(len(held_out)), [record], data_dir)
    (note,) = overlap.notes(whole, range(len(whole)), [record], data_dir)
    assert note.startswith(f"trained on {len(learnt)} of the 17 photos")
