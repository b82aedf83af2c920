"""One network in every format: the same answers, all files, or none."""

import dataclasses
import json

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from PIL import Image
from tiny_networks import SIZE

from export import EXPORTERS, convert, exporters, metadata, pipeline, recipes, verify
from export.calibration import Photos
from export.inspect import summarise
from keras_blur import systems
from keras_blur.contract import Contract
from keras_blur.errors import BlurError, UsageError
from keras_blur.processing import read_photo
from keras_blur.systems.dense import DenseSystem


def formats(job, *names, **changes):
    return dataclasses.replace(job, exporters=exporters.get(names), **changes)


FILES = {name: exporter.ending for name, exporter in EXPORTERS.items() if exporter.ending}


@pytest.fixture(scope="module")
def image(photo_folder):
    return read_photo(photo_folder / "photo03.png")


def test_everything_is_there_and_nothing_else(exported):
    files = {f"unet_{name}{ending}" for name, ending in FILES.items()}
    files |= {f"unet_{name}.recipe.json" for name in FILES}
    files |= {"unet_saved_model", "contract.json", "labels.txt", "export.json", "model_card.md"}
    assert {path.name for path in exported.iterdir()} == files


@pytest.mark.parametrize("name", FILES)
def test_every_format_answers_like_keras(exported, network, contract, image, name):
    expected = DenseSystem(network, contract).blur_map(image)
    found = systems.load(exported / f"unet_{name}{FILES[name]}").blur_map(image)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.sum(axis=-1), 1, atol=0.02)
    tolerance = {"float32": 1e-4, "onnx": 1e-4, "float16": 0.01}.get(name, 0.15)
    assert np.abs(found - expected).max() < tolerance
    if name not in ("float32", "onnx"):
        assert np.abs(found - expected).max() > 0  # it is another format indeed


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_files_have_one_photo_in_and_builtin_operators_alone(exported, name):
    path = exported / f"unet_{name}.tflite"
    interpreter = Interpreter(str(path))
    (given,), (found,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert given["shape"].tolist() == [1, *SIZE, 3] and found["dtype"] == np.float32
    recipe = recipes.RECIPES[name]()
    assert given["dtype"] == np.dtype(recipe.input)
    if recipe.input == "uint8":
        assert given["quantization"] == (1.0, 0)
    assert convert.SIGNATURE in interpreter.get_signature_list()
    assert summarise(path).foreign == []


def test_files_shrink_with_their_bits(exported):
    sizes = {name: (exported / f"unet_{name}.tflite").stat().st_size for name in recipes.RECIPES}
    assert sizes["float32"] > sizes["float16"] > sizes["dynamic_int8"]


def test_the_saved_model_has_a_named_signature_for_any_batch(exported, network):
    import tensorflow as tf

    model = tf.saved_model.load(str(exported / "unet_saved_model"))
    pixels = np.random.default_rng(0).uniform(0, 255, (2, *SIZE, 3)).astype("float32")
    found = model.signatures["blur_map"](image=pixels)["probabilities"].numpy()
    logits = network.predict_on_batch(pixels)
    expected = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_recipes_and_report_say_how_it_was_made(exported, photo_folder):
    recipe = json.loads((exported / "unet_int8.recipe.json").read_text())
    assert recipe["weights"] == "int8" and recipe["calibration"] == photo_folder.name
    assert recipe["calibration_photos"] == 10  # the photos that there are, not those that were asked for
    report = json.loads((exported / "export.json").read_text())
    assert report["formats"].keys() == set(EXPORTERS) and report["failed"] == {}
    assert report["formats"]["float32"]["max_difference"] < 1e-4
    assert Contract.load(exported / "contract.json").height == SIZE[0]
    card = (exported / "model_card.md").read_text()
    assert all(f"| {name} |" in card for name in EXPORTERS)
    assert f"calibrated on 10 photos of {photo_folder.name}." in card and "on 2 photos that" in card
    assert "**Author.** A. Author" in card and "**Licence.** CC0-1.0" in card


def test_beyond_its_limit_nothing_is_written(job, tmp_path, monkeypatch):
    strict = recipes.Limits(1e-12, 1e-12, 0.0)
    monkeypatch.setattr(EXPORTERS["float16"], "limits", strict)
    with pytest.raises(BlurError, match=r"float16 differs too much.*limit 1e-12.*formats float32"):
        pipeline.run(formats(job, "float32", "float16"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_earlier_export_is_replaced_as_a_whole_or_stays(job, tmp_path, monkeypatch):
    out = tmp_path / "out"
    pipeline.run(formats(job, "float32"), out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with monkeypatch.context() as patch, pytest.raises(BlurError, match="differs too much"):
        patch.setattr(EXPORTERS["float16"], "limits", recipes.Limits(1e-12, 1e-12, 0.0))
        pipeline.run(formats(job, "float16"), out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    pipeline.run(formats(job, "float16"), out)
    assert not list(out.glob("*float32*")) and (out / "unet_float16.tflite").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_no_file_of_others_is_replaced(job, tmp_path):
    (tmp_path / "keep.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"output_dir: expected a new folder.*found keep\.txt"):
        pipeline.run(formats(job, "float32"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["keep.txt"]


def test_each_file_has_its_own_calibration(job, contract, tmp_path):
    trained = dataclasses.replace(job.trained, file_even_odds={"unet_onnx.onnx": 0.25})
    report = pipeline.run(formats(job, "float32", "onnx", trained=trained), tmp_path / "out")
    (warning,) = [text for text in report["warnings"] if "uncalibrated" in text]
    assert warning.startswith("unet_float32.tflite: uncalibrated, as the border between sharp and blurred")
    odds = {name: row["even_odds"] for name, row in report["formats"].items()}
    assert odds == {"float32": contract.even_odds, "onnx": 0.25} and contract.even_odds != 0.25
    for path in list((tmp_path / "out").glob("unet_*.[to][fn]*")):
        path.rename(path.with_stem(f"renamed_{path.stem}"))  # what is inside counts
    loaded = {file.suffix: systems.load(file) for file in (tmp_path / "out").glob("renamed_*.[to][fn]*")}
    assert loaded[".onnx"].calibration.even_odds == 0.25
    assert loaded[".tflite"].calibration == contract.calibration


def test_pictures_without_texture_are_warned_of(job, tmp_path):
    plain = tmp_path / "plain"
    plain.mkdir()
    for number in range(12):
        Image.new("RGB", (72, 54), (20 * number,) * 3).save(plain / f"{number}.png")
    report = pipeline.run(formats(job, "int8", photos=Photos(plain)), tmp_path / "out")
    warning = report["warnings"][-1]
    assert "found nothing to see in 10 of 10" in warning
    assert warning in (tmp_path / "out" / "model_card.md").read_text()
    few = pipeline.run(formats(job, "int8"), tmp_path / "textured")["warnings"]
    assert not any("nothing to see" in text for text in few)


def test_of_many_the_bad_one_is_left_out(job, tmp_path, monkeypatch):
    def fails(model, recipe, samples):
        if recipe.name == "float16":
            raise BlurError("cannot convert to float16: no operator")
        return real(model, recipe, samples)

    real = convert.to_tflite
    monkeypatch.setattr(convert, "to_tflite", fails)
    report = pipeline.run(formats(job, "float16", "float32", all_or_nothing=False), tmp_path / "out")
    assert report["failed"].keys() == {"float16"} and report["formats"].keys() == {"float32"}
    assert not list((tmp_path / "out").glob("*float16*"))
    with pytest.raises(BlurError, match="no operator"):
        pipeline.run(formats(job, "float16"), tmp_path / "none")


def test_a_full_disk_leaves_nothing(job, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(metadata, "add_metadata", full)
    with pytest.raises(BlurError, match="No space left"):
        pipeline.run(formats(job, "float32"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_can_not_be_written_is_named(job, read_only):
    with pytest.raises(BlurError, match="cannot write"):
        pipeline.run(formats(job, "float32"), read_only / "out")


def test_unknown_operators_are_an_error(job, contract):
    import keras

    inputs = keras.Input((*SIZE, 3), batch_size=1, name="image")

    class Exotic(keras.layers.Layer):
        def call(self, x):
            import tensorflow as tf

            return tf.nn.softmax(tf.raw_ops.Betainc(a=x * 0 + 1, b=x * 0 + 1, x=x / 255))

    model = keras.Model(inputs, Exotic()(inputs))
    with pytest.raises(BlurError, match="no built-in operator for Betainc"):
        convert.to_tflite(model, recipes.float32(), [])


def test_a_loss_of_accuracy_is_beyond_the_limit():
    comparison = verify.Comparison(photos=5, max_difference=0.0, mean_difference=0.0)
    comparison.measure({"miou": 0.70}, {"miou": 0.71}, scored=100)
    assert comparison.excesses(recipes.Limits(1, 1, 0.005)) == ["loss of miou 0.01, limit 0.005"]
    assert not comparison.excesses(recipes.Limits(1, 1, 0.02))
    comparison.measure({"miou": 0.75}, {"miou": 0.71}, scored=100)
    assert not comparison.excesses(recipes.Limits(1, 1, 0.005))
    assert verify.Comparison(1, float("nan"), 0.0).excesses(recipes.Limits(1, 1, 1))
    assert not verify.Comparison(1, 1.0, 0.0).excesses(recipes.Limits(None, 1, 1))
