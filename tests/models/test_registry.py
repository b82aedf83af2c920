"""What there is to say of every network, and where a line is missing; a new one touches its own file only."""

import importlib
import inspect
import pkgutil
import sys

import keras
import numpy as np
import pytest
from small_networks import OTHER_INPUTS, SMALL

from keras_blur import classical, configs, models, systems
from keras_blur.errors import BlurError, UsageError
from keras_blur.spec import MethodSpec, NetworkSpec, Specs, SystemSpec
from keras_blur.systems.dense import DenseSystem
from keras_blur.systems.weights import save_network

MADE_UP = """
import keras
from keras import layers

from keras_blur.contract import Contract
from keras_blur.spec import NetworkSpec


def MadeUp2030(num_classes: int = 3, filters: int = 2) -> keras.Model:
    inputs = keras.Input((None, None, 3), name="image")
    x = layers.Conv2D(filters, 3, padding="same", name="conv")(layers.Rescaling(1 / 255)(inputs))
    return keras.Model(inputs, layers.Conv2D(num_classes, 1, name="logits")(x), name="made_up2030")


def contract(num_classes: int = 3, **_) -> Contract:
    return Contract("made_up2030", resize="pad", max_side=64)


SPECS = (
    NetworkSpec(name="made_up2030", builder=MadeUp2030, contract=contract, old_options={"width": "filters"}),
)
"""


OUR_OWN = ("mobile",)
"""Files of networks that no paper describes."""


@pytest.mark.parametrize("name", models.NETWORKS)
class TestEveryNetwork:
    def test_is_complete(self, name):
        spec = models.SPECS[name]
        file, builder = models.NETWORKS[name].split(".")
        assert spec.builder.__name__ == builder, f"the builder in NETWORKS of models/__init__.py, {file}"
        assert name in SMALL or name in OTHER_INPUTS, f"a line for '{name}' in tests/small_networks.py"
        assert name in configs.CONFIGS, f"'{name}' in EXPERIMENTS of a file in configs, and the file in FILES"
        assert configs.load(name).model.name == name
        assert spec.citation or file in OUR_OWN, f"the citation in SPECS of models/{file}.py"
        assert callable(systems._imported(spec.runner)), f"the runner in SPECS of models/{file}.py"

    def test_is_built_by_its_name_and_by_its_builder(self, name):
        options = SMALL[name].options if name in SMALL else OTHER_INPUTS[name]
        builder = getattr(models, models.NETWORKS[name].split(".")[1])
        network = builder(**options)
        assert network.name == models.contract(name, **options).name == name
        shapes = [weight.shape for weight in network.weights]
        assert shapes == [weight.shape for weight in models.build(name, **options).weights]

    def test_every_argument_has_a_default_and_a_description(self, name):
        spec = models.SPECS[name]
        text = inspect.getdoc(
            models.FCN8s if "Arguments as `FCN8s`" in spec.builder.__doc__ else spec.builder
        )
        for key, parameter in inspect.signature(spec.builder).parameters.items():
            assert parameter.default is not inspect.Parameter.empty, key
            assert f"{key}:" in text, f"{key} in the docstring of {spec.builder.__name__}"

    def test_old_options_are_understood(self, name):
        spec = models.SPECS[name]
        known = inspect.signature(spec.builder).parameters
        assert set(spec.old_options.values()) <= set(known) and not set(spec.old_options) & set(known)


@pytest.mark.parametrize("package", [models, classical, systems])
def test_every_specification_is_listed(package):
    tables = [value for value in vars(package).values() if isinstance(value, Specs)]
    listed = {name for table in tables for name in table}
    for module in pkgutil.iter_modules(package.__path__):
        for spec in getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "SPECS", ()):
            if isinstance(spec, NetworkSpec | MethodSpec | SystemSpec):
                assert spec.name in listed, f"a line for '{spec.name}' in {package.__file__}"


def test_every_published_figure_has_its_source():
    tables = (models.SPECS, classical.SPECS, systems.FORMULAS, systems.COMPOSED)
    figures = [figure for table in tables for name in table for figure in table[name].published]
    assert len(figures) > 20
    for figure in figures:
        assert 0 < figure.value < 1 and figure.measure and figure.photos and len(figure.source) > 8


def test_parts_of_composed_systems_are_networks():
    for name in systems.COMPOSED:
        assert systems.COMPOSED[name].parts and set(systems.COMPOSED[name].parts) <= set(models.SPECS)


@pytest.fixture
def made_up(tmp_path, monkeypatch):
    """A network of its own file, which one line makes known."""
    (tmp_path / "made_up2030.py").write_text(MADE_UP)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(models.SPECS, "made_up2030", "made_up2030")
    yield tmp_path
    sys.modules.pop("made_up2030", None)


def test_a_new_network_touches_one_specification(made_up, monkeypatch):
    monkeypatch.setenv("KERAS_BLUR_RUNS", str(made_up / "runs"))
    assert "made_up2030" in systems.names() and "made_up2030" not in systems.available()
    with pytest.raises(UsageError, match="--config made_up2030"):
        systems.load("made_up2030")
    network, contract = models.build("made_up2030", filters=3), models.contract("made_up2030", filters=3)
    # As an older run folder has it.
    save_network(made_up / "runs/made_up2030_small/best", "made_up2030", {"width": 3}, network, contract)
    assert "made_up2030_small" in systems.available()
    system = systems.load("made_up2030_small")
    assert isinstance(system, DenseSystem) and isinstance(system.network, keras.Model)
    assert system.blur_map(np.zeros((40, 50, 3), np.uint8)).shape == (40, 50, 3)
    assert systems.specification("made_up2030_small").builder.__name__ == "MadeUp2030"
    with pytest.raises(UsageError, match="did you mean 'filters'"):
        models.build("made_up2030", filter=3)


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    (tmp_path / "needy.py").write_text("import scipy\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setitem(models.SPECS, "needy", "needy")
    with pytest.raises(BlurError, match=r"needs scipy: .*pip install"):
        models.build("needy")


def test_a_file_without_the_specification_is_named(tmp_path, monkeypatch):
    (tmp_path / "empty.py").write_text("SPECS = ()\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(models.SPECS, "empty", "empty")
    with pytest.raises(KeyError, match=r"empty\.SPECS: expected the specification of 'empty', found \[\]"):
        models.SPECS["empty"]


def test_unknown_builders_are_attribute_errors():
    with pytest.raises(AttributeError, match="Kim2019"):
        models.Kim2019  # noqa: B018
    assert {"Kim2018", "FCN16s", "build", "SPECS"} <= set(dir(models))
