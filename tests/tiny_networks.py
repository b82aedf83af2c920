"""Networks for tests that have no time to train one."""

import keras
import numpy as np

SIZE = (32, 48)  # height, width of an exported input: neither square nor the networks' own


def scatter(network, seed=0):
    """Gives batch normalisations the statistics of a trained network, so that folding has something to do."""
    rng = np.random.default_rng(seed)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            layer.set_weights(
                [
                    rng.uniform(0.5, 2, gamma.shape),
                    rng.normal(0, 0.5, beta.shape),
                    rng.normal(0, 0.5, mean.shape),
                    rng.uniform(0.3, 3, variance.shape),
                ]
            )
    return network
