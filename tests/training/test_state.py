"""States that can't be gone on from: each is one line, whatever is wrong with the file."""

import io
import json
import zipfile

import keras
import numpy as np
import pytest

from keras_blur.errors import BlurError
from keras_blur.training import state
from keras_blur.training.log import Progress

HEADER = {"epoch": 1, "progress": {"rows": [{"epoch": 1}], "best": None, "best_epoch": 1}}


def make_model(units=1):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def write(path, header, compression=None):
    buffer = io.BytesIO()
    np.savez(buffer, header=np.array(json.dumps(header)))
    content = bytearray(buffer.getvalue())
    if compression is not None:  # in both of the headers that a member of a zip has
        for signature, offset in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
            place = content.index(signature) + offset
            content[place : place + 2] = compression.to_bytes(2, "little")
    path.write_bytes(content)


def test_what_was_saved_is_read(tmp_path):
    model, progress = make_model(), Progress.from_dict(HEADER["progress"])
    state.save(tmp_path / "state.npz", model, 1, progress)
    stored = state.read(tmp_path / "state.npz")
    assert stored.epoch == 1 and stored.progress.to_dict() == progress.to_dict()
    other = make_model()
    state.check(tmp_path / "state.npz", stored, other)
    state.apply(stored.arrays, other)
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    "header",
    [
        [],
        "text",
        3,
        {},
        {"epoch": 1},
        {"progress": HEADER["progress"]},
        {**HEADER, "epoch": "many"},
        {**HEADER, "epoch": 2},
        {**HEADER, "progress": []},
        {**HEADER, "progress": {"rows": [3], "best": None, "best_epoch": 0}},
        {**HEADER, "progress": {"rows": [{"epoch": 1}], "best": [], "best_epoch": 0}},
        {**HEADER, "progress": {"rows": [{"epoch": 1}], "best": None, "best_epoch": 2}},
    ],
)
def test_a_header_that_says_something_else_is_one_line(header, tmp_path):
    write(tmp_path / "state.npz", header)
    with pytest.raises(BlurError, match=r"cannot resume from .*state\.npz: .+; to begin again") as caught:
        state.read(tmp_path / "state.npz")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("compression", [9, 93, 99])
def test_compressions_that_numpy_lacks_are_one_line(compression, tmp_path):
    write(tmp_path / "state.npz", HEADER, compression)
    with pytest.raises(BlurError, match=r"cannot resume from .*state\.npz"):
        state.read(tmp_path / "state.npz")


@pytest.mark.parametrize("content", [b"", b"no zip", b"\x93NUMPY\1\0", b"PK\5\6" + bytes(18)])
def test_files_that_are_no_state_are_one_line(content, tmp_path):
    (tmp_path / "state.npz").write_bytes(content)
    with pytest.raises(BlurError, match=r"cannot resume from .*state\.npz"):
        state.read(tmp_path / "state.npz")


def test_mutated_states_are_read_or_one_line(tmp_path):
    state.save(tmp_path / "whole.npz", make_model(), 1, Progress.from_dict(HEADER["progress"]))
    whole, rng = (tmp_path / "whole.npz").read_bytes(), np.random.default_rng(0)
    outcomes = set()
    for _ in range(300):
        content = bytearray(whole)
        for place in rng.integers(0, len(content), 3):
            content[place] = rng.integers(256)
        (tmp_path / "state.npz").write_bytes(content)
        try:
            state.check(tmp_path / "state.npz", state.read(tmp_path / "state.npz"), make_model())
            outcomes.add("read")
        except BlurError as error:
            assert "\n" not in str(error)
            outcomes.add("one line")
    assert "one line" in outcomes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model/0": np.zeros((2, 2), "float32")}, r"expected float32\[2, 1\] for .*, found float32\[2, 2\]"),
        ({"model/0": np.array([["a"], ["b"]])}, r"found <U1\[2, 1\]"),
        ({"model/9": np.zeros(1)}, r"expected \d+ variables, found \d+"),
    ],
)
def test_the_state_of_another_network_is_named(changes, message, tmp_path):
    path = tmp_path / "state.npz"
    state.save(path, make_model(), 1, Progress.from_dict(HEADER["progress"]))
    stored = state.read(path)
    with pytest.raises(BlurError, match=f"is of another network or optimizer: .*{message}"):
        state.check(path, stored._replace(arrays={**stored.arrays, **changes}), make_model())


def test_members_with_bad_names_are_one_line(tmp_path):
    with zipfile.ZipFile(tmp_path / "state.npz", "w") as archive:
        archive.writestr("header", b"{}")
    with pytest.raises(BlurError, match=r"cannot resume from .*state\.npz"):
        state.read(tmp_path / "state.npz")
