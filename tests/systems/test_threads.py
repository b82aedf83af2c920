"""One system, eight threads: right answers, and nothing global is touched."""

import dataclasses
import importlib
import inspect
import os
import pkgutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from keras_blur import models, systems
from keras_blur.systems.base import System
from keras_blur.systems.dense import DenseSystem
from keras_blur.systems.park2017 import Park2017
from keras_blur.systems.patches import GraphCut, PatchSystem
from keras_blur.systems.purohit2018 import Cut, PatchAverage, Product
from keras_blur.systems.refined import RefinedSystem
from keras_blur.systems.sun2015 import MotionField
from keras_blur.systems.tflite import TFLiteSystem

THREADS = 8
SIZES = [(150, 200), (90, 70), (200, 150), (61, 97)]


def photo(height, width, seed):
    """Large smooth cells, and noise from a column on that each photo has for itself."""
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, 256, (3, 4, 3), dtype=np.uint8)
    image = cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)
    noise = image[:, width * (2 + seed) // 16 :]
    noise[:] = rng.integers(0, 256, noise.shape)
    return image


PHOTOS = [photo(*SIZES[seed % len(SIZES)], seed) for seed in range(12)]


def decided(network, scale):
    """The network with larger logits: untrained, it would call every pixel of every photo the same."""
    last = [layer for layer in network.layers if layer.get_weights()][-1]
    last.set_weights([scale * weight for weight in last.get_weights()])
    return network


def mobile():
    contract = dataclasses.replace(models.contract("mobile").with_size(128), max_enlargement=1.25)
    return decided(models.Mobile(), 1000), contract


def patches():
    options = {"width": 1 / 16, "num_classes": 2}
    network = decided(models.build("schuster2016", **options), 3)
    return PatchSystem(network, models.contract("schuster2016", **options))


def average():
    network = decided(models.build("purohit2018_patch", filters=4), 30)
    return PatchAverage(network, models.contract("purohit2018_patch", filters=4))


def motion_field():
    network = decided(models.build("sun2015", width=1 / 16), 30)
    return MotionField(network, models.contract("sun2015", stride=4), turns=(0,))


def at_edges():
    return Park2017(decided(models.build("park2017"), 10), models.contract("park2017").with_size(100))


def product():
    return Product(systems.load("laplacian_variance"), patches())


def cut():
    pytest.importorskip("maxflow")
    return GraphCut(systems.load("laplacian_variance"), border=0.5)


MAKERS = {
    "DenseSystem": lambda: DenseSystem(*mobile()),
    "RefinedSystem": lambda: RefinedSystem(*mobile()),
    "PatchSystem": patches,
    "PatchAverage": average,
    "MotionField": motion_field,
    "Park2017": at_edges,
    "Product": product,
    "Cut": lambda: Cut(systems.load("laplacian_variance"), systems.load("zeng2019")),
    "GraphCut": cut,
    "ClassicalSystem shi2014": lambda: systems.load("shi2014"),
    "ClassicalSystem su2011": lambda: systems.load("su2011"),
    "Zeng2019": lambda: systems.load("zeng2019"),
    "TFLiteSystem": lambda: TFLiteSystem(systems.PRETRAINED / "mobile" / "mobile_int8.tflite", threads=1),
}
"""By their class, and what tells two of one class apart."""


ELSEWHERE = {"AllBlurred": "holds nothing", "OnnxSystem": "in test_onnx.py"}
"""Kinds that the test below leaves out, and why."""


def test_every_kind_of_system_is_tried_in_threads():
    for module in pkgutil.iter_modules(systems.__path__, f"{systems.__name__}."):
        if not module.name.endswith("_probe"):
            importlib.import_module(module.name)
    kinds, waiting = set(), [System]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        of_user = kind.__module__.startswith("keras_blur.") and ".export." not in kind.__module__
        if of_user and not inspect.isabstract(kind):
            kinds.add(kind.__name__)
    assert kinds == {kind.split()[0] for kind in MAKERS} | set(ELSEWHERE)


@pytest.mark.parametrize("kind", MAKERS)
def test_eight_threads_get_the_answers_that_one_gets(kind):
    system = MAKERS[kind]()
    assert type(system).__name__ == kind.split()[0]
    together = threading.Barrier(THREADS)

    def answers(thread):
        together.wait()  # so that even what is made at the first call is made by all at once
        order = np.random.default_rng(thread).permutation(len(PHOTOS))
        return {index: system.blur_map(PHOTOS[index]) for index in order}

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(answers, range(THREADS)))
    for index, image in enumerate(PHOTOS):
        expected = system.blur_map(image)
        for answer in found:
            np.testing.assert_allclose(answer[index], expected, atol=1e-5)
    assert not np.allclose(found[0][0], found[0][4], atol=1e-3)  # two photos of one size differ


def test_an_interpreter_serves_one_thread_at_a_time():
    system = MAKERS["TFLiteSystem"]()
    pool = system._interpreters
    with pool.borrow() as first:
        if (os.cpu_count() or 1) > 1:
            with pool.borrow() as second:
                assert second is not first
    with ThreadPoolExecutor(32) as threads:
        list(threads.map(lambda _: system.blur_map(PHOTOS[0]), range(32)))
    assert 1 <= len(pool._idle) <= (os.cpu_count() or 1)


def test_an_interpreter_comes_back_after_an_error():
    pool = MAKERS["TFLiteSystem"]()._interpreters
    with pytest.raises(RuntimeError), pool.borrow() as first:
        raise RuntimeError
    with pool.borrow() as again:
        assert again is first


GLOBALS = """
import io, locale, logging, os, sys, threading, warnings
from concurrent.futures import ThreadPoolExecutor
import cv2, keras, numpy as np
from PIL import Image
import keras_blur

def state():
    return (
        Image.MAX_IMAGE_PIXELS, list(warnings.filters), [os.fstat(file)[1:3] for file in (1, 2)],
        dict(os.environ), np.geterr(), cv2.getNumThreads(), locale.setlocale(locale.LC_ALL), os.getcwd(),
        keras.config.floatx(), keras.config.dtype_policy().name, logging.root.level, threading.active_count(),
        sys.getrecursionlimit(),
    )

Image.MAX_IMAGE_PIXELS = 1000
warnings.simplefilter("error")
encoded = io.BytesIO()
Image.new("RGB", (160, 120)).save(encoded, "png")
before, seen = state(), []

def work(index):
    name, options = [("mobile", {}), ("mobile", {"runtime": "keras"}), ("su2011", {})][index % 3]
    system = keras_blur.load(name, **options)
    for result in system.predict_many([encoded.getvalue()] * 3 + [b"no photo"], workers=2):
        result.error or result.overlay()
    seen.append(state()[:-2])

with ThreadPoolExecutor(6) as pool:
    list(pool.map(work, range(6)))
after = state()
for old, new in zip(before, after):
    assert old == new, (old, new)
for found in seen:
    assert found == before[:-2], found
"""


def test_loading_and_predicting_in_threads_leaves_the_process_as_it_was():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-W", "ignore", "-c", GLOBALS]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
