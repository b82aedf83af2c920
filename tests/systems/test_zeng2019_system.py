import re

import cv2
import keras
import numpy as np
import pytest

from keras_blur import files, models, provenance, systems
from keras_blur.classical import zeng2019 as metric
from keras_blur.commands import learnt_filters
from keras_blur.errors import BlurError
from keras_blur.models.zeng2019 import FIRST_LAYER
from keras_blur.synthesis import kernels
from keras_blur.synthesis.blur import blur_photo
from keras_blur.systems import weights
from keras_blur.systems.zeng2019 import load_filters


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder of weights whose first kernels vary in two known patterns."""
    keras.utils.set_random_seed(1)
    model = models.build("zeng2019", kernels=6)
    model.get_layer(FIRST_LAYER).set_weights([np.random.default_rng(0).normal(size=(7, 7, 1, 6))])
    folder = tmp_path_factory.mktemp("run") / "best"
    weights.save_network(folder, "zeng2019", {"kernels": 6}, model, models.contract("zeng2019"))
    return folder, model


def test_the_shipped_filters_find_blur():
    system = systems.load("zeng2019")
    assert system.filters.shape == (2, 7, 7) and system.num_params == 98
    rows = system.filters.reshape(2, 49)
    np.testing.assert_allclose(rows @ rows.T, np.eye(2), atol=1e-3)
    coarse = np.random.default_rng(1).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    sharp = cv2.resize(coarse, (200, 160), interpolation=cv2.INTER_NEAREST)
    found = system.blur_map(np.hstack([sharp, blur_photo(sharp, kernels.disc(5))]))
    assert found.shape == (160, 400, 2)
    np.testing.assert_allclose(found.sum(axis=-1), 1, atol=1e-6)
    assert found[:, :170, 1].mean() < 0.35 and found[:, 230:, 1].mean() > 0.9


def test_a_training_is_run_by_its_first_kernels_alone(trained):
    folder, model = trained
    system = systems.load(folder)
    expected = metric.learnt_filters(model.get_layer(FIRST_LAYER).get_weights()[0])
    np.testing.assert_array_equal(system.filters, expected)
    assert system.name == "zeng2019"


def test_the_command_writes_filters_that_load_and_a_picture(trained, tmp_path, capsys):
    folder = trained[0]
    assert learnt_filters.main([str(folder), "--output-dir", str(tmp_path)]) == 0
    found = load_filters(tmp_path / "filters.json")
    np.testing.assert_allclose(found, systems.load(folder).filters, atol=1e-5)
    picture = cv2.imread(str(tmp_path / "filters.png"))[..., ::-1]
    cell, kernel = learnt_filters.MAGNIFIED, found[0]
    assert picture.shape == (7 * cell, 14 * cell + learnt_filters.GAP, 3)
    for index, colour in ((kernel.argmax(), 0), (kernel.argmin(), 2)):
        y, x = np.unravel_index(index, (7, 7))
        pixel = picture[y * cell + cell // 2, x * cell + cell // 2]
        assert pixel[colour] == 255 and pixel[1] < 255 and pixel[2 - colour] == pixel[1]
    assert "2 filters" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mobile", "expected a training of zeng2019, mobile holds a 'mobile'"),
        ("zeng2019", "'zeng2019' has no network of its own; name a run folder, such as .*zeng2019"),
        ("all_blurred", "'all_blurred' has no network of its own"),
        ("purohit2018", "'purohit2018' has no network of its own"),
    ],
)
def test_the_command_refuses_another_system(name, message, tmp_path, capsys):
    assert learnt_filters.main([name, "--output-dir", str(tmp_path)]) == 2
    assert re.search(message, capsys.readouterr().err) and not list(tmp_path.iterdir())


@pytest.mark.parametrize("stored", [[], {"kernels": 1}, {"filters": [[1, 2]]}, {"filters": [[[1], [2, 3]]]}])
def test_other_files_are_no_filters(stored, tmp_path):
    files.write_json(tmp_path / "filters.json", stored)
    with pytest.raises(BlurError, match=r"filters\.json"):
        load_filters(tmp_path / "filters.json")


def test_how_the_shipped_filters_were_learnt_is_on_record():
    record = provenance.training(systems.PRETRAINED / "zeng2019")
    assert (
        record["network"] == "zeng2019"
        and record["data"][0]["dataset"] == "zeng_patches"
        and record["epochs"] > 0
    )
