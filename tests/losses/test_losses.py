"""Losses against values derived by hand.

Notation: logits of log(a), log(b), ... have softmax a, b, ... when these sum to 1.
"""

import json

import keras
import numpy as np
import pytest

from keras_blur import losses
from keras_blur.errors import UsageError
from keras_blur.labels import VOID
from keras_blur.losses import PhotoTypeCrossentropy, SoftIoU, VoidCrossentropy, WeightedSum
from keras_blur.losses.targets import class_shares, nearest_shares

MASK = np.array([[[0, 0, 1, 1], [0, 2, 1, VOID], [VOID, VOID, 0, 1], [VOID, VOID, 2, 2]]], "uint8")


def logits_of(*probabilities):
    """`(1, 1, n, C)` logits of n cells."""
    return np.log(np.array(probabilities, "float32"))[None, None]


def value(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


def sure_logits(mask, num_classes=3):
    """Logits that are right, with certainty, at every known pixel."""
    return 50.0 * (mask[..., None] == np.arange(num_classes)).astype("float32")


def test_class_shares_of_cells():
    # Cells 2x2: {0,0,0,2}, {1,1,1,void}, all void, {0,1,2,2}.
    shares, known = (keras.ops.convert_to_numpy(x) for x in class_shares(MASK, 2, 2, 3))
    np.testing.assert_allclose(
        shares[0], [[[0.75, 0, 0.25], [0, 1, 0]], [[0, 0, 0], [0.25, 0.25, 0.5]]], atol=1e-6
    )
    np.testing.assert_allclose(known[0], [[1, 0.75], [0, 1]])


def test_class_shares_merge_types_for_two_classes():
    shares, _ = (keras.ops.convert_to_numpy(x) for x in class_shares(MASK, 2, 2, 2))
    np.testing.assert_allclose(shares[0], [[[0.75, 0.25], [0, 1]], [[0, 0], [0.25, 0.75]]], atol=1e-6)


def test_nearest_takes_the_centre():
    # Of each 2x2 cell the lower right pixel: 2, void, void, 2.
    shares, known = (keras.ops.convert_to_numpy(x) for x in nearest_shares(MASK, 2, 2, 3))
    np.testing.assert_array_equal(shares[0], [[[0, 0, 1], [0, 0, 0]], [[0, 0, 0], [0, 0, 1]]])
    np.testing.assert_array_equal(known[0], [[1, 0], [0, 1]])


@pytest.mark.parametrize("resample", [class_shares, nearest_shares])
def test_equal_sizes_are_one_hot(resample):
    shares, known = (keras.ops.convert_to_numpy(x) for x in resample(MASK, 4, 4, 3))
    np.testing.assert_allclose(shares, MASK[..., None] == np.arange(3), atol=1e-6)
    np.testing.assert_array_equal(known, MASK != VOID)


def test_targets_refuse_a_grid_that_does_not_divide():
    with pytest.raises(ValueError, match="4x4"):
        class_shares(MASK, 3, 2, 3)


def test_crossentropy_by_hand():
    # Known pixels: p(true) = 0.5 and 0.25; the void one does not count: (ln 2 + ln 4) / 2 = 1.5 ln 2.
    mask = np.array([[[0, 1, VOID]]])
    logits = logits_of([0.5, 0.25, 0.25], [0.5, 0.25, 0.25], [0.98, 0.01, 0.01])
    assert value(VoidCrossentropy()(mask, logits)) == pytest.approx(1.5 * np.log(2), rel=1e-5)


def test_crossentropy_weights_a_partly_void_cell_by_what_is_known():
    # Two 1x2 cells. First: sharp and void, known 0.5, ln 2. Second: both motion, known 1, ln 4.
    # (0.5 ln 2 + 1 ln 4) / 1.5 = 2.5 ln 2 / 1.5.
    mask = np.array([[[0, VOID, 1, 1], [0, VOID, 1, 1]]])
    logits = logits_of([0.5, 0.25, 0.25], [0.5, 0.25, 0.25])
    assert value(VoidCrossentropy()(mask, logits)) == pytest.approx(2.5 / 1.5 * np.log(2), rel=1e-5)


def test_crossentropy_with_class_weights():
    # (1 ln 2 + 3 ln 4) / 2 pixels = 3.5 ln 2.
    logits = logits_of([0.5, 0.25, 0.25], [0.5, 0.25, 0.25])
    loss = VoidCrossentropy(class_weights=[1, 3, 5])
    assert value(loss(np.array([[[0, 1]]]), logits)) == pytest.approx(3.5 * np.log(2), rel=1e-5)


def test_crossentropy_with_label_smoothing():
    # Targets (0.7 + 0.1, 0.1, 0.1): 0.8 ln 2 + 0.2 ln 4 = 1.2 ln 2.
    loss = VoidCrossentropy(label_smoothing=0.3)
    value_ = value(loss(np.array([[[0]]]), logits_of([0.5, 0.25, 0.25])))
    assert value_ == pytest.approx(1.2 * np.log(2), rel=1e-5)


def test_crossentropy_resamples_as_told():
    # Cell {0, 0, 0, 2}: area 0.75 ln 2 + 0.25 ln 4 = 1.25 ln 2; nearest (the pixel 2) ln 4.
    mask, logits = MASK[:, :2, :2], logits_of([0.5, 0.25, 0.25])
    assert value(VoidCrossentropy()(mask, logits)) == pytest.approx(1.25 * np.log(2), rel=1e-5)
    assert value(VoidCrossentropy(resample="nearest")(mask, logits)) == pytest.approx(np.log(4), rel=1e-5)


def test_soft_iou_by_hand():
    # Truth sharp, defocus; P(sharp) 0.75 and 0.25, so P(blurred) 0.25 and 0.75.
    # Each class: intersection 0.75, union 1 + 0.25; with smooth 0.25: 1 / 1.5. 1 - 2/3 = 1/3.
    logits = logits_of([0.75, 0.2, 0.05], [0.25, 0.7, 0.05])
    assert value(SoftIoU(smooth=0.25)(np.array([[[0, 2]]]), logits)) == pytest.approx(1 / 3, rel=1e-5)


def test_soft_iou_averages_images():
    mask = np.array([[[0, 2]], [[0, 2]]])
    right, wrong = sure_logits(mask[:1]), sure_logits(np.array([[[1, 0]]]))
    # Wrong: intersection 0, union 2 in both classes: (0 + 1) / (2 + 1). Mean of 0 and 2/3.
    assert value(SoftIoU()(mask, np.concatenate([right, wrong]))) == pytest.approx(1 / 3, rel=1e-5)


def test_soft_iou_is_best_at_the_shares_of_a_mixed_cell():
    mask = MASK[:, :2, :2]  # three quarters sharp
    at = {p: value(SoftIoU()(mask, logits_of([p, (1 - p) / 2, (1 - p) / 2]))) for p in (0.65, 0.75, 0.85)}
    assert at[0.75] == pytest.approx(0, abs=1e-6)
    assert min(at[0.65], at[0.85]) > 0.01


def test_soft_iou_ignores_the_type():
    a, b = logits_of([0.6, 0.3, 0.1]), logits_of([0.6, 0.1, 0.3])
    mask = np.array([[[1]]])
    assert value(SoftIoU()(mask, a)) == pytest.approx(value(SoftIoU()(mask, b)))


@pytest.mark.parametrize("name", losses.LOSSES)
class TestEveryLoss:
    def test_perfect_is_zero_and_worst_is_not(self, name):
        loss = losses.build(name)
        assert value(loss(MASK, sure_logits(MASK))) == pytest.approx(0, abs=1e-5)
        assert value(loss(MASK, sure_logits((MASK + 1) % 3))) > 1

    def test_void_does_not_count(self, name):
        loss, other = losses.build(name), sure_logits(MASK)
        other[MASK == VOID] = [-30, 7, 3]
        assert value(loss(MASK, other)) == pytest.approx(value(loss(MASK, sure_logits(MASK))), abs=1e-6)

    def test_all_void_is_finite(self, name):
        assert value(losses.build(name)(np.full_like(MASK, VOID), sure_logits(MASK))) == 0

    def test_images_that_are_all_void_do_not_count(self, name):
        loss, wrong = losses.build(name), sure_logits((MASK + 1) % 3)
        masks = np.concatenate([MASK, np.full_like(MASK, VOID)])
        both = value(loss(masks, np.concatenate([wrong, wrong])))
        assert both == pytest.approx(value(loss(MASK, wrong)), rel=1e-5)

    @pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
    def test_half_precision(self, name, dtype):
        # 300x300 pixels: a sum in float16 would overflow at 65504.
        mask = np.tile(np.array([0, 1, 2], "uint8"), (1, 300, 100))
        logits = keras.ops.cast(keras.ops.zeros((1, 300, 300, 3)) + np.array([4.0, 0, -4]), dtype)
        full = value(losses.build(name)(mask, keras.ops.cast(logits, "float32")))
        assert value(losses.build(name)(mask, logits)) == pytest.approx(full, rel=1e-3)
        assert np.isfinite(full)

    def test_config_round_trip(self, name):
        loss = losses.build(name, class_weights=[1.0, 2.0, 0.5], label_smoothing=0.1, resample="nearest")
        config = json.loads(json.dumps(keras.saving.serialize_keras_object(loss)))
        again = keras.saving.deserialize_keras_object(config)
        logits = np.random.default_rng(0).normal(size=(1, 2, 2, 3)).astype("float32")
        assert value(again(MASK, logits)) == pytest.approx(value(loss(MASK, logits)))
        assert value(again(MASK, logits)) != pytest.approx(value(losses.build(name)(MASK, logits)))

    def test_reduction_and_sample_weights_are_keras(self, name):
        rng = np.random.default_rng(0)
        masks = np.concatenate([MASK, MASK[:, ::-1]])
        logits = rng.normal(size=(2, 4, 4, 3)).astype("float32")
        mean = value(losses.build(name)(masks, logits))
        each = keras.ops.convert_to_numpy(losses.build(name, reduction="none")(masks, logits))
        assert each.shape[0] == 2 and each.mean() == pytest.approx(mean, rel=1e-5)
        total = value(losses.build(name, reduction="sum")(masks, logits))
        assert total == pytest.approx(each.size * mean, rel=1e-5)
        first = value(losses.build(name)(masks, logits, sample_weight=np.array([2.0, 0.0])))
        assert first == pytest.approx(value(losses.build(name)(masks[:1], logits[:1])), rel=1e-5)

    def test_probabilities_are_taken_when_told(self, name):
        logits = np.random.default_rng(0).normal(size=(1, 4, 4, 3)).astype("float32")
        probabilities = keras.ops.softmax(logits)
        loss = losses.build(name, from_logits=False)
        assert value(loss(MASK, probabilities)) == pytest.approx(
            value(losses.build(name)(MASK, logits)), rel=1e-5
        )
        certain = (MASK[..., None] == np.arange(3)).astype("float32")
        assert value(loss(MASK, certain)) == pytest.approx(0, abs=1e-4)
        assert np.isfinite(value(loss(MASK, 1 - certain)))

    def test_a_network_learns_with_it(self, name):
        keras.utils.set_random_seed(0)
        photo = np.repeat(np.repeat(MASK[..., None] * 1.0, 3, -1), 2, 0).astype("float32")
        network = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Conv2D(3, 2, 2)])
        network.compile(keras.optimizers.Adam(0.05), losses.build(name), run_eagerly=False)
        history = network.fit(photo, np.repeat(MASK, 2, 0), epochs=8, verbose=0).history["loss"]
        assert np.all(np.isfinite(history)) and history[-1] < history[0]


