"""The networks that ship start as their experiments say."""

import numpy as np
import pytest

from keras_blur import configs, models, systems
from keras_blur.systems import weights
from keras_blur.training import compilation


@pytest.mark.parametrize("name", ["mobile", "demo"])
def test_experiments_start_from_weights_that_ship(name):
    config = configs.load(name)
    network = compilation.build_network(config)
    source, _ = weights.load_network(systems.network_folder(config.model.initial_weights))
    kernels = {variable.path: np.asarray(variable) for variable in source.weights}
    for variable in network.weights:
        if variable.shape == kernels[variable.path].shape:
            np.testing.assert_array_equal(variable, kernels[variable.path])
    assert network.count_params() == models.build("mobile").count_params()
