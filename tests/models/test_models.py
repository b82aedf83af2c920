"""What every network must do, whatever it is."""

import keras
import numpy as np
import pytest
from small_networks import SMALL

from keras_blur import losses, models
from keras_blur.errors import BlurError, UsageError
from keras_blur.models import encoders


@pytest.fixture(scope="module", params=SMALL)
def network(request):
    keras.utils.set_random_seed(1)
    return request.param, models.build(request.param, **SMALL[request.param].options)


def outputs(model, image, training=False):
    result = model(image, training=training)
    return result if isinstance(result, (list, tuple)) else [result]


def photos(height, width, batch=1, seed=0):
    return np.random.default_rng(seed).uniform(0, 255, (batch, height, width, 3)).astype("float32")


def test_logits_are_finite_float32_on_the_contracts_grid(network):
    name, model = network
    step = SMALL[name].multiple
    contract = models.contract(name, **SMALL[name].options)
    for rows, columns in ((2, 3), (4, 2)):
        logits = np.asarray(outputs(model, photos(rows * step, columns * step))[-1])
        stride = contract.output_stride
        field = SMALL[name].field or stride
        height, width = ((cells * step - field) // stride + 1 for cells in (rows, columns))
        assert logits.shape == (1, height, width, len(contract.classes))
        assert logits.dtype == np.float32 and np.isfinite(logits).all()


def test_extreme_photos_give_finite_logits(network):
    name, model = network
    side = 2 * SMALL[name].multiple
    for value in (0.0, 255.0):
        assert np.isfinite(
            np.asarray(outputs(model, np.full((1, side, side, 3), value, "float32"))[-1])
        ).all()


def test_inference_changes_no_state_and_repeats(network):
    name, model = network
    image = photos(2 * SMALL[name].multiple, 2 * SMALL[name].multiple)
    before = [np.array(w) for w in model.weights]
    first, second = (np.asarray(outputs(model, image)[-1]) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    for old, new in zip(before, model.weights, strict=True):
        np.testing.assert_array_equal(old, np.asarray(new))


def test_weights_and_config_make_the_same_network_again(network, tmp_path):
    name, model = network
    model.save_weights(tmp_path / "w.weights.h5")
    again = keras.Model.from_config(model.get_config())
    again.load_weights(tmp_path / "w.weights.h5")
    image = photos(2 * SMALL[name].multiple, 2 * SMALL[name].multiple)
    for one, other in zip(outputs(model, image), outputs(again, image), strict=True):
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), atol=1e-5)


def drawn(model):
    """The kernels that start at random."""
    return [
        np.asarray(layer.kernel)
        for layer in model.layers
        if hasattr(getattr(layer, "kernel_initializer", None), "seed")
    ]


def test_kernels_start_differently_and_as_the_seed_says(network):
    name, _ = network
    starts = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        starts.append(drawn(models.build(name, **SMALL[name].options)))
    for first, again, other in zip(*starts, strict=True):
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()
    assert len({kernel.tobytes() for kernel in starts[0]}) == len(starts[0]) > 0


def test_weights_have_names_of_their_own_that_every_build_repeats(network):
    """Initial weights are found by name."""
    name, model = network
    names = [weight.path for weight in model.weights]
    assert len(set(names)) == len(names)
    assert names == [weight.path for weight in models.build(name, **SMALL[name].options).weights]


def test_every_trainable_weight_learns(network):
    name, model = network
    model = keras.models.clone_model(model)
    side = 2 * SMALL[name].multiple
    count = len(model.outputs)
    model.compile(
        keras.optimizers.SGD(0.1), [losses.build("crossentropy") for _ in range(count)], run_eagerly=True
    )
    before = [np.array(w) for w in model.trainable_weights]
    masks = np.random.default_rng(1).integers(0, 3, (2, side, side)).astype("uint8")
    for step in range(3):
        model.train_on_batch(photos(side, side, 2, step), (masks,) * count if count > 1 else masks)
    still = [
        w.path for old, w in zip(before, model.trainable_weights, strict=True) if (old == np.asarray(w)).all()
    ]
    assert not still


def test_networks_see_the_colours_order(network):
    """Normalisation is inside: swapping red and blue must change the answer."""
    name, model = network
    image = photos(2 * SMALL[name].multiple, 2 * SMALL[name].multiple)
    image[..., 0] *= 0.3
    assert not np.allclose(outputs(model, image)[-1], outputs(model, image[..., ::-1].copy())[-1], atol=1e-6)


