"""The benchmark of the verdict: its pictures, its arithmetic, and that it goes on where it was."""

import csv
import importlib.util
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from keras_blur.classical.laplacian_variance import variance_of_laplacian
from keras_blur.contract import Calibration, Contract
from keras_blur.verdict import assess


@pytest.fixture(scope="module")
def benchmark():
    path = Path(__file__).parent.parent / "benchmarks" / "verdict.py"
    spec = importlib.util.spec_from_file_location("benchmark_verdict", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def photo(seed, height=48, width=64):
    """Random blocks: edges everywhere."""
    blocks = np.random.default_rng(seed).integers(0, 256, (height // 4, width // 4, 3), dtype=np.uint8)
    return blocks.repeat(4, axis=0).repeat(4, axis=1)


def test_versions_are_the_same_every_time_and_more_blurred_with_size(benchmark):
    image = photo(0, 240, 320)
    for kind, sizes in (("shake", (0, 8, 24, 60)), ("disc", (0, 2, 6, 15))):
        pictures = [benchmark.version(image, "name", kind, size) for size in sizes]
        np.testing.assert_array_equal(pictures[2], benchmark.version(image, "name", kind, sizes[2]))
        sharpness = [variance_of_laplacian(picture) for picture in pictures]
        assert sharpness == sorted(sharpness, reverse=True)
        assert {picture.shape for picture in pictures} == {image.shape}
    assert (
        benchmark.version(image, "name", "shake", 9) != benchmark.version(image, "eman", "shake", 9)
    ).any()


def test_a_subject_is_a_sharp_part_as_large_as_a_window(benchmark):
    mask = np.full((60, 60), 2, np.uint8)
    assert not benchmark.has_subject(mask)
    mask[12:18, 12:16] = 0
    assert not benchmark.has_subject(mask)
    mask[12:18, 12:18] = 0
    assert benchmark.has_subject(mask)
    mask[12, 12:14] = 1  # 34 of 36 pixels
    assert benchmark.has_subject(mask)
    mask[12, 12:16] = 1  # 32
    assert not benchmark.has_subject(mask)


def test_false_alarms_at_a_recall(benchmark):
    blurred = np.array([0.1, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.9, 0.9, 1.0])
    sharp = np.array([0.0, 0.05, 0.2, 0.45])
    assert benchmark.false_alarms(sharp, blurred, 1.0) == 0.5  # threshold .1 catches .2 and .45
    assert benchmark.false_alarms(sharp, blurred, 0.9) == 0.25  # threshold .4
    assert benchmark.false_alarms(sharp, blurred, 0.8) == 0.0
    assert benchmark.false_alarms(sharp, sharp, 0.95) == 1.0


def test_the_calibrated_threshold_keeps_to_its_budget(benchmark):
    sharp = np.random.default_rng(0).random(200)
    for budget in (0.0, 0.025, 0.1):
        threshold = benchmark.calibrated(sharp, budget)
        assert (sharp > threshold).mean() == pytest.approx(budget)


@pytest.mark.parametrize("power", [0.1, 1, 12])
@pytest.mark.parametrize("budget", [0.0, 0.025, 0.1])
def test_calibrated_odds_keep_to_their_budget_and_use_it(benchmark, power, budget):
    blurred = np.random.default_rng(0).random(200) ** power
    even_odds = benchmark.calibrated_odds(blurred, budget)
    maps = np.stack([1 - blurred, blurred], axis=-1)[:, None, None]
    warnings = [
        np.mean([assess(m, Calibration(even_odds=odds)).warn for m in maps])
        for odds in (even_odds, 0.9 * even_odds)
    ]
    assert warnings[0] <= budget < warnings[1]
    assert even_odds == float(f"{even_odds:.1e}")  # two digits


@pytest.mark.parametrize("certain", [0.0, 1.0])
def test_calibrated_odds_of_certain_answers_are_such_as_a_contract_takes(benchmark, certain):
    Contract("a", height=8, width=8, even_odds=benchmark.calibrated_odds(np.full(9, certain), 0.0))


def test_roc_runs_from_nothing_to_everything(benchmark):
    rng = np.random.default_rng(0)
    alarms, recall = benchmark.roc(rng.random(50), rng.random(40) + 0.3)
    assert (alarms[0], recall[0], alarms[-1], recall[-1]) == (0, 0, 1, 1)
    assert (np.diff(alarms) >= 0).all() and (np.diff(recall) >= 0).all()


class Fake:
    """A system whose P(blurred) falls as the picture gets sharper; counts its calls."""

    calls = 0
    calibration = Calibration(even_odds=0.25)

    def blur_map(self, image):
        self.calls += 1
        blurred = 1 / (1 + variance_of_laplacian(image) / 500)
        return np.tile(np.float32([1 - blurred, blurred / 2, blurred / 2]), (10, 12, 1))


def test_a_run_writes_its_tables_and_computes_nothing_twice(benchmark, monkeypatch, tmp_path, capsys):
    def photos(split, count, data_dir):
        for number in range(count or 4):
            mask = np.zeros((48, 64), np.uint8) if number else np.ones((48, 64), np.uint8)
            example = SimpleNamespace(image=photo(number), mask=mask, name=f"{split}{number}")
            yield example.name, lambda example=example: example

    fake = Fake()
    monkeypatch.setattr(benchmark, "photos", photos)
    monkeypatch.setattr("keras_blur.systems.load", lambda name: fake)
    folders = ["--cache-dir", str(tmp_path / "cache"), "--output-dir", str(tmp_path / "out")]
    assert benchmark.main(["--system", "fake:3", *folders]) == 0
    assert fake.calls == 2 * 2 * len(benchmark.CASES)  # two splits, the first of three photos has no subject
    table = (tmp_path / "out" / "verdict.md").read_text()
    assert "| fake | 2 |" in table and "threshold 100" in table and table in capsys.readouterr().out
    assert "| fake | even odds 0.25 |" in table and ", calibrated |" in table
    assert (tmp_path / "out" / "verdict_roc.png").stat().st_size > 10_000
    rows = list(csv.DictReader((tmp_path / "out" / "verdict.csv").open()))
    assert len(rows) == 4 * len(benchmark.BLURS)  # two methods, each with its own border and a calibrated one
    own, fitted = (
        next(r for r in rows if (r["method"], r["setting"]) == ("fake", s)) for s in ("own", "calibrated")
    )
    assert float(own["even_odds"]) == 0.25 and float(own["threshold"]) == pytest.approx(0.2)
    assert f'"even_odds": {float(fitted["even_odds"]):g} in contract.json' in table
    assert float(fitted["validation_false_alarms"]) <= 0.025
    assert {row["even_odds"] for row in rows if row["method"] == benchmark.LAPLACIAN} == {""}
    assert benchmark.main(["--system", "fake:3", *folders]) == 0
    assert fake.calls == 2 * 2 * len(benchmark.CASES)


def test_no_test_photo_is_read_while_something_is_to_be_chosen(benchmark, monkeypatch, tmp_path):
    asked = []

    def photos(split, count, data_dir):
        asked.append(split)
        mask = np.zeros((48, 64), np.uint8)
        return [
            (name, lambda name=name: SimpleNamespace(image=photo(1), mask=mask, name=name)) for name in "ab"
        ]

    monkeypatch.setattr(benchmark, "photos", photos)
    monkeypatch.setattr(benchmark, "draw", lambda *_: None)
    options = ["--system", "all_blurred", "--split", "validation", "--cache-dir", str(tmp_path / "cache")]
    assert benchmark.main([*options, "--output-dir", str(tmp_path)]) == 0
    assert set(asked) == {"validation"}
