import dataclasses

import numpy as np
import pytest
from systems.test_systems import PAD, SIZES, STRETCH, MeanNetwork, SidedNetwork, photo

from keras_blur import models
from keras_blur.contract import Contract
from keras_blur.processing.edges import follow_edges
from keras_blur.systems.refined import SIDE, RefinedSystem


@pytest.mark.parametrize("contract", [STRETCH, PAD], ids=["stretch", "pad"])
@pytest.mark.parametrize("size", SIZES)
def test_refined_maps_are_blur_maps_at_the_photos_size(contract, size):
    blur_map = RefinedSystem(MeanNetwork(), contract).blur_map(photo(*size))
    assert blur_map.shape == (*size, 3) and blur_map.dtype == np.float32
    np.testing.assert_allclose(blur_map.sum(axis=-1), 1, atol=1e-5)
    assert np.isfinite(blur_map).all() and blur_map.min() >= 0


def test_refined_maps_of_large_photos_stay_small():
    blur_map = RefinedSystem(MeanNetwork(), PAD).blur_map(photo(900, 1300))
    assert max(blur_map.shape) == SIDE


def test_a_stretched_network_is_asked_at_three_sizes_and_mirrored():
    network = MeanNetwork()
    RefinedSystem(network, Contract("a", height=352, width=352, output_stride=4)).blur_map(photo(40, 40))
    sides = [shape[1] for shape in network.shapes]
    assert sorted(sides) == [256, 256, 352, 352, 448, 448]


def test_small_photos_stay_small_at_every_size():
    network = MeanNetwork()
    contract = Contract("a", height=704, width=704, multiple=64, max_enlargement=1.25, output_stride=4)
    blur_map = RefinedSystem(network, contract).blur_map(photo(200, 300))
    assert blur_map.shape == (200, 300, 3)
    assert sorted({shape[1] for shape in network.shapes}) == [256, 320, 448]


def test_a_mirrored_photo_gives_the_mirrored_map():
    system, image = RefinedSystem(SidedNetwork(), PAD), photo(64, 80)
    mirrored = system.blur_map(image[:, ::-1])
    np.testing.assert_allclose(system.blur_map(image), mirrored[:, ::-1], atol=1e-4)


def test_the_mobile_network_takes_all_the_sizes():
    contract = dataclasses.replace(models.contract("mobile").with_size(192), max_enlargement=1.25)
    system = RefinedSystem(models.build("mobile"), contract)
    for size in ((200, 240), (50, 60), (200, 240)):
        blur_map = system.blur_map(photo(*size))
        assert blur_map.shape == (*size, 3) and np.isfinite(blur_map).all()


def step(size=60, column=30):
    return np.where(np.arange(size) < column, 1.0, 0.0)[None].repeat(size, 0).astype(np.float32)


def test_a_border_moves_to_the_photos_edge():
    """The map's border is 4 pixels off and soft; the photo's edge is at column 30."""
    image = np.repeat((255 * step(column=30))[..., None], 3, axis=2).astype(np.uint8)
    soft = np.clip((34 - np.arange(60)) / 12 + 0.5, 0, 1)[None].repeat(60, 0).astype(np.float32)
    blur_map = np.stack([soft, 1 - soft], axis=-1)
    fitted = follow_edges(blur_map, image)[..., 0]
    truth = step(column=30) > 0.5
    assert ((fitted > 0.5) == truth).mean() > ((soft > 0.5) == truth).mean() + 0.03
    # The jump across the edge is steeper than the map's own slope of 1/12 a pixel.
    assert (fitted[:, 29] - fitted[:, 30]).min() > 0.2


def test_a_constant_map_and_a_flat_photo_change_nothing():
    rng = np.random.default_rng(0)
    constant = np.full((30, 40, 3), (0.2, 0.3, 0.5), np.float32)
    noise = rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)
    np.testing.assert_allclose(follow_edges(constant, noise), constant, atol=1e-5)
    linear = np.linspace(0.2, 0.8, 40, dtype=np.float32)[None].repeat(30, 0)
    smooth = follow_edges(np.stack([linear, 1 - linear], -1), np.full((30, 40, 3), 90, np.uint8))
    np.testing.assert_allclose(smooth[:, 17:-17, 0], linear[:, 17:-17], atol=1e-4)


def test_another_size_is_refused():
    with pytest.raises(ValueError, match="expected the map's size"):
        follow_edges(np.zeros((4, 4, 3), np.float32), np.zeros((4, 5, 3), np.uint8))
