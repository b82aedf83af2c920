"""The benchmark of the synthesis runs and adds up."""

import importlib.util
from pathlib import Path

import pytest

pytest.importorskip("tensorflow_datasets")


@pytest.fixture(scope="module")
def benchmark():
    path = Path(__file__).parent.parent / "benchmarks" / "synthesis.py"
    spec = importlib.util.spec_from_file_location("benchmark_synthesis", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_writes_a_table_that_adds_up(benchmark, tmp_path, capsys):
    output = tmp_path / "table.csv"
    assert benchmark.main(["--count", "2", "--output", str(output)]) == 0
    rows = [line.split(",") for line in output.read_text().splitlines()[1:]]
    table = {name.strip('"'): float(line[-1]) for line in rows for name in [",".join(line[:-1])]}
    percent = [value for name, value in table.items() if name.endswith("%")]
    assert len(percent) == len(benchmark.STEPS) + 2 and 95 < sum(percent) < 115
    assert table["realistic_composites, images/s"] > 0
    assert "convolutions" in capsys.readouterr().out


def test_a_composite_costs_few_times_its_convolutions(benchmark):
    cost = benchmark.composite_cost()
    assert cost["composite, ms"] < 4 * cost["its convolutions alone, ms"]
