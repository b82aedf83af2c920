import dataclasses

import numpy as np
import pytest

from keras_blur.data import augmentation
from keras_blur.synthesis import augment, kernels

GEOMETRY = dataclasses.replace(
    augmentation.NONE, flip_horizontal=0.5, flip_vertical=0.5, transpose=0.5, crop=1.0
)


@pytest.fixture
def photo():
    """A picture whose mask can be told from its colours: red = 1, blue = 2, else 0."""
    mask = np.zeros((60, 90), np.uint8)
    mask[:25, :40] = 1
    mask[30:, 50:] = 2
    image = np.full((60, 90, 3), 30, np.uint8)
    image[mask == 1] = (250, 0, 0)
    image[mask == 2] = (0, 0, 250)
    return image, mask


def test_no_augmentation_only_resizes(photo):
    image, mask = augmentation.augment(*photo, 60, 90, augmentation.NONE, np.random.default_rng(0))
    np.testing.assert_array_equal(image, photo[0])
    np.testing.assert_array_equal(mask, photo[1])


def test_geometry_moves_photo_and_mask_together(photo):
    for seed in range(40):
        image, mask = augmentation.augment(*photo, 64, 48, GEOMETRY, np.random.default_rng(seed))
        assert image.shape == (64, 48, 3) and mask.shape == (64, 48)
        told = np.where(image[..., 0] > 140, 1, np.where(image[..., 2] > 140, 2, 0))
        assert (told == mask).mean() > 0.93  # but for the border, where resizing mixes colours


@pytest.mark.parametrize("side", [128, 224, 352, 704])
def test_masks_are_not_shifted_against_photos(side):
    """A straight edge at every place: where the photo crosses the middle grey, the mask changes."""
    lags = []
    for column in range(200, 440, 3):
        mask = np.zeros((427, 640), np.uint8)
        mask[:, column:] = 1
        image = np.repeat(mask[..., np.newaxis] * np.uint8(200), 3, axis=2)
        image, mask = augmentation.augment(
            image, mask, side, side, augmentation.NONE, np.random.default_rng(0)
        )
        # Both are 0 up to the edge, so their sums tell where it is, in pixels of the result.
        lags.append((image[side // 2, :, 0] / 200.0).sum() - mask[side // 2].sum(dtype=np.float64))
    assert abs(np.mean(lags)) < 0.05


def test_an_axis_that_shrinks_is_averaged_though_the_other_grows():
    stripes = np.zeros((100, 640, 3), np.uint8)
    stripes[:, ::2] = 200
    mask = np.zeros((100, 640), np.uint8)
    image, _ = augmentation.augment(stripes, mask, 160, 320, augmentation.NONE, np.random.default_rng(0))
    assert np.ptp(image) == 0 and image[0, 0, 0] == 100


def test_all_eight_orientations_appear(photo):
    config = dataclasses.replace(GEOMETRY, crop=0.0)
    seen = {
        augmentation.augment(*photo, 30, 30, config, np.random.default_rng(seed))[1].tobytes()
        for seed in range(80)
    }
    assert len(seen) == 8


def test_native_crops_are_windows_of_the_photo(photo):
    config = dataclasses.replace(augmentation.NONE, crop=1.0, native_crop=True)
    image, mask = augmentation.augment(*photo, 20, 24, config, np.random.default_rng(3))
    windows = [
        (photo[0][r : r + 20, c : c + 24] == image).all() and (photo[1][r : r + 20, c : c + 24] == mask).all()
        for r in range(41)
        for c in range(67)
    ]
    assert any(windows)


def test_same_generator_same_sample_other_generator_another(photo):
    config = augmentation.AugmentationConfig(jpeg=0.5, whole_frame_blur=0.3, object_blur=0.3)

    def sample(seed):
        return augmentation.augment(*photo, 48, 48, config, np.random.default_rng(seed))

    for first, second in zip(sample(1), sample(1), strict=True):
        np.testing.assert_array_equal(first, second)
    assert any((sample(1)[0] != sample(s)[0]).any() for s in range(2, 5))


def test_colours_leave_the_mask_alone_and_stay_in_range(photo):
    config = dataclasses.replace(augmentation.NONE, colour=1.0, noise=1.0, noise_level=20.0, grey=1.0)
    image, mask = augmentation.augment(*photo, 60, 90, config, np.random.default_rng(0))
    np.testing.assert_array_equal(mask, photo[1])
    assert image.dtype == np.uint8
    assert (image != photo[0]).any()


def test_level_changes_the_mean_and_contrast_keeps_it():
    image = np.random.default_rng(0).integers(60, 180, (50, 50, 3), dtype=np.uint8)
    config = dataclasses.replace(augmentation.NONE, colour=1.0, colour_strength=0.25)
    ratios = [
        augmentation.augment(image, image[..., 0] * 0, 50, 50, config, np.random.default_rng(s))[0].mean()
        / image.mean()
        for s in range(30)
    ]
    assert 0.74 < min(ratios) < 0.9 and 1.1 < max(ratios) < 1.26


def test_blur_and_noise_come_before_a_photo_is_enlarged():
    """Noise of an enlarged photo is smooth; that of a shrunk one is not."""
    config = dataclasses.replace(augmentation.NONE, noise=1.0, noise_level=20.0)

    def roughness(side):
        image, mask = np.full((60, 60, 3), 128, np.uint8), np.zeros((60, 60), np.uint8)
        noisy = augmentation.augment(image, mask, side, side, config, np.random.default_rng(1))[0]
        values = noisy.astype(float) - noisy.mean()
        return np.abs(np.diff(values, axis=0)).mean() / np.abs(values).mean()

    assert roughness(50) > 1.2 and roughness(180) < 0.7


@pytest.mark.parametrize("kind", ["whole_frame_blur", "object_blur"])
@pytest.mark.parametrize(
    ("height", "width", "crop", "scale"),
    [
        (360, 640, 0.0, 1.0),
        (720, 1280, 0.0, 1.0),  # blurred before it is enlarged
        (180, 320, 0.0, 0.5),
        (360, 360, 0.0, 0.75),  # squeezed: the mean of both sides
        (128, 96, 1.0, 1.0),  # a window
    ],
)
def test_radii_are_those_of_the_whole_photo(height, width, crop, scale, kind, monkeypatch):
    scales = []
    monkeypatch.setattr(
        augment, "random_kernel", lambda *arguments: scales.append(arguments[-1]) or kernels.identity()
    )
    mask = np.tile(np.repeat(np.array([0, 1], np.uint8), 20), (360, 16))
    image = np.zeros((*mask.shape, 3), np.uint8)
    config = dataclasses.replace(augmentation.NONE, crop=crop, native_crop=True, **{kind: 1.0})
    augmentation.augment(image, mask, height, width, config, np.random.default_rng(0))
    assert scales == [pytest.approx(scale)]


def test_the_whole_frame_is_blurred_as_much_as_its_radii_say():
    image = np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8)
    config = dataclasses.replace(augmentation.NONE, whole_frame_blur=1.0)

    def contrast(radii):
        changed = dataclasses.replace(config, whole_frame_radii=radii)
        sample = augmentation.augment(image, image[..., 0] * 0, 96, 128, changed, np.random.default_rng(2))
        return sample[0].astype(float).std()

    assert image.std() > contrast((4.0, 4.1)) > 1.5 * contrast((16.0, 16.1))
