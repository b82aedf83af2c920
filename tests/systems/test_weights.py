"""Saving and loading networks: by value, as a whole, and with clear errors."""

import errno
import os
import shutil

import h5py
import keras
import numpy as np
import pytest

from keras_blur import files, models, systems
from keras_blur.contract import Contract
from keras_blur.errors import BlurError
from keras_blur.spec import NetworkSpec
from keras_blur.systems.weights import load_network, save_network

CONTRACT = Contract("tiny", height=16, width=16, output_stride=2)
IMAGE = np.random.default_rng(0).integers(0, 256, (33, 21, 3), dtype=np.uint8)


def tiny(filters=4):
    inputs = keras.Input((None, None, 3))
    x = keras.layers.Rescaling(1 / 127.5, -1)(inputs)
    x = keras.layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False)(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Dropout(0.5)(x)
    return keras.Model(inputs, keras.layers.Conv2D(3, 1)(x), name="tiny")


@pytest.fixture(autouse=True)
def tiny_is_known(monkeypatch):
    spec = NetworkSpec(name="tiny", builder=tiny, contract=lambda **_: CONTRACT)
    monkeypatch.setitem(models.SPECS, "tiny", spec)


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    return tiny()


@pytest.fixture
def folder(tmp_path, model):
    save_network(tmp_path / "best", "tiny", {"filters": 4}, model, CONTRACT)
    return tmp_path / "best"


def assert_same_weights(one, other):
    assert len(one.weights) == len(other.weights)
    for a, b in zip(one.weights, other.weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_round_trip_by_value(folder, model):
    loaded, contract = load_network(folder)
    assert contract == CONTRACT
    assert_same_weights(loaded, model)
    assert sorted(os.listdir(folder)) == ["contract.json", "network.json", "weights.weights.h5"]
    assert os.listdir(folder.parent) == ["best"]


def test_options_build_the_same_network_again(tmp_path):
    model = tiny(filters=7)
    save_network(tmp_path / "a", "tiny", {"filters": 7}, model, CONTRACT)
    assert_same_weights(load_network(tmp_path / "a")[0], model)


def test_an_optimizers_state_is_not_saved(tmp_path, folder, model):
    model.compile("adam", "mse", run_eagerly=True)
    model.optimizer.build(model.trainable_variables)
    save_network(tmp_path / "compiled", "tiny", {"filters": 4}, model, CONTRACT)
    assert_same_weights(load_network(tmp_path / "compiled")[0], model)
    plain, compiled = (path / "weights.weights.h5" for path in (folder, tmp_path / "compiled"))
    assert compiled.stat().st_size <= plain.stat().st_size * 1.1


def test_saving_again_replaces_the_folder(folder, model):
    (folder / "stale.txt").touch()
    model.set_weights([weight + 1 for weight in model.get_weights()])
    save_network(folder, "tiny", {"filters": 4}, model, CONTRACT)
    assert_same_weights(load_network(folder)[0], model)
    assert not (folder / "stale.txt").exists()


@pytest.mark.parametrize("when", ["save_weights", "copy"])
def test_a_full_disk_keeps_the_old_network(folder, model, monkeypatch, when):
    old = load_network(folder)[0]

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    if when == "save_weights":
        monkeypatch.setattr(model, "save_weights", full)
    else:
        monkeypatch.setattr("h5py.Group.copy", full)
    model.set_weights([weight + 1 for weight in model.get_weights()])
    with pytest.raises(BlurError, match=r"cannot write .*best: No space left"):
        save_network(folder, "tiny", {"filters": 4}, model, CONTRACT)
    assert_same_weights(load_network(folder)[0], old)
    assert os.listdir(folder.parent) == ["best"]


def test_a_full_disk_is_told_in_one_line(folder, model):
    """As h5py itself would tell it, in lines with the time."""
    resource = pytest.importorskip("resource")
    old, limits = load_network(folder)[0], resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(BlurError, match=r"cannot write .*best: File too large") as caught:
            save_network(folder, "tiny", {"filters": 4}, model, CONTRACT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "\n" not in str(caught.value)
    assert_same_weights(load_network(folder)[0], old)


def test_a_file_in_the_way_is_named(tmp_path, model):
    (tmp_path / "file").touch()
    with pytest.raises(BlurError, match="cannot write"):
        save_network(tmp_path / "file" / "best", "tiny", {}, model, CONTRACT)
    with pytest.raises(BlurError, match="a file is where a folder should be"):
        save_network(tmp_path / "file", "tiny", {}, model, CONTRACT)
    assert os.listdir(tmp_path) == ["file"] and (tmp_path / "file").is_file()


def test_a_kill_between_the_renames_loses_nothing(folder, model):
    folder.rename(folder.with_name(".best.previous"))
    shutil.copytree(folder.with_name(".best.previous"), folder.with_name(".best.partial"))
    assert_same_weights(load_network(folder)[0], model)
    assert systems.load(folder.parent).name == "tiny"
    save_network(folder, "tiny", {"filters": 4}, model, CONTRACT)
    assert os.listdir(folder.parent) == ["best"]


def test_weights_of_another_network_are_named(tmp_path, folder):
    save_network(tmp_path / "other", "tiny", {"filters": 5}, tiny(filters=5), CONTRACT)
    shutil.copy(tmp_path / "other" / "weights.weights.h5", folder)
    with pytest.raises(BlurError) as caught:
        load_network(folder)
    message = str(caught.value)
    assert "weights.weights.h5" in message and "tiny" in message and "\n" not in message
    assert "(1, 1, 4, 3)" in message and "(1, 1, 5, 3)" in message


def test_weights_of_a_larger_network_are_not_loaded_in_part(folder, model):
    larger = keras.Sequential([model, keras.layers.Conv2D(3, 1)])
    larger.build((None, None, None, 3))
    larger.save_weights(folder / "weights.weights.h5")
    with pytest.raises(BlurError, match="expected 7 arrays, found 9"):
        load_network(folder)


@pytest.mark.parametrize("damage", ["empty", "text", "half", "missing"])
def test_damaged_weights_are_named(folder, damage):
    path = folder / "weights.weights.h5"
    content = {"empty": b"", "text": b"junk", "half": path.read_bytes()[: path.stat().st_size // 2]}
    path.unlink()
    if damage in content:
        path.write_bytes(content[damage])
    with pytest.raises(BlurError, match=r"weights\.weights\.h5") as caught:
        load_network(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "description",
    [
        [],
        {},
        {"name": "tinny", "options": {}},
        {"name": None, "options": {}},
        {"name": "tiny", "options": {"x": 1}},
    ],
)
def test_wrong_descriptions_are_named(folder, description):
    files.write_json(folder / "network.json", description)
    with pytest.raises(BlurError, match=r"network\.json"):
        load_network(folder)


@pytest.mark.parametrize("name", ["contract.json", "network.json"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(BlurError, match=name.replace(".", r"\.")):
        load_network(folder)


def test_run_folders_and_weights_folders_load_as_systems(folder):
    from_run, from_folder = systems.load(folder.parent), systems.load(folder)
    blur_map = from_run.blur_map(IMAGE)
    assert from_run.name == "tiny" and blur_map.shape == (8, 8, 3)
    np.testing.assert_allclose(blur_map.sum(axis=-1), 1, atol=1e-5)
    np.testing.assert_array_equal(from_folder.blur_map(IMAGE), blur_map)


def test_padded_networks_take_photos_of_changing_size(tmp_path, model):
    contract = Contract("tiny", resize="pad", multiple=8, output_stride=2)
    save_network(tmp_path / "a", "tiny", {"filters": 4}, model, contract)
    system = systems.load(tmp_path / "a", refine=True)
    for height, width in ((8, 8), (17, 30), (1, 9)):
        image = IMAGE[:height, :width]
        assert system.blur_map(image).shape[:2] == image.shape[:2]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_are_refused_on_loading(folder, value):
    """A ReLU6 behind them would swallow NaN, and the answer would be wrong without a word."""
    with h5py.File(folder / "weights.weights.h5", "r+") as file:
        file["layers/conv2d_1/vars/0"][0, 0, 0, 0] = value
    with pytest.raises(BlurError, match=r"weights\.weights\.h5: .*holds NaN, infinity") as caught:
        load_network(folder)
    assert "conv2d" in str(caught.value)


def test_a_variance_below_zero_is_refused(folder):
    with h5py.File(folder / "weights.weights.h5", "r+") as file:
        file["layers/batch_normalization/vars/3"][0] = -1
    with pytest.raises(BlurError, match="moving_variance' holds NaN, infinity or a variance below 0"):
        load_network(folder)


def replace(file, name, **how):
    shape = file[name].shape
    del file[name]
    return file.create_dataset(name, shape, "float32", **how)


@pytest.mark.parametrize("how", ["virtual", "external", "link", "soft link", "parts"])
def test_weights_that_lie_elsewhere_or_blow_up_are_named_so(folder, how):
    name = "layers/conv2d/vars/0"
    with h5py.File(folder / "weights.weights.h5", "r+") as file:
        shape = file[name].shape
        if how == "virtual":
            layout = h5py.VirtualLayout(shape, "float32")
            layout[...] = h5py.VirtualSource("/etc/passwd", "x", shape)
            del file[name]
            file.create_virtual_dataset(name, layout)
        elif how == "external":
            replace(file, name, external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])
        elif how == "parts":
            replace(file, name, maxshape=(None,) * 4, chunks=(1000, 100, 10, 10), compression="gzip")
        else:
            del file[name]
            file[name] = h5py.ExternalLink("/etc/passwd", "x") if how == "link" else h5py.SoftLink("/x")
    words = {"parts": "parts that are larger"}.get(how, "link" if "link" in how else "outside of it")
    with pytest.raises(BlurError, match=f"damaged or incomplete .*{words}"):
        load_network(folder)


def test_mutated_weights_are_loaded_or_one_line(folder):
    path = folder / "weights.weights.h5"
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    outcomes = set()
    for _ in range(15):
        content = bytearray(whole)
        for place in rng.integers(0, 2000, 3):  # where the names and kinds stand
            content[place] = rng.integers(256)
        path.write_bytes(content)
        try:
            load_network(folder)
            outcomes.add("loaded")
        except BlurError as error:
            assert "\n" not in str(error)
            outcomes.add("one line")
    assert "one line" in outcomes
