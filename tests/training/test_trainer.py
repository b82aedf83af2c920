"""Whole trainings of a tiny network, in this process."""

import contextlib
import csv
import dataclasses
import errno
import json
import os
import random
import shutil
import sys
import warnings

import cv2
import keras
import numpy as np
import pytest
from tiny_blur import TinyPatches

from keras_blur import files, models, provenance
from keras_blur.callbacks import KeptWeights
from keras_blur.data import catalog
from keras_blur.errors import BlurError, UsageError
from keras_blur.systems import weights
from keras_blur.training import inputs, state, trainer
from keras_blur.training.config import Config, DataConfig, ModelConfig, OptimizerConfig, TrainingConfig
from keras_blur.training.run_folder import RunFolder

TINY = Config(
    model=ModelConfig(name="unet", options={"filters": 2, "depth": 2}),
    data=DataConfig(dataset="tiny_blur", crop=32, workers=1),
    optimizer=OptimizerConfig(learning_rate=1e-2, ema_momentum=0.9),
    training=TrainingConfig(epochs=2, batch_size=4, panels_every=1),
)


def changed(**groups):
    config = TINY
    for group, values in groups.items():
        config = dataclasses.replace(config, **{group: dataclasses.replace(getattr(config, group), **values)})
    return config


@pytest.fixture(scope="module")
def finished(tiny_data, tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("run") / "tiny"
    return run_dir, trainer.train(TINY, run_dir, tiny_data)


def test_run_folder_holds_all_that_was_promised(finished):
    run_dir, best = finished
    config = json.loads((run_dir / "config.json").read_text())
    assert config["optimizer"]["learning_rate"] == 0.01 and config["model"]["options"]["filters"] == 2
    record = json.loads((run_dir / "run.json").read_text())
    assert [d["examples"] for d in record["data"]] == [12, 5]
    assert len({d["fingerprint"] for d in record["data"]}) == 2
    assert "keras" in record["packages"]
    with open(run_dir / "log.csv") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert float(rows[best["epoch"] - 1]["val_blurred_iou"]) == max(float(r["val_blurred_iou"]) for r in rows)
    assert cv2.imread(str(run_dir / "curves.png")) is not None
    assert cv2.imread(str(run_dir / "panels" / "epoch_0002.jpg")).shape == (4 * 32, 3 * 32, 3)
    assert list((run_dir / "tensorboard").glob("events*"))


def test_tensorboard_reads_the_curves_and_pictures(finished):
    loader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = loader.EventAccumulator(str(finished[0] / "tensorboard"), {"tensors": 0})
    events.Reload()
    found = events.Tags()
    names = {*found["scalars"], *found["images"], *found["tensors"]}
    assert {"loss", "val_blurred_iou", "validation"} <= names


def test_best_weights_load_and_carry_their_contract(finished):
    model, contract = weights.load_network(finished[0] / "best")
    assert contract.name == model.name == "unet"
    assert np.isfinite(np.asarray(model(np.zeros((1, 16, 16, 3), "float32")))).all()


def test_a_run_folder_is_not_overwritten(finished, tiny_data):
    with pytest.raises(UsageError, match="holds a run already; add `resume`"):
        trainer.train(TINY, finished[0], tiny_data)


def test_resume_refuses_another_experiment(finished, tiny_data):
    with pytest.raises(UsageError, match=r"another optimizer\.learning_rate"):
        trainer.train(changed(optimizer={"learning_rate": 0.5}), finished[0], tiny_data, resume=True)


def contents(run_dir):
    return {
        name: (run_dir / name).read_bytes() for name in ("config.json", "log.csv", "run.json", "state.npz")
    }


def test_resume_of_a_finished_run_changes_nothing(finished, tiny_data):
    before = contents(finished[0])
    (finished[0] / "log.csv").unlink()  # it comes back
    assert trainer.train(TINY, finished[0], tiny_data, resume=True) == finished[1]
    assert contents(finished[0]) == before


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("best", r"best is missing, the weights of epoch \d; copy"),
        ("state.npz", r"has a log but no state\.npz"),
    ],
)
def test_resume_of_what_is_no_longer_whole_is_refused(part, message, finished, tiny_data, tmp_path):
    shutil.copytree(finished[0], tmp_path / "run", ignore=shutil.ignore_patterns(part))
    with pytest.raises(BlurError, match=f"{message}.*choose another `run_dir`, or remove"):
        trainer.train(TINY, tmp_path / "run", tiny_data, resume=True)


