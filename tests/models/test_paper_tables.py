"""The papers' layers, from their tables and not from the code: kernel side, channels in, channels out.

The networks are built at a sixteenth of their width; `CLASSES` stands for the number of classes.
"""

import keras
import pytest

from keras_blur import models

SHRINK = 16
CLASSES = 3
VGG16 = {
    "block1_conv1": (3, 3, 64),
    "block1_conv2": (3, 64, 64),
    "block2_conv1": (3, 64, 128),
    "block2_conv2": (3, 128, 128),
    "block3_conv1": (3, 128, 256),
    "block3_conv2": (3, 256, 256),
    "block3_conv3": (3, 256, 256),
    "block4_conv1": (3, 256, 512),
    "block4_conv2": (3, 512, 512),
    "block4_conv3": (3, 512, 512),
    "block5_conv1": (3, 512, 512),
    "block5_conv2": (3, 512, 512),
    "block5_conv3": (3, 512, 512),
}
FCN8S = {
    "dense6": (7, 512, 4096),
    "dense7": (1, 4096, 4096),
    "score_pool5": (1, 4096, CLASSES),
    "up_pool4": (4, CLASSES, CLASSES),
    "score_pool4": (1, 512, CLASSES),
    "up_pool3": (4, CLASSES, CLASSES),
    "score_pool3": (1, 256, CLASSES),
}
PAPERS = {
    "kim2018": {
        "up1": (3, 512, 512),
        "skip1": (1, 512, 512),
        "decoder1_conv1": (3, 512, 512),
        "decoder1_conv2": (3, 512, 512),
        "decoder1_conv3": (3, 512, 512),
        "logits_stride8": (1, 512, CLASSES),
        "up2": (3, 512, 256),
        "skip2": (1, 256, 256),
        "decoder2_conv1": (3, 256, 256),
        "decoder2_conv2": (3, 256, 256),
        "decoder2_conv3": (3, 256, 256),
        "logits_stride4": (1, 256, CLASSES),
        "up3": (3, 256, 128),
        "skip3": (1, 128, 128),
        "decoder3_conv1": (3, 128, 128),
        "decoder3_conv2": (3, 128, 128),
        "logits_stride2": (1, 128, CLASSES),
        "up4": (3, 128, 64),
        "skip4": (1, 64, 64),
        "decoder4_conv1": (3, 64, 64),
        "decoder4_conv2": (3, 64, 64),
        "logits_stride1": (1, 64, CLASSES),
    },
    "bdnet2020": {
        "head_conv1": (3, 2048, 1024),
        "head_conv2": (1, 1024, 1024),
        "score_stride32": (1, 1024, CLASSES),
        "up_stride16": (4, CLASSES, CLASSES),
        "skip_stride16": (1, 1024, CLASSES),
        "up_stride8": (4, CLASSES, CLASSES),
        "skip_stride8": (1, 512, CLASSES),
        "up_stride4": (4, CLASSES, CLASSES),
        "skip_stride4": (1, 256, CLASSES),
        "up_stride2": (4, CLASSES, CLASSES),
        "skip_stride2": (1, 64, CLASSES),
    },
    "dbm2018": {**VGG16, "score": (1, 512, CLASSES), "up": (32, CLASSES, CLASSES)},
    "dss": {
        **VGG16,
        "side6_conv1": (7, 512, 512),
        "side6_conv2": (7, 512, 512),
        "side6_score": (1, 512, CLASSES),
        "side5_conv1": (5, 512, 512),
        "side5_conv2": (5, 512, 512),
        "side5_score": (1, 512, CLASSES),
        "side4_conv1": (5, 512, 256),
        "side4_conv2": (5, 256, 256),
        "side4_score": (1, 256, CLASSES),
        "side4_mixed": (1, 3 * CLASSES, CLASSES),  # its own, 6, 5
        "side3_conv1": (5, 256, 256),
        "side3_conv2": (5, 256, 256),
        "side3_score": (1, 256, CLASSES),
        "side3_mixed": (1, 3 * CLASSES, CLASSES),
        "side2_conv1": (3, 128, 128),
        "side2_conv2": (3, 128, 128),
        "side2_score": (1, 128, CLASSES),
        "side2_mixed": (1, 5 * CLASSES, CLASSES),  # its own, 6, 5, 4, 3
        "side1_conv1": (3, 64, 128),
        "side1_conv2": (3, 128, 128),
        "side1_score": (1, 128, CLASSES),
        "side1_mixed": (1, 5 * CLASSES, CLASSES),
        "fused": (1, 6 * CLASSES, CLASSES),
    },
    "fcn8s": {**VGG16, **FCN8S},
    "fcn2s": {
        **VGG16,
        **FCN8S,
        "up_pool2": (4, CLASSES, CLASSES),
        "score_pool2": (1, 128, CLASSES),
        "up_pool1": (4, CLASSES, CLASSES),
        "score_pool1": (1, 64, CLASSES),
    },
    "segnet": {
        **VGG16,
        "decoder5_conv1": (3, 512, 512),
        "decoder5_conv2": (3, 512, 512),
        "decoder5_to4_conv1": (3, 512, 512),
        "decoder4_conv1": (3, 512, 512),
        "decoder4_conv2": (3, 512, 512),
        "decoder4_to3_conv1": (3, 512, 256),
        "decoder3_conv1": (3, 256, 256),
        "decoder3_conv2": (3, 256, 256),
        "decoder3_to2_conv1": (3, 256, 128),
        "decoder2_conv1": (3, 128, 128),
        "decoder2_to1_conv1": (3, 128, 64),
        "decoder1_conv1": (3, 64, 64),
        "logits": (3, 64, CLASSES),
    },
    "unet": {
        "encoder0_conv1": (3, 3, 64),
        "encoder0_conv2": (3, 64, 64),
        "encoder1_conv1": (3, 64, 128),
        "encoder1_conv2": (3, 128, 128),
        "encoder2_conv1": (3, 128, 256),
        "encoder2_conv2": (3, 256, 256),
        "encoder3_conv1": (3, 256, 512),
        "encoder3_conv2": (3, 512, 512),
        "bottom_conv1": (3, 512, 1024),
        "bottom_conv2": (3, 1024, 1024),
        "up3": (2, 1024, 512),
        "decoder3_conv1": (3, 1024, 512),
        "decoder3_conv2": (3, 512, 512),
        "up2": (2, 512, 256),
        "decoder2_conv1": (3, 512, 256),
        "decoder2_conv2": (3, 256, 256),
        "up1": (2, 256, 128),
        "decoder1_conv1": (3, 256, 128),
        "decoder1_conv2": (3, 128, 128),
        "up0": (2, 128, 64),
        "decoder0_conv1": (3, 128, 64),
        "decoder0_conv2": (3, 64, 64),
        "logits": (1, 64, CLASSES),
    },
}
# Pinned elsewhere, by comparison with keras.applications; DSS's enlargements are fixed.
OTHERS = {"kim2018": ("block",), "bdnet2020": ("conv",), "dss": tuple(f"side{side}_to" for side in range(7))}


