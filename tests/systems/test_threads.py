"""One system, eight threads: right answers, and nothing global is touched."""

import dataclasses
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from keras_blur import models, systems
from keras_blur.systems.dense import DenseSystem
from keras_blur.systems.patches import GraphCut, PatchSystem
from keras_blur.systems.purohit2018 import Product
from keras_blur.systems.refined import RefinedSystem
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


def product():
    return Product(systems.load("laplacian_variance"), patches())


def cut():
    pytest.importorskip("maxflow")
    return GraphCut(systems.load("laplacian_variance"), border=0.5)


MAKERS = {
    "dense": lambda: DenseSystem(*mobile()),
    "refined": lambda: RefinedSystem(*mobile()),
    "patches": patches,
    "composed": product,
    "cut": cut,
    "shi2014": lambda: systems.load("shi2014"),
    "su2011": lambda: systems.load("su2011"),
    "zeng2019": lambda: systems.load("zeng2019"),
    "tflite": lambda: TFLiteSystem(systems.PRETRAINED / "mobile" / "mobile_int8.tflite", threads=1),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_eight_threads_get_the_answers_that_one_gets(kind):
    system = MAKERS[kind]()
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
    system = MAKERS["tflite"]()
    pool = system._interpreters
    with pool.borrow() as first:
        if (os.cpu_count() or 1) > 1:
            with pool.borrow() as second:
                assert second is not first
    with ThreadPoolExecutor(32) as threads:
        list(threads.map(lambda _: system.blur_map(PHOTOS[0]), range(32)))
    assert 1 <= len(pool._idle) <= (os.cpu_count() or 1)


def test_an_interpreter_comes_back_after_an_error():
    pool = MAKERS["tflite"]()._interpreters
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