@pytest.mark.parametrize("stored", [[], {"model": 3}])
def test_a_damaged_configuration_is_named(stored, tiny_data, tmp_path):
    files.write_json(tmp_path / "config.json", stored)
    with pytest.raises(BlurError, match=r"config\.json is not a training's configuration"):
        trainer.train(TINY, tmp_path, tiny_data, resume=True)


def test_resume_refuses_other_data_and_keeps_the_record(finished, tiny_data, tmp_path):
    shutil.copytree(finished[0], tmp_path / "run")
    path = tmp_path / "run" / "run.json"
    record = files.read_json(path)
    record["data"][0]["fingerprint"] = "f00d"
    files.write_json(path, record)
    with pytest.raises(UsageError, match=r"tiny_blur is no longer what .*run\.json says"):
        trainer.train(TINY, tmp_path / "run", tiny_data, resume=True)
    assert files.read_json(path) == record


def test_every_start_is_on_record(tiny_data, tmp_path, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    config = changed(training={"epochs": 1, "panels_every": 0})
    monkeypatch.setattr(state, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        trainer.train(config, tmp_path, tiny_data)
    monkeypatch.undo()
    first = files.read_json(tmp_path / "run.json")
    trainer.train(config, tmp_path, tiny_data, resume=True)
    assert files.read_json(tmp_path / "run.json") == {**first, "resumed": [first]}
    assert provenance.training(tmp_path / "best")["epochs"] == 1


def test_a_damaged_state_is_named(finished, tiny_data, tmp_path):
    (tmp_path / "config.json").write_bytes((finished[0] / "config.json").read_bytes())
    whole = (finished[0] / "state.npz").read_bytes()
    (tmp_path / "state.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BlurError, match=r"cannot resume from .*state.npz"):
        trainer.train(TINY, tmp_path, tiny_data, resume=True)


def test_the_state_of_another_network_is_named(finished, tiny_data, tmp_path):
    """As if someone had copied it there: the configuration beside it is the right one."""
    (tmp_path / "config.json").write_bytes((finished[0] / "config.json").read_bytes())
    other = changed(model={"options": {"filters": 3, "depth": 2}}, training={"epochs": 1, "panels_every": 0})
    trainer.train(other, tmp_path / "other", tiny_data)
    (tmp_path / "other" / "state.npz").rename(tmp_path / "state.npz")
    with pytest.raises(BlurError, match=r"state\.npz is of another network or optimizer: expected float32"):
        trainer.train(TINY, tmp_path, tiny_data, resume=True)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"data": {"crop": 30}}, r"data\.crop: expected a multiple of 4, received 30"),
        (
            {"training": {"monitor": "val_loss"}},
            r"training\.monitor: expected one of epoch, .*val_blurred_iou, .*received 'val_loss'",
        ),
        ({"data": {"kind": "patches"}}, r"training\.panels_every: expected 0, as data\.kind=patches"),
        (
            {"data": {"kind": "edge_patches"}, "training": {"panels_every": 0}},
            r"data\.kind: 'edge_patches' is not what 'unet' learns from",
        ),
        (
            {"data": {"kind": "motion_patches"}, "training": {"panels_every": 0}},
            r"data\.kind: 'motion_patches' is not what 'unet' learns from",
        ),
        (
            {
                "model": {"name": "mobile", "options": {}, "input_size": 64},
                "training": {"procedure": "adversarial"},
            },
            r"training\.procedure: .*'mobile' makes 8x8 of 64x64",
        ),
        ({"data": {"crop": 0}}, r"data\.crop: expected at least 1"),
        ({"data": {"samples_per_epoch": -1}}, r"data\.samples_per_epoch: expected at least 0"),
        ({"data": {"motion_share": 1.5}}, r"data\.motion_share: expected 0 to 1"),
        ({"data": {"train": "train[:3"}}, r"split of tiny_blur: expected parts such as"),
        ({"model": {"name": "mobile", "options": {}, "input_size": 100}}, r"model\.input_size: .*100x100"),
        (
            {"model": {"options": {"filterz": 2}}},
            "option 'filterz' of network 'unet': did you mean 'filters'",
        ),
        ({"model": {"options": {"filters": 0}}}, "network 'unet' can't be made with filters=0"),
        ({"model": {"options": {"num_classes": 4}}}, "num_classes: expected 3 .* or 2 .*, received 4"),
        ({"loss": {"class_weights": (1.0, 2.0)}}, r"loss\.class_weights: expected 3 as 'unet' .* received 2"),
        (
            {"optimizer": {"encoder_lr_multiplier": 0.1, "encoder_prefixes": ("conv",)}},
            r"optimizer\.encoder_lr_multiplier: exp",
        ),
        ({"loss": {"options": {"resampel": "area"}}}, "did you mean 'resample'"),
        ({"loss": {"options": {"label_smoothing": 2}}}, r"loss 'crossentropy': label_smoothing: expected"),
        ({"training": {"precision": "float8"}}, r"training\.precision 'float8': did you mean 'float32'"),
        ({"training": {"xla": "yes"}}, r"training\.xla 'yes': expected one of auto, off, on"),
        ({"training": {"procedure": "gan"}}, r"training\.procedure 'gan': expected one of adversarial"),
        ({"optimizer": {"name": "adamw2"}}, r"optimizer\.name 'adamw2': did you mean 'adamw'"),
        ({"optimizer": {"schedule": "cosin"}}, r"optimizer\.schedule 'cosin': did you mean 'cosine'"),
        ({"loss": {"name": "crossentropi"}}, r"loss\.name 'crossentropi': did you mean 'crossentropy'"),
        (
            {"augmentation": {"whole_frame_blur": 0.7, "object_blur": 0.4}},
            r"whole_frame_blur, object_blur: expected a sum of at most 1, received 1\.1",
        ),
    ],
)
def test_values_that_do_not_fit_are_named_before_anything_is_written(groups, message, tiny_data, tmp_path):
    with pytest.raises(UsageError, match=message):
        trainer.train(changed(**groups), tmp_path / "run", tiny_data)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("part", ["state.npz", "tensorboard"])
