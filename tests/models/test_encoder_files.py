"""Files of an encoder's weights that are no such files: each is one line."""

import io

import numpy as np
import pytest

from keras_blur.errors import BlurError
from keras_blur.models.encoders.weights import read_arrays


def saved(save, value):
    file = io.BytesIO()
    save(file, value)
    return file.getvalue()


def with_compression(content, number):
    content = bytearray(content)
    for signature, offset in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        place = content.index(signature) + offset
        content[place : place + 2] = number.to_bytes(2, "little")
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no zip",
        b"PK\5\6",
        saved(np.save, np.zeros(3)),
        with_compression(saved(np.savez, np.zeros(3)), 99),
        with_compression(saved(np.savez, np.zeros(3)), 8),
        saved(np.savez, np.array([object()])),
    ],
    ids=["empty", "text", "half", "npy", "unknown compression", "wrong compression", "objects"],
)
def test_what_is_no_archive_of_arrays_is_one_line(tmp_path, content):
    (tmp_path / "weights.npz").write_bytes(content)
    with pytest.raises(BlurError, match=r"encoder_weights: cannot read .*weights\.npz as \.npz: .") as caught:
        read_arrays(tmp_path / "weights.npz")
    assert "\n" not in str(caught.value)
