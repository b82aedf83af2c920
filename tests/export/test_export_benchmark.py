"""Timing files beside each other."""

import json
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from export import benchmark, layers
from keras_blur.errors import BlurError, UsageError
from keras_blur.processing import read_photo


def dense(path, shape):
    """A file of a classifier whose input has this shape."""
    import keras

    from export import convert, recipes

    inputs = keras.Input(shape, batch_size=1, name="image")
    answer = keras.layers.Dense(5)(keras.layers.Flatten()(inputs))
    path.write_bytes(convert.to_tflite(keras.Model(inputs, answer), recipes.float32(), []))
    return path


@pytest.fixture(scope="module")
def peer(exported, tmp_path_factory):
    """A file of some other task: without contract, inside or beside it."""
    path = tmp_path_factory.mktemp("peer") / "peer.tflite"
    content = (exported / "unet_float32.tflite").read_bytes()
    path.write_bytes(content[: content.index(b"PK\x03\x04")])
    return path


def test_litert_prints_nothing(exported):
    """It would say on stderr that it uses XNNPACK."""
    command = [sys.executable, "-m", "export.benchmark", exported / "unet_float32.tflite", "--runs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert done.stderr == ""


def test_files_with_and_without_contract_are_timed(exported, peer, tmp_path, capsys):
    files = [exported / "unet_int8.tflite", peer]
    out = tmp_path / "figures.json"
    assert benchmark.main([*map(str, files), "--runs", "2", "--json", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "| unet_int8.tflite |" in printed and "| peer.tflite |" in printed and "CONV_2D" in printed
    rows = json.loads(out.read_text())
    assert [row["file"] for row in rows] == ["unet_int8.tflite", "peer.tflite"]
    for row in rows:
        assert 0 < row["inference"]["median"] <= row["inference"]["p90"]
        assert row["photo_to_map"]["cpu"] > 0 and row["inference"]["cpu"] > 0
        assert 0 < row["share_of_limit"] < 2
    assert rows[0]["summary"]["macs"] == rows[1]["summary"]["macs"] > 0


def test_the_contract_beside_another_files_is_not_its_own(exported, tmp_path, capsys):
    """A peer in a folder of exports, as it lies there for a comparison."""
    shutil.copy(exported / "contract.json", tmp_path)
    peer = dense(tmp_path / "peer.tflite", (16, 16, 3))
    assert benchmark.main([str(peer), "--runs", "1"]) == 0
    assert "| peer.tflite |" in capsys.readouterr().out


def test_a_contract_inside_is_the_files_own(peer, tmp_path, capsys):
    path = shutil.copy(peer, tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("contract.json", "{}")
    assert benchmark.main([str(path)]) == 1
    assert "is not a contract" in capsys.readouterr().err


def test_files_that_take_no_photo_are_refused(tmp_path, capsys):
    assert benchmark.main([str(dense(tmp_path / "table.tflite", (4,)))]) == 1
    assert "table.tflite: expected a file that takes one RGB photo" in capsys.readouterr().err


def test_the_machines_limit_is_that_of_a_matrix_product():
    assert 1e8 < benchmark.machine_limit() < 1e13


@pytest.mark.parametrize(
    ("extra", "message"), [(["--runs", "0"], "at least 1"), (["--threads", "0"], "at least 1")]
)
def test_wrong_arguments_end_with_2(exported, capsys, extra, message):
    assert benchmark.main([str(exported / "unet_int8.tflite"), *extra]) == 2
    assert message in capsys.readouterr().err


def test_damaged_peers_are_an_error(tmp_path, capsys):
    path = tmp_path / "broken.tflite"
    path.write_bytes(b"\x1c\x00\x00\x00TFL3" + bytes(200))
    assert benchmark.main([str(path)]) == 1
    assert "broken.tflite" in capsys.readouterr().err


def test_integers_are_compared_operator_by_operator(exported, photo_folder):
    images = [read_photo(photo_folder / f"photo{number:02}.png") for number in (1, 5)]
    rows = layers.compare(exported / "unet_float32.tflite", exported / "unet_int8.tflite", images)
    assert any(row.operator == "CONV_2D" for row in rows) and rows[-1].operator == "SOFTMAX"
    assert all(5 < row.decibels < 80 for row in rows)
    same = layers.compare(exported / "unet_float32.tflite", exported / "unet_float32.tflite", images)
    assert min(row.decibels for row in same) > max(row.decibels for row in rows)
    assert all(np.isfinite(row.bias) for row in rows)


def test_different_networks_are_not_compared(exported, tmp_path, contract):
    import keras

    from export import convert, recipes

    inputs = keras.Input((contract.height, contract.width, 3), batch_size=1, name="image")
    model = keras.Model(inputs, keras.layers.Softmax()(keras.layers.Conv2D(3, 1)(inputs)))
    path = tmp_path / "other.tflite"
    path.write_bytes(convert.to_tflite(model, recipes.float32(), []))
    shutil.copy(exported / "contract.json", tmp_path)
    image = [np.zeros((8, 8, 3), np.uint8)]
    with pytest.raises(UsageError, match=r"input \[1, .*, 3\], found \[1, 9, 9, 3\]; not the same network"):
        layers.compare(dense(tmp_path / "small.tflite", (9, 9, 3)), exported / "unet_int8.tflite", image)
    with pytest.raises(UsageError, match="not the same network"):
        layers.compare(path, exported / "unet_int8.tflite", image)
    with pytest.raises(BlurError, match="no such file"):
        layers.compare(path, tmp_path / "none.tflite", [])