def built(name):
    options = {"unet": {"filters": 64 // SHRINK}, "bdnet2020": {"depth": 14, "width": 1 / SHRINK}}
    return models.build(name, **options.get(name, {"width": 1 / SHRINK}))


def narrow(channels):
    return channels // SHRINK if channels >= 64 else channels


@pytest.mark.parametrize("name", PAPERS)
def test_layers_are_the_papers(name):
    kinds = (keras.layers.Conv2D, keras.layers.Conv2DTranspose)
    found = {
        layer.name: (layer.kernel_size[0], layer.input.shape[-1], layer.filters)
        for layer in built(name).layers
        if isinstance(layer, kinds) and not layer.name.startswith(OTHERS.get(name, "no such"))
    }
    assert found == {key: (side, *map(narrow, channels)) for key, (side, *channels) in PAPERS[name].items()}


@pytest.mark.parametrize(
    ("name", "kind", "joins"),
    [
        ("kim2018", keras.layers.Add, 4),
        ("unet", keras.layers.Concatenate, 4),
        ("bdnet2020", keras.layers.Add, 4),
    ],
)
def test_skips_are_summed_or_stacked_as_the_paper_says(name, kind, joins):
    layers = [layer for layer in built(name).layers if not layer.name.startswith("conv")]
    merges = [layer for layer in layers if isinstance(layer, keras.layers.Add | keras.layers.Concatenate)]
    assert [type(layer) for layer in merges] == [kind] * joins


def test_kim2018_takes_the_last_convolutions_of_the_blocks():
    network = built("kim2018")
    sources = [network.get_layer(f"skip{level}").input._keras_history.operation.name for level in range(1, 5)]
    assert sources == ["block4_conv4", "block3_conv4", "block2_conv2", "block1_conv2"]
