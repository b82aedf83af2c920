"""An .onnx file as a system: right, in several threads, without Keras, refused if it is of another task."""

import dataclasses
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from keras_blur import systems
from keras_blur.contract import Contract
from keras_blur.errors import BlurError, UsageError
from keras_blur.processing import prepare

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

SIDE, STRIDE = 32, 8
CONTRACT = Contract("tiny", height=SIDE, width=SIDE, output_stride=STRIDE, even_odds=0.5)
KERNEL = np.random.default_rng(0).normal(0, 0.01, (3, 3)).astype(np.float32)


def model(classes=3, **values):
    """Pixels averaged over cells, times a matrix, as probabilities."""
    make = onnx.helper.make_node
    cells = SIDE // STRIDE
    nodes = [
        make("Transpose", ["image"], ["first"], perm=[0, 3, 1, 2]),
        make("AveragePool", ["first"], ["cells"], kernel_shape=[STRIDE] * 2, strides=[STRIDE] * 2),
        make("Transpose", ["cells"], ["last"], perm=[0, 2, 3, 1]),
        make("MatMul", ["last", "kernel"], ["logits"]),
        make("Softmax", ["logits"], ["probabilities"], axis=-1),
    ]
    number = onnx.TensorProto.FLOAT
    given = onnx.helper.make_tensor_value_info("image", number, [1, SIDE, SIDE, 3])
    found = onnx.helper.make_tensor_value_info("probabilities", number, [1, cells, cells, classes])
    kernel = onnx.numpy_helper.from_array(values.get("kernel", KERNEL[:, :classes]), "kernel")
    graph = onnx.helper.make_graph(nodes, "tiny", [given], [found], [kernel])
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    contract = values.get("contract", json.dumps(dataclasses.asdict(CONTRACT)))
    if contract is not None:
        onnx.helper.set_model_props(made, {"contract.json": contract})
    return made


@pytest.fixture
def write(tmp_path):
    def write(made):
        path = tmp_path / "tiny.onnx"
        path.write_bytes(made if isinstance(made, bytes) else made.SerializeToString())
        return path

    return write


def photo(seed):
    return np.random.default_rng(seed).integers(0, 256, (50, 40, 3), np.uint8)


def expected(image):
    pixels, _ = prepare(image, CONTRACT)
    cells = (
        pixels[0].astype(np.float64).reshape(SIDE // STRIDE, STRIDE, SIDE // STRIDE, STRIDE, 3).mean((1, 3))
    )
    odds = np.exp(cells @ KERNEL)
    return odds / odds.sum(axis=-1, keepdims=True)


def test_it_answers_as_its_graph_says(write):
    system = systems.load(write(model()))
    np.testing.assert_allclose(system.blur_map(photo(0)), expected(photo(0)), atol=1e-5)
    assert system.name == "tiny" and system.num_params == 9
    assert system.calibration == CONTRACT.calibration


def test_threads_get_their_own_answers(write):
    system = systems.load(write(model()))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(system.blur_map, map(photo, range(40))))
    for seed, blur_map in enumerate(found):
        np.testing.assert_allclose(blur_map, expected(photo(seed)), atol=1e-5)


def test_it_needs_no_keras(write):
    code = (
        "import sys; from keras_blur import systems; systems.load(sys.argv[1])\n"
        "assert not {'keras', 'tensorflow', 'jax'} & set(sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, write(model())], check=True, env=environment, timeout=120)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (model(contract=None), "does not say what goes in"),
        (model(contract="[1]"), "is not a contract"),
        (model(contract="{"), "is not a contract"),
        (model(contract=json.dumps({**dataclasses.asdict(CONTRACT), "height": 64})), "another task or size"),
        (model(classes=2), "another task or size"),
        (b"", "expected an ONNX file"),
        (b"\x08\x08 no model", "cannot run"),
        (model().SerializeToString()[:200], "cannot run"),
    ],
)
def test_files_of_another_kind_are_refused(write, made, message):
    with pytest.raises(BlurError, match=message) as error:
        systems.load(write(made))
    assert "tiny.onnx" in str(error.value) and "\n" not in str(error.value)


def test_a_file_reads_no_other_file(write, tmp_path):
    """Weights beside the model could be any file of the machine's."""
    made = model()
    (tmp_path / "secret").write_bytes(KERNEL.tobytes())
    kernel = made.graph.initializer[0]
    onnx.external_data_helper.set_external_data(kernel, "secret", length=36)
    kernel.ClearField("raw_data")
    kernel.data_location = onnx.TensorProto.EXTERNAL
    with pytest.raises(BlurError, match="cannot run"):
        systems.load(write(made))


def test_damaged_weights_are_an_error(write):
    system = systems.load(write(model(kernel=np.full((3, 3), np.nan, np.float32))))
    with pytest.raises(BlurError, match="NaN or infinity"):
        system.blur_map(photo(0))


def test_a_missing_file_and_refining_are_errors(write, tmp_path):
    with pytest.raises(BlurError, match="No such file"):
        systems.load(tmp_path / "none.onnx")
    with pytest.raises(UsageError, match="refine"):
        systems.load(write(model()), refine=True)
