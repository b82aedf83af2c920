"""Systems without Keras: a stand-in network shows how photos reach it and come back."""

import dataclasses
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from keras_blur import labels, models, systems
from keras_blur.contract import Calibration, Contract
from keras_blur.errors import BlurError, UsageError
from keras_blur.systems.dense import DenseSystem, of_fixed_size

STRETCH = Contract("stretched", height=32, width=48, output_stride=4)
PAD = Contract("padded", resize="pad", multiple=16, max_side=96, output_stride=4)
SIZES = [(1, 1), (1, 60), (8, 8), (33, 47), (200, 150)]


def photo(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


class MeanNetwork:
    """Logits are the cells' mean red, green and blue: no context, so every output can be told."""

    def __init__(self, stride=4, extra_outputs=0, classes=3):
        self.stride, self.extra_outputs, self.classes = stride, extra_outputs, classes
        self.shapes = []

    def predict_on_batch(self, pixels):
        self.shapes.append(pixels.shape)
        batch, height, width, _ = pixels.shape
        cells = pixels.reshape(
            batch, height // self.stride, self.stride, width // self.stride, self.stride, 3
        )
        logits = cells.mean(axis=(2, 4))[..., : self.classes] / 50
        return [logits[:, ::2] * 0] * self.extra_outputs + [logits] if self.extra_outputs else logits


class SidedNetwork(MeanNetwork):
    """Sees blur only in the left half of whatever it is shown."""

    def predict_on_batch(self, pixels):
        logits = np.zeros_like(super().predict_on_batch(pixels))
        logits[:, :, : logits.shape[2] // 2, labels.MOTION] = 20
        return logits


@pytest.mark.parametrize("contract", [STRETCH, PAD], ids=["stretch", "pad"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("flips", [False, True])
def test_dense_systems_take_any_size(contract, size, flips):
    blur_map = DenseSystem(MeanNetwork(), contract, flips=flips).blur_map(photo(*size))
    assert blur_map.dtype == np.float32 and blur_map.ndim == 3 and blur_map.shape[2] == 3
    np.testing.assert_allclose(blur_map.sum(axis=-1), 1, atol=1e-5)
    assert np.isfinite(blur_map).all() and blur_map.min() >= 0


def test_small_photos_are_asked_at_a_size_of_their_own():
    network = models.build("mobile")
    contract = dataclasses.replace(models.contract("mobile").with_size(128), max_enlargement=1.25)
    system = DenseSystem(network, contract)
    for side, cells in ((110, 16), (60, 8), (110, 16), (20, 8)):
        image = photo(side, side)
        blur_map = system.blur_map(image)
        alone = DenseSystem(of_fixed_size(network, 8 * cells, 8 * cells), contract.with_size(8 * cells))
        assert blur_map.shape == (cells, cells, 3)
        np.testing.assert_allclose(blur_map, alone.blur_map(image), atol=1e-5)


def test_the_last_of_several_outputs_counts():
    image = photo(40, 40)
    one = DenseSystem(MeanNetwork(), STRETCH).blur_map(image)
    several = DenseSystem(MeanNetwork(extra_outputs=2), STRETCH).blur_map(image)
    np.testing.assert_array_equal(one, several)


def test_the_map_is_the_softmax_of_the_logits():
    image = np.full((32, 48, 3), (100, 50, 0), np.uint8)
    logits = np.array([2.0, 1.0, 0.0])
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(DenseSystem(MeanNetwork(), STRETCH).blur_map(image)[3, 5], expected, rtol=1e-5)


def test_huge_logits_do_not_overflow():
    class Certain(MeanNetwork):
        def predict_on_batch(self, pixels):
            return super().predict_on_batch(pixels) * 0 + np.float32([1e4, 0, -1e4])

    blur_map = DenseSystem(Certain(), STRETCH).blur_map(photo(20, 20))
    np.testing.assert_array_equal(blur_map[0, 0], [1, 0, 0])


@pytest.mark.parametrize("contract", [STRETCH, PAD], ids=["stretch", "pad"])
def test_with_flips_a_mirrored_photo_gives_the_mirrored_map(contract):
    image = photo(64, 80)  # a multiple of 16: no padding, which would break the symmetry
    system = DenseSystem(SidedNetwork(), contract, flips=True)
    mirrored = system.blur_map(image[:, ::-1])
    np.testing.assert_allclose(system.blur_map(image), mirrored[:, ::-1], atol=1e-6)
    without = DenseSystem(SidedNetwork(), contract).blur_map(image)
    assert abs(without - without[:, ::-1]).max() > 0.6


def test_flipping_keeps_padding_out():
    """A network without context gives the same map with and without flips, padded or not."""
    image = photo(37, 53)
    plain = DenseSystem(MeanNetwork(), PAD).blur_map(image)
    np.testing.assert_allclose(DenseSystem(MeanNetwork(), PAD, flips=True).blur_map(image), plain, atol=1e-6)


def test_maps_repeat_exactly_and_leave_the_photo_alone():
    image = photo(50, 70)
    before = image.copy()
    system = DenseSystem(MeanNetwork(), PAD, flips=True)
    np.testing.assert_array_equal(system.blur_map(image), system.blur_map(image))
    np.testing.assert_array_equal(image, before)


def test_stretched_photos_all_have_one_shape():
    system = DenseSystem(MeanNetwork(), STRETCH)
    for size in SIZES:
        system.blur_map(photo(*size))
    assert set(system.network.shapes) == {(1, 32, 48, 3)}


def test_a_network_that_does_not_fit_its_contract_is_named():
    with pytest.raises(BlurError, match=r"stretched.*expected an output of shape \(1, 8, 12, 3\)"):
        DenseSystem(MeanNetwork(stride=8), STRETCH).blur_map(photo(20, 20))
    with pytest.raises(BlurError, match=r"found \(1, 8, 12, 2\)"):
        DenseSystem(MeanNetwork(classes=2), STRETCH).blur_map(photo(20, 20))


def test_nan_is_an_error_and_not_a_map():
    class Broken(MeanNetwork):
        def predict_on_batch(self, pixels):
            return super().predict_on_batch(pixels) * np.nan

    with pytest.raises(BlurError, match="NaN"):
        DenseSystem(Broken(), STRETCH).blur_map(photo(20, 20))


@pytest.mark.parametrize("name", ["laplacian_variance", "all_blurred"])
@pytest.mark.parametrize("size", SIZES)
def test_formulas_take_any_size(name, size):
    system = systems.load(name)
    blur_map = system.blur_map(photo(*size))
    assert system.name == name and 0 < system.calibration.blurred_threshold < 1
    assert blur_map.dtype == np.float32 and blur_map.ndim == 3 and blur_map.shape[2] == 2
    np.testing.assert_allclose(blur_map.sum(axis=-1), 1, atol=1e-5)


@pytest.mark.parametrize("even_odds", [1.0, 0.03])
def test_networks_have_their_contracts_calibration(even_odds):
    contract = dataclasses.replace(PAD, blurred_threshold=0.3, even_odds=even_odds)
    system = DenseSystem(MeanNetwork(), contract)
    assert system.calibration == Calibration(0.3, even_odds)


@pytest.mark.parametrize("name", [n for n in systems.SYSTEMS if not systems.is_shipped(n)])
def test_formulas_are_not_calibrated(name):
    assert systems.load(name).calibration.even_odds == 1


def test_shipped_networks_run_as_the_smallest_file_or_by_keras(monkeypatch, tmp_path):
    folder = Path(shutil.copytree(systems.PRETRAINED / "mobile", tmp_path / "mine"))
    monkeypatch.setitem(systems.SYSTEMS, "mine", folder)
    for file in folder.glob("*.tflite"):
        file.rename(file.with_name(file.name.replace("mobile", "mine")))
    sizes = {"int8": 0, "float16": 1, "float32": 2}
    for form in sizes:
        assert systems.load("mine", runtime="litert").name == f"mine_{form}"
        (folder / f"mine_{form}.tflite").unlink()
    assert systems.load("mine").name == "mobile"
    with pytest.raises(UsageError, match=r"expected 'keras' for 'mine', of which no \.tflite file ships"):
        systems.load("mine", runtime="litert")


def test_all_blurred_is():
    np.testing.assert_array_equal(systems.load("all_blurred").blur_map(photo(9, 9)), [[[0, 1]]])


def test_su2011_tells_the_types_apart():
    blur_map = systems.load("su2011").blur_map(photo(40, 50))
    assert blur_map.shape == (40, 50, 3)
    np.testing.assert_allclose(blur_map.sum(axis=-1), 1, atol=1e-5)


def test_laplacian_calls_noise_sharper_than_flat_grey():
    image = np.full((200, 300, 3), 128, np.uint8)
    image[:, 150:] = photo(200, 150)
    blur_map = systems.load("laplacian_variance").blur_map(image)
    assert blur_map.shape == (200, 300, 2)
    assert blur_map[100, 30, 1] > 0.9 > 0.3 > blur_map[100, 270, 1]


@pytest.mark.parametrize("name", ["laplacian_variance", "all_blurred"])
def test_formulas_refuse_what_is_no_photo(name):
    with pytest.raises(ValueError, match="image: expected"):
        systems.load(name).blur_map(np.zeros((4, 4, 3)))


def test_unknown_systems_are_named_with_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'mobile'"):
        systems.load("mobil")
    with pytest.raises(UsageError, match=r"expected one of all_blurred, .*laplacian_variance, .*mobile"):
        systems.load("xyz")


def test_a_run_is_found_by_its_name(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BLUR_RUNS", str(tmp_path))
    with pytest.raises(UsageError, match=r"its weights don't ship.*--config unet --run-dir .*unet"):
        systems.load("unet")
    shutil.copytree(systems.PRETRAINED / "mobile", tmp_path / "unet" / "best")
    assert systems.network_folder("unet") == tmp_path / "unet" / "best"


def test_a_run_goes_before_the_network_of_a_paper_that_ships(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BLUR_RUNS", str(tmp_path))
    for name in ("kim2018", "mobile"):
        assert systems.network_folder(name) == systems.PRETRAINED / name
        shutil.copytree(systems.PRETRAINED / "mobile_v1", tmp_path / name / "best")
    assert systems.network_folder("kim2018") == tmp_path / "kim2018" / "best"
    assert systems.network_folder("mobile") == systems.PRETRAINED / "mobile"


def test_a_folder_without_a_network_hides_no_run(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BLUR_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    shutil.copytree(systems.PRETRAINED / "mobile", tmp_path / "runs" / "unet" / "best")
    (tmp_path / "unet").mkdir()
    assert systems.network_folder("unet") == tmp_path / "runs" / "unet" / "best"


def test_the_folder_one_is_in_is_a_network_too(tmp_path, monkeypatch):
    monkeypatch.chdir(shutil.copytree(systems.PRETRAINED / "mobile", tmp_path / "mine"))
    assert systems.load(".").name == "mobile"
    with pytest.raises(UsageError, match="unknown system ''"):
        systems.load("")


def test_a_network_is_run_as_what_it_is_whatever_its_contract_is_called(tmp_path):
    folder = shutil.copytree(systems.PRETRAINED / "mobile", tmp_path / "mine")
    dataclasses.replace(Contract.load(folder / "contract.json"), name="sun2015").save(
        folder / "contract.json"
    )
    assert isinstance(systems.load(folder), DenseSystem)


def test_composed_systems_lie_in_the_folders_of_their_parts(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BLUR_RUNS", str(tmp_path))
    shipped = [systems.PRETRAINED / stage for stage in ("purohit2018_patch", "purohit2018_global")]
    assert systems.weight_folders("purohit2018") == shipped
    for run in ("purohit2018_patch", "purohit2018_global_small"):
        shutil.copytree(systems.PRETRAINED / "mobile", tmp_path / run / "best")
    folders = [tmp_path / "purohit2018_patch/best", tmp_path / "purohit2018_global_small/best"]
    assert systems.weight_folders("purohit2018") == folders
    assert systems.weight_folders("mobile") == [systems.PRETRAINED / "mobile"]
    assert systems.weight_folders("hifst2017") == []
    assert {"purohit2018", "purohit2018_patch"} <= set(systems.available())


def test_folders_without_a_network_are_named(tmp_path):
    with pytest.raises(UsageError, match=r"there is no folder .*runs/none"):
        systems.load(tmp_path / "runs/none")
    with pytest.raises(BlurError, match=r"no network in .*missing network\.json, weights\.weights\.h5, c"):
        systems.load(tmp_path)


@pytest.mark.parametrize("place", [".", "best"])
@pytest.mark.parametrize("name", ["network.json", "weights.weights.h5", "contract.json"])
def test_a_folder_of_weights_that_lacks_a_file_is_told_which(name, place, tmp_path):
    folder = shutil.copytree(systems.PRETRAINED / "mobile", tmp_path / "mine" / place)
    for file in (*folder.glob("*.tflite"), folder / name):
        file.unlink()
    with pytest.raises(BlurError, match=rf"no network in .*mine.*missing {re.escape(name)}; copy the whole"):
        systems.load(tmp_path / "mine")


def test_a_folder_of_exported_files_is_told_to_name_one(tmp_path):
    for name in ("b.tflite", "a.onnx", "contract.json"):
        (tmp_path / name).touch()
    with pytest.raises(BlurError, match=rf"exported files: name one, such as {tmp_path / 'a.onnx'}"):
        systems.load(tmp_path)


def test_weights_alone_are_told_their_folder_or_how_to_make_one(tmp_path):
    whole = systems.PRETRAINED / "mobile"
    with pytest.raises(UsageError, match=rf"holds the weights alone; name its folder, {whole}$"):
        systems.load(whole / "weights.weights.h5")
    for name in ("weights.weights.h5", "mine.weights.h5", "old.h5"):
        (tmp_path / name).touch()
        with pytest.raises(UsageError, match=r"build the network with keras_blur\.models\.build.*save_net"):
            systems.load(tmp_path / name)


def test_an_exported_file_is_no_network(tmp_path):
    file = systems.PRETRAINED / "mobile" / "mobile_int8.tflite"
    with pytest.raises(UsageError, match="an exported file: name the run or the folder that it"):
        systems.network_folder(file)


def test_a_system_without_a_network_is_told_what_has_one():
    with pytest.raises(UsageError, match="'hifst2017' has no network of its own; name a network, such as m"):
        systems.network_folder("hifst2017")
    with pytest.raises(UsageError, match="one of its parts: purohit2018_patch or purohit2018_global"):
        systems.network_folder("purohit2018")


def test_files_of_other_kinds_are_named_with_what_reads_them(tmp_path):
    (tmp_path / "tuned.keras").write_bytes(b"PK")
    with pytest.raises(
        UsageError, match=r"is a file, expected .*\.tflite or \.onnx.*keras\.saving\.load_model"
    ):
        systems.load(tmp_path / "tuned.keras")


@pytest.mark.parametrize("source", [None, 5, b"mobile", ["mobile"]])
def test_a_source_is_a_name_or_a_path(source):
    with pytest.raises(UsageError, match=f"source: expected .*received {re.escape(repr(source))}"):
        systems.load(source)


@pytest.mark.parametrize("runtime", ["xyz", 5])
def test_an_unknown_runtime_is_named(runtime):
    with pytest.raises(UsageError, match=f"unknown runtime '{runtime}': expected one of keras, litert"):
        systems.load("mobile", runtime=runtime)


def test_only_networks_are_refined():
    with pytest.raises(UsageError, match="refine: expected a dense network"):
        systems.load("all_blurred", refine=True)


def test_listing_systems_loads_no_keras():
    code = (
        "import sys; from keras_blur import systems; systems.load('laplacian_variance');"
        "sys.exit(any(name in sys.modules for name in ('keras', 'tensorflow', 'jax')))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0
