"""The direction of imports, and what must stay cheap to import."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
