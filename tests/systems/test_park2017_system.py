import numpy as np
import pytest

from keras_blur import models
from keras_blur.classical import park2017
from keras_blur.errors import BlurError
from keras_blur.systems import park2017 as system_module
from keras_blur.systems.park2017 import Park2017


class ByPlace:
    """Stands in for the network: patches that are brighter than mid-grey are blurred most."""

    def __init__(self, scale=10.0):
        self.scale, self.sizes = scale, []

    def predict_on_batch(self, inputs):
        patches, features = inputs
        assert features.shape == (len(patches), park2017.FEATURES)
        self.sizes.append(len(patches))
        logits = np.zeros((len(patches), 1, 1, 11), np.float32)
        bright = patches.mean(axis=(1, 2, 3)) > 128
        logits[bright, ..., -1] = logits[~bright, ..., 0] = self.scale
        return logits


def photo(height=60, width=100):
    squares = np.indices((height, width)).sum(axis=0) // 10 % 2 * 90
    squares[:, width // 2 :] += 160
    return np.repeat(squares[..., None], 3, axis=-1).astype(np.uint8)


def system(network=None):
    return Park2017(network or ByPlace(), models.contract("park2017"))


def test_the_degree_of_blur_becomes_a_map():
    network = ByPlace()
    found = system(network).blur_map(photo())
    assert found.shape == (60, 100, 2) and found.dtype == np.float32
    np.testing.assert_allclose(found.sum(axis=-1), 1, atol=1e-6)
    assert np.median(found[:, :30, 1]) < 0.5 and found[:, 70:, 1].min() > 0.9
    assert set(network.sizes) == {system_module.CHUNK}


def test_more_blur_is_never_less_probable(monkeypatch):
    sigmas = np.linspace(0.5, 2, 31, dtype=np.float32)[None]
    monkeypatch.setattr(Park2017, "sigma_map", lambda self, image: sigmas)
    blurred = system().blur_map(photo())[0, :, 1]
    assert (np.diff(blurred) >= 0).all() and blurred[0] < 0.5 and blurred[-1] > 0.9


def test_edges_are_thinned_to_a_limit(monkeypatch):
    monkeypatch.setattr(system_module, "MOST_EDGES", 100)
    monkeypatch.setattr(system_module, "CHUNK", 10)
    network = ByPlace()
    system(network).blur_map(photo())
    assert 50 < sum(network.sizes) <= 110


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (30, 40)])
def test_a_photo_without_edges_is_undecided(shape):
    found = system().blur_map(np.full((*shape, 3), 120, np.uint8))
    np.testing.assert_array_equal(found, np.full((1, 1, 2), 0.5))


@pytest.mark.parametrize("shape", [(1, 6), (2, 2), (5, 60)])
def test_small_photos_have_an_answer(shape):
    noise = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert np.isfinite(system().blur_map(noise)).all()


def test_damaged_weights_are_named():
    with pytest.raises(BlurError, match="park2017 returns NaN or infinity"):
        system(ByPlace(np.nan)).blur_map(photo())
