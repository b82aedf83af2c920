import cv2
import numpy as np
import pytest

from keras_blur import labels
from keras_blur.classical import park2017
from keras_blur.data import edge_patches
from keras_blur.data.augmentation import AugmentationConfig
from keras_blur.data.catalog import Example
from keras_blur.errors import BlurError


class Photos(list):
    """Two photos of sharp squares on the left and blur on the right; a third one is blurred all over."""

    dataset, split, types = "squares", "train", ["defocus"] * 3

    def __init__(self):
        image = np.random.default_rng(0).integers(0, 256, (12, 18, 3), dtype=np.uint8)
        image = cv2.resize(image, (180, 120), interpolation=cv2.INTER_NEAREST)
        mask = np.zeros((120, 180), np.uint8)
        mask[:, 90:] = labels.DEFOCUS
        blurred = np.full_like(mask, labels.DEFOCUS)
        super().__init__(
            Example(image, truth, "defocus", str(number))
            for number, truth in enumerate((mask, blurred, mask))
        )


def batches(**options):
    return edge_patches.EdgePatches(Photos(), 27, 27, 16, shuffle=True, **options)


def test_a_batch_is_what_the_network_takes():
    (patches, features), classes = batches()[0]
    assert patches.shape == (16, 27, 27, 3) and patches.dtype == np.float32 and patches.min() >= 0
    assert features.shape == (16, park2017.FEATURES) and np.isfinite(features).all()
    assert classes.shape == (16, 1, 1) and classes.dtype == np.uint8
    assert classes.max() < len(park2017.SIGMAS) and len(np.unique(classes)) > 3


def test_a_batch_depends_on_nothing_but_its_number_and_seed():
    one, other = batches(seed=1, workers=1), batches(seed=1, workers=2)
    expected = [one[index] for index in range(3)][2]
    (patches, features), classes = other[2]
    np.testing.assert_array_equal(patches, expected[0][0])
    np.testing.assert_array_equal(features, expected[0][1])
    np.testing.assert_array_equal(classes, expected[1])
    assert not np.array_equal(batches(seed=2)[2][0][0], patches)


def test_the_sharp_parts_edges_alone_are_used_with_room_for_the_blur():
    made = batches()
    assert sorted(made._edges) == [0, 2], "photo 1 is blurred all over"
    places, sides = made._edges[0]
    half = edge_patches.WINDOW // 2
    assert places.min() >= half and (places[:, 0] < 120 - half).all() and (places[:, 1] < 90 - half).all()
    assert set(sides) <= {park2017.LARGE, park2017.SMALL}


def test_a_higher_class_is_more_blur():
    made = batches(samples=400)
    slopes = {label: [] for label in range(len(park2017.SIGMAS))}
    for position in range(400):
        (patch, _), label = made.sample(0, position, 0)
        slopes[int(label[0, 0])].append(np.abs(np.diff(patch[8:19, 8:19], axis=0)).max())
    means = [np.mean(values) for values in slopes.values()]
    assert np.corrcoef(means, np.arange(len(means)))[0, 1] < -0.95


def test_augmentation_is_applied():
    plain, noisy = (
        batches(augmentation_config=config)[0][0][0]
        for config in (None, AugmentationConfig(0, crop=0, colour=0, grey=0, noise=1, noise_level=20))
    )
    assert 0.3 < np.abs(plain - noisy).mean() < 20


def test_the_rest_of_a_validation_batch_is_void():
    made = edge_patches.EdgePatches(Photos(), 27, 27, 16, samples=20)
    assert made.num_batches == 2
    (patches, features), classes = made[1]
    assert (classes[4:] == labels.VOID).all() and (classes[:4] != labels.VOID).all()
    assert patches.shape[0] == features.shape[0] == 16


def test_photos_without_sharp_edges_are_refused():
    photos = Photos()
    del photos[0], photos[1]
    with pytest.raises(BlurError, match="squares, split train: no photo has an edge in a sharp part"):
        edge_patches.EdgePatches(photos, 27, 27, 4)
