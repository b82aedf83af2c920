"""The comparison with published maps; and that our maps agree with them."""

import csv
import importlib
import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

from keras_blur.processing.photos import read_photo, save_picture


@pytest.fixture(scope="module")
def benchmark():
    path = Path(__file__).parent.parent / "benchmarks" / "classical_agreement.py"
    spec = importlib.util.spec_from_file_location("benchmark_classical_agreement", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_figures_by_hand(benchmark):
    ours = np.float32([[0, 0.2], [0.4, 1]])
    same = np.uint8([[0, 51], [102, 255]])
    assert benchmark.compare(ours, same) == pytest.approx((1, 0, 1))
    correlation, difference, agreement = benchmark.compare(ours, 255 - same)
    assert (correlation, agreement) == (-1, 0)
    assert difference == pytest.approx((255 + 153 + 51 + 255) / 4)
    assert np.isnan(benchmark.compare(ours, np.zeros((2, 2), np.uint8))[0])
    assert benchmark.compare(np.ones((4, 6), np.float32), np.full((2, 3), 255, np.uint8))[1:] == (0, 1)


def make_folders(folder, count=3):
    """Half-blurred photos and our own maps of them; the first map is a negative."""
    from keras_blur.classical.su2011 import su2011

    rng = np.random.default_rng(0)
    for index in range(count):
        image = rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)
        image[:, 20:] = cv2.GaussianBlur(image, (0, 0), 3)[:, 20:]
        save_picture(folder / "photos" / f"{index}.png", image)
        found = np.rint(255 * su2011(image)).astype(np.uint8)
        save_picture(folder / "maps" / "su2011" / f"{index}.png", found if index else 255 - found)


def test_goes_on_where_it_was_cut_off(benchmark, tmp_path, capsys):
    make_folders(tmp_path)
    output = tmp_path / "table.csv"
    common = ["--maps", str(tmp_path / "maps"), "--photos", str(tmp_path / "photos"), "--methods", "su2011"]
    common += ["--output", str(output)]
    assert benchmark.main([*common, "--limit", "1"]) == 0
    first = output.read_text()
    assert benchmark.main(common) == 0
    rows = list(csv.DictReader(output.read_text().splitlines()))
    assert [row["photo"] for row in rows] == ["0", "1", "2"]
    assert first.splitlines()[1] in output.read_text()  # the time too: it was not measured again
    assert [float(row["spearman"]) for row in rows] == pytest.approx([-1, 1, 1], abs=1e-3)
    printed = capsys.readouterr().out.splitlines()
    assert "0.33" in printed[-2] and printed[-1].split()[:2] == ["0", rows[0]["spearman"] + ","]


def test_what_is_missing_is_named(benchmark, tmp_path, capsys):
    make_folders(tmp_path, count=1)
    common = ["--maps", str(tmp_path / "maps"), "--output", str(tmp_path / "table.csv")]
    photos = ["--photos", str(tmp_path / "photos")]
    assert benchmark.main([*common, *photos, "--methods", "su2010"]) == 2
    assert "did you mean 'su2011'" in capsys.readouterr().err
    assert benchmark.main([*common, *photos, "--methods", "lbp2016"]) == 2
    assert "expected a folder lbp2016" in capsys.readouterr().err
    assert benchmark.main([*common, "--photos", str(tmp_path / "nowhere"), "--methods", "su2011"]) == 2
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.realdata
@pytest.mark.parametrize("photo", ["out_of_focus0003", "motion0221"])
@pytest.mark.parametrize(
    ("method", "least", "agree"), [("su2011", 0.99, 0.98), ("shi2014", 0.85, 0.85), ("lbp2016", 0.95, 0.97)]
)
def test_agrees_with_the_published_map(benchmark, real_data, method, least, agree, photo):
    function = getattr(importlib.import_module(f"keras_blur.classical.{method}"), method)
    published = next((real_data / "peers" / "cuhk_maps" / method).glob(f"{photo}.*"))
    published = cv2.cvtColor(read_photo(published), cv2.COLOR_RGB2GRAY)
    found = function(read_photo(real_data / "cuhk" / "image" / f"{photo}.jpg"))
    correlation, _, agreement = benchmark.compare(found, published)
    assert correlation > least and agreement > agree
