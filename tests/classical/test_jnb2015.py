"""JNB against orthogonal matching pursuit and by property."""

import itertools

import cv2
import numpy as np
import pytest

from keras_blur.classical import images
from keras_blur.classical.jnb2015 import ATOMS, RESIDUAL, SIDE, atom_counts, jnb2015


@pytest.fixture
def noise():
    return np.random.default_rng(0).integers(0, 256, (24, 32), dtype=np.uint8)


def pursuit(patch, dictionary):
    """How many atoms orthogonal matching pursuit takes from the dictionary's columns."""
    chosen, rest = [], patch
    while np.linalg.norm(rest) > RESIDUAL and len(chosen) < ATOMS:
        chosen.append(int(np.argmax(np.abs(dictionary.T @ rest))))
        some = dictionary[:, chosen]
        rest = patch - some @ np.linalg.lstsq(some, patch, rcond=None)[0]
    return len(chosen)


def test_equals_matching_pursuit(noise):
    photo = cv2.GaussianBlur(noise, (0, 0), 0.7)[:12, :14]
    basis = images.cosines(SIDE).astype(float)
    dictionary = np.kron(basis, basis).T
    padded = np.pad(photo, (3, 4), mode="symmetric").astype(float)
    expected = [
        [pursuit(padded[r : r + SIDE, c : c + SIDE].ravel(), dictionary) for c in range(14)]
        for r in range(12)
    ]
    np.testing.assert_array_equal(atom_counts(photo), expected)


def test_flat_patches_by_hand():
    # A flat patch of level g has the norm 8 g: nothing is needed below 18.4 / 8 = 2.3, else one atom.
    assert np.all(atom_counts(np.full((9, 9), 2, np.uint8)) == 0)
    assert np.all(atom_counts(np.full((9, 9), 3, np.uint8)) == 1)
    np.testing.assert_allclose(jnb2015(np.zeros((9, 9), np.uint8)), 1)
    np.testing.assert_allclose(
        jnb2015(np.full((9, 9, 3), 90, np.uint8)), 1 - np.log(2) / np.log(65), rtol=1e-5
    )


def test_rises_with_blur(noise):
    photos = [noise, *(cv2.GaussianBlur(noise, (0, 0), sigma) for sigma in (0.7, 1.2, 2, 4))]
    for sharper, softer in itertools.pairwise(photos):
        assert jnb2015(sharper).mean() < jnb2015(softer).mean()


def test_finds_the_blurred_half(noise):
    half = noise.copy()
    half[:, 16:] = cv2.GaussianBlur(noise, (0, 0), 3)[:, 16:]
    blurred = jnb2015(half)
    assert blurred[:, :10].max() < blurred[:, 22:].min()


def test_grey_equals_its_rgb(noise):
    np.testing.assert_array_equal(jnb2015(noise), jnb2015(np.dstack([noise] * 3)))


@pytest.mark.parametrize("shape", [(1, 1), (1, 20), (20, 1, 3), (5, 6, 3)])
def test_any_size(shape):
    found = jnb2015(np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8))
    assert found.shape == shape[:2] and found.dtype == np.float32
    assert np.isfinite(found).all() and found.min() >= 0 and found.max() <= 1


def test_bad_images_are_named(noise):
    with pytest.raises(ValueError, match="uint8"):
        jnb2015(noise / 255)