def test_a_disk_that_fills_up_stops_with_one_line(part, tiny_data, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    writer = pytest.importorskip("tensorboard.summary.writer.record_writer").RecordWriter
    monkeypatch.setattr(*((np, "savez") if part == "state.npz" else (writer, "write")), full)
    with pytest.raises(BlurError, match=f"cannot write .*{part}: No space left on device") as caught:
        trainer.train(changed(training={"epochs": 1}), tmp_path, tiny_data)
    assert "\n" not in str(caught.value) and not list(tmp_path.glob(".state*"))


def test_what_learns_from_windows_is_validated_on_the_same_window_of_every_photo(tiny_data):
    config = changed(augmentation={"native_crop": True})
    found = inputs.load_inputs(config, models.contract("unet", depth=2), tiny_data)
    validation = found.validation
    images = np.concatenate([validation[i][0] for i in range(2)])[:5]
    validation.epoch = 7
    np.testing.assert_array_equal(images, np.concatenate([validation[i][0] for i in range(2)])[:5])
    for image, example in zip(images, found.chosen_on, strict=True):
        windows = np.lib.stride_tricks.sliding_window_view(example.image, image.shape)
        assert (windows == image).all(axis=(-3, -2, -1)).any()


def test_patches_train_too(tmp_path):
    """Pictures smaller than the network's crop, of one class each, of the type "mixed"."""
    TinyPatches(data_dir=tmp_path, file_format="array_record").download_and_prepare()
    patches = catalog.load("tiny_patches", "train", tmp_path)
    assert patches[0].image.shape == (31, 31, 3) and set(patches.types) == {"mixed"}
    assert all(len(np.unique(patch.mask)) == 1 for patch in patches)
    share = changed(data={"dataset": "tiny_patches", "motion_share": 0.5})
    with pytest.raises(UsageError, match=r"motion_share: .* tiny_patches has none; set it to none"):
        trainer.train(share, tmp_path / "run", tmp_path)
    config = changed(
        data={"dataset": "tiny_patches"},
        augmentation={"native_crop": True, "object_blur": 0.3, "whole_frame_blur": 0.3},
        training={"epochs": 1},
    )
    best = trainer.train(config, tmp_path / "run", tmp_path)
    assert np.isfinite(best["val_loss"]) and 0 <= best["val_blurred_iou"] <= 1


def test_test_photos_are_refused(tiny_data, tmp_path):
    for split in ("test", "train+test", "test[:50%]"):
        with pytest.raises(UsageError, match="test photos are for testing"):
            trainer.train(changed(data={"train": split}), tmp_path, tiny_data)


def test_a_log_gets_a_line_an_epoch(tiny_data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    trainer.train(changed(training={"epochs": 1, "panels_every": 0}), tmp_path, tiny_data)
    printed = capsys.readouterr().out
    assert "val_blurred_iou" in printed and not {"\x1b", "\x08", "\r"} & set(printed)


def test_nan_loss_stops_with_advice(tiny_data, tmp_path):
    config = changed(optimizer={"learning_rate": 1e30, "clip_norm": 0.0, "warmup_epochs": 0.0, "name": "sgd"})
    with pytest.raises(BlurError, match=r"the loss became .*optimizer.learning_rate"):
        trainer.train(config, tmp_path, tiny_data)


def test_an_epoch_whose_figures_are_no_numbers_is_not_kept(tiny_data, tmp_path, monkeypatch):
    """As where the last step breaks the weights: its own loss is still a number."""
    monkeypatch.setattr(trainer, "StopOnNaN", keras.callbacks.Callback)
    config = changed(optimizer={"learning_rate": 1e30, "clip_norm": 0.0, "warmup_epochs": 0.0, "name": "sgd"})
    with pytest.raises(BlurError, match=r"loss became .* in epoch 1; .* in another `run_dir`"):
        trainer.train(config, tmp_path, tiny_data)
    assert {path.name for path in tmp_path.iterdir()} <= {"config.json", "run.json", "tensorboard"}


def test_initial_weights_are_those_of_the_run_they_come_from(finished, tiny_data, tmp_path):
    config = changed(model={"initial_weights": str(finished[0] / "best")}, optimizer={"learning_rate": 1e-12})
    trainer.train(config, tmp_path / "second", tiny_data)
    first, second = (
        weights.load_network(folder / "best")[0] for folder in (finished[0], tmp_path / "second")
    )
    for one, other in zip(first.trainable_weights, second.trainable_weights, strict=True):
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), atol=1e-6)
    wrong = changed(model={"name": "mobile", "initial_weights": str(finished[0] / "best"), "options": {}})
    with pytest.raises(BlurError, match="expected weights of 'mobile'"):
        trainer.train(wrong, tmp_path / "third", tiny_data)


