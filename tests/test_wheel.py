"""What an installed keras-blur consists of."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from keras_blur import systems

ROOT = Path(__file__).parent.parent
SOURCES = ("keras_blur", "export", "tfds_builders")
SETTINGS = ("setup.cfg", "setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE")
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy, so that nothing of an earlier build gets into it."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in SETTINGS:
        shutil.copy(ROOT / name, folder / name)
    command = [*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder / "dist", folder]
    subprocess.run(command, check=True, timeout=300)
    (built,) = (folder / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel):
    """The paths of all files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_has_two_packages_and_its_metadata(names):
    tops = {name.partition("/")[0] for name in names}
    (metadata,) = (name for name in tops if name.endswith(".dist-info"))
    assert tops == {"keras_blur", "tfds_builders", metadata}
    assert {f"{metadata}/licenses/LICENSE", f"{metadata}/entry_points.txt"} <= names


def test_the_wheel_has_no_tests(names):
    stems = {Path(name).stem for name in names}
    assert not {"conftest", "dummy", "dummy_photos", "testing"} & stems
    assert not [stem for stem in stems if stem.startswith("test_") or stem.endswith("_test")]


def test_the_wheel_has_every_other_file(names):
    """Code and data alike; `export` lies in `keras_blur`."""
    skipped = ("conftest.py", "dummy.py", "dummy_photos.py", "testing.py")
    expected = {
        path.relative_to(ROOT).as_posix().replace("export/", "keras_blur/export/", 1)
        if path.is_relative_to(ROOT / "export")
        else path.relative_to(ROOT).as_posix()
        for source in SOURCES
        for path in (ROOT / source).rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and path.name not in skipped
        and not path.name.endswith("_test.py")
    }
    assert expected == {name for name in names if ".dist-info/" not in name}


def test_type_checkers_find_the_types(names):
    assert {"keras_blur/py.typed", "keras_blur/export/py.typed", "tfds_builders/py.typed"} <= names


@pytest.mark.slow
def test_the_systems_of_papers_load_from_the_wheel(wheel, tmp_path):
    """Installed without its packages, which this environment has: the same maps as the sources give."""
    site, photo = tmp_path / "site", ROOT / "tests" / "golden" / "photos" / "coffee.png"
    install = [*PIP, "install", "--no-deps", "--no-compile", "--target", site, wheel]
    subprocess.run(install, check=True, timeout=300)
    code = (
        "import keras_blur, sys; print(keras_blur.__file__);"
        "[print(float(keras_blur.load(name).predict(sys.argv[1]).blur_map.std())) for name in sys.argv[2:]]"
    )
    found = []
    for source in (site, ROOT):
        environment = {**os.environ, "PYTHONPATH": str(source), "KERAS_BLUR_RUNS": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", code, photo, *systems.STAND_INS],
            check=True, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=600,
        )  # fmt: skip
        place, *figures = done.stdout.split()
        assert Path(place).is_relative_to(source)
        found.append(figures)
    assert found[0] == found[1] and len(found[0]) == len(systems.STAND_INS)
    papers = [site / "keras_blur" / "pretrained" / name for name in systems.STAND_INS]
    assert sum(path.stat().st_size for folder in papers for path in folder.iterdir()) <= 25_000_000


@pytest.mark.slow
def test_the_lite_wheel_predicts(wheel, tmp_path):
    """In a fresh environment with the extra `lite` alone, the same from the command and from Python."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True, timeout=300)
    python = environment / "bin" / "python"
    constraints = ["--constraint", ROOT / "constraints.txt"]
    install = [python, *PIP[1:], "install", f"{wheel}[lite]", *constraints]
    installed = subprocess.run(install, timeout=600, capture_output=True, text=True, env=clean)
    if installed.returncode:
        pytest.skip(f"the packages can't be installed here: {installed.stderr.strip().splitlines()[-1]}")
    photo = ROOT / "tests" / "golden" / "photos" / "coffee.png"
    done = subprocess.run(
        [environment / "bin" / "keras-blur", "predict", photo, "--json"],
        timeout=300, capture_output=True, text=True, cwd=tmp_path, env=clean,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    predictions = json.loads((tmp_path / "blur_out" / "predictions.json").read_text())
    code = "import sys, keras_blur; print(keras_blur.load('mobile').predict(sys.argv[1]).verdict.score)"
    called = subprocess.run(
        [python, "-c", code, photo], timeout=300, capture_output=True, text=True, cwd=tmp_path, env=clean
    )
    assert called.stdout.split() == [repr(predictions["photos"][0]["score"])], called.stderr
