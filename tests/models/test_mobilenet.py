"""MobileNetV2 at both widths, and the weights it starts from."""

import keras
import numpy as np
import pytest

from keras_blur import models
from keras_blur.errors import BlurError, UsageError
from keras_blur.models import encoders


def photos(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (2, height, width, 3)).astype("float32")


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    """`keras.applications.MobileNetV2` with statistics as after a training, and its weights file."""
    network = keras.applications.MobileNetV2(include_top=False, weights=None)
    rng = np.random.default_rng(0)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            (size,) = layer.gamma.shape
            low, high = np.array([[0.8, -0.2, -0.2, 0.5], [1.2, 0.2, 0.2, 1.5]], "float32")
            layer.set_weights(rng.uniform(low[:, None], high[:, None], (4, size)))
    path = tmp_path_factory.mktemp("weights") / "mobilenet.weights.h5"
    network.save_weights(path)
    return network, path


def test_it_answers_as_the_network_of_keras_does(application):
    network, path = application
    inputs = keras.Input((64, 96, 3))
    encoder = keras.Model(inputs, encoders.mobilenet_v2(inputs, str(path), width=1.0)[-1])
    expected = keras.Model(network.input, network.get_layer("block_16_project_BN").output)
    found, wanted = encoder(photos(64, 96)), expected(photos(64, 96) / 127.5 - 1, training=False)
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-4 * np.abs(wanted).max())


def test_a_mobile_network_of_full_width_starts_from_them(application, tmp_path):
    network = models.build("mobile", width=1.0, gather=2, encoder_weights=str(application[1]))
    assert network(photos(128, 128)).shape == (2, 16, 16, 3)
    stem = application[0].get_layer("Conv1").get_weights()[0]
    kernel = network.get_layer("encoder_Conv1").get_weights()[0]
    assert kernel.shape == (3, 3, 12, 32) and np.count_nonzero(kernel) == 4 * stem.size

    inputs = keras.Input((64, 64, 3))
    with pytest.raises(UsageError, match=r"MobileNetV2's weights fit only width=1, received width=0\.5"):
        encoders.mobilenet_v2(inputs, "imagenet")
    with pytest.raises(UsageError, match=r"width: expected one of 0\.5, 1\.0, received 0\.75"):
        encoders.mobilenet_v2(inputs, width=0.75)
    other = tmp_path / "other.weights.h5"
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]).save_weights(other)
    with pytest.raises(BlurError, match=r"cannot load .* into MobileNetV2"):
        encoders.mobilenet_v2(inputs, str(other), width=1.0)


@pytest.mark.realdata
def test_weights_of_imagenet_give_features_that_tell_photos_apart(real_data):
    path = real_data / "weights" / "mobilenet_v2_1.0_imagenet_torchvision_no_top.weights.h5"
    inputs = keras.Input((64, 64, 3))
    features = keras.Model(inputs, encoders.mobilenet_v2(inputs, str(path), width=1.0)[-1])(photos(64, 64))
    assert np.isfinite(features).all() and 0.1 < np.std(features) < 10
