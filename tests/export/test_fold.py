"""Folding changes the operations, not the answer."""

import keras
import numpy as np
import pytest
from keras import layers
from tiny_networks import scatter

from export.fold import fold
from keras_blur import models


def photos(side=64):
    return np.random.default_rng(0).uniform(0, 255, (2, side, side, 3)).astype("float32")


def assert_same(one, other, image):
    expected = one.predict_on_batch(image)
    np.testing.assert_allclose(other.predict_on_batch(image), expected, atol=1e-5 * np.abs(expected).max())


def kinds(network, kind):
    return sum(isinstance(layer, kind) for layer in network.layers)


@pytest.mark.parametrize(("name", "options"), [("mobile", {}), ("unet", {"filters": 4, "depth": 2})])
def test_networks_compute_the_same_without_batch_normalisation(name, options):
    network = scatter(models.build(name, **options))
    before = [np.array(weight) for weight in network.weights]
    folded = fold(network)
    assert kinds(network, layers.BatchNormalization) and not kinds(folded, layers.BatchNormalization)
    assert_same(network, folded, photos())
    for old, new in zip(before, network.weights, strict=True):
        np.testing.assert_array_equal(old, np.asarray(new))


def test_the_scale_of_the_photo_moves_into_the_convolution():
    network = models.build("unet", filters=2, depth=1)
    rescaling = fold(network).get_layer("normalise")
    assert rescaling.scale == 1 and rescaling.offset == pytest.approx(-127.5)


def small(build):
    keras.utils.set_random_seed(1)
    inputs = keras.Input((8, 8, 3))
    return scatter(keras.Model(inputs, build(inputs)))


@pytest.mark.parametrize(
    "convolution",
    [
        lambda: layers.Conv2D(5, 3, padding="same"),
        lambda: layers.Conv2DTranspose(5, 2, 2, use_bias=False),
        lambda: layers.SeparableConv2D(5, 3, padding="same"),
        lambda: layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2),
    ],
    ids=["conv", "transpose", "separable", "depthwise"],
)
def test_every_kind_of_convolution_takes_a_normalisation(convolution):
    network = small(lambda x: layers.BatchNormalization()(convolution()(x)))
    assert not kinds(fold(network), layers.BatchNormalization)
    assert_same(network, fold(network), photos(8))


def test_a_normalised_sum_is_shared_by_its_terms():
    def build(x):
        coarse = layers.UpSampling2D(interpolation="bilinear")(layers.Conv2D(4, 2, 2, use_bias=False)(x))
        return layers.BatchNormalization()(layers.Add()([coarse, layers.Conv2D(4, 1)(x)]))

    network = small(build)
    assert not kinds(fold(network), layers.BatchNormalization)
    assert_same(network, fold(network), photos(8))


@pytest.mark.parametrize(
    "build",
    [
        lambda x: layers.BatchNormalization()(layers.Conv2D(4, 1, activation="relu")(x)),
        lambda x: layers.Add()([y := layers.Conv2D(4, 1)(x), layers.BatchNormalization()(y)]),
        lambda x: layers.BatchNormalization()(layers.Concatenate()([layers.Conv2D(4, 1)(x), x])),
    ],
    ids=["behind an activation", "shared", "concatenated"],
)
def test_what_can_not_be_folded_is_left_alone(build):
    network = small(build)
    assert fold(network) is network


def test_a_normalisation_of_a_normalisation_stays_right():
    network = small(
        lambda x: layers.BatchNormalization()(layers.BatchNormalization()(layers.Conv2D(4, 1)(x)))
    )
    assert_same(network, fold(network), photos(8))