def test_two_wide_stems_start_from_the_weights_of_a_narrow_one(tiny_data, tmp_path):
    options, folder = {"stem_stride": 2, "detail_filters": 0}, tmp_path / "narrow"
    narrow = models.build("mobile", **options)
    weights.save_network(folder, "mobile", options, narrow, models.contract("mobile", **options))
    config = changed(
        model={"name": "mobile", "options": {}, "initial_weights": str(folder), "input_size": 64},
        optimizer={"learning_rate": 1e-12},
        training={"epochs": 1},
    )
    trainer.train(config, tmp_path / "wide", tiny_data)
    wide = weights.load_network(tmp_path / "wide" / "best")[0]
    values = {variable.path: np.asarray(variable) for variable in wide.trainable_weights}
    for variable in narrow.trainable_weights:
        found, expected = values.pop(variable.path), np.asarray(variable)
        if found.shape != expected.shape:
            found = found.reshape(3, 2, 3, 2, 3, 16).sum((1, 3))
        np.testing.assert_allclose(found, expected, atol=1e-5)
    assert values.keys() == {
        f"detail_{n}/{k}" for n in ("stem", "pool", "project") for k in ("kernel", "bias")
    }


def test_multi_scale_network_trains_and_is_judged_by_its_finest_output(tiny_data, tmp_path):
    config = changed(model={"name": "kim2018", "options": {"width": 1 / 32}}, training={"epochs": 1})
    best = trainer.train(config, tmp_path, tiny_data)
    assert 0 <= best["val_blurred_iou"] <= 1


