"""The converter of Kim's checkpoint, on one that a TensorFlow 1 graph of the authors' layers writes."""

import numpy as np
import pytest

from keras_blur import provenance, systems
from tools import kim2018_checkpoint

tf = pytest.importorskip("tensorflow")

WIDTH = 4  # channels of the first layer; 64 in the paper


class Graph:
    """Builds the network with the authors' names for variables; each has a random value."""

    def __init__(self, suffixes):
        self.suffixes = suffixes
        self.rng = np.random.default_rng(0)

    def variable(self, name, shape):
        scale = 0.2 if len(shape) == 1 else (2 / np.prod(shape[:3])) ** 0.5
        value = self.rng.normal(0, scale, shape).astype(np.float32)
        return tf.compat.v1.get_variable(f"Unified/{name}", initializer=value)

    def convolution(self, x, name, channels, side=3, relu=True):
        kernel, bias = self.suffixes
        w = self.variable(f"{name}/{kernel}", (side, side, int(x.shape[-1]), channels))
        x = tf.nn.conv2d(x, w, 1, "SAME") + self.variable(f"{name}/{bias}", (channels,))
        return tf.nn.relu(x) if relu else x

    def up(self, x, name, channels):
        w = self.variable(f"{name}/W_deconv2d", (3, 3, channels, int(x.shape[-1])))
        size = (1, 2 * int(x.shape[1]), 2 * int(x.shape[2]), channels)
        return tf.nn.conv2d_transpose(x, w, size, 2, "SAME") + self.variable(
            f"{name}/b_deconv2d", (channels,)
        )

    def logits(self, rgb):
        x = rgb[..., ::-1] - np.float32([103.939, 116.779, 123.68])
        skips = []
        for block, (factor, count) in enumerate(((1, 2), (2, 2), (4, 4), (8, 4), (8, 4)), 1):
            if block > 1:
                skips.append(x)
                x = tf.nn.max_pool2d(x, 2, 2, "SAME")
            for number in range(1, count + 1):
                x = self.convolution(x, f"VGG/conv{block}_{number}", factor * WIDTH)
        levels = (
            ("u4", 8, "f3_4", ("u34/c1", "u4/c2", "u4/c3"), "u4/loss3"),
            ("u3", 4, "f2_3", ("u3/c1", "u3/c2", "u3/c3"), "u3/loss2"),
            ("u2", 2, "f1_2", ("u2/c1", "u2/c2"), "u2/loss1"),
            ("u1", 1, "f0", ("u1/c1", "u1/c2"), "u1/c5"),
        )
        found = []
        for (up, factor, skip, convolutions, head), feature in zip(levels, reversed(skips), strict=True):
            channels = factor * WIDTH
            x = self.up(x, f"UNet/{up}/d", channels)
            x = tf.nn.relu(x + self.convolution(feature, f"UNet/{skip}/c1", channels, 1, relu=False))
            for name in convolutions:
                x = self.convolution(x, f"UNet/{name}", channels)
            found.append(self.convolution(x, f"UNet/{head}", 3, 1, relu=False))
        return found


def write(path, photo, suffixes=("W_conv2d", "b_conv2d")):
    """Writes the checkpoint and returns the logits of a photo, coarse to fine."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        logits = Graph(suffixes).logits(tf.constant(photo))
        tf.compat.v1.get_variable("Unified/VGG/conv1_1/W_conv2d/Adam", (3, 3, 3, WIDTH))
        session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.train.Saver().save(session, str(path))
        return session.run(logits)


@pytest.fixture
def photo():
    return np.random.default_rng(1).uniform(0, 255, (1, 32, 48, 3)).astype(np.float32)


@pytest.mark.parametrize("suffixes", [("W_conv2d", "b_conv2d"), ("kernel", "bias")])
@pytest.mark.parametrize("ending", ["", ".index"])
def test_the_network_answers_as_the_authors_graph(photo, suffixes, ending, tmp_path, capsys):
    expected = write(tmp_path / "final_model.ckpt", photo, suffixes)
    arguments = [str(tmp_path / f"final_model.ckpt{ending}"), str(tmp_path / "kim")]
    assert kim2018_checkpoint.main(arguments) == 0
    assert "weights" in capsys.readouterr().out
    network, _ = systems.load_network(tmp_path / "kim")
    for ours, theirs in zip(network(photo), expected, strict=True):
        np.testing.assert_allclose(np.asarray(ours), theirs, rtol=1e-3, atol=1e-3 * np.abs(theirs).max())
    assert provenance.training(tmp_path / "kim")["data"][0]["examples"] == 800


def test_every_weight_comes_from_the_checkpoint(photo, tmp_path):
    write(tmp_path / "final_model.ckpt", photo)
    variables = kim2018_checkpoint.read_checkpoint(tmp_path / "final_model.ckpt")
    network, options = kim2018_checkpoint.make_network(variables)
    assert options == {"width": WIDTH / 64}
    named = {weight.path.split("/")[0] for weight in network.trainable_weights}
    assert named == set(kim2018_checkpoint.LAYERS)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda found: found.pop("Unified/UNet/u3/d/b_deconv2d"), "a kernel and a bias below UNet/u3/d"),
        (
            lambda found: found.update({"Unified/UNet/u1/c5/W_conv2d": np.zeros((1, 1, WIDTH, 2), "f4")}),
            r"UNet/u1/c5 has a kernel of shape \(1, 1, 4, 2\)",
        ),
        (lambda found: found.clear(), "below VGG/conv1_1, found nothing"),
    ],
)
def test_another_checkpoint_is_named(change, expected, photo, tmp_path):
    write(tmp_path / "final_model.ckpt", photo)
    variables = kim2018_checkpoint.read_checkpoint(tmp_path / "final_model.ckpt")
    change(variables)
    with pytest.raises(kim2018_checkpoint.BlurError, match=expected):
        kim2018_checkpoint.make_network(variables)


def test_no_checkpoint_is_one_line(tmp_path, capsys):
    assert kim2018_checkpoint.main([str(tmp_path / "final_model.ckpt"), str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: cannot read the checkpoint") and error.count("\n") == 1
