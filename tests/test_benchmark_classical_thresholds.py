"""The thresholds of the hand-made methods are the best ones, and never those of test photos."""

import csv
import importlib.util
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="module")
def benchmark():
    path = Path(__file__).parent.parent / "benchmarks" / "classical_thresholds.py"
    spec = importlib.util.spec_from_file_location("benchmark_classical_thresholds", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_best_threshold_by_hand(benchmark):
    # Sharp pixels at levels 10 and 99, blurred ones at 200: any cut from 99 to 199 is perfect.
    histograms = np.zeros((1, 2, 256), np.int64)
    histograms[0, 0, [10, 99]] = 5
    histograms[0, 1, 200] = 7
    assert 255 * benchmark.best_threshold(histograms) == pytest.approx(149, abs=1)
    # Another photo moves it to where both are served: its sharp pixels reach 180.
    other = np.zeros((1, 2, 256), np.int64)
    other[0, 0, 180], other[0, 1, 220] = 3, 3
    best = benchmark.best_threshold(np.concatenate([histograms, other]))
    assert 180 <= 255 * best < 200
    assert benchmark.mean_figures(np.concatenate([histograms, other]), best)["miou"] == 1


def test_writes_a_line_for_each_method(benchmark, tiny_data, tmp_path, capsys):
    output = tmp_path / "table.csv"
    common = ["--dataset", "tiny_blur", "--data-dir", str(tiny_data), "--every", "4", "--output", str(output)]
    for method in ("laplacian_variance", "jnb2015"):
        assert benchmark.main([*common, "--methods", method]) == 0
    lines = {line["method"]: line for line in csv.DictReader(output.read_text().splitlines())}
    assert list(lines) == ["laplacian_variance", "jnb2015", "all_blurred"]
    for name in ("laplacian_variance", "jnb2015"):
        assert float(lines[name]["miou"]) > float(lines["all_blurred"]["miou"])
        assert float(lines[name]["miou"]) >= float(lines[name]["miou_at_half"])
        assert lines[name]["photos"] == "3"
    assert "threshold" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--split", "test"], ["--every", "0"]])
def test_refuses_test_photos_and_nonsense(benchmark, arguments, capsys):
    with pytest.raises(SystemExit):
        benchmark.main(arguments)
    assert arguments[0] in capsys.readouterr().err
