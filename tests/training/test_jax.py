"""The same command where there is JAX and no TensorFlow."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jax")

QUICK_TO_COMPILE = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"

HIDE_TENSORFLOW = """
from importlib import machinery

find = machinery.PathFinder.find_spec
machinery.PathFinder.find_spec = lambda name, *where: None if name == "tensorflow" else find(name, *where)
"""

WITHOUT_TENSORFLOW = """
import sys

from keras_blur.commands import evaluate, predict, train

run, data, photo = sys.argv[1:]
values = ("model.filters=2", "model.depth=2", "data.crop=32", "training.batch_size=4")
options = [f"--set={value}" for value in values]
where = [f"--data-dir={data}", "--dataset=tiny_blur"]
command = ["--config=unet", "--epochs=2", f"--run-dir={run}", *options, *where]
assert train.main(command) == 0
assert train.main([*command, "--resume"]) == 0  # reads the state, and has nothing to add
assert evaluate.main([f"--system={run}", f"--output-dir={run}/test", *where]) == 0
assert predict.main([photo, "--overlays", f"--system={run}", f"--output-dir={run}/photos"]) == 0
"""


NETWORKS = """
import sys

sys.path.insert(0, sys.argv[1])
import numpy as np

from keras_blur import models
from small_networks import SMALL

for name, small in SMALL.items():
    network = models.build(name, **small.options)
    side = 2 * small.multiple
    answers = network.predict_on_batch(np.zeros((1, side, side, 3), "float32"))
    last = answers[-1] if isinstance(answers, list) else answers
    shape = network.compute_output_shape((1, side, side, 3))
    assert last.shape == (shape[-1] if isinstance(shape, list) else shape), name
    assert np.isfinite(last).all(), name
"""


def without_tensorflow(code, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", HIDE_TENSORFLOW + code, *arguments],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "XLA_FLAGS": QUICK_TO_COMPILE},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.slow
def test_every_network_answers_without_tensorflow():
    without_tensorflow(NETWORKS, Path(__file__).parents[1])


@pytest.mark.slow
def test_training_measuring_and_predicting_need_no_tensorflow(tiny_data, tmp_path):
    from PIL import Image

    noise = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "photo.png")
    run = tmp_path / "run"
    without_tensorflow(WITHOUT_TENSORFLOW, run, tiny_data, tmp_path / "photo.png")
    assert json.loads((run / "run.json").read_text())["backend"] == "jax"
    with open(run / "log.csv") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2"]
    assert json.loads((run / "test" / "metrics.json").read_text())["photos"] == 3
    assert list((run / "photos").rglob("photo*.jpg"))
