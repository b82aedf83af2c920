"""The networks that ship start as their experiments say."""

import dataclasses

import numpy as np
import pytest

from keras_blur import configs, models, systems
from keras_blur.errors import BlurError
from keras_blur.systems import weights
from keras_blur.training import compilation, trainer
from keras_blur.training.config import ModelConfig, override


@pytest.mark.parametrize("name", ["mobile", "mobile_field", "demo"])
def test_experiments_start_from_weights_that_ship(name):
    config = configs.load(name)
    network = compilation.build_network(config)
    source, _ = weights.load_network(systems.network_folder(config.model.initial_weights))
    kernels = {variable.path: np.asarray(variable) for variable in source.weights}
    for variable in network.weights:
        if variable.shape == kernels[variable.path].shape:
            np.testing.assert_array_equal(variable, kernels[variable.path])
    assert network.count_params() == models.build("mobile").count_params()


def test_nano_starts_from_what_has_a_place_in_it():
    config = configs.load("nano")
    network = compilation.build_network(config)
    source, _ = weights.load_network(systems.network_folder("mobile_field"))
    kernels = {variable.path: np.asarray(variable) for variable in source.weights}
    new = [v.path for v in network.weights if not np.array_equal(v, kernels.get(v.path))]
    assert new == ["reduce1/kernel"]


def test_large_answers_at_first_as_its_first_stage_does_for_the_shrunk_photo(tmp_path):
    options = {"gather": 1, "detail_filters": 0, "decoder_filters": (8, 8, 8)}
    coarse, contract = models.build("large", **options), models.contract("large", gather=1)
    weights.save_network(tmp_path, "large", options, coarse, contract)
    model = ModelConfig(
        name="large",
        initial_weights=str(tmp_path),
        options={"decoder_filters": (8, 8, 8), "detail_filters": 4},
    )
    network = compilation.build_network(dataclasses.replace(configs.load("large"), model=model))
    photo = np.random.default_rng(0).uniform(0, 255, (1, 128, 128, 3)).astype(np.float32)
    shrunk = photo.reshape(1, 64, 2, 64, 2, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(network(photo), coarse(shrunk), atol=1e-4)


def test_weights_of_a_parent_of_another_network_are_refused():
    model = ModelConfig(name="mobile", initial_weights="schuster2016")
    config = dataclasses.replace(configs.load("mobile"), model=model)
    with pytest.raises(BlurError, match=r"model\.initial_weights: expected weights of 'mobile'"):
        compilation.build_network(config)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mobile", "nano"])
def test_the_family_trains_again_from_weights_that_ship(name, tiny_data, tmp_path):
    small = [
        *("data.dataset=tiny_blur", "data.extras=(('tiny_blur', 0.25),)", "data.samples_per_epoch=4"),
        *("training.epochs=1", "training.validate_every=1", "training.batch_size=2"),
        *("model.input_size=128", "distillation.teacher=mobile"),
    ]
    best = trainer.train(override(configs.load(name), small), tmp_path / "run", tiny_data)
    assert np.isfinite(best["loss"]) and best["epoch"] == 1
    trained, _ = weights.load_network(tmp_path / "run" / "best")
    start = compilation.build_network(configs.load(name))
    assert any(not np.array_equal(a, b) for a, b in zip(trained.weights, start.weights, strict=True))
