import cv2
import numpy as np
import pytest
import scipy.fft

from keras_blur.classical import park2017
from keras_blur.synthesis import kernels
from keras_blur.synthesis.blur import blur_photo

SIDES = (park2017.LARGE, park2017.SMALL)


def noise(count, side, seed=0):
    return np.random.default_rng(seed).random((count, side, side), np.float32)


@pytest.mark.parametrize(("side", "size"), [(27, 32), (15, 16)])
def test_rings_are_means_of_the_padded_cosine_transform(side, size):
    patch = noise(1, side)
    padded = np.zeros((size, size), np.float32)
    padded[:side, :side] = patch[0]
    coefficients = np.abs(scipy.fft.dctn(padded, norm="ortho"))
    bins = park2017.BINS[side]
    width = np.hypot(size - 1, size - 1) / bins
    expected = np.zeros(bins)
    for ring in range(bins):
        members = [
            coefficients[v, u]
            for v in range(size)
            for u in range(size)
            if (ring - 0.1) * width <= np.hypot(u, v) <= (ring + 1.1) * width
        ]
        expected[ring] = np.mean(members)
    np.testing.assert_allclose(park2017.ring_means(patch)[0], expected, rtol=1e-3)


@pytest.mark.parametrize("side", SIDES)
def test_histogram_counts_every_slope_once(side):
    counts = park2017.slope_histogram(noise(4, side))
    assert counts.shape == (4, park2017.BINS[side])
    assert (counts.sum(axis=1) == (side - 1) ** 2).all()
    ramp = np.broadcast_to(np.linspace(0, 1, side, dtype=np.float32), (1, side, side))
    slope = 1 / (side - 1) / np.sqrt(2)
    assert park2017.slope_histogram(ramp)[0, int(slope * park2017.BINS[side])] == (side - 1) ** 2


@pytest.mark.parametrize("side", SIDES)
def test_singular_values_of_a_product_are_one(side):
    vector = np.random.default_rng(1).random(side).astype(np.float32)
    found = park2017.singular_values(np.outer(vector, vector)[None])[0]
    assert found.shape == (park2017.BINS[side],)
    np.testing.assert_allclose(found, [vector @ vector, *np.zeros(len(found) - 1)], atol=1e-4)
    assert (np.diff(park2017.singular_values(noise(1, side))[0]) <= 0).all()


@pytest.mark.parametrize("side", SIDES)
def test_features_have_the_papers_slots(side):
    found = park2017.features(noise(3, side)).reshape(3, 3, park2017.SLOTS)
    assert park2017.SLOTS == 40
    parts = {27: found[..., :26], 15: found[..., 26:]}
    used, unused = parts.pop(side), next(iter(parts.values()))
    assert (unused == 0).all() and (used[..., -1] == 1).all()
    np.testing.assert_allclose(used[..., :-1].sum(axis=-1), 1, rtol=1e-5)
    assert (used >= 0).all()


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("value", [0, 0.4, 1])
def test_even_patches_have_finite_features(side, value):
    found = park2017.features(np.full((1, side, side), value, np.float32))
    assert np.isfinite(found).all() and found.max() <= 1


def test_features_are_of_each_patch_alone():
    patches = noise(5, 27)
    each = np.concatenate([park2017.features(patch[None]) for patch in patches])
    np.testing.assert_allclose(park2017.features(patches), each, atol=1e-5)
    assert park2017.features(patches[:0]).shape == (0, park2017.FEATURES)


def test_other_sides_are_refused():
    with pytest.raises(ValueError, match="values: expected shape"):
        park2017.features(noise(1, 21))


def test_blur_moves_the_features_to_low_frequencies_small_slopes_and_few_values():
    step = np.zeros((60, 60, 3), np.uint8)
    step[:, 30:] = 200
    step = cv2.add(step, np.random.default_rng(0).integers(0, 30, step.shape, dtype=np.uint8))
    centroids = []
    for sigma in (0, 1, 2):
        image = blur_photo(step, kernels.gaussian(sigma))
        found = park2017.features(park2017.grey(image[16:43, 16:43])[None]).reshape(3, 40)[:, :25]
        centroids.append(found @ np.arange(25))
    assert (np.diff(centroids, axis=0) < 0).all()


