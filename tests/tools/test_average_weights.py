"""The mean of several runs."""

import numpy as np
import pytest

from keras_blur import files, models, provenance
from keras_blur.systems.weights import load_network, save_network
from tools import average_weights

NAME, OPTIONS = "purohit2018_patch", {"filters": 4}


def trained(value: float):
    network = models.build(NAME, **OPTIONS)
    for weight in network.weights:
        weight.assign(np.full(weight.shape, value))
    return network


@pytest.fixture
def runs(tmp_path):
    """Two run folders whose weights are all 1 and all 3, started from a network of zeros."""
    save_network(tmp_path / "start", NAME, OPTIONS, trained(0), models.contract(NAME))
    for value in (1, 3):
        run = tmp_path / f"run{value}"
        save_network(run / "best", NAME, OPTIONS, trained(value), models.contract(NAME))
        model = {"name": NAME, "options": OPTIONS, "initial_weights": str(tmp_path / "start")}
        files.write_json(run / "config.json", {"model": model})
        files.write_json(run / "run.json", {"data": [{"dataset": "d", "split": "train"}] * 2})
        (run / "log.csv").write_text("epoch\n0\n1\n")
    return [tmp_path / "run1", tmp_path / "run3"]


@pytest.mark.parametrize(
    ("options", "expected"), [([], 2.0), (["--alpha", "0.75"], 1.5), (["--alpha", "0"], 0)]
)
def test_the_mean_is_that_of_the_runs_and_their_start(runs, tmp_path, options, expected):
    output = tmp_path / "mean"
    assert average_weights.main([*map(str, runs), "--output", str(output), *options]) == 0
    network, contract = load_network(output)
    assert contract == models.contract(NAME)
    for weight in network.weights:
        np.testing.assert_allclose(np.asarray(weight), expected, rtol=1e-6)
    assert provenance.training(output)["epochs"] == 4


def test_runs_that_do_not_belong_together_are_refused(runs, tmp_path, capsys):
    output = ["--output", str(tmp_path / "mean")]
    assert average_weights.main([*map(str, runs), *output, "--alpha", "1.5"]) == 2
    assert "--alpha: expected 0 to 1, received 1.5" in capsys.readouterr().err
    assert average_weights.main([str(runs[0]), str(runs[0]), *output]) == 2
    assert "expected each run once" in capsys.readouterr().err
    assert average_weights.main([*map(str, runs), "--output", str(runs[1] / "best")]) == 2
    assert "--output: expected a folder of its own" in capsys.readouterr().err
    files.write_json(runs[1] / "run.json", {"data": [{"dataset": "other", "split": "train"}] * 2})
    assert average_weights.main([*map(str, runs), *output]) == 1
    assert f"{runs[1]}: expected the network, data and start of {runs[0]}" in capsys.readouterr().err
    (runs[1] / "log.csv").unlink()
    assert average_weights.main([*map(str, runs), *output]) == 1
    assert "expected a run folder with the record of its training" in capsys.readouterr().err
    files.write_json(runs[0] / "config.json", {"model": {"name": NAME, "options": OPTIONS}})
    assert average_weights.main([str(runs[0]), *output, "--alpha", "0.5"]) == 2
    assert "expected runs with model.initial_weights" in capsys.readouterr().err
    assert not (tmp_path / "mean").exists()
