"""The data sets that keras-blur trains and measures on.

`keras-blur prepare NAME` builds one, and so does `build` from Python. After `import tfds_builders` TensorFlow
Datasets finds them too: `tfds.load("cuhk_blur/kim2018", ...)`.
"""

import contextlib
import importlib
from typing import Any

from keras_blur.errors import BlurError, unknown

BUILDERS = (
    "blur_demo",
    "cuhk_blur",
    "lfsd_focus",
    "photos",
    "blur_db1",
    "blur_db2",
    "schuster_composites",
    "schuster_patches",
    "kim_composites",
    "purohit_patches",
    "zeng_patches",
    "realistic_composites",
    "field_scenes",
)


def builder_class(name: str) -> Any:
    """The TFDS builder called `name`.

    Raises:
        UsageError: there is none of that name.
        BlurError: TensorFlow Datasets is not installed.
    """
    if name not in BUILDERS:
        raise unknown("data set", name, BUILDERS)
    try:
        return importlib.import_module(f"tfds_builders.{name}.{name}_dataset_builder").Builder
    except ModuleNotFoundError as error:
        raise BlurError(
            f"building a data set needs {error.name}: install it with pip install 'keras-blur[data]'"
        ) from error


class Provider:
    """How TensorFlow Datasets finds the builders; each is imported when it is asked for."""

    def has_dataset(self, name: str) -> bool:
        """Whether there is a builder called `name`."""
        return name in BUILDERS

    def get_builder_cls(self, name: str) -> Any:
        """The builder called `name`."""
        return builder_class(name)


with contextlib.suppress(ModuleNotFoundError):  # without the extra `data` nothing can be built
    from tensorflow_datasets.core import registered

    registered.add_dataset_builder_provider(Provider(), index=0)