def test_kim2018_in_full_is_the_papers_network():
    model = models.build("kim2018")
    convolutions = [
        layer for layer in model.layers if layer.name.startswith("block") and "conv" in layer.name
    ]
    assert [layer.filters for layer in convolutions] == [64] * 2 + [128] * 2 + [256] * 4 + [512] * 8
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers)
    encoder = sum(
        w.shape.num_elements() if hasattr(w.shape, "num_elements") else int(np.prod(w.shape))
        for layer in convolutions
        for w in layer.weights
    )
    assert encoder == 20_024_384  # VGG-19 without its dense layers, as keras.applications counts it
    strides = [
        model.input_shape[1] or 256 // model.compute_output_shape((1, 256, 256, 3))[i][1] for i in range(4)
    ]
    assert strides == [8, 4, 2, 1]


def test_kim2018_has_a_single_output_without_multi_scale():
    assert len(models.build("kim2018", width=1 / 16, multi_scale=False).outputs) == 1


def test_vgg19_takes_the_weights_of_keras_applications(tmp_path):
    source = keras.applications.VGG19(include_top=False, weights=None)
    source.save_weights(tmp_path / "vgg.weights.h5")
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, encoders.vgg19(inputs, str(tmp_path / "vgg.weights.h5"))[-1])
    image = photos(32, 32)
    mean = np.array(encoders.IMAGENET_MEAN_BGR, "float32")
    expected = keras.Model(source.inputs, source.get_layer("block5_conv4").output)(image[..., ::-1] - mean)
    np.testing.assert_allclose(np.asarray(model(image)), np.asarray(expected), atol=1e-4)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("mobil", {}, "did you mean 'mobile'"),
        ("unet", {"filter": 3}, "filter"),
        ("mobile", {"encoder_weights": "no/such.npz"}, "expected an existing file"),
        ("mobile", {"encoder_weights": "$NO_SUCH_VARIABLE/w.npz"}, "variable in it is not set"),
        ("kim2018", {"width": 0.5, "encoder_weights": "imagenet"}, "fit only width=1"),
    ],
)
def test_wrong_arguments_are_named(name, options, message):
    with pytest.raises(UsageError, match=message):
        models.build(name, **options)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("kim2018", {"width": 0.001}, "width=0.001: .*filters"),
        ("kim2018", {"width": "wide"}, "width=wide"),
        ("bdnet2020", {"dropout": 1.5}, "dropout=1.5: .*between 0 and 1"),
        ("unet", {"filters": 0}, "filters=0"),
        ("unet", {"depth": -1}, "depth=-1"),
        ("schuster2016", {"stride": 3}, "stride: expected 1, 2 or a multiple of 4, received 3"),
        ("mobile", {"decoder_filters": 64}, "decoder_filters=64: 'int' object is not iterable"),
        ("mobile", {"stem_stride": 0}, "stem_stride=0"),
        ("nano", {"blocks": 12}, "blocks: expected 13 to 16, received 12"),
        ("mobile", {"gather": 3}, "gather: expected a divisor of stem_stride=4, received 3"),
        *(
            (name, {"num_classes": 0}, "num_classes.*received 0")
            for name in ("unet", "fcn8s", "schuster2016")
        ),
        ("dss", {"num_classes": 1}, r"num_classes: expected 3 .* or 2 .*, received 1"),
    ],
)
def test_values_that_make_no_network_are_named(name, options, message):
    with pytest.raises(UsageError, match=message) as caught:
        models.contract(name, **options)
        models.build(name, **options)
    assert "\n" not in str(caught.value)


def test_encoder_weights_of_another_encoder_are_refused(tmp_path):
    np.savez(tmp_path / "w.npz", **{"Conv1/kernel": np.zeros((3, 3, 3, 7)), "Conv1/bias": np.zeros(7)})
    with pytest.raises(BlurError, match="does not fit this encoder at layer 'Conv1'"):
        models.build("mobile", encoder_weights=str(tmp_path / "w.npz"))
    (tmp_path / "text.npz").write_text("not a zip")
    with pytest.raises(BlurError, match="cannot read"):
        models.build("mobile", encoder_weights=str(tmp_path / "text.npz"))


@pytest.mark.parametrize("stem_stride", [2, 4, 8])
def test_mobile_answers_as_often_for_any_stem(stem_stride):
    contract = models.contract("mobile", stem_stride=stem_stride)
    model = models.build("mobile", stem_stride=stem_stride)
    assert contract.height // contract.output_stride == 88
    assert model(photos(32 * stem_stride, 16 * stem_stride)).shape == (1, 16, 8, 3)


def test_the_detail_stem_adds_nothing_before_it_learns():
    image = photos(64, 128)
    plain, fine = models.build("mobile", detail_filters=0), models.build("mobile")
    shared = {variable.path: variable for variable in plain.weights}
    for variable in fine.weights:
        if variable.path in shared:
            variable.assign(shared[variable.path])
    before = np.asarray(fine(image))
    np.testing.assert_allclose(before, np.asarray(plain(image)), atol=1e-5)
    fine.get_layer("detail_project").kernel.assign_add(np.ones((1, 1, 12, 12), "float32"))
    assert np.abs(np.asarray(fine(image)) - before).max() > 1e-4


