"""What setup.cfg can't say of the wheel: `export/` installs as `keras_blur.export`, and tests stay out."""

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

FOR_TESTS = ("conftest", "dummy", "dummy_photos", "testing")
"""Modules beside the builders that only their tests use."""


class BuildWithoutTests(build_py):
    """Leaves out tests and what only tests use."""

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        """The package's modules as (package, module, file)."""
        modules = super().find_package_modules(package, package_dir)
        return [found for found in modules if found[1] not in FOR_TESTS and not found[1].endswith("_test")]


setup(
    packages=[*find_packages(include=["keras_blur*", "tfds_builders*"]), "keras_blur.export"],
    package_dir={"keras_blur.export": "export"},
    cmdclass={"build_py": BuildWithoutTests},
)
