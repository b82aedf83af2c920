"""Keras metrics against values derived by hand."""

import json

import keras
import numpy as np
import pytest

from keras_blur.labels import DEFOCUS, MOTION, SHARP, VOID
from keras_blur.metrics.streaming import BlurredAccuracy, BlurredIoU, PixelAccuracy, TypeAccuracy

# As in test_three_class: 10 known pixels, 7 in the right class, 9 rightly blurred or sharp.
TRUTH = np.array([[[0, 0, 0, 0, 1, 1, 1, 1, 2, 2, VOID, VOID]]], "uint8")
ANSWER = np.array([[[0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 0, 1]]], "uint8")
EVERY = [PixelAccuracy, BlurredAccuracy, BlurredIoU, TypeAccuracy]


def sure(answer, num_classes=3):
    return 20.0 * (answer[..., None] == np.arange(num_classes)).astype("float32")


def result(metric):
    return float(keras.ops.convert_to_numpy(metric.result()))


def measured(metric, mask, logits):
    metric.update_state(mask, logits)
    return result(metric)


def test_by_hand():
    assert measured(PixelAccuracy(), TRUTH, sure(ANSWER)) == pytest.approx(7 / 10)
    assert measured(BlurredAccuracy(), TRUTH, sure(ANSWER)) == pytest.approx(9 / 10)
    # Blurred 6 / (6 + 7 - 6), sharp 3 / (4 + 3 - 3).
    assert measured(BlurredIoU(), TRUTH, sure(ANSWER)) == pytest.approx((6 / 7 + 3 / 4) / 2)


def test_two_classes_merge_the_types():
    logits = sure(np.minimum(ANSWER, 1), 2)
    assert measured(PixelAccuracy(2), TRUTH, logits) == pytest.approx(9 / 10)
    assert measured(BlurredAccuracy(), TRUTH, logits) == pytest.approx(9 / 10)


def test_blurred_is_the_sum_of_the_types():
    # Sharp is the likeliest class (0.4), but blurred has 0.6.
    logits = np.log(np.array([0.4, 0.3, 0.3], "float32"))[None, None, None]
    assert measured(BlurredAccuracy(), np.array([[[MOTION]]]), logits) == 1
    assert measured(BlurredAccuracy(threshold=0.7), np.array([[[MOTION]]]), logits) == 0


def test_coarse_logits_answer_for_every_pixel_below_them():
    mask = np.array([[[0, 0, 1, 1], [0, 1, 1, VOID]]], "uint8")  # cells: sharp with a hole, blurred
    assert measured(BlurredAccuracy(), mask, sure(np.array([[[0, 1]]]))) == pytest.approx(6 / 7)


def test_batches_are_pooled():
    metric = BlurredAccuracy()
    metric.update_state(np.zeros((1, 2, 2), "uint8"), sure(np.zeros((1, 2, 2))))
    metric.update_state(np.ones((1, 2, 6), "uint8"), sure(np.zeros((1, 2, 6))))
    assert result(metric) == pytest.approx(4 / 16)
    metric.reset_state()
    assert measured(metric, np.zeros((1, 2, 2), "uint8"), sure(np.zeros((1, 2, 2)))) == 1


def test_type_accuracy():
    mask = np.zeros((4, 1, 3), "uint8")
    mask[0, 0, :2] = MOTION  # called motion twice, and defocus where it is sharp: right
    mask[1, 0] = [DEFOCUS, DEFOCUS, VOID]  # called motion: wrong
    mask[2, 0] = [MOTION, DEFOCUS, DEFOCUS]  # mostly defocus, called defocus: right
    answer = np.array(
        [[[1, 1, 2]], [[1, 1, 2]], [[0, 2, 0]], [[1, 1, 1]]]
    )  # the last has no blur: not counted
    assert measured(TypeAccuracy(), mask, sure(answer)) == pytest.approx(2 / 3)


@pytest.mark.parametrize("make", EVERY)
def test_perfect_is_one_and_void_does_not_count(make):
    answer = np.where(TRUTH == VOID, SHARP, TRUTH)
    assert measured(make(), TRUTH, sure(answer)) == 1
    assert np.isfinite(measured(make(), np.full_like(TRUTH, VOID), sure(answer)))


@pytest.mark.parametrize("make", EVERY)
def test_half_precision_logits(make):
    logits = keras.ops.cast(sure(ANSWER), "float16")
    assert measured(make(), TRUTH, logits) == pytest.approx(measured(make(), TRUTH, sure(ANSWER)))


@pytest.mark.parametrize("make", EVERY)
def test_config_round_trip(make):
    metric = make(name="mine")
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(metric)))
    again = keras.saving.deserialize_keras_object(config)
    assert again.name == "mine" and again.get_config() == metric.get_config()


def test_in_a_compiled_fit():
    network = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Conv2D(3, 2, 2)])
    photos, masks = np.zeros((2, 4, 4, 3), "float32"), np.ones((2, 4, 4), "uint8")
    network.compile(loss=lambda mask, logits: keras.ops.mean(logits**2), metrics=[make() for make in EVERY])
    found = network.evaluate(photos, masks, verbose=0, return_dict=True)
    assert {"pixel_accuracy", "blurred_accuracy", "blurred_iou", "type_accuracy"} <= set(found)