@pytest.mark.parametrize("alpha", [1.0, 0.75, 0.0])
def test_kept_weights_lie_between_the_first_and_the_averaged_ones(alpha):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.5), "mse", run_eagerly=True)
    first, kept = model.get_weights()[0], KeptWeights(model, alpha)
    trained = []
    for _ in range(2):
        model.train_on_batch(np.ones((4, 2)), np.ones((4, 1)))
        trained.append(model.get_weights()[0])
    averaged = 0.5 * trained[0] + 0.5 * trained[1]  # Keras's average begins with the first step's weights
    with pytest.raises(OSError, match="no space"), kept.inside(model):
        np.testing.assert_allclose(
            model.get_weights()[0], (1 - alpha) * first + alpha * averaged, rtol=1e-5, atol=1e-6
        )
        raise OSError("no space left")
    np.testing.assert_array_equal(model.get_weights()[0], trained[1])


def test_wise_ft_keeps_the_initial_weights_that_it_is_told_to(finished, tiny_data, tmp_path):
    config = changed(
        model={"initial_weights": str(finished[0] / "best")},
        optimizer={"learning_rate": 0.1},
        training={"epochs": 1, "wise_ft_alpha": 0.0},
    )
    trainer.train(config, tmp_path, tiny_data)
    first, second = (weights.load_network(folder / "best")[0] for folder in (finished[0], tmp_path))
    for one, other in zip(first.weights, second.weights, strict=True):
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), atol=1e-6)


def test_patience_ends_a_training_that_no_longer_improves(tiny_data, tmp_path):
    config = changed(
        optimizer={"learning_rate": 1e-12, "ema_momentum": 0.0, "warmup_epochs": 0.0},
        training={"epochs": 9, "patience": 2, "monitor": "val_type_accuracy", "panels_every": 0},
    )
    best = trainer.train(config, tmp_path, tiny_data)
    before = contents(tmp_path)
    assert len(before["log.csv"].splitlines()) < 9
    assert trainer.train(config, tmp_path, tiny_data, resume=True) == best
    assert contents(tmp_path) == before


def test_a_training_leaves_the_process_as_it_was(tiny_data, tmp_path):
    """Precision, seeds, warnings, environment and the error stream; also where it fails."""
    policy, python, numpy = keras.config.dtype_policy().name, random.getstate(), np.random.get_state()[1]  # noqa: NPY002
    filters, environment, stderr = list(warnings.filters), dict(os.environ), os.fstat(2)
    for rate in (1e-2, 1e30):
        config = changed(
            optimizer={"learning_rate": rate, "clip_norm": 0.0, "warmup_epochs": 0.0, "name": "sgd"},
            training={"epochs": 1, "panels_every": 0, "precision": "mixed_bfloat16"},
        )
        with contextlib.suppress(BlurError):
            trainer.train(config, tmp_path / str(rate), tiny_data)
        assert keras.config.dtype_policy().name == policy
        assert random.getstate() == python
        np.testing.assert_array_equal(np.random.get_state()[1], numpy)  # noqa: NPY002
        assert list(warnings.filters) == filters and dict(os.environ) == environment
        assert os.path.samestat(os.fstat(2), stderr)


def test_a_second_training_in_the_folder_is_refused(finished, tiny_data):
    with (
        RunFolder(finished[0], TINY).own(resume=True),
        pytest.raises(BlurError, match="another run works in"),
    ):
        trainer.train(TINY, finished[0], tiny_data, resume=True)
