"""The same command where there is JAX and no TensorFlow."""

import csv
import json
import os
import subprocess
import sys

import pytest

pytest.importorskip("jax")

WITHOUT_TENSORFLOW = """
import sys

from keras_blur import evaluate, predict, train

run, data, photo = sys.argv[1:]
values = ("model.filters=2", "model.depth=2", "data.crop=32", "training.batch_size=4")
options = [f"--set={value}" for value in values]
where = [f"--data-dir={data}", "--dataset=tiny_blur"]
command = ["--config=unet", "--epochs=2", f"--run-dir={run}", *options, *where]
assert train.main(command) == 0
assert train.main([*command, "--resume"]) == 0  # reads the state, and has nothing to add
assert evaluate.main([f"--system={run}", f"--output-dir={run}/test", *where]) == 0
assert predict.main([photo, f"--system={run}", f"--output-dir={run}/photos"]) == 0
assert "tensorflow" not in sys.modules, "TensorFlow was loaded, so it is needed"
"""


@pytest.mark.slow
def test_training_measuring_and_predicting_need_no_tensorflow(tiny_data, tmp_path):
    from PIL import Image

    Image.new("RGB", (70, 50), "orange").save(tmp_path / "photo.png")
    run = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TENSORFLOW, run, tiny_data, tmp_path / "photo.png"],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads((run / "run.json").read_text())["backend"] == "jax"
    with open(run / "log.csv") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2"]
    assert json.loads((run / "test" / "metrics.json").read_text())["photos"] == 3
    assert (run / "photos" / "photo_overlay.jpg").exists()
