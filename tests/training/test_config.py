import dataclasses
import importlib.util
import re
import typing

import pytest

from keras_blur import configs
from keras_blur.errors import UsageError
from keras_blur.training import renamed
from keras_blur.training.config import RANGES, Config, override


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
    ("old", "new"),
    [
        (["optimizer.average=0.9"], ["optimizer.ema_momentum=0.9"]),
        (["optimizer.encoder_rate=0.3"], ["optimizer.encoder_lr_multiplier=0.3"]),
        (["training.anchor=0.25"], ["training.wise_ft_alpha=0.75"]),
        (["data.extra=one"], ["data.extras=[['one', 0.25]]"]),
        (["data.extra_share=0.5", "data.extra=one"], ["data.extras=[['one', 0.5]]"]),
        (["data.extra=none"], ["data.extras=()"]),
    ],
)
def test_fields_go_by_the_names_of_earlier_versions_too(old, new):
    assert override(Config(), old) == override(Config(), new)


def test_old_names_change_a_half_of_what_is_configured():
    config = override(Config(), ["data.extras=[['one', 0.5]]"])
    assert override(config, ["data.extra=other"]).data.extras == (("other", 0.5),)
    assert override(config, ["data.extra_share=0.1"]).data.extras == (("one", 0.1),)


def test_renamed_fields_are_fields():
    fields = Config().to_dict()
    for place, key in renamed.RENAMED.items():
        group, old = place.split(".")
        assert key in fields[group] and old not in fields[group]


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("training.anchor=much", "training.wise_ft_alpha: expected a number, received 'much'"),
        ("data.extras=[['one', 2]]", "data.extras: expected shares above 0 that sum to at most 1"),
        ("data.extras=one", r"data.extras: expected \[\[text, a number\], ...\], received 'one'"),
        ("optimizer.learning_rate", "expected group.key=value"),
        ("learning_rate=1", "expected group.key=value"),
        ("optimiser.learning_rate=1", "did you mean 'optimizer'"),
        ("optimizer.learning_rat=1", "did you mean 'learning_rate'"),
        ("training.epochs=many", "training.epochs: expected a whole number, received 'many'"),
        ("training.epochs=2.5", "expected a whole number"),
        ("training.deterministic=1", "expected true or false"),
        ("loss.class_weights=[1, 'a']", "loss.class_weights: expected a number, received 'a'"),
        ("loss.class_weights=1", r"loss.class_weights: expected \[a number, ...\] or none, received 1"),
        ("optimizer.encoder_prefixes=block", r"expected \[text, ...\], received 'block'"),
        ("augmentation.whole_frame_radii=[1]", r"expected \[a number, a number\], received \[1\]"),
    ],
)
def test_wrong_assignments_are_named(assignment, message):
    with pytest.raises(UsageError, match=message):
        override(Config(), [assignment])


@pytest.mark.parametrize(
    ("key", "wrong", "right", "words"),
    [
        ("optimizer.learning_rate", (0, -1, "1e999"), (1e-9,), "a finite number above 0"),
        ("optimizer.ema_momentum", (-0.1, 1, 1.5), (0, 0.999), "at least 0 and below 1"),
        ("optimizer.momentum", (-0.1, 1), (0, 0.9), "at least 0 and below 1"),
        ("optimizer.warmup_epochs", (-1, "1e999"), (0, 0.5), "a finite number of at least 0"),
        ("optimizer.steps", ([0.8, 0.6], [0.5, 1.5], [-0.1]), ([], [0.5, 0.5, 1]), "0 to 1, in rising order"),
        ("loss.class_weights", ([1, -1, 1],), ([0, 1, 2], None), "finite numbers of at least 0"),
        ("augmentation.flip_vertical", (-0.1, 1.1), (0, 1), "0 to 1"),
        ("augmentation.crop_scale", (0, 1.1), (0.01, 1), "above 0 and at most 1"),
        (
            "augmentation.whole_frame_radii",
            ([0, 1], [3, 2]),
            ([2, 2], [1.5, 9]),
            "finite numbers above 0, in",
        ),
        ("data.motion_share", (-0.1, 1.5), (0, 1, None), "0 to 1"),
        ("data.folds", (-1, 1), (0, 2), "0, or at least 2"),
        ("training.batch_size", (-1, 0), (1,), "at least 1"),
        ("training.patience", (-1,), (0,), "at least 0"),
        ("training.seed", (-1, 2**32), (0, 2**32 - 1), "0 to 4294967295"),
    ],
)
def test_numbers_out_of_range_are_named(key, wrong, right, words):
    group, field = key.split(".")
    for value in wrong:
        with pytest.raises(UsageError, match=f"^{key}: expected {words}.*, received .+"):
            override(Config(), [f"{key}={value}"])
    for value in right:
        changed = getattr(getattr(override(Config(), [f"{key}={value}"]), group), field)
        assert changed == (tuple(value) if isinstance(value, list) else value)


def test_ranges_hold_for_configurations_made_in_python_too():
    training = dataclasses.replace(Config().training, epochs=0)
    with pytest.raises(UsageError, match=r"training\.epochs: expected at least 1, received 0"):
        Config(training=training)


def test_every_number_has_a_range():
    def is_number(kind):
        return kind in (int, float) or any(map(is_number, typing.get_args(kind)))

    numbers = {
        group.name: {key for key, kind in typing.get_type_hints(group.type).items() if is_number(kind)}
        for group in dataclasses.fields(Config)
    }
    assert {group: set(ranges) for group, ranges in RANGES.items()} == numbers


@pytest.mark.parametrize("name", configs.CONFIGS)
def test_every_config_loads_and_says_how_it_is_run(name):
    config = configs.load(name)
    assert "test" not in (config.data.train, config.data.validation)
    command = rf"(python -m keras_blur\.|keras-blur )train --config {name}(?!\w)"
    assert re.search(command, configs.record(name).__doc__)


@pytest.mark.parametrize("name", configs.CONFIGS)
def test_every_command_of_a_record_is_there(name):
    record = configs.record(name)
    for module in re.findall(r"python -m (\S+)", record.__doc__):
        assert importlib.util.find_spec(module), module


def test_schuster2016_takes_the_papers_million_steps():
    config = configs.load("schuster2016")
    assert config.training.epochs * (config.data.samples_per_epoch // config.training.batch_size) == 1e6


def test_unknown_config_gets_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'mobile'"):
        configs.load("mobil")
