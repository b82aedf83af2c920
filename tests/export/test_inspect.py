"""What a file's graph says about its cost."""

import numpy as np
import pytest

from export import convert, recipes
from export.inspect import ALIGNMENT, arena_size, summarise
from keras_blur.errors import BlurError


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """A graph whose multiply-adds can be counted by hand."""
    import keras
    from keras import layers

    x = inputs = keras.Input((8, 8, 3), batch_size=1, name="image")
    x = layers.Conv2D(4, 3, strides=2, padding="same")(x)  # 16 cells x 4 x 27
    x = layers.DepthwiseConv2D(3, padding="same")(x)  # 16 x 4 x 9
    x = layers.Conv2DTranspose(2, 2, 2)(x)  # 16 x 4 x 2 x 4
    path = tmp_path_factory.mktemp("counted") / "counted.tflite"
    path.write_bytes(convert.to_tflite(keras.Model(inputs, x), recipes.float32(), []))
    return path


def test_multiply_adds_are_those_of_the_convolutions(counted):
    summary = summarise(counted)
    assert summary.macs == 16 * (4 * 27 + 4 * 9 + 4 * 2 * 4)
    assert summary.size == counted.stat().st_size and not summary.foreign
    assert summary.operators["CONV_2D"] == summary.operators["DEPTHWISE_CONV_2D"] == 1


def test_the_arena_holds_what_lives_at_once(counted):
    summary = summarise(counted)
    image, features = 8 * 8 * 3 * 4, 4 * 4 * 4 * 4
    assert image + features <= summary.arena <= image + 4 * features + 8 * 8 * 2 * 4


def test_tensors_share_memory_unless_they_live_together():
    chain = {0: (0, 1), 1: (1, 2), 2: (2, 3), 3: (3, 4)}
    assert arena_size(chain, [640] * 4) == 1280
    assert arena_size(dict.fromkeys(range(4), (0, 4)), [640] * 4) == 4 * 640
    assert arena_size({}, []) == 0
    assert arena_size({0: (0, 9), 1: (0, 9)}, [1, 1]) == ALIGNMENT + 1


def test_no_two_living_tensors_overlap_in_size():
    rng = np.random.default_rng(0)
    first = rng.integers(0, 20, 30)
    lifetimes = {i: (int(start), int(start + rng.integers(0, 6))) for i, start in enumerate(first)}
    sizes = [int(size) * ALIGNMENT for size in rng.integers(1, 50, 30)]
    lower = max(
        sum(sizes[i] for i, (start, end) in lifetimes.items() if start <= step <= end) for step in range(26)
    )
    assert lower <= arena_size(lifetimes, sizes) <= sum(sizes)


def test_what_is_no_model_is_an_error(tmp_path):
    path = tmp_path / "x.tflite"
    path.write_bytes(b"\x1c\x00\x00\x00TFL3" + bytes(100))
    with pytest.raises(BlurError, match="damaged"):
        summarise(path)
    path.write_bytes(b"nothing")
    with pytest.raises(BlurError, match="not a TFLite file"):
        summarise(path)
