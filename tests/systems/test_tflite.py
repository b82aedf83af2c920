"""A .tflite file as a system: right, without Keras, and unharmed by files that mean harm."""

import collections
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_blur import systems
from keras_blur.commands import cli
from keras_blur.contract import Contract
from keras_blur.errors import BlurError, UsageError
from keras_blur.systems import tflite

SHIPPED = systems.PRETRAINED / "mobile"
FORMATS = ("float32", "float16", "int8")


def shipped(name):
    return SHIPPED / f"mobile_{name}.tflite"


def photo(height, width, seed=0):
    """Coarse cells, the right half of which are fine ones."""
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (-(-height // 8), -(-width // 8), 3), dtype=np.uint8)
    image = image.repeat(8, axis=0).repeat(8, axis=1)[:height, :width].copy()
    image[:, width // 2 :] = rng.integers(0, 256, image[:, width // 2 :].shape)
    return image


@pytest.fixture
def model(tmp_path):
    """A copy of the shipped int8 file, without its contract inside or beside it."""
    content = shipped("int8").read_bytes()
    path = tmp_path / "model.tflite"
    path.write_bytes(content[: content.index(b"PK\x03\x04")])
    return path


@pytest.fixture(scope="module")
def keras_map():
    return systems.load("mobile", runtime="keras").blur_map(photo(480, 640))


@pytest.mark.parametrize(("name", "largest", "mean"), [
    ("float32", 1e-4, 1e-5), ("float16", 0.25, 0.003), ("int8", 0.9, 0.03)
])  # fmt: skip
def test_the_shipped_files_are_the_shipped_weights(keras_map, name, largest, mean):
    difference = np.abs(systems.load(shipped(name)).blur_map(photo(480, 640)) - keras_map)
    assert difference.max() <= largest and difference.mean() <= mean


@pytest.mark.parametrize("size", [(1, 1), (1, 60), (33, 47), (400, 300)])
def test_any_photo_gives_a_map(size):
    system = systems.load(shipped("int8"))
    image = photo(*size)
    before = image.copy()
    blur_map = system.blur_map(image)
    assert blur_map.dtype == np.float32 and blur_map.shape == (88, 88, 3)
    np.testing.assert_allclose(blur_map.sum(axis=-1), 1, atol=0.02)
    np.testing.assert_array_equal(blur_map, system.blur_map(image))
    np.testing.assert_array_equal(image, before)
    assert system.name == "mobile_int8"
    assert system.calibration == tflite.find_contract(shipped("int8")).calibration


def test_shipped_files_are_small_and_say_what_they_are():
    contract = Contract.load(SHIPPED / "contract.json")
    for name in FORMATS:
        expected = contract.for_file(shipped(name).name)
        assert tflite.find_contract(shipped(name)) == dataclasses.replace(
            expected, multiple=1, max_enlargement=0.0
        )
    assert shipped("int8").stat().st_size <= 1_000_000


ABSENT = """
import sys
from importlib.machinery import PathFinder

find = PathFinder.find_spec
absent = {"keras", "tensorflow", "jax", "torch", "h5py", "scipy", "skimage", "sklearn", *EXTRA}
PathFinder.find_spec = lambda name, *rest: None if name.split(".")[0] in absent else find(name, *rest)
"""


def without_keras(module, *arguments, absent=(), code=0):
    """Runs a command as on a machine that has neither Keras nor TensorFlow, nor what else is `absent`."""
    program = f"EXTRA = {absent}{ABSENT}\nfrom {module} import main\nsys.exit(main(sys.argv[1:]))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done


@pytest.mark.parametrize(("command", "extra"), [
    ("predict {photo} --refine --output-dir {out}", "tensorflow"),
    ("export --output-dir {out}", "tensorflow"),
    ("evaluate --system {model} --dataset tiny_blur --output-dir {out}", "data"),
    ("train --config demo --run-dir {out}", "tensorflow"),
    ("show tiny_blur", "data"),
])  # fmt: skip
def test_what_lite_alone_can_not_do_names_the_extra(tmp_path, command, extra):
    Image.fromarray(photo(20, 20)).save(tmp_path / "photo.png")
    places = {"photo": tmp_path / "photo.png", "out": tmp_path / "out", "model": shipped("int8")}
    arguments = command.format(**places).split()
    absent = ("tensorflow_datasets", "matplotlib")
    done = without_keras("keras_blur.commands.cli", *arguments, absent=absent, code=1)
    assert done.stderr.count("\n") == 1 and f"pip install 'keras-blur[{extra}]'" in done.stderr


def test_predict_needs_neither_keras_nor_tensorflow(tmp_path):
    Image.fromarray(photo(120, 160)).save(tmp_path / "photo.png")
    out = tmp_path / "out"
    done = without_keras(
        "keras_blur.predict",
        tmp_path / "photo.png",
        "--system",
        shipped("int8"),
        "--json",
        "--output-dir",
        out,
    )
    assert "XNNPACK" not in done.stderr
    assert json.loads((out / "predictions.json").read_text())["system"] == "mobile_int8"


def test_evaluate_needs_neither_keras_nor_tensorflow(tiny_data, tmp_path):
    arguments = ["--system", shipped("int8"), "--dataset", "tiny_blur", "--data-dir", tiny_data]
    without_keras("keras_blur.evaluate", *arguments, "--output-dir", tmp_path)
    record = json.loads((tmp_path / "metrics.json").read_text())
    assert record["system"] == "mobile_int8" and record["photos"] == 3


def test_the_weights_of_a_file_are_those_of_the_network():
    expected = systems.load("mobile", runtime="keras").num_params
    for name in FORMATS:
        assert systems.load(shipped(name)).num_params == pytest.approx(expected, rel=0.01)


def test_the_contract_beside_a_file_is_taken_if_there_is_none_inside(model):
    with pytest.raises(BlurError, match=r"expected contract\.json inside or beside it"):
        systems.load(model)
    shutil.copy(SHIPPED / "contract.json", model.parent)
    image = photo(50, 70)
    np.testing.assert_array_equal(
        systems.load(model).blur_map(image), systems.load(shipped("int8")).blur_map(image)
    )


@pytest.mark.parametrize("change", [{"height": 320, "width": 320}, {"classes": ["sharp", "blurred"]}])
def test_a_file_of_another_task_or_size_is_refused(model, change):
    contract = json.loads((SHIPPED / "contract.json").read_text()) | change
    (model.parent / "contract.json").write_text(json.dumps(contract))
    with pytest.raises(BlurError, match=r"does not fit its contract \(mobile\): expected input"):
        systems.load(model)


@pytest.mark.parametrize(
    "text", ["{}", "[1]", "no json", '{"name": "x", "resize": "bend"}', pytest.param("[" * 60_000, id="deep")]
)
def test_a_damaged_contract_inside_is_named(model, text):
    with zipfile.ZipFile(model, "a") as archive:
        archive.writestr("contract.json", text)
    with pytest.raises(BlurError, match=r"contract\.json inside .* is not a contract|model\.tflite"):
        systems.load(model)


@pytest.mark.parametrize("change", [
    {"channels": "BGR"}, {"value_range": [0, 1]}, {"height": 704.0}, {"multiple": "64"}, {"resize": "pad"},
    {"blurred_threshold": "0.5"}, {"blurred_threshold": float("nan")}, {"name": "../evil"},
])  # fmt: skip
def test_a_contract_that_can_not_be_followed_is_an_error(model, change):
    contract = json.loads((SHIPPED / "contract.json").read_text()) | change
    with zipfile.ZipFile(model, "a") as archive:
        archive.writestr("contract.json", json.dumps(contract))
    with pytest.raises(BlurError, match=f"not a contract: ({next(iter(change))}|height, width): expected"):
        systems.load(model).blur_map(photo(8, 8))


def test_nothing_is_padded_whatever_the_contract_says(model):
    contract = json.loads((SHIPPED / "contract.json").read_text()) | {"multiple": 1000}
    (model.parent / "contract.json").write_text(json.dumps(contract))
    assert systems.load(model).blur_map(photo(8, 8)).shape == (88, 88, 3)


def test_an_archive_that_unpacks_to_gigabytes_is_not_unpacked(model):
    with zipfile.ZipFile(model, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("contract.json", bytes(10_000_000))
    with pytest.raises(BlurError, match="expected"):
        tflite.find_contract(model)


@pytest.mark.parametrize(
    "content",
    [b"", b"TFL3", b"\x1c\x00\x00\x00TFL3", b"\x1c\x00\x00\x00TFL3" + bytes(5000), b"\xff" * 4096],
    ids=["empty", "short", "header alone", "zeros", "noise"],
)
def test_files_that_are_no_models_are_errors(tmp_path, content):
    shutil.copy(SHIPPED / "contract.json", tmp_path)
    path = tmp_path / "x.tflite"
    path.write_bytes(content)
    with pytest.raises(BlurError, match=r"x\.tflite"):
        systems.load(path)


@pytest.mark.parametrize("kept", [0.01, 0.5, 0.97])
def test_truncated_files_are_errors(model, kept):
    shutil.copy(SHIPPED / "contract.json", model.parent)
    content = model.read_bytes()
    model.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(BlurError, match=r"cannot run .*model\.tflite"):
        systems.load(model)


def test_a_file_that_ends_the_runtimes_process_does_not_end_ours(model, tmp_path, monkeypatch):
    shutil.copy(SHIPPED / "contract.json", model.parent)
    killer = tmp_path / "killer.py"
    killer.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setattr(tflite, "PROBE", killer)
    with pytest.raises(BlurError, match=r"ends the runtime's process.*signal 11"):
        systems.load(model)
    killer.write_text("import time; time.sleep(30)")
    monkeypatch.setattr(tflite, "PROBE_SECONDS", 0.2)
    with pytest.raises(BlurError, match="takes more than"):
        systems.load(model)


@pytest.mark.parametrize(
    ("values", "words"),
    [(np.nan, "NaN"), (0.5, "sums of 1.5"), ([-1.0, 1.0, 1.0], "from 0 to 1"), (0.0, "sums of 0")],
)
def test_what_is_no_probability_is_an_error_and_not_a_map(monkeypatch, values, words):
    system = systems.load(shipped("float32"))
    answer = np.zeros((1, 88, 88, 3), np.float32) + np.float32(values)

    class Damaged:
        def set_tensor(self, *_):
            pass

        def invoke(self):
            pass

        def get_tensor(self, _):
            return answer

    monkeypatch.setattr(system._interpreters, "_idle", collections.deque([Damaged()]))
    with pytest.raises(BlurError, match=words):
        system.blur_map(photo(8, 8))


def changed_constant(path, value):
    """Replaces the first number of a file's first constant of real numbers of any size."""
    from ai_edge_litert import schema_py_generated as schema

    content = bytearray(path.read_bytes())
    model = schema.Model.GetRootAs(content)
    graph = model.Subgraphs(0)
    for index in range(graph.TensorsLength()):
        tensor = graph.Tensors(index)
        data = model.Buffers(tensor.Buffer()).DataAsNumpy()
        if tensor.Type() == schema.TensorType.FLOAT32 and isinstance(data, np.ndarray) and data.size > 400:
            place = data.__array_interface__["data"][0] - np.frombuffer(content, np.uint8).ctypes.data
            content[place : place + 4] = np.float32(value).tobytes()
            return bytes(content)
    raise AssertionError("no constant")


def test_weights_that_are_no_numbers_are_refused_on_loading(model):
    shutil.copy(SHIPPED / "contract.json", model.parent)
    model.write_bytes(changed_constant(shipped("float32"), np.nan))
    with pytest.raises(BlurError, match=r"cannot run .*: its weights hold NaN or infinity"):
        systems.load(model)


def test_a_file_that_takes_too_much_memory_is_refused(model):
    shutil.copy(SHIPPED / "contract.json", model.parent)
    with pytest.raises(BlurError, match=r"cannot run .*model\.tflite"):
        tflite.TFLiteSystem(model, max_memory=1 << 20)


def test_a_contract_whose_compression_is_damaged_is_as_good_as_none(model):
    with zipfile.ZipFile(model, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr("contract.json", (SHIPPED / "contract.json").read_bytes())
    content = bytearray(model.read_bytes())
    start = content.rindex(b"PK\3\4") + 30 + len("contract.json")
    model.write_bytes(content[: start + 4] + b"\xff" + content[start + 5 :])  # LZMA's first byte of settings
    with pytest.raises(BlurError, match="does not say what goes in"):
        tflite.find_contract(model)


@pytest.mark.parametrize(
    "change", [{"multiple": 10**9}, {"height": 100_000, "width": 100_000}, {"output_stride": 10**6}]
)
def test_contracts_that_ask_for_any_memory_are_refused(model, change):
    contract = json.loads((SHIPPED / "contract.json").read_text()) | change
    (model.parent / "contract.json").write_text(json.dumps(contract))
    with pytest.raises(BlurError, match=f"not a contract: {next(iter(change))}: expected a whole number"):
        systems.load(model)


def test_without_the_runtime_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    monkeypatch.setattr(tflite, "PROBE", tmp_path / "has no runtime either")
    with pytest.raises(BlurError, match=r"pip install 'keras-blur\[lite\]'"):
        systems.load(shipped("int8"))


def test_missing_files_and_refinement_are_named(tmp_path, capsys):
    with pytest.raises(BlurError, match="no such file"):
        systems.load(tmp_path / "none.tflite")
    with pytest.raises(BlurError, match="no such file"):
        systems.load(Path(shutil.copytree(SHIPPED, tmp_path / "folder.tflite")))
    with pytest.raises(UsageError, match="refine: expected a dense network"):
        systems.load(shipped("int8"), refine=True)
    Image.fromarray(photo(20, 20)).save(tmp_path / "photo.png")
    command = ["predict", str(tmp_path / "photo.png"), "--system", str(tmp_path / "none.tflite")]
    assert cli.main([*command, "--output-dir", str(tmp_path / "out")]) == 1
    assert "none.tflite" in capsys.readouterr().err
