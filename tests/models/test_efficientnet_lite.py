"""EfficientNet-Lite: its weights, its shapes, and what gathering pixels changes."""

from pathlib import Path

import keras
import numpy as np
import pytest

from keras_blur.errors import BlurError, UsageError
from keras_blur.models import encoders
from keras_blur.models.blocks import SpaceToDepth


def encoder(**options) -> keras.Model:
    inputs = keras.Input((None, None, 3))
    return keras.Model(inputs, encoders.efficientnet_lite(inputs, **options))


def weights_file(path, change=lambda stored: None) -> str:
    """A file of random weights for the first two blocks of EfficientNet-Lite0."""
    rng = np.random.default_rng(0)
    kernels = {
        "stem_conv": (3, 3, 3, 32),
        "block0_dwconv": (3, 3, 32, 1),
        "block0_project_conv": (1, 1, 32, 16),
        "block1_expand_conv": (1, 1, 16, 96),
        "block1_dwconv": (3, 3, 96, 1),
        "block1_project_conv": (1, 1, 96, 24),
    }
    stored = {}
    for layer, shape in kernels.items():
        channels = shape[2] if layer.endswith("dwconv") else shape[3]
        stored[f"{layer}/kernel"] = rng.normal(0, 0.3, shape).astype(np.float16)
        norm = layer.replace("_dwconv", "_bn").replace("_conv", "_bn")
        for weight in ("gamma", "beta", "moving_mean", "moving_variance"):
            stored[f"{norm}/{weight}"] = rng.uniform(0.5, 1.5, channels).astype(np.float32)
    change(stored)
    np.savez(path, **stored)
    return str(path)


def photo(side: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(0, 255, (1, side, side, 3)).astype(np.float32)


@pytest.mark.parametrize(("variant", "weights", "last"), [(0, 2_998_304, 320), (2, 4_413_488, 352)])
def test_it_has_the_published_size(variant, weights, last):
    model = encoder(variant=variant)
    norms = sum(w.shape[0] for w in model.weights if w.name == "bias")  # the file has four numbers for each
    assert model.count_params() + 3 * norms == weights
    shapes = model.compute_output_shape((None, 64, 64, 3))
    assert [shape[1] for shape in shapes] == [32, 16, 8, 4, 2]
    assert shapes[-1][-1] == last


def test_folding_the_batch_normalisation_changes_nothing(tmp_path):
    path = weights_file(tmp_path / "w.npz")
    stored = {key: value.astype(np.float32) for key, value in np.load(path).items()}
    x = (photo(32) - 127) / 128

    def convolved(x, layer, strides=1):
        kernel = stored[f"{layer}/kernel"]
        convolution = keras.ops.depthwise_conv if "dwconv" in layer else keras.ops.conv
        x = np.asarray(convolution(x, kernel, strides, "same"))
        norm = layer.replace("_dwconv", "_bn").replace("_conv", "_bn")
        gamma, beta, mean, variance = (
            stored[f"{norm}/{weight}"] for weight in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        return gamma * (x - mean) / np.sqrt(variance + 1e-3) + beta

    x = np.clip(convolved(x, "stem_conv", 2), 0, 6)
    x = np.clip(convolved(x, "block0_dwconv"), 0, 6)
    expected = convolved(x, "block0_project_conv")
    found = encoder(encoder_weights=path, blocks=2)(photo(32))[0]
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("shrink", [2, 4])
def test_gathered_pixels_answer_at_first_as_the_shrunk_photo(tmp_path, shrink):
    path = weights_file(tmp_path / "w.npz")
    small = photo(32)
    large = small.repeat(shrink, axis=1).repeat(shrink, axis=2)
    expected = encoder(encoder_weights=path, blocks=2)(small)
    detail, *found = encoder(encoder_weights=path, blocks=2, shrink=shrink, detail_filters=4)(large)
    assert detail.shape == (1, 4 * shrink, 4 * shrink, 4)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3)


def test_the_second_stem_changes_the_features_once_it_has_learnt():
    model = encoder(blocks=2, shrink=4, detail_filters=4)
    before = np.asarray(model(photo(64))[-1])
    project = model.get_layer("detail_project")
    project.kernel.assign(keras.ops.ones_like(project.kernel))
    assert np.abs(np.asarray(model(photo(64))[-1]) - before).max() > 1e-3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda stored: stored.pop("block1_bn/beta"), "layer 'block1_dwconv': .*block1_bn/beta"),
        (lambda s: s.update({"stem_conv/kernel": np.zeros((3, 3, 3, 7))}), "layer 'stem_conv'"),
        (lambda stored: stored.clear(), "layer 'stem_conv'"),
    ],
)
def test_foreign_weights_are_one_line(tmp_path, change, message):
    path = weights_file(tmp_path / "w.npz", change)
    with pytest.raises(BlurError, match=f"does not fit this encoder at {message}") as caught:
        encoder(encoder_weights=path, blocks=2)
    assert "\n" not in str(caught.value)


def test_damaged_weights_are_one_line(tmp_path):
    content = Path(weights_file(tmp_path / "w.npz")).read_bytes()
    for name, damaged in (("half", content[: len(content) // 2]), ("text", b"no archive"), ("empty", b"")):
        path = tmp_path / f"{name}.npz"
        path.write_bytes(damaged)
        with pytest.raises(BlurError, match="cannot read") as caught:
            encoder(encoder_weights=str(path), blocks=2)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variant": 1}, "variant: expected one of 0, 2, received 1"),
        ({"detail_filters": 4}, "detail_filters: expected 0 with shrink=1, received 4"),
        ({"encoder_weights": "none.npz"}, "encoder_weights: expected an existing file"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(UsageError, match=message):
        encoder(**options)


def test_space_to_depth_orders_rows_columns_channels():
    pixels = np.arange(4 * 6 * 2).reshape(1, 4, 6, 2)
    found = np.asarray(SpaceToDepth(2)(pixels))
    assert found.shape == (1, 2, 3, 8)
    np.testing.assert_array_equal(found[0, 1, 2], pixels[0, 2:4, 4:6].ravel())


def test_space_to_depth_is_one_operator_that_moves_bytes(tmp_path):
    tf = pytest.importorskip("tensorflow")
    from ai_edge_litert.interpreter import Interpreter

    inputs = keras.Input((8, 8, 3), batch_size=1)
    network = keras.Model(inputs, SpaceToDepth(4)(inputs))
    interpreter = Interpreter(model_content=tf.lite.TFLiteConverter.from_keras_model(network).convert())
    operators = [details["op_name"] for details in interpreter._get_ops_details()]
    assert [name for name in operators if name != "DELEGATE"] == ["SPACE_TO_DEPTH"]
    pixels = photo(8)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], pixels)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_array_equal(found, network(pixels))


@pytest.mark.realdata
@pytest.mark.parametrize("variant", [0, 2])
def test_the_real_weights_fit(real_data, variant):
    path = real_data / "weights" / f"efficientnet_lite{variant}_imagenet_no_top_f16.npz"
    *_, features = encoder(variant=variant, encoder_weights=str(path))(photo(64))
    assert 0.1 < np.std(features) < 10  # random weights of the same network give less than 0.01