def test_a_spread_kernel_answers_on_an_enlarged_photo_as_the_kernel_on_the_photo():
    rng = np.random.default_rng(0)
    kernel, patch = rng.normal(size=(2, 3, 3, 3, 5)).astype("float32")
    wide = encoders.spread(kernel, (6, 6, 3, 5))
    enlarged = patch.repeat(2, axis=0).repeat(2, axis=1)
    assert wide.shape == (6, 6, 3, 5)
    np.testing.assert_allclose((wide * enlarged).sum((0, 1)), (kernel * patch).sum((0, 1)), atol=1e-5)
    for shape in ((3, 3, 3, 5), (7, 7, 3, 5), (6, 6, 3)):
        assert encoders.spread(kernel, shape) is kernel


def test_gathering_pixels_moves_the_photo_by_one():
    """What a stem of stride 4 answers for a photo, a gathered one answers for the photo moved by a pixel."""
    plain, gathered = models.build("mobile"), models.build("mobile", gather=2)
    targets = {variable.path: variable for variable in gathered.weights}
    for variable in plain.weights:
        target = targets.pop(variable.path)
        target.assign(encoders.fit_kernel(np.asarray(variable), target.shape))
    assert not targets
    image = photos(192, 192)
    expected, found = plain(image), gathered(np.roll(image, 1, axis=(1, 2)))
    inside = np.s_[:, 9:15, 9:15]  # what no border reaches
    np.testing.assert_allclose(found[inside], expected[inside], atol=1e-4)


def test_a_kernel_fits_more_pixels_gathered_ones_and_nothing_else():
    kernel = np.random.default_rng(0).normal(size=(3, 3, 3, 5)).astype("float32")
    wide = encoders.spread(kernel, (6, 6, 3, 5))
    both = encoders.fit_kernel(kernel, (3, 3, 12, 5))
    assert both.shape == (3, 3, 12, 5)
    np.testing.assert_array_equal(both[1, 2, 6:9], wide[3, 4])  # row 1, column 0 of the square
    for shape in ((6, 6, 3, 5), (3, 3, 3, 5), (5, 5, 3, 5), (5,)):
        np.testing.assert_array_equal(encoders.fit_kernel(kernel, shape), encoders.spread(kernel, shape))


def test_vgg_takes_an_npz_and_begins_what_it_lacks_as_the_identity(tmp_path):
    rng, inputs = np.random.default_rng(0), keras.Input((32, 32, 3))
    small = keras.Model(inputs, encoders.vgg16(inputs)[-1])
    arrays = {}
    for layer in small.layers:
        if layer.weights:
            shapes = [weight.shape for weight in layer.weights]
            kernel, bias = (rng.normal(0, 0.05, shape).astype("float32") for shape in shapes)
            layer.set_weights([kernel, bias])
            arrays |= {f"{layer.name}/kernel": kernel, f"{layer.name}/bias": bias}
    np.savez(tmp_path / "vgg16.npz", **arrays)
    inputs = keras.Input((32, 32, 3))
    for vgg in (encoders.vgg16, encoders.vgg19):  # the fourth convolutions change nothing yet
        network = keras.Model(inputs, vgg(inputs, str(tmp_path / "vgg16.npz"))[-1])
        np.testing.assert_allclose(network(photos(32, 32)), small(photos(32, 32)), rtol=1e-4, atol=1e-4)
    np.savez(tmp_path / "narrow.npz", **{**arrays, "block5_conv1/kernel": np.zeros((3, 3, 8, 8))})
    np.savez(tmp_path / "other.npz", conv=np.zeros(3))
    for name, layer in (("narrow", "block5_conv1"), ("other", "block1_conv1")):
        with pytest.raises(BlurError, match=f"does not fit this encoder at layer '{layer}'") as caught:
            encoders.vgg16(inputs, str(tmp_path / f"{name}.npz"))
        assert "\n" not in str(caught.value)


@pytest.mark.realdata
def test_mobile_loads_the_pretrained_encoder(real_data):
    path = real_data / "weights" / "mobilenet_v2_0.5_coco_voc.npz"
    model = models.build("mobile", encoder_weights=str(path))
    stored = np.load(path)
    stem = model.get_layer("encoder_Conv1").get_weights()[0]
    np.testing.assert_array_equal(stem, encoders.spread(stored["Conv1/kernel"], stem.shape))
    last = model.get_layer("encoder_block_16_project").get_weights()[0]
    np.testing.assert_array_equal(last, stored["block_16_project/kernel"])
