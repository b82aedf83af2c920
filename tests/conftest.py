import os
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real photos that KERAS_BLUR_DATA names; skips the test where it is not set."""
    folder = os.environ.get("KERAS_BLUR_DATA")
    if not folder:
        pytest.skip("KERAS_BLUR_DATA is not set")
    return Path(folder).resolve()
