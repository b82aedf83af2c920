"""What all systems of one Keras network have in common, each of them with its real network, made small."""

import dataclasses

import numpy as np
import pytest

from keras_blur import models, systems
from keras_blur.contract import Calibration
from keras_blur.errors import BlurError
from keras_blur.systems.network import NetworkSystem
from keras_blur.systems.refined import RefinedSystem

SMALL = {
    "park2017": {},
    "purohit2018_patch": {"filters": 4},
    "schuster2016": {"width": 1 / 16},
    "sun2015": {"width": 1 / 16},
    "unet": {"filters": 2, "depth": 2},
}


def test_no_runner_is_left_out():
    """Zeng's keeps nothing of the network but its filters."""
    assert set(systems.RUNNERS) - {"zeng2019"} <= set(SMALL)


@pytest.mark.parametrize("name", SMALL)
def test_name_and_calibration_are_the_contracts(name):
    network = models.build(name, **SMALL[name])
    contract = dataclasses.replace(
        models.contract(name, **SMALL[name]), name="mine", blurred_threshold=0.3, even_odds=0.07
    )
    runner = systems._imported(systems.RUNNERS.get(name, systems.DENSE))
    system = runner(network, contract)
    assert isinstance(system, NetworkSystem)
    assert (system.name, system.calibration) == ("mine", Calibration(0.3, 0.07))
    assert system.weights == network.count_params()


def test_a_refined_network_says_so():
    network, contract = models.build("unet", **SMALL["unet"]), models.contract("unet", **SMALL["unet"])
    system = RefinedSystem(network, dataclasses.replace(contract, blurred_threshold=0.3))
    assert (system.name, system.calibration.blurred_threshold) == ("unet, refined", 0.3)
    assert system.weights == network.count_params()


class Answers:
    """A network that answers with what it is given."""

    def predict_on_batch(self, inputs):
        return inputs


def test_an_answer_is_the_softmax_of_the_finest_output():
    system = NetworkSystem(Answers(), models.contract("unet"))
    fine = np.log([[[[0.2, 0.3, 0.5]]]]) + 1000
    for outputs in (fine, [fine[..., :2] * np.nan, fine]):
        answer = system._answer(outputs)
        assert answer.dtype == np.float32
        np.testing.assert_allclose(answer, [[[[0.2, 0.3, 0.5]]]], rtol=1e-3)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_number_that_is_not_finite_is_an_error(value):
    logits = np.zeros((1, 4, 5, 3))
    logits[0, 3, 4, 1] = value
    with pytest.raises(BlurError, match="the network unet returns NaN or infinity: its weights are damaged"):
        NetworkSystem(Answers(), models.contract("unet"))._answer(logits)
