"""A photo's way into a network and back: nothing shifted, nothing lost, no padding left."""

import numpy as np
import pytest

from keras_blur.contract import Contract
from keras_blur.processing import (
    argmax_mask,
    blurred_picture,
    limit_side,
    limited_size,
    place,
    prepare,
    resize,
    resize_map,
    restore,
)

SIZES = [(1, 1), (1, 37), (8, 8), (33, 47), (64, 64), (65, 130), (300, 200)]
STRETCH = Contract("n", height=48, width=64, output_stride=4)
PAD = Contract("n", resize="pad", multiple=32, max_side=128, output_stride=8)


def photo(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def random_map(height, width, channels=3, seed=0):
    raw = np.random.default_rng(seed).random((height, width, channels), dtype=np.float32) ** 3 + 1e-3
    return raw / raw.sum(axis=-1, keepdims=True)


def ramps(height, width):
    """Two channels that grow linearly from edge to edge: their value tells the place."""
    row, column = ((np.arange(side) + 0.5) / side for side in (height, width))
    return np.stack(np.broadcast_arrays(row[:, None], column[None, :]), axis=-1).astype(np.float32)


@pytest.mark.parametrize("size", SIZES)
def test_stretch_fills_the_input(size):
    pixels, placement = prepare(photo(*size), STRETCH)
    assert pixels.shape == (1, 48, 64, 3) and pixels.dtype == np.float32
    assert (placement.photo_height, placement.photo_width) == size
    assert (placement.height, placement.width) == (48, 64)
    assert pixels.min() >= 0 and pixels.max() <= 255
    assert (pixels == np.rint(pixels)).all()


@pytest.mark.parametrize(
    ("size", "expected"),
    [((64, 48), (48, 64)), ((32, 40), (48, 48)), ((33, 20), (40, 40)), ((9, 9), (8, 8)), ((1, 1), (8, 8))],
)
def test_a_small_photo_gets_a_small_input_where_it_must_not_grow(size, expected):
    contract = Contract("n", height=48, width=64, multiple=8, max_enlargement=1.25)
    pixels, placement = prepare(photo(*size), contract)
    assert pixels.shape[1:3] == expected == (placement.height, placement.width)
    np.testing.assert_array_equal(restore(pixels[0], placement), pixels[0])


@pytest.mark.parametrize("size", SIZES)
def test_pad_keeps_small_photos_and_shrinks_large_ones(size):
    image = photo(*size)
    pixels, placement = prepare(image, PAD)
    assert pixels.shape[1] % 32 == 0 and pixels.shape[2] % 32 == 0
    assert max(placement.height, placement.width) <= 128
    assert pixels.shape[1] - placement.height < 32 and pixels.shape[2] - placement.width < 32
    if max(size) <= 128:
        np.testing.assert_array_equal(pixels[0, : size[0], : size[1]], image)
    else:
        assert placement.height / placement.width == pytest.approx(size[0] / size[1], rel=0.02)


def test_padding_mirrors_without_repeating_the_edge():
    image = photo(40, 50)
    pixels = prepare(image, PAD)[0][0]
    np.testing.assert_array_equal(pixels[40:, :50], image[38:14:-1])
    np.testing.assert_array_equal(pixels[:40, 50:], image[:, 48:34:-1])


def test_a_photo_smaller_than_its_padding_is_mirrored_again_and_again():
    pixels = prepare(photo(8, 1), PAD)[0][0]
    assert pixels.shape == (32, 32, 3)
    np.testing.assert_array_equal(pixels[14:22], pixels[:8])
    np.testing.assert_array_equal(pixels[:, 31], pixels[:, 0])


def test_flat_photos_stay_flat():
    image = np.full((77, 133, 3), 93, np.uint8)
    for contract in (STRETCH, PAD):
        assert (prepare(image, contract)[0] == 93).all()


def test_shrinking_averages_areas():
    # A one-pixel checkerboard shrinks to grey; bilinear or nearest sampling would alias.
    board = (np.indices((480, 640)).sum(axis=0) % 2 * 255).astype(np.uint8)[..., None].repeat(3, axis=-1)
    pixels = prepare(board, STRETCH)[0]
    assert abs(pixels - 127.5).max() <= 1
    thin = board[:4]  # its height grows while its width shrinks
    assert abs(prepare(thin, STRETCH)[0] - 127.5).max() <= 1


def test_resize_keeps_places():
    for size in ((7, 9), (90, 11), (64, 128), (40, 40)):
        resized = resize(ramps(40, 40), *size)
        expected = ramps(*size)
        assert abs(resized - expected).max() < 0.013  # half an old pixel, at the edges


@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 1), (20, 30, 2), (20, 30, 4)])
def test_resize_keeps_axes_and_dtype(shape):
    for dtype in (np.uint8, np.float32):
        assert resize(np.ones(shape, dtype), 5, 60).shape == (5, 60, *shape[2:])
        assert resize(np.ones(shape, dtype), 5, 60).dtype == dtype


