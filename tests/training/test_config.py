import re

import pytest

from keras_blur import configs
from keras_blur.errors import UsageError
from keras_blur.training.config import Config, override


def test_assignments_change_only_what_they_name():
    config = override(
        Config(),
        [
            "optimizer.learning_rate=1",
            "data.motion_share=0.5",
            "training.deterministic=true",
            "loss.class_weights=[1, 2, 3]",
            "data.dataset=cuhk_blur/kim2018",
        ],
    )
    assert config.optimizer.learning_rate == 1.0 and isinstance(config.optimizer.learning_rate, float)
    assert config.data.motion_share == 0.5
    assert config.training.deterministic is True
    assert config.loss.class_weights == (1, 2, 3)
    assert config.data.dataset == "cuhk_blur/kim2018"
    assert config.augmentation == Config().augmentation
    assert override(config, ["data.motion_share=none"]).data.motion_share is None


def test_other_keys_of_a_group_with_options_are_options():
    config = override(Config(), ["model.encoder_weights=none", "model.width=0.5", "loss.resample=nearest"])
    assert config.model.options == {"encoder_weights": None, "width": 0.5}
    assert config.loss.options == {"resample": "nearest"}


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("optimizer.learning_rate", "expected group.key=value"),
        ("learning_rate=1", "expected group.key=value"),
        ("optimiser.learning_rate=1", "did you mean 'optimizer'"),
        ("optimizer.learning_rat=1", "did you mean 'learning_rate'"),
        ("training.epochs=many", "training.epochs: expected int, received 'many'"),
        ("training.epochs=2.5", "expected int"),
        ("training.deterministic=1", "expected bool"),
    ],
)
def test_wrong_assignments_are_named(assignment, message):
    with pytest.raises(UsageError, match=message):
        override(Config(), [assignment])


@pytest.mark.parametrize("name", configs.CONFIGS)
def test_every_config_loads_and_says_how_it_is_run(name):
    config = configs.load(name)
    assert "test" not in (config.data.train, config.data.validation)
    command = rf"python -m keras_blur.train --config {name}(?!\w)"
    assert re.search(command, configs.record(name).__doc__)


def test_unknown_config_gets_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'mobile'"):
        configs.load("mobil")