def test_patches_are_the_surroundings_mirrored_at_the_border():
    image = np.random.default_rng(2).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    places = np.array([[0, 0], [10, 12], [19, 29]])
    found = park2017.patches(image, places, 15)
    padded = np.pad(image, ((7, 7), (7, 7), (0, 0)), mode="symmetric")
    for patch, (y, x) in zip(found, places, strict=True):
        np.testing.assert_array_equal(patch, padded[y : y + 15, x : x + 15])
        np.testing.assert_array_equal(patch[7, 7], image[y, x])


def test_strong_edges_get_small_patches_and_weak_ones_large():
    image = np.zeros((80, 120, 3), np.uint8)
    image[:, 40:80] = 200
    image[:, 80:] = 240  # a fifth of the strong edge: above the weak threshold, below the strong one
    places, sides = park2017.edges(image)
    strong = np.abs(places[:, 1] - 40) < 4
    assert (sides[strong] == park2017.SMALL).all() and (sides[~strong] == park2017.LARGE).all()
    assert (np.abs(places[~strong, 1] - 80) < 4).all() and 0 < strong.sum() < len(strong)


@pytest.mark.parametrize("shape", [(1, 1), (40, 2), (50, 60)])
def test_even_photos_have_no_edges(shape):
    places, sides = park2017.edges(np.full((*shape, 3), 90, np.uint8))
    assert places.shape == (0, 2) and sides.shape == (0,)


def test_the_edges_do_not_depend_on_contrast():
    image = np.random.default_rng(3).integers(0, 128, (20, 20, 3), dtype=np.uint8)
    image = cv2.resize(image, (80, 80), interpolation=cv2.INTER_NEAREST)
    np.testing.assert_array_equal(park2017.edges(image)[0], park2017.edges(2 * image)[0])


def test_inputs_widen_small_patches_by_their_borders():
    image = np.random.default_rng(4).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    places, sides = np.array([[20, 20], [20, 20]]), np.array([park2017.LARGE, park2017.SMALL])
    pictures, measured = park2017.inputs(image, places, sides)
    assert pictures.shape == (2, 27, 27, 3) and measured.shape == (2, park2017.FEATURES)
    np.testing.assert_array_equal(pictures[1, 6:21, 6:21], pictures[0, 6:21, 6:21])
    np.testing.assert_array_equal(pictures[1, 0, 0], image[13, 13])
    small = park2017.grey(image[13:28, 13:28])[None]
    np.testing.assert_allclose(measured[1], park2017.features(small)[0], atol=1e-6)


def test_the_dense_map_follows_the_photos_regions():
    image = np.full((60, 80, 3), 60, np.uint8)
    image[:, 40:] = 190
    places = np.array([[10, 10], [30, 20], [50, 10], [10, 70], [30, 60], [50, 70]])
    sigmas = np.float32([0.5] * 3 + [2.0] * 3)
    found = park2017.dense_map(image, places, sigmas, np.ones(6, np.float32))
    assert found.shape == (60, 80) and found.dtype == np.float32
    assert found.min() >= 0.5 and found.max() <= 2
    assert found[:, :34].max() < 0.8 and found[:, 46:].min() > 1.7


def test_confident_neighbours_count_more():
    image = np.full((40, 40, 3), 100, np.uint8)
    places, sigmas = np.array([[20, 18], [20, 22]]), np.float32([0.5, 2.0])
    found = [park2017.dense_map(image, places, sigmas, np.float32([1, c])).mean() for c in (0.1, 1, 9)]
    np.testing.assert_allclose(found, [0.5 + 1.5 * c / (1 + c) for c in (0.1, 1, 9)], atol=0.03)