def test_limited_size():
    assert limited_size(100, 50, 0) == (100, 50)
    assert limited_size(100, 50, 100) == (100, 50)
    assert limited_size(101, 50, 100) == (100, 50)  # 49.505 rounds up
    assert limited_size(10000, 1, 100) == (100, 1)
    assert limit_side(photo(30, 90), 45).shape == (15, 45, 3)


@pytest.mark.parametrize("contract", [STRETCH, PAD], ids=["stretch", "pad"])
@pytest.mark.parametrize("size", SIZES)
def test_restored_map_covers_exactly_the_photo(size, contract):
    """The output tells where each of its cells lies in the photo; restoring must keep that true."""
    placement = place(*size, contract)
    stride = contract.output_stride
    rows, columns = placement.input_height // stride, placement.input_width // stride
    centres = ramps(rows, columns) * (placement.input_height, placement.input_width)
    output = (centres / (placement.height, placement.width)).astype(np.float32)  # in fractions of the photo
    restored = restore(output, placement)
    cell = max(stride / placement.height, stride / placement.width)
    assert abs(restored - ramps(*restored.shape[:2])).max() <= 0.5 * cell + 1e-5
    assert restored.shape[0] == -(-placement.height // stride)
    assert restored.shape[1] == -(-placement.width // stride)


@pytest.mark.parametrize("contract", [STRETCH, PAD], ids=["stretch", "pad"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("channels", [2, 3])
def test_probabilities_sum_to_one_all_the_way(size, contract, channels):
    placement = place(*size, contract)
    stride = contract.output_stride
    output = random_map(placement.input_height // stride, placement.input_width // stride, channels)
    restored = restore(output, placement)
    assert restored.dtype == np.float32 and restored.shape[2] == channels
    full = resize_map(restored, *size)
    assert full.shape == (*size, channels) and full.dtype == np.float32
    for values in (restored, full):
        np.testing.assert_allclose(values.sum(axis=-1), 1, atol=1e-5)
        assert values.min() >= 0


def test_padding_never_reaches_the_map():
    for height in (32, 40, 41, 47, 63):
        placement = place(height, height, PAD)
        for stride in (1, 8):
            side = placement.input_height // stride
            output = np.zeros((side, side, 3), np.float32)
            first_padded = -(-height // stride)  # cells wholly inside the padding
            output[first_padded:] = output[:, first_padded:] = np.nan
            assert np.isfinite(restore(output, placement)).all()


def test_stride_one_round_trip_is_exact():
    contract = Contract("n", resize="pad", multiple=16)
    image = photo(37, 53)
    pixels, placement = prepare(image, contract)
    np.testing.assert_array_equal(restore(pixels[0], placement), image)


def test_a_stretched_map_is_left_as_it_is():
    output = random_map(12, 16)
    np.testing.assert_array_equal(restore(output, place(333, 100, STRETCH)), output)


def test_wrong_images_and_contracts_are_refused():
    for image in (np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8), [1]):
        with pytest.raises(ValueError, match="image: expected"):
            prepare(image, STRETCH)
    with pytest.raises(ValueError, match="value_range"):
        prepare(photo(4, 4), Contract("n", height=4, width=4, value_range=(0, 1)))
    with pytest.raises(ValueError, match="'BGR'"):
        prepare(photo(4, 4), Contract("n", height=4, width=4, channels="BGR"))
    with pytest.raises(ValueError, match="probabilities: expected shape"):
        restore(np.zeros((1, 4, 4, 3), np.float32), place(4, 4, STRETCH))


def test_blurred_picture_is_the_probability_in_8_bit():
    blur_map = random_map(9, 13)
    for size in ((9, 13), (200, 311), (4, 5)):
        picture = blurred_picture(blur_map, *size)
        exact = 255 * (1 - resize_map(blur_map, *size)[..., 0])
        assert picture.dtype == np.uint8 and picture.shape == size
        assert abs(picture - exact).max() <= 1.5
    certain = np.array([[[0, 1]]], np.float32)
    assert (blurred_picture(certain, 5, 6) == 255).all()
    assert (blurred_picture(1 - certain, 5, 6) == 0).all()


def test_argmax_mask_with_and_without_threshold():
    blur_map = np.array([[[0.4, 0.3, 0.3], [0.4, 0.25, 0.35], [0.6, 0.4, 0.0], [0.1, 0.8, 0.1]]], np.float32)
    np.testing.assert_array_equal(argmax_mask(blur_map), [[0, 0, 0, 1]])
    np.testing.assert_array_equal(argmax_mask(blur_map, 0.5), [[1, 2, 0, 1]])
    np.testing.assert_array_equal(argmax_mask(blur_map, 0.3), [[1, 2, 1, 1]])
    with pytest.raises(ValueError, match=r"expected shape \(h, w, 3\)"):
        argmax_mask(blur_map[..., :2])
