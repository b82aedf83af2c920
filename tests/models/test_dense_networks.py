"""What is special about the networks that see the whole photo, and about their layers."""

import keras
import numpy as np
import pytest

from keras_blur import models
from keras_blur.errors import UsageError
from keras_blur.models import blocks, dss, encoders
from keras_blur.models.encoders.resnet import BLOCKS
from keras_blur.models.unpooling import MaxPoolingWithIndices, MaxUnpooling


def noise(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


class TestUnpooling:
    def test_maxima_are_those_of_max_pooling(self):
        x = noise(2, 6, 8, 3)
        np.testing.assert_array_equal(MaxPoolingWithIndices()(x)[0], keras.layers.MaxPooling2D()(x))

    def test_unpooling_puts_the_maxima_back_in_their_place(self):
        x = noise(2, 6, 8, 3)
        maxima, places = MaxPoolingWithIndices()(x)
        back = np.asarray(MaxUnpooling()(maxima, places))
        kept = back != 0
        assert back.shape == x.shape and kept.sum() == np.size(maxima)
        np.testing.assert_array_equal(back[kept], x[kept])
        alone = keras.layers.MaxPooling2D()(np.where(kept, x, -np.inf))
        np.testing.assert_array_equal(alone, maxima)

    def test_of_equal_values_the_first_is_kept(self):
        maxima, places = MaxPoolingWithIndices()(np.ones((1, 2, 4, 1), "float32"))
        assert (np.asarray(places) == 0).all()
        np.testing.assert_array_equal(MaxUnpooling()(maxima, places)[0, ..., 0], [[1, 0, 1, 0], [0] * 4])

    def test_values_that_were_changed_go_where_the_maxima_were(self):
        x = np.array([[3, 1, 0, 0], [0, 0, 0, 5]], "float32")[None, ..., None]
        _, places = MaxPoolingWithIndices()(x)
        values = np.array([7, -2], "float32")[None, None, :, None]
        np.testing.assert_array_equal(
            MaxUnpooling()(values, places)[0, ..., 0], [[7, 0, 0, 0], [0, 0, 0, -2]]
        )


def enlarged(x, factor):
    inputs = keras.Input((None, None, x.shape[-1]))
    return np.asarray(keras.Model(inputs, blocks.upsample(inputs, factor, "up"))(x))


class TestUpsampling:
    @pytest.mark.parametrize("factor", [2, 4, 8])
    def test_starts_as_bilinear_enlargement(self, factor):
        x = noise(1, 5, 6, 2)
        expected = keras.ops.image.resize(x, (5 * factor, 6 * factor), interpolation="bilinear")
        inner = np.s_[:, factor:-factor, factor:-factor]
        np.testing.assert_allclose(enlarged(x, factor)[inner], np.asarray(expected)[inner], atol=1e-5)

    def test_a_ramp_stays_a_ramp(self):
        ramp = np.broadcast_to(np.arange(6, dtype="float32")[:, None], (6, 6))[None, ..., None]
        np.testing.assert_allclose(np.diff(enlarged(ramp, 2)[0, 2:-2, 2:-2, 0], axis=0), 0.5, atol=1e-6)


class TestResNet:
    @pytest.mark.parametrize("depth", [50, 101, 152])
    def test_has_as_many_layers_as_its_name_says(self, depth):
        assert (
            3 * sum(BLOCKS[depth]) + 2 == depth
        )  # convolutions of the bottlenecks, the first, the dense one

    def test_takes_the_weights_of_keras_applications_and_answers_alike(self, tmp_path):
        source = keras.applications.ResNet50(include_top=False, weights=None)
        source.save_weights(tmp_path / "w.weights.h5")
        inputs = keras.Input((None, None, 3))
        features = encoders.resnet(inputs, 50, str(tmp_path / "w.weights.h5"))
        image = np.random.default_rng(0).uniform(0, 255, (1, 64, 64, 3)).astype("float32")
        found = keras.Model(inputs, features)(image)
        names = ("conv1_relu", "conv2_block3_out", "conv3_block4_out", "conv4_block6_out", "conv5_block3_out")
        outputs = [source.get_layer(name).output for name in names]
        mean = np.array(encoders.IMAGENET_MEAN_BGR, "float32")
        for one, other in zip(
            found, keras.Model(source.inputs, outputs)(image[..., ::-1] - mean), strict=True
        ):
            scale = float(np.abs(other).max())
            np.testing.assert_allclose(np.asarray(one) / scale, np.asarray(other) / scale, atol=1e-4)
        assert [64 // f.shape[1] for f in found] == [2, 4, 8, 16, 32]

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"depth": 34}, "depth: expected one of 14, 26, 50"),
            ({"depth": 14, "encoder_weights": "imagenet"}, "none for depth=14"),
            ({"width": 0.5, "encoder_weights": "imagenet"}, "fit only width=1"),
        ],
    )
    def test_wrong_arguments_are_named(self, options, message):
        with pytest.raises(UsageError, match=message):
            models.build("bdnet2020", **options)


