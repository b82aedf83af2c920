"""Networks of patches: what the papers say of them, and that a photo's are those of its patches."""

import keras
import numpy as np
import pytest

from keras_blur import models
from keras_blur.errors import UsageError
from keras_blur.models import patchwise

STRIDES = (1, 2, 4, 8, 12)


def small(name, num_classes=3, **options):
    """A narrow network whose biases count too."""
    keras.utils.set_random_seed(2)
    network = models.build(name, width=1 / 16, num_classes=num_classes, **options)
    rng = np.random.default_rng(0)
    network.set_weights([w if w.ndim > 1 else rng.normal(0, 0.2, w.shape) for w in network.get_weights()])
    return network


def one_by_one(network, photo, stride):
    """The answers to the patches of a photo `(H, W, 3)`, each on its own."""
    side = network.input_shape[1]
    windows = np.lib.stride_tricks.sliding_window_view(photo, (side, side), axis=(0, 1))[::stride, ::stride]
    patches = windows.transpose(0, 1, 3, 4, 2)
    answers = network.predict_on_batch(patches.reshape(-1, side, side, 3))
    return answers.reshape(*patches.shape[:2], -1)


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("name", ["schuster2016", "sun2015"])
def test_photos_get_the_answers_of_their_patches(name, stride):
    network = small(name)
    photo = np.random.default_rng(1).uniform(0, 255, (50, 43, 3)).astype("float32")
    expected = one_by_one(network, photo, stride)
    sliding = patchwise.over_photos(network, stride)
    found = np.asarray(sliding(photo[None]))[0]
    assert sliding.compute_output_shape((1, *photo.shape)) == (1, *expected.shape)
    assert np.ptp(expected) > 0.05  # else anything would agree
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(
    "options", [{"side": 23}, {"side": 27}, *({"channels": kind} for kind in patchwise.CHANNELS[1:])], ids=str
)
def test_other_inputs_give_photos_the_answers_of_their_patches(options):
    network = small("schuster2016", **options)
    photo = np.random.default_rng(1).uniform(0, 255, (45, 39, 3)).astype("float32")
    expected = one_by_one(network, photo, 4)
    assert np.ptp(expected) > 0.01
    np.testing.assert_allclose(
        np.asarray(patchwise.over_photos(network, 4)(photo[None]))[0], expected, atol=1e-5
    )


def test_channels_of_a_ramp_along_the_columns():
    photo = np.repeat(np.arange(5.0)[None, :, None], 4, axis=0).repeat(3, axis=-1)[None]
    found = {kind: np.asarray(patchwise.Channels(kind)(photo))[0] for kind in patchwise.CHANNELS[1:]}
    np.testing.assert_allclose(found["grey"][..., 0], photo[0, ..., 0], atol=1e-5)
    np.testing.assert_allclose(found["gradients"], np.broadcast_to([1.0, 0.0], (3, 4, 2)), atol=1e-5)
    np.testing.assert_allclose(found["gradient_magnitude"], np.ones((3, 4, 1)), atol=1e-5)


@pytest.mark.parametrize("options", [{"side": 21}, {"side": 15}, {"channels": "hue"}], ids=str)
def test_an_input_that_makes_no_network_is_named(options):
    with pytest.raises(UsageError, match=next(iter(options))):
        models.build("schuster2016", **options)


def test_an_odd_maps_last_row_is_not_pooled_with_what_lies_beyond():
    """Schuster's patches end within a pool: what lies around a patch must not change its answer."""
    network = small("schuster2016")
    photo = np.random.default_rng(3).uniform(0, 255, (37, 37, 3)).astype("float32")
    other = photo.copy()
    other[34:], other[:, 34:] = 255 - other[34:], 255 - other[:, 34:]
    sliding = patchwise.over_photos(network, 1)
    one, two = (np.asarray(sliding(p[None]))[0] for p in (photo, other))
    np.testing.assert_array_equal(one[:4, :4], two[:4, :4])  # patches that end at row 33
    assert (one[4:, 4:] != two[4:, 4:]).any(axis=-1).all()


def test_schuster2016_in_full_is_the_papers_network():
    network = models.build("schuster2016")
    sides = [network.get_layer(name).output.shape[1] for name in ("conv1", "pool1", "conv2", "pool2")]
    assert sides == [25, 13, 9, 5]
    assert network.get_layer("dense1").kernel.shape == (5, 5, 256, 1024)  # over 6 million weights
    assert network.output_shape == (None, 1, 1, 2)


def test_sun2015_in_full_is_the_papers_network():
    network = models.build("sun2015")
    sides = [network.get_layer(name).output.shape[1] for name in ("conv1", "pool1", "conv2", "pool2")]
    assert sides == [24, 12, 8, 4]
    assert network.output_shape == (None, 1, 1, 73)


def test_both_forms_have_the_same_weights():
    patches, photos = models.build("schuster2016", width=1 / 16), None
    photos = models.build("schuster2016", width=1 / 16, stride=2)
    assert [w.shape for w in patches.weights] == [w.shape for w in photos.weights]


@pytest.mark.parametrize("stride", [0, 3, 6, -4])
def test_strides_that_the_pools_do_not_fit_are_named(stride):
    with pytest.raises(UsageError, match="stride: expected 1, 2 or a multiple of 4"):
        models.build("schuster2016", width=1 / 16, stride=stride)
