import cv2
import keras
import numpy as np

from keras_blur import models
from keras_blur.models.blocks import CReLU
from keras_blur.models.zeng2019 import FIRST_LAYER, Grey


def test_crelu_keeps_both_phases():
    values = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype("float32")
    found = np.asarray(CReLU()(values))
    assert found.shape == (2, 3, 4, 10) == CReLU().compute_output_shape((2, 3, 4, 5)) and found.min() >= 0
    np.testing.assert_array_equal(found[..., :5] - found[..., 5:], values)
    assert ((found[..., :5] == 0) | (found[..., 5:] == 0)).all()


def test_grey_is_opencvs():
    image = np.random.default_rng(1).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    found = np.asarray(Grey()(image[None].astype("float32")))[0, ..., 0]
    np.testing.assert_allclose(found, cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), atol=0.51)


def test_the_first_layer_is_of_single_7x7_kernels():
    model = models.build("zeng2019")
    assert [w.shape for w in model.get_layer(FIRST_LAYER).weights] == [(7, 7, 1, 16)]


def test_a_training_patch_has_one_answer_and_tiles_are_independent():
    keras.utils.set_random_seed(2)
    model = models.build("zeng2019", kernels=4)
    image = np.random.default_rng(3).uniform(0, 255, (1, 64, 64, 3)).astype("float32")
    assert model.compute_output_shape((None, 32, 32, 3)) == (None, 1, 1, 2)
    found = np.asarray(model(image))
    assert found.shape == (1, 2, 2, 2)
    image[:, 48:, 48:] = 0  # beyond the field of the first tile
    np.testing.assert_allclose(np.asarray(model(image))[0, 0, 0], found[0, 0, 0], atol=1e-6)
