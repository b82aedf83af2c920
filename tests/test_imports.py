"""The direction of imports, and what must stay cheap to import."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import keras_blur

ROOT = Path(__file__).parent.parent


def test_imports_go_one_way():
    importlinter = pytest.importorskip("importlinter.cli")
    assert importlinter.lint_imports(config_filename=str(ROOT / "setup.cfg"), no_cache=True) == 0


@pytest.mark.parametrize(
    "module", ["keras_blur", "keras_blur.commands.cli", "keras_blur.configs", "keras_blur.verdict"]
)
def test_cheap_modules_load_neither_keras_nor_tensorflow(module):
    code = f"import sys, {module}; assert not {{'keras', 'tensorflow', 'jax'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd=ROOT, env={**os.environ})


@pytest.mark.parametrize(
    "name", ["losses", "metrics.BlurredIoU", "models.UNet", "data.Batches", "callbacks.SaveBest"]
)
def test_without_keras_every_name_says_what_to_install(name):
    code = f"""
import operator, sys
import keras_blur
sys.modules["keras"] = None
from keras_blur.errors import MissingPackage
try:
    operator.attrgetter("{name}")(keras_blur)
except MissingPackage as error:
    assert "pip install 'keras-blur[tensorflow]'" in str(error)
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd=ROOT, env={**os.environ})


@pytest.mark.parametrize("package", ["keras_blur", "metrics", "models", "data", "callbacks"])
def test_a_name_that_is_none_is_an_attribute_error(package):
    module = keras_blur if package == "keras_blur" else getattr(keras_blur, package)
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = module.Nothing
    assert "Nothing" not in dir(module)


@pytest.mark.parametrize(
    ("call", "subject"),
    [("'mobile_v1'", "system 'mobile_v1'"), ("'mobile', refine=True", "refine")],
)
def test_without_keras_a_system_that_needs_it_is_named(call, subject):
    code = f"""
import sys
import keras_blur
sys.modules["keras"] = None
from keras_blur.errors import MissingPackage
try:
    keras_blur.load({call})
except MissingPackage as error:
    assert str(error).startswith("{subject} needs keras: "), error
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd=ROOT, env={**os.environ})
