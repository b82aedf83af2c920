import numpy as np
import pytest
from made_up import Examples, make_squares

from keras_blur import data, labels
from keras_blur.classical import park2017
from keras_blur.data import augmentation, edge_patches
from keras_blur.data.augmentation import AugmentationConfig
from keras_blur.errors import BlurError


def batches(**options):
    options = {"config": augmentation.NONE, **options}
    return data.make_training_batches(make_squares(), 27, 27, 16, kind="edge_patches", **options)


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
    sharp, blurred, _ = make_squares()
    places, sides = edge_patches.find_sharp_edges(sharp)
    assert len(places) and not len(edge_patches.find_sharp_edges(blurred)[0])
    half = edge_patches.WINDOW // 2
    assert places.min() >= half and (places[:, 0] < 120 - half).all() and (places[:, 1] < 90 - half).all()
    assert set(sides) <= {park2017.LARGE, park2017.SMALL}


def test_a_higher_class_is_more_blur():
    made = batches(samples=400)
    slopes = {label: [] for label in range(len(park2017.SIGMAS))}
    for position in range(400):
        (patch, _), label = made.sample(0, position)
        slopes[int(label[0, 0])].append(np.abs(np.diff(patch[8:19, 8:19], axis=0)).max())
    means = [np.mean(values) for values in slopes.values()]
    assert np.corrcoef(means, np.arange(len(means)))[0, 1] < -0.9


def test_augmentation_is_applied():
    plain, noisy = (
        batches(config=config)[0][0][0]
        for config in (
            augmentation.NONE,
            AugmentationConfig(0, crop=0, colour=0, grey=0, noise=1, noise_level=20),
        )
    )
    assert 0.3 < np.abs(plain - noisy).mean() < 20


def test_the_rest_of_a_validation_batch_is_void():
    made = data.make_validation_batches(make_squares(), 27, 27, 20, kind="edge_patches")
    assert len(made) == 5  # of 3 times 32 patches
    (patches, features), classes = made[4]
    assert (classes[16:] == labels.VOID).all() and (classes[:16] != labels.VOID).all()
    assert patches.shape[0] == features.shape[0] == 20


def test_photos_without_sharp_edges_are_refused():
    photos = Examples(make_squares()[1:2])
    with pytest.raises(BlurError, match="made_up, split train: no photo has an edge in a sharp part"):
        data.make_validation_batches(photos, 27, 27, 4, kind="edge_patches")
