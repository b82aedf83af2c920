import keras
import numpy as np
import pytest

from keras_blur import losses, models
from keras_blur.classical import park2017
from keras_blur.systems import weights


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(1)
    return models.build("park2017")


def inputs(count=4, seed=0):
    rng = np.random.default_rng(seed)
    patches = rng.uniform(0, 255, (count, park2017.LARGE, park2017.LARGE, 3)).astype("float32")
    return [patches, rng.random((count, park2017.FEATURES), np.float32)]


def test_the_layers_are_the_papers(network):
    channels = [layer.filters for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    assert channels == [25, 50, 50, 25]
    assert network.get_layer("all_features").output.shape == (None, 145)
    units = [layer.units for layer in network.layers if isinstance(layer, keras.layers.Dense)]
    assert units == [300, 150, len(park2017.SIGMAS)] == [300, 150, 11]


def test_a_patch_gets_one_cell_of_finite_logits(network):
    logits = np.asarray(network(inputs()))
    assert logits.shape == (4, 1, 1, 11) and logits.dtype == np.float32 and np.isfinite(logits).all()


def test_both_inputs_count(network):
    patches, features = inputs()
    plain = np.asarray(network([patches, features]))
    assert not np.allclose(network([patches[..., ::-1], features]), plain)
    assert not np.allclose(network([patches, features[:, ::-1]]), plain)


def test_it_is_saved_and_loaded_by_value(network, tmp_path):
    weights.save_network(tmp_path / "net", "park2017", {}, network, models.contract("park2017"))
    again, contract = weights.load_network(tmp_path / "net")
    np.testing.assert_allclose(np.asarray(again(inputs())), np.asarray(network(inputs())), atol=1e-6)
    assert contract.classes == ("sharp", "blurred")


def test_every_weight_learns(network):
    model = keras.models.clone_model(network)
    model.compile(keras.optimizers.SGD(0.1), losses.build("crossentropy"), run_eagerly=True)
    before = [np.array(w) for w in model.trainable_weights]
    classes = np.random.default_rng(1).integers(0, 11, (8, 1, 1)).astype("uint8")
    for step in range(3):
        model.train_on_batch(inputs(8, step), classes)
    assert not [
        w.path for old, w in zip(before, model.trainable_weights, strict=True) if (old == np.asarray(w)).all()
    ]
