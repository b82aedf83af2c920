"""What all systems of one Keras network have in common, each of them with its real network, made small."""

import dataclasses

import numpy as np
import pytest
from small_networks import OTHER_INPUTS, SMALL

from keras_blur import models, spec, systems
from keras_blur.contract import Calibration
from keras_blur.errors import BlurError
from keras_blur.systems.network import NetworkSystem
from keras_blur.systems.refined import RefinedSystem

DENSE = "unet"  # stands for all that are run at once
NETWORKS = sorted({name for name in models.SPECS if models.SPECS[name].runner != spec.DENSE} - {"zeng2019"})
"""Those with a runner of their own; Zeng's keeps nothing of the network but its filters."""


def options(name):
    """A small network of the kind that is trained: of patches, where the paper has patches."""
    small = SMALL[name].options if name in SMALL else OTHER_INPUTS[name]
    return {key: value for key, value in small.items() if key in ("width", "filters", "depth")}


@pytest.mark.parametrize("name", [*NETWORKS, DENSE])
def test_name_and_calibration_are_the_contracts(name):
    network = models.build(name, **options(name))
    contract = dataclasses.replace(
        models.contract(name, **options(name)), name="mine", blurred_threshold=0.3, even_odds=0.07
    )
    runner = systems._imported(models.SPECS[name].runner)
    system = runner(network, contract)
    assert isinstance(system, NetworkSystem)
    assert (system.name, system.calibration) == ("mine", Calibration(0.3, 0.07))
    assert system.num_params == network.count_params()


def test_a_refined_network_says_so():
    network, contract = models.build(DENSE, **options(DENSE)), models.contract(DENSE, **options(DENSE))
    system = RefinedSystem(network, dataclasses.replace(contract, blurred_threshold=0.3))
    assert (system.name, system.calibration.blurred_threshold) == ("unet, refined", 0.3)
    assert system.num_params == network.count_params()


class Answers:
    """A network that answers with what it is given."""

    def predict_on_batch(self, inputs):
        return inputs


class Plain(NetworkSystem):
    """As much of a system as the tests need."""

    def blur_map(self, image):
        return self._answer(image)


def test_an_answer_is_the_softmax_of_the_finest_output():
    system = Plain(Answers(), models.contract("unet"))
    fine = np.log([[[[0.2, 0.3, 0.5]]]]) + 1000
    for outputs in (fine, [fine[..., :2] * np.nan, fine]):
        answer = system.blur_map(outputs)
        assert answer.dtype == np.float32
        np.testing.assert_allclose(answer, [[[[0.2, 0.3, 0.5]]]], rtol=1e-3)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_number_that_is_not_finite_is_an_error(value):
    logits = np.zeros((1, 4, 5, 3))
    logits[0, 3, 4, 1] = value
    with pytest.raises(BlurError, match="the network unet returns NaN or infinity: its weights are damaged"):
        Plain(Answers(), models.contract("unet")).blur_map(logits)