def test_weighted_sum():
    logits, mask = logits_of([0.5, 0.25, 0.25]), np.array([[[1]]])
    parts = value(VoidCrossentropy()(mask, logits)), value(SoftIoU()(mask, logits))
    total = value(WeightedSum([(VoidCrossentropy(), 2), (SoftIoU(), 0.5)])(mask, logits))
    assert total == pytest.approx(2 * parts[0] + 0.5 * parts[1])


class TestPhotoType:
    def test_a_photos_type_is_that_of_its_blurred_pixels(self):
        masks = np.array([[[0, 1], [1, VOID]], [[2, 0], [0, 0]]], "uint8")  # motion; defocus
        right, wrong = np.log([[0.8, 0.2], [0.1, 0.9]]), np.log([[0.2, 0.8], [0.9, 0.1]])
        assert value(PhotoTypeCrossentropy()(masks, right)) == pytest.approx(-np.log(0.8 * 0.9) / 2, rel=1e-5)
        assert value(PhotoTypeCrossentropy()(masks, wrong)) == pytest.approx(-np.log(0.2 * 0.1) / 2, rel=1e-5)

    def test_two_types_share_the_target(self):
        mask = np.array([[[1, 2], [2, 2]]], "uint8")
        expected = -(0.25 * np.log(0.6) + 0.75 * np.log(0.4))
        assert value(PhotoTypeCrossentropy()(mask, np.log([[0.6, 0.4]]))) == pytest.approx(expected, rel=1e-5)

    def test_photos_without_blur_do_not_count(self):
        masks = np.array([[[1, 1]], [[0, VOID]]], "uint8")
        logits = np.log([[0.5, 0.5], [0.1, 0.9]])
        assert value(PhotoTypeCrossentropy()(masks, logits)) == pytest.approx(np.log(2), rel=1e-5)
        assert value(PhotoTypeCrossentropy()(masks[1:], logits[1:])) == 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: VoidCrossentropy(resample="cubic"),
        lambda: VoidCrossentropy(label_smoothing=1.5),
        lambda: VoidCrossentropy(class_weights=[1, -1, 1]),
        lambda: VoidCrossentropy(class_weights=[1, 1])(MASK, sure_logits(MASK)),
        lambda: SoftIoU(smooth=0),
        lambda: WeightedSum([]),
    ],
)
def test_bad_arguments_are_named(make):
    with pytest.raises(ValueError, match="expected"):
        make()


def test_unknown_loss_names_the_nearest():
    with pytest.raises(UsageError, match="crossentropy_iou"):
        losses.build("crossentropy_io")
