"""What reads hostile files: the functions that commands use, each on a file of its own."""

import contextlib
import dataclasses
import functools
import io
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from hostile import seeds

Read = Callable[[Path], Any]


@dataclasses.dataclass(frozen=True)
class Target:
    """A kind of files and what reads them.

    Attributes:
        seeds: Returns files as they should be, by name.
        read: Returns a reader: called with a path, it answers, or raises `BlurError`.
        ending: Of the files' names.
        count: How many of them `make fuzz` tries.
    """

    seeds: Callable[[], dict[str, bytes]]
    read: Callable[[], Read]
    ending: str
    count: int


def _photos() -> Read:
    """`predict` on a photo, with a system that costs nothing: a network is given pixels alone."""
    from keras_blur import systems

    system = systems.load("all_blurred")
    return lambda path: system.predict(path).verdict


def _masks() -> Read:
    """What the builders do with a mask."""
    from keras_blur.processing import read_mask

    return read_mask


def _tflite() -> Read:
    """Loads a file and runs it; its trial is a fork, which spares Python's start."""
    from ai_edge_litert import interpreter, schema_py_generated  # noqa: F401  before the first fork

    from keras_blur.systems import tflite

    tflite.subprocess = SimpleNamespace(run=_run_forked, TimeoutExpired=subprocess.TimeoutExpired)
    image = np.zeros((40, 60, 3), np.uint8)
    return lambda path: tflite.TFLiteSystem(path, threads=1).blur_map(image)


def _run_forked(command: list[str], **_: Any) -> Any:
    """Runs the trial as `subprocess.run` would."""
    from keras_blur.systems import tflite_probe

    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            tflite_probe.main(*command[3:])
            code = 0
        except BaseException as error:
            os.write(writing, (str(error).strip().partition("\n")[0] or type(error).__name__).encode()[:4000])
        finally:
            os._exit(code)
    os.close(writing)
    with open(reading, errors="replace") as pipe:
        stderr = pipe.read()
    return SimpleNamespace(returncode=os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), stderr=stderr)


@functools.cache
def _network() -> Any:
    import keras

    inputs = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, strides=2, padding="same")(inputs)
    x = keras.layers.BatchNormalization()(x)
    return keras.Model(inputs, keras.layers.Conv2D(3, 1)(x), name="tiny")


def _weight_seeds() -> dict[str, bytes]:
    file = io.BytesIO()
    file.name = "x.weights.h5"
    path = Path(os.environ.get("TMPDIR", "/tmp"), f"seed-{os.getpid()}.weights.h5")
    try:
        _network().save_weights(path)
        return {"weights": path.read_bytes()}
    finally:
        path.unlink(missing_ok=True)


def _weights() -> Read:
    from keras_blur.systems import weights

    return lambda path: weights._load_weights(_network(), path)


def _state_seeds() -> dict[str, bytes]:
    from keras_blur.training import state
    from keras_blur.training.log import Progress

    model = _compiled()
    progress = Progress.from_dict({"rows": [{"epoch": 1, "loss": 0.5}], "best": None, "best_epoch": 1})
    path = Path(os.environ.get("TMPDIR", "/tmp"), f"seed-{os.getpid()}.npz")
    try:
        state.save(path, model, 1, progress)
        return {"state": path.read_bytes()}
    finally:
        path.unlink(missing_ok=True)


@functools.cache
def _compiled() -> Any:
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    model.compile(keras.optimizers.Adam(0.1), "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def _state() -> Read:
    from keras_blur.training import state

    return lambda path: state.check(path, state.read(path), _compiled())


def _contracts() -> Read:
    from keras_blur.contract import Contract
    from keras_blur.processing import place

    return lambda path: place(300, 400, Contract.load(path))


def _arrays() -> Read:
    from keras_blur.models.encoders.weights import read_arrays

    return read_arrays


def _maps() -> Read:
    from keras_blur.evaluation.maps import _read_array

    return _read_array


def _zips() -> Read:
    from tfds_builders.cuhk_blur.manual_folder import ManualFolder, read_manifest

    listed = read_manifest(Path(__file__).parents[2] / "tfds_builders/cuhk_blur/photos.tsv")[:3]

    def verify(path: Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            ManualFolder(path.parent).verify(listed)

    return verify


def _records() -> Read:
    from keras_blur.photos.record import Record

    def resume(path: Path) -> None:
        record = Record(path, {"network": "x"}, resume=True)
        for name in "abc":
            record.reuse(f"{name}.jpg", None, [1, 2, 3], set())
        list(record.rows())
        record.close()

    return resume


def _undo() -> Read:
    from keras_blur.photos import act

    return lambda path: list(act.undo(path))


TARGETS = {
    "photos": Target(seeds.photos, _photos, "jpg", 30_000),
    "masks": Target(seeds.masks, _masks, "png", 5_000),
    "tflite": Target(seeds.tflite, _tflite, "tflite", 2_000),
    "weights": Target(_weight_seeds, _weights, "weights.h5", 3_000),
    "state": Target(_state_seeds, _state, "npz", 3_000),
    "contracts": Target(seeds.contracts, _contracts, "json", 5_000),
    "encoder_npz": Target(seeds.arrays, _arrays, "npz", 3_000),
    "maps": Target(seeds.maps, _maps, "npy", 3_000),
    "zips": Target(seeds.zips, _zips, "zip", 2_000),
    "records": Target(seeds.records, _records, "jsonl", 3_000),
    "undo": Target(seeds.undo_files, _undo, "jsonl", 3_000),
}
