"""The benchmark of the verdict: its pictures, its arithmetic, and that it goes on where it was."""

import csv
import importlib.util
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from keras_blur import verdict
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
    assert benchmark.false_alarms(sharp, blurred, 1.0) == 0.5  # threshold 0.1 catches 0.2 and 0.45
    assert benchmark.false_alarms(sharp, blurred, 0.9) == 0.25  # threshold 0.4
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
    """A system whose P(blurred) falls as the picture gets sharper. It knows no motion. Counts its calls."""

    calls = 0
    calibration = Calibration(even_odds=0.25)

    def blur_map(self, image):
        self.calls += 1
        blurred = 1 / (1 + variance_of_laplacian(image) / 500)
        return np.tile(np.float32([1 - blurred, blurred / 4, blurred * 3 / 4]), (10, 12, 1))


class Photos:
    """Photos, the first without a subject."""

    def __init__(self, split):
        self.names = [f"{split}{number}" for number in range(4)]

    def __len__(self):
        return len(self.names)

    def __getitem__(self, index):
        mask = np.full((48, 64), 0 if index else 1, np.uint8)
        return SimpleNamespace(image=photo(index), mask=mask, name=self.names[index])


class Scenes(Photos):
    """A sharp page, the same unreadable, an empty frame, and a soft subject."""

    ABOUT = (
        ("text", "sharp", 0.0, 8.0, True),
        ("text", "defocus", 3.0, 8.0, True),
        ("featureless", "sharp", 0.0, 0.0, False),
        ("soft_subject", "defocus", 5.0, 0.0, True),
    )

    def feature(self, name):
        position = ("kind", "blur_type", "blur_size", "x_height", "judgeable").index(name)
        return [about[position] for about in self.ABOUT]

    def __getitem__(self, index):
        sharp = photo(9, 480, 640)
        soft = np.full_like(sharp, 90)
        soft[:, 300:] = 160
        image = (sharp, soft, np.full_like(sharp, 90), sharp.copy())[index]
        mask = np.zeros((480, 640), np.uint8)
        if index == 3:
            image[100:340, 200:440] = soft[100:340, 200:440]
            mask[100:340, 200:440] = 2
        return SimpleNamespace(image=image, mask=mask, name=self.names[index])


@pytest.fixture
def splits(monkeypatch):
    """The parts that were asked for."""
    asked = []

    def load(dataset, split, data_dir):
        asked.append(split)
        return Photos(split) if dataset == "cuhk_blur/kim2018" else Scenes(split)

    monkeypatch.setattr("keras_blur.data.catalog.load", load)
    return asked


def test_a_run_writes_its_tables_and_computes_nothing_twice(benchmark, monkeypatch, splits, tmp_path, capsys):
    fake = Fake()
    monkeypatch.setattr("keras_blur.systems.load", lambda name: fake)
    options = ["--system", "fake", "--split", "test", "--cache-dir", str(tmp_path / "cache")]
    options += ["--output-dir", str(tmp_path / "out")]
    assert benchmark.main(options) == 0
    calls = 2 * (3 * len(benchmark.VERSIONS) + 4)  # two parts; the first photo has no subject
    assert fake.calls == calls
    table = (tmp_path / "out" / "verdict.md").read_text()
    assert table in capsys.readouterr().out
    assert "even odds 0.25, motion odds 1, own" in table and "below 100, own" in table
    assert (tmp_path / "out" / "verdict_roc.png").stat().st_size > 10_000
    rows = list(csv.DictReader((tmp_path / "out" / "verdict.csv").open()))
    assert len(rows) == 4 * (len(benchmark.BLURS) + 4)  # two methods, each with two borders; four kinds
    own = {
        row["kind"]: row
        for row in rows
        if (row["method"], row["setting"], row["blur"]) == ("fake", "own", "")
    }
    assert (own["text"]["quiet"], own["text"]["warned"], own["text"]["right_reason"]) == ("1", "1", "1")
    assert (own["featureless"]["quiet"], own["featureless"]["judged"]) == ("1", "0")
    assert (own["soft_subject"]["quiet"], own["soft_subject"]["pictures"]) == ("", "1")
    shakes = [r for r in rows if (r["method"], r["setting"], r["blur"]) == ("fake", "own", "shake")]
    assert {row["right_reason"] for row in shakes} <= {"0", "nan"}  # it knows no motion
    assert benchmark.main(options) == 0
    assert fake.calls == calls


def test_no_test_photo_is_read_unless_it_is_asked_for(benchmark, monkeypatch, splits, tmp_path):
    monkeypatch.setattr(benchmark, "draw", lambda *_: None)
    options = [
        "--system",
        "all_blurred",
        "--cache-dir",
        str(tmp_path / "cache"),
        "--output-dir",
        str(tmp_path),
    ]
    assert benchmark.main(options) == 0
    assert set(splits) == {"validation"}


@pytest.mark.parametrize(
    ("picture", "clear"),
    [
        (("photos", "shake", 9, 0), True),
        (("photos", "shake", 8, 0), False),
        (("drawings", "disc", 2, 0), True),
        (("drawings", "disc", 1.9, 0), False),
        (("night", "disc", 3, 0), False),
        (("night", "shake", 13, 0), True),
        (("text", "disc", 3.5, 10), True),
        (("text", "disc", 3.4, 10), False),
        (("text", "shake", 12, 10), True),
        (("small_blur", "disc", 1.5, 0), True),
    ],
)
def test_what_must_be_warned_of(benchmark, picture, clear):
    assert benchmark.clearly_blurred(*picture) == clear


def test_motion_odds_are_those_that_tell_the_types_apart(benchmark):
    answers = [
        benchmark.Answer(
            "photos", blur, 20, True, True, verdict.Detail(99.0, 1.0, 480, 640, (0, 0, 1, 1)), blur_map
        )
        for blur, motion in (("shake", 0.2), ("disc", 0.1))
        for blur_map in [np.tile([0.1, motion, 0.9 - motion], (8, 8, 1))]
    ]
    odds = benchmark.calibrated_motion_odds(answers, Calibration(even_odds=0.2))
    assert 0.1 / 0.8 < odds <= 0.2 / 0.7
