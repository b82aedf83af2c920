"""A compiled network saved as `.keras` loads in a fresh process after `import keras_blur` alone."""

import importlib
import inspect
import os
import pkgutil
import subprocess
import sys

import keras
import numpy as np
import pytest
from small_networks import OTHER_INPUTS, SMALL

import keras_blur
from keras_blur import labels, losses, metrics, models, registration

FRESH = """
import sys
import keras_blur
assert not {"keras", "tensorflow", "jax"} & set(sys.modules)
import keras
import numpy as np

for name in sys.argv[2:]:
    kept = np.load(f"{sys.argv[1]}/{name}.npz")
    network = keras.saving.load_model(f"{sys.argv[1]}/{name}.keras")
    inputs = [kept[key] for key in sorted(kept) if key.startswith("input")]
    answer = network(inputs if len(inputs) > 1 else inputs[0])
    answer = answer[-1] if isinstance(answer, (list, tuple)) else answer
    np.testing.assert_allclose(np.asarray(answer), kept["answer"], atol=1e-4, err_msg=name)
    loss = network.loss[-1] if isinstance(network.loss, list) else network.loss
    assert type(loss).__module__.startswith("keras_blur.losses"), name
"""


def save(name, folder):
    """Saves a small network that is compiled with losses and metrics of ours, and what it answers."""
    keras.utils.set_random_seed(0)
    options = SMALL[name].options if name in SMALL else OTHER_INPUTS[name]
    network = models.build(name, **options)
    side = 2 * SMALL[name].multiple if name in SMALL else 0
    rng = np.random.default_rng(0)
    inputs = [
        rng.uniform(0, 255, (1, *(size or side for size in tensor.shape[1:]))).astype("float32")
        for tensor in network.inputs
    ]
    answer = network(inputs if len(inputs) > 1 else inputs[0])
    count, classes = len(network.outputs), network.outputs[-1].shape[-1]
    loss = [losses.build(("crossentropy", "crossentropy_iou")[i % 2]) for i in range(count)]
    measures = [metrics.PixelAccuracy(classes), metrics.BlurredIoU()]
    network.compile(
        "adam",
        loss if count > 1 else loss[0],
        metrics=[[]] * (count - 1) + [measures] if count > 1 else measures,
    )
    network.save(folder / f"{name}.keras")
    answer = np.asarray(answer[-1] if isinstance(answer, (list, tuple)) else answer)
    np.savez(folder / f"{name}.npz", answer=answer, **{f"input{i}": value for i, value in enumerate(inputs)})


def run(code, *arguments):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.slow
def test_every_network_loads_in_a_fresh_process(tmp_path):
    names = [*SMALL, *OTHER_INPUTS]
    assert set(names) == set(models.NETWORKS)
    for name in names:
        save(name, tmp_path)
    run(FRESH, str(tmp_path), *names)


@pytest.mark.parametrize("first", ["keras_blur", "keras"])
def test_the_order_of_the_imports_does_not_matter(first):
    second = {"keras_blur": "keras", "keras": "keras_blur"}[first]
    run(
        f"import importlib.util, {first}; importlib.util.find_spec('keras'); import {second}, keras, sys\n"
        "for name in ('VoidCrossentropy', 'BlurredIoU', 'CReLU', 'Grey', 'MeanOfScores', 'RgbToCaffe'):\n"
        "    assert keras.saving.get_registered_object('keras_blur>' + name), name\n"
        "assert not any('keras_blur' in type(finder).__module__ for finder in sys.meta_path)\n"
        "assert 'keras_blur' not in type(keras.__spec__.loader).__module__\n"
    )


def test_every_class_that_keras_saves_is_registered():
    kinds = (keras.layers.Layer, keras.losses.Loss, keras.metrics.Metric, keras.initializers.Initializer)
    found = set()
    for package in ("losses", "metrics", "models", "models.encoders"):
        folder = importlib.import_module(f"keras_blur.{package}")
        for file in pkgutil.iter_modules(folder.__path__):
            module = importlib.import_module(f"{folder.__name__}.{file.name}")
            for name, value in inspect.getmembers(module, inspect.isclass):
                if issubclass(value, kinds) and value.__module__ == module.__name__ and name[0] != "_":
                    found.add(name)
                    covered = module.__name__.startswith(registration.MODULES)
                    assert covered, f"a line for '{module.__name__}' in MODULES of registration.py"
                    assert keras.saving.get_registered_object(f"keras_blur>{name}") is value
    assert len(found) > 15


def test_the_loss_of_each_kind_makes_itself_again():
    for loss in (losses.PhotoTypeCrossentropy(from_logits=False), losses.CrossentropyIoU(0.25, smooth=2.0)):
        again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
        assert again.get_config() == loss.get_config()


def test_a_network_is_fine_tuned_by_plain_fit():
    """As in a notebook: arrays, our loss and metrics, and a number of steps that Keras knows."""
    keras.utils.set_random_seed(0)
    network = models.UNet(filters=4, depth=2)
    rng = np.random.default_rng(0)
    masks = np.repeat(rng.integers(0, 3, (6, 4, 4)), 8, axis=1).repeat(8, axis=2).astype("uint8")
    photos = 80.0 * masks[..., None] + rng.uniform(0, 40, (6, 32, 32, 3))
    masks[:, :3] = labels.VOID
    network.compile(
        keras.optimizers.Adam(3e-3),
        losses.CrossentropyIoU(),
        metrics=[metrics.BlurredAccuracy(), metrics.BlurredIoU(), metrics.TypeAccuracy()],
    )
    history = network.fit(photos, masks, batch_size=3, epochs=4, validation_split=1 / 3, verbose=0)
    assert history.params["steps"] == 2
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert {"val_blurred_iou", "val_type_accuracy"} <= set(history.history)


def test_metrics_are_named_without_keras():
    code = "import sys; from keras_blur import metrics; assert 'BlurredIoU' in dir(metrics); "
    run(code + "assert 'keras' not in sys.modules; metrics.BlurredIoU; assert 'keras' in sys.modules")
    with pytest.raises(AttributeError, match="BlurredIOU"):
        metrics.BlurredIOU  # noqa: B018
    assert keras_blur.metrics.BlurredIoU is metrics.BlurredIoU
