"""Networks that ship with kernels of half the size."""

import h5py
import numpy as np
import pytest

from keras_blur import files, models, provenance, systems
from keras_blur.systems.weights import WEIGHTS_FILE, load_network, save_network
from tools import ship


@pytest.fixture
def run(tmp_path):
    """A run folder as training leaves it."""
    options = {"filters": 4}
    network = models.build("purohit2018_patch", **options)
    for weight in network.weights:
        weight.assign(np.random.default_rng(0).uniform(0.1, 1, weight.shape))
    folder = tmp_path / "run" / "best"
    save_network(folder, "purohit2018_patch", options, network, models.contract("purohit2018_patch"))
    files.write_json(tmp_path / "run" / "config.json", {"model": {"name": "purohit2018_patch"}})
    files.write_json(tmp_path / "run" / "run.json", {"data": [{"dataset": "d", "split": "train"}] * 2})
    (tmp_path / "run" / "log.csv").write_text("epoch\n0\n")
    return tmp_path / "run", network


def test_a_run_ships_in_half_the_bytes(run, tmp_path):
    folder, network = run
    assert ship.main([str(folder), "mine", "--pretrained", str(tmp_path / "there")]) == 0
    target = tmp_path / "there" / "mine"
    loaded, contract = load_network(target)
    assert contract == models.contract("purohit2018_patch")
    for ours, theirs in zip(loaded.weights, network.weights, strict=True):
        assert ours.dtype == "float32"
        tolerance = 0 if len(ours.shape) < 2 else 1e-3
        np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=tolerance)
    with h5py.File(target / WEIGHTS_FILE) as file:
        kinds = set()
        file.visititems(
            lambda _, item: kinds.add((item.ndim > 1, str(item.dtype))) if hasattr(item, "ndim") else None
        )
    assert kinds == {(True, "float16"), (False, "float32")}
    assert provenance.training(target)["epochs"] == 1


def test_kernels_that_are_too_large_are_refused(run, capsys, tmp_path):
    folder, network = run
    network.weights[0].assign(np.full(network.weights[0].shape, 1e6))
    network.save_weights(folder / "best" / WEIGHTS_FILE)
    assert ship.main([str(folder), "mine", "--pretrained", str(tmp_path)]) == 1
    assert "that float16 holds" in capsys.readouterr().err


def test_weights_of_unknown_origin_are_refused(run, capsys, tmp_path):
    folder, _ = run
    (folder / "log.csv").unlink()
    assert ship.main([str(folder), "mine", "--pretrained", str(tmp_path)]) == 1
    assert "record of its training" in capsys.readouterr().err


@pytest.mark.parametrize("name", [name for name in systems.STAND_INS if systems.is_shipped(name)])
def test_what_ships_is_small_and_says_what_it_is(name):
    folder = systems.PRETRAINED / name
    names = {path.name for path in folder.iterdir()}
    assert names >= {
        WEIGHTS_FILE,
        "network.json",
        "contract.json",
        "metrics.json",
        "training.json",
        "README.md",
    }
    metrics = files.read_json(folder / "metrics.json")
    assert metrics["dataset"] == "cuhk_blur/kim2018" and metrics["photos"] == 200
    card = (folder / "README.md").read_text()
    for key in ("accuracy", "miou"):
        assert f"{metrics['results']['all']['mean'][key]:.3f}" in card
    assert systems.load(name).num_params == metrics["weights"]
    total = sum(
        path.stat().st_size for part in systems.STAND_INS for path in (systems.PRETRAINED / part).glob("*")
    )
    assert total <= 25_000_000
