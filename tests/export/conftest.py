import keras
import numpy as np
import pytest
from PIL import Image
from tiny_networks import SIZE, scatter

from export import exporters, graph, pipeline
from export.calibration import Photos
from keras_blur import models


@pytest.fixture(scope="session")
def network():
    """A tiny U-Net with weights that don't cancel out."""
    keras.utils.set_random_seed(3)
    return scatter(models.build("unet", filters=4, depth=2))


@pytest.fixture(scope="session")
def trained():
    """The tiny U-Net's contract."""
    return models.contract("unet", depth=2)


@pytest.fixture(scope="session")
def contract(trained):
    """The contract that it is exported with."""
    return graph.exported_contract(trained, SIZE)


@pytest.fixture(scope="session")
def photo_folder(tmp_path_factory):
    """Twelve small photos: random cells, some fine and some coarse."""
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    for number in range(12):
        cells = rng.integers(0, 256, (6 + number, 8 + number, 3), dtype=np.uint8)
        Image.fromarray(cells).resize((72, 54)).save(folder / f"photo{number:02}.png")
    return folder


@pytest.fixture(scope="session")
def photos(photo_folder):
    return Photos(str(photo_folder))


@pytest.fixture(scope="session")
def job(network, trained, photos):
    about = {"source": "a tiny U-Net", "command": "pytest"}
    by = {"author": "A. Author", "license": "CC0-1.0"}
    every = exporters.get(exporters.EXPORTERS)
    return pipeline.Job(network, trained, every, photos, SIZE, about=about, timing_runs=1, **by)


@pytest.fixture(scope="session")
def exported(job, tmp_path_factory):
    """A folder with the tiny U-Net in every format."""
    folder = tmp_path_factory.mktemp("exported") / "unet"
    pipeline.run(job, folder)
    return folder
