"""From a trained network to the graph of one photo of a fixed size."""

import dataclasses

import keras
import numpy as np
import pytest
from tiny_networks import SIZE

from export import graph
from keras_blur import models
from keras_blur.contract import Contract
from keras_blur.errors import BlurError, UsageError


def test_sizes_are_parsed():
    assert graph.parse_size("320x480") == (320, 480)
    assert graph.parse_size(" 64 ") == (64, 64)


@pytest.mark.parametrize("text", ["", "0x32", "32x", "-32", "axb", "9999x32", "32x32x3"])
def test_wrong_sizes_are_named(text):
    with pytest.raises(UsageError, match="input_size: expected HxW"):
        graph.parse_size(text)


def test_any_size_becomes_one(trained):
    exported = graph.exported_contract(trained, SIZE)
    assert (exported.resize, exported.height, exported.width) == ("stretch", *SIZE)
    assert exported.classes == trained.classes and exported.output_stride == trained.output_stride


def test_a_network_for_any_size_needs_one(trained):
    with pytest.raises(UsageError, match=r"takes photos of any size.*multiples of 4"):
        graph.exported_contract(trained, None)
    with pytest.raises(UsageError, match=r"multiples of 4, received 30x48"):
        graph.exported_contract(trained, (30, 48))


def test_a_size_that_the_network_refuses_is_named():
    with pytest.raises(UsageError, match=r"mobile takes sides that are multiples of 64, received 100x100"):
        graph.exported_contract(models.contract("mobile"), (100, 100))
    unchecked = dataclasses.replace(models.contract("mobile"), multiple=1)
    contract = graph.exported_contract(unchecked, (100, 100))
    with pytest.raises(UsageError, match=r"mobile can't take 100x100.*multiples of 64"):
        graph.fitted(models.build("mobile"), contract)


def test_the_exported_model_is_the_softmax_of_the_network(network, contract):
    image = np.random.default_rng(0).uniform(0, 255, (1, *SIZE, 3)).astype("float32")
    logits = network.predict_on_batch(image)
    expected = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    model = graph.inference_model(graph.fitted(network, contract), contract)
    assert model.inputs[0].shape == (1, *SIZE, 3)
    np.testing.assert_allclose(model.predict_on_batch(image), expected, atol=1e-5)


def unpadded(classes=3):
    """Answers for windows of 7x7 pixels, 4 apart: the corners' red."""
    inputs = keras.Input((None, None, 3))
    kernel = np.zeros((7, 7, 3, classes), np.float32)
    kernel[3, 3, 0, 0] = 1
    layer = keras.layers.Conv2D(classes, 7, 4)
    model = keras.Model(inputs, layer(inputs), name="patches")
    layer.set_weights([kernel, np.zeros(classes, np.float32)])
    return model


def test_patch_networks_answer_for_every_cell():
    contract = Contract("patches", height=16, width=24, output_stride=4)
    image = np.random.default_rng(0).uniform(0, 255, (1, 16, 24, 3)).astype("float32")
    found = graph.fitted(unpadded(), contract).predict_on_batch(image)
    assert found.shape == (1, 4, 6, 3)
    # The windows' centres lie in their cells: 3 pixels of padding, one before the photo.
    np.testing.assert_allclose(found[0, ..., 0], image[0, 2::4, 2::4, 0])


def test_schusters_patch_network_slides_over_the_photo():
    options = {"width": 0.05, "stride": None}
    contract = graph.exported_contract(models.contract("schuster2016"), (32, 48))
    found = graph.fitted(models.build("schuster2016", **options), contract)
    assert found.output_shape[1:] == (32 // contract.output_stride, 48 // contract.output_stride, 2)


def test_answers_that_are_no_map_are_refused():
    with pytest.raises(BlurError, match="answers with 73 degrees or directions"):
        graph.fitted(models.build("sun2015", width=0.05), models.contract("sun2015"))


def test_a_network_of_another_stride_is_refused():
    with pytest.raises(BlurError, match="does not fit its contract at 16x24"):
        graph.fitted(unpadded(), Contract("patches", height=16, width=24, output_stride=8))


def test_a_network_of_features_is_refused():
    inputs = [keras.Input((8, 8, 3)), keras.Input((4,))]
    network = keras.Model(inputs, keras.layers.Flatten()(inputs[0]))
    with pytest.raises(BlurError, match="takes 2 inputs"):
        graph.fitted(network, Contract("features", height=8, width=8))
