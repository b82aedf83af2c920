import os
import shutil
import subprocess
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


@pytest.fixture
def read_only() -> Path:
    """A folder in which not even root can write."""
    folder = Path("/sys")
    if not folder.is_dir():
        pytest.skip("only Linux has such a folder")
    return folder


@pytest.fixture
def mount():
    """`mount` of Linux, as a function of its arguments, the last one the folder; all is taken back."""
    mounted = []

    def mount(*arguments):
        command = ["mount", *map(str, arguments)]
        if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("only root can mount a file system")
        mounted.append(str(arguments[-1]))

    yield mount
    for folder in dict.fromkeys(reversed(mounted)):
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def small_disk(tmp_path, mount):
    """A file system of its own that holds one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=1m", "none", folder)
    return folder


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory) -> Path:
    """A data folder in which `tiny_blur` is prepared."""
    from tiny_blur import TinyBlur

    folder = tmp_path_factory.mktemp("datasets")
    TinyBlur(data_dir=folder, file_format="array_record").download_and_prepare()
    return folder
