"""A patch network over whole photos is the network patch by patch, mirrored at the borders."""

import keras
import numpy as np
import pytest
from scipy.special import softmax

from keras_blur import models, systems
from keras_blur.contract import Calibration
from keras_blur.errors import BlurError
from keras_blur.systems.patches import GraphCut, PatchSystem
from keras_blur.systems.weights import save_network

OPTIONS = {"width": 1 / 16, "num_classes": 3}


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(4)
    network = models.build("schuster2016", **OPTIONS)
    rng = np.random.default_rng(0)
    network.set_weights([w if w.ndim > 1 else rng.normal(0, 0.2, w.shape) for w in network.get_weights()])
    return network


@pytest.fixture(scope="module")
def contract():
    return models.contract("schuster2016", **OPTIONS)


def sliding(network, contract, *arguments, **options):
    """The system, without the time that tracing a graph takes."""
    system = PatchSystem(network, contract, *arguments, **options)
    system.network.run_eagerly = True
    return system


def photo(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def one_by_one(network, image, stride):
    """The probabilities of the patch around every `stride`th pixel, each on its own."""
    mirrored = np.pad(image, ((15, 15 + stride), (15, 15 + stride), (0, 0)), mode="reflect")
    rows, columns = (range(stride // 2, side + stride // 2, stride) for side in image.shape[:2])
    patches = np.stack([mirrored[y : y + 31, x : x + 31] for y in rows for x in columns]).astype("float32")
    return softmax(network.predict_on_batch(patches).reshape(len(rows), len(columns), -1), axis=-1)


def test_every_pixel_has_the_answer_of_the_patch_around_it(network, contract):
    image = photo(33, 26)
    expected = one_by_one(network, image, 1)
    blur_map = sliding(network, contract, stride=1).blur_map(image)
    assert blur_map.shape == (33, 26, 3) and blur_map.dtype == np.float32
    np.testing.assert_allclose(blur_map, expected, atol=1e-5)
    assert np.ptp(expected, axis=(0, 1)).min() > 0.02  # the pixels' answers differ


@pytest.mark.parametrize("stride", [2, 4, 8])
def test_coarser_strides_answer_for_pixels_in_between(network, contract, stride):
    image = photo(40, 27)
    found = sliding(network, contract, stride=stride).probabilities(image)
    np.testing.assert_allclose(found, one_by_one(network, image, stride), atol=1e-5)


@pytest.mark.parametrize("stride", [1, 4])
def test_tiles_change_nothing(network, contract, stride):
    image = photo(45, 70)
    whole = sliding(network, contract, stride, tile=1000).probabilities(image)
    for tile in (17, 32):
        tiled = sliding(network, contract, stride, tile=tile).probabilities(image)
        np.testing.assert_allclose(tiled, whole, atol=1e-6)


def test_tiles_bound_what_is_computed_at_once(network, contract):
    system = sliding(network, contract, stride=2, tile=20)
    shapes, predict = [], system.network.predict_on_batch
    system.network.predict_on_batch = lambda pixels: shapes.append(pixels.shape) or predict(pixels)
    system.blur_map(photo(60, 75))
    assert len(shapes) == 3 * 4 and len(set(shapes)) == 1
    assert max(shapes[0]) <= 20 - 2 + 31


@pytest.mark.parametrize("size", [(1, 1), (1, 60), (9, 9), (33, 47), (700, 20)])
def test_any_size_gives_a_map(network, contract, size):
    blur_map = sliding(network, contract).blur_map(photo(*size))
    assert blur_map.shape[:2] == tuple(-(-min(side, 640) // 4) for side in size)[:2]
    np.testing.assert_allclose(blur_map.sum(axis=-1), 1, atol=1e-5)


def test_a_run_is_loaded_by_name_with_its_own_stride(network, contract, tmp_path, monkeypatch):
    save_network(tmp_path / "schuster2016" / "best", "schuster2016", OPTIONS, network, contract)
    monkeypatch.setenv("KERAS_BLUR_RUNS", str(tmp_path))
    system = systems.load("schuster2016")
    image = photo(40, 28)
    assert system.name == "schuster2016" and system.num_params == network.count_params()
    np.testing.assert_allclose(system.blur_map(image), one_by_one(network, image, 4), atol=1e-5)


def test_nan_is_an_error_and_not_a_map(network, contract):
    broken = keras.models.clone_model(network)
    broken.set_weights([w * np.nan for w in network.get_weights()])
    with pytest.raises(BlurError, match="NaN"):
        sliding(broken, contract).blur_map(photo(20, 20))


def test_a_cut_follows_the_edges_that_a_coarse_map_blurs():
    """The photo changes at column 30; the map rises slowly around it and has a stray cell."""

    class Coarse:
        name, num_params, calibration = "coarse", 7, Calibration()

        def blur_map(self, image):
            blurred = np.tile(np.clip((np.arange(12, dtype=np.float32) - 3) / 8, 0.05, 0.95), (10, 1))
            blurred[2, 1] = 0.7
            return np.stack([1 - blurred, blurred], axis=-1)

    pytest.importorskip("maxflow")
    image = np.full((50, 60, 3), 40, np.uint8)
    image[:, 30:] = 200
    cut = GraphCut(Coarse(), border=2.0)
    assert cut.name == "coarse_cut" and cut.num_params == 7
    np.testing.assert_array_equal(cut.blur_map(image)[..., 1], np.indices((50, 60))[1] >= 30)
    without = GraphCut(Coarse(), border=0.0).blur_map(image)[..., 1]
    assert set(np.unique(without)) == {0, 1} and without[12, 7] == 1


def test_what_is_no_photo_is_refused(network, contract):
    with pytest.raises(ValueError, match="image: expected"):
        sliding(network, contract).blur_map(np.zeros((4, 4, 3)))
