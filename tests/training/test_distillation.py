"""A student and its teacher: what is learnt from whom, and the whole run folder."""

import csv
import dataclasses

import keras
import numpy as np
import pytest

from keras_blur import labels, losses, models
from keras_blur.errors import UsageError
from keras_blur.systems import weights
from keras_blur.training import distillation, trainer
from keras_blur.training.config import (
    Config,
    DataConfig,
    DistillationConfig,
    ModelConfig,
    OptimizerConfig,
    TrainingConfig,
)

OPTIONS = {"filters": 4, "depth": 2}
CONFIG = Config(
    model=ModelConfig(name="unet", input_size=32, options=OPTIONS),
    data=DataConfig(dataset="tiny_blur", workers=1, crop=32),
    optimizer=OptimizerConfig(learning_rate=1e-3),
    training=TrainingConfig(procedure="distillation", epochs=2, batch_size=6, panels_every=0),
)


@pytest.fixture
def teacher(tmp_path) -> str:
    """A folder of a random network of three classes."""
    keras.utils.set_random_seed(7)
    network = models.build("unet", filters=6, depth=2)
    weights.save_network(
        tmp_path / "teacher", "unet", {"filters": 6, "depth": 2}, network, models.contract("unet")
    )
    return str(tmp_path / "teacher")


def distilled(teacher: str, weight: float, rate: float = 0.1) -> distillation.Distilled:
    keras.utils.set_random_seed(0)
    model = distillation.build(models.build("unet", **OPTIONS), DistillationConfig(teacher, weight))
    model.compile(keras.optimizers.SGD(rate), losses.build("crossentropy"), run_eagerly=True)
    return model


def batch(void: bool = False):
    rng = np.random.default_rng(0)
    masks = rng.integers(0, 3, (2, 16, 16)).astype("uint8")
    if void:
        masks[:] = labels.VOID
    return rng.integers(0, 256, (2, 16, 16, 3)).astype("uint8"), masks


def softmax(logits) -> np.ndarray:
    return np.asarray(keras.ops.softmax(logits, axis=-1))


def test_the_loss_weighs_masks_and_teacher(teacher):
    images, masks = batch()
    model = distilled(teacher, 0.25)
    maps = softmax(weights.load_network(teacher)[0](images.astype("float32")))
    student = model.network(images.astype("float32"), training=True)
    soft = -(maps * np.log(softmax(student))).sum(-1).mean()
    hard = float(losses.build("crossentropy")(masks, student))
    logs = model.train_on_batch(images, masks, return_dict=True)
    assert logs["teacher_loss"] == pytest.approx(soft, rel=1e-3)
    assert logs["loss"] == pytest.approx(0.75 * hard + 0.25 * soft, rel=1e-3)


def test_photos_without_a_mask_are_learnt_from_the_teacher(teacher):
    images, masks = batch(void=True)
    model = distilled(teacher, 0.5)
    maps = softmax(weights.load_network(teacher)[0](images.astype("float32")))

    def distance():
        return np.abs(softmax(model.network(images.astype("float32"), training=True)) - maps).mean()

    before = distance()
    for _ in range(30):
        model.train_on_batch(images, masks)
    assert distance() < 0.8 * before


def test_the_teacher_is_neither_trained_nor_saved(teacher):
    model = distilled(teacher, 1.0)
    assert len(model.trainable_variables) == len(model.network.trainable_variables)
    assert len(model.weights) == len(model.network.weights)


def test_validation_is_of_the_masks_alone(teacher):
    images, masks = batch()
    model = distilled(teacher, 1.0)
    hard = float(losses.build("crossentropy")(masks, model.network(images.astype("float32"))))
    assert model.test_on_batch(images, masks, return_dict=True)["loss"] == pytest.approx(hard, rel=1e-4)


def test_coarse_students_learn_the_teachers_means():
    maps = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]], "float32").reshape(1, 2, 2, 2)
    logits = np.log(np.array([[[[0.75, 0.25]]]], "float32"))
    expected = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert float(distillation.soft_crossentropy(maps, logits)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("student", "message"),
    [
        ({"num_classes": 2}, "expected a network of 2 classes as the student has, .* has 3"),
        ({}, "maps of .* cells"),
    ],
)
def test_teachers_that_answer_otherwise_are_one_line(teacher, student, message):
    network = models.build("unet", **OPTIONS, **student)
    if not student:  # of a grid that is finer than the teacher's
        network = keras.Model(network.input, keras.layers.UpSampling2D()(network.output))
    with pytest.raises(UsageError, match=f"distillation.teacher: .*{message}") as caught:
        distillation.build(network, DistillationConfig(teacher))
    assert "\n" not in str(caught.value)


def test_a_teacher_must_be_named():
    with pytest.raises(UsageError, match=r"distillation.teacher: expected .* received none"):
        distillation.build(models.build("unet", **OPTIONS), DistillationConfig())


def test_a_run_logs_the_teacher_and_resumes(tiny_data, tmp_path, teacher):
    config = dataclasses.replace(CONFIG, distillation=DistillationConfig(teacher))
    half = dataclasses.replace(config, training=dataclasses.replace(config.training, epochs=1))
    trainer.train(half, tmp_path / "run", tiny_data)
    stored = tmp_path / "run" / "config.json"
    stored.write_text(stored.read_text().replace('"epochs": 1', '"epochs": 2'))
    trainer.train(config, tmp_path / "run", tiny_data, resume=True)
    rows = list(csv.DictReader((tmp_path / "run" / "log.csv").open()))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert all(float(row["teacher_loss"]) > 0 for row in rows)
    network, _ = weights.load_network(tmp_path / "run" / "best")
    assert network.count_params() == models.build("unet", **OPTIONS).count_params()