def layers_of(model, kind):
    return [layer for layer in model.layers if isinstance(layer, kind)]


class TestBDNet:
    def build(self, **options):
        return models.build("bdnet2020", depth=14, width=1 / 16, **options)

    def test_ablations_leave_out_what_they_say(self):
        counts = [
            len(layers_of(self.build(use_batch_norm=flag), keras.layers.BatchNormalization))
            for flag in (True, False)
        ]
        assert counts[0] - counts[1] == 4  # one for each skip
        dropouts = (keras.layers.SpatialDropout2D, keras.layers.Dropout)
        assert len(layers_of(self.build(), dropouts)) == 2 and not layers_of(self.build(dropout=0), dropouts)

    def test_joint_head_answers_for_the_photo_before_the_map(self):
        photo, logits = self.build(joint=True)(noise(2, 64, 64, 3))
        assert photo.shape == (2, 2) and logits.shape == (2, 32, 32, 3)

    def test_steps_up_start_bilinear(self):
        ups = layers_of(self.build(), keras.layers.Conv2DTranspose)
        assert len(ups) == 4
        for layer in ups:
            np.testing.assert_array_equal(layer.get_weights()[0], blocks.Bilinear()((4, 4, 3, 3)))


def test_fcn_starts_with_what_its_coarsest_score_says():
    model = models.build("fcn2s", width=1 / 32)
    image = noise(1, 64, 64, 3)
    score = keras.Model(model.input, model.get_layer("score_pool5").output)(image)
    expected = np.asarray(score)
    for _ in range(4):
        expected = enlarged(expected, 2)
    np.testing.assert_allclose(np.asarray(model(image)), expected, atol=1e-5)


class TestDSS:
    def test_fusion_starts_as_the_mean_of_the_sides(self):
        *sides, fused = models.build("dss", width=1 / 32)(noise(1, 64, 64, 3))
        assert len(sides) == 6
        np.testing.assert_allclose(
            np.asarray(fused), np.mean([np.asarray(s) for s in sides], axis=0), atol=1e-5
        )

    def test_short_connections_come_from_the_sides_that_the_paper_names(self):
        model = models.build("dss", width=1 / 32)
        for side, (*_, coarser) in dss.SIDES.items():
            if coarser:
                assert len(model.get_layer(f"side{side}_short").input) == 1 + len(coarser)

    def test_enlargements_are_fixed(self):
        model = models.build("dss", width=1 / 32)
        assert not any("_to" in w.path for w in model.trainable_weights)
        assert any("_to" in w.path for w in model.non_trainable_weights)


class TestDBM:
    def test_deeper_configurations_see_more_of_the_photo(self):
        keras.utils.set_random_seed(0)
        fields = []
        for configuration in ("I", "II", "III"):
            model = models.build("dbm2018", width=1 / 16, configuration=configuration)
            image = noise(1, 64, 64, 3)
            changed = image.copy()
            changed[0, 32, 32] += 100
            fields.append(np.abs(np.asarray(model(changed)) - np.asarray(model(image))).any(axis=-1).sum())
        assert 0 < fields[0] <= 5 * 5 < fields[1] < fields[2]  # two 3x3 convolutions see five pixels

    def test_unknown_configuration_is_named(self):
        with pytest.raises(UsageError, match="expected one of I, II, III, IV, V, received 'VI'"):
            models.build("dbm2018", configuration="VI")


def test_segnet_unpools_as_often_as_it_pools():
    model = models.build("segnet", width=1 / 16)
    assert len(layers_of(model, MaxUnpooling)) == len(layers_of(model, MaxPoolingWithIndices)) == 5
    convolutions = layers_of(model, keras.layers.Conv2D)
    assert len(convolutions) == 2 * 13  # thirteen and their mirror image, the last of which gives the logits
    assert len(layers_of(model, keras.layers.BatchNormalization)) == len(convolutions) - 1


@pytest.mark.parametrize("name", ["kim2018", "fcn8s", "dbm2018"])
def test_only_the_option_normalises(name):
    plain, normalised = (models.build(name, width=1 / 32, use_batch_norm=flag) for flag in (False, True))
    assert not layers_of(plain, keras.layers.BatchNormalization)
    assert len(layers_of(normalised, keras.layers.BatchNormalization)) >= 13
