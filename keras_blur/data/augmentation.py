"""Augments a photo and its mask together."""

import dataclasses
import math

import cv2
import numpy as np

from keras_blur import processing
from keras_blur.synthesis import augment as synthesis
from keras_blur.synthesis import camera


@dataclasses.dataclass(frozen=True)
class AugmentationConfig:
    """Probabilities (0-1) and ranges of every change; all zero = none.

    Attributes:
        flip_horizontal, flip_vertical, transpose: Probability of each; together they make all
            right-angle rotations.
        crop: Probability of a random crop.
        crop_scale: Least share of each side that a crop keeps.
        native_crop: Crops are windows of the result's size at the photo's own resolution, as patch and
            dense networks are trained, instead of being resized.
        crop_aspect: A crop's aspect ratio is changed by up to exp(+-this).
        colour: Probability of a change of contrast, brightness and (half of the times) colour cast.
        colour_strength: Largest relative change of contrast and of each channel's level.
        grey: Probability of dropping the colour.
        noise: Probability of Gaussian noise of a standard deviation up to `noise_level` (of 255).
        jpeg: Probability of a JPEG round trip of quality 40-95.
        whole_frame_blur: Probability of blurring the whole frame.
        whole_frame_radii: Least and greatest radius of the discs that do (motions look as blurred), in
            pixels of a photo whose longer side is 640, before it is cropped.
        object_blur: Probability of blurring the sharp object, or the background, on its own.
    """

    flip_horizontal: float = 0.5
    flip_vertical: float = 0.0
    transpose: float = 0.0
    crop: float = 0.75
    crop_scale: float = 0.5
    crop_aspect: float = 0.2
    native_crop: bool = False
    colour: float = 0.7
    colour_strength: float = 0.25
    grey: float = 0.1
    noise: float = 0.2
    noise_level: float = 6.0
    jpeg: float = 0.0
    whole_frame_blur: float = 0.0
    whole_frame_radii: tuple[float, float] = synthesis.STRONG
    object_blur: float = 0.0


NONE = AugmentationConfig(flip_horizontal=0, crop=0, colour=0, grey=0, noise=0)


def augment(
    image: np.ndarray,
    mask: np.ndarray,
    height: int,
    width: int,
    config: AugmentationConfig,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Returns a randomly changed copy of a photo and its mask, at a network's input size.

    Blur, then noise and JPEG are added as a camera would: before the photo is enlarged, but after it is
    shrunk, which is faster and differs little.

    Args:
        image: `(H, W, 3)` uint8 RGB.
        mask: `(H, W)` uint8 class ids.
        height, width: Size of the result in pixels.
        config: Probabilities and ranges.
        rng: The only source of randomness: the same state gives the same result.

    Returns:
        `(height, width, 3)` uint8 and `(height, width)` uint8.
    """
    side = max(mask.shape)
    if rng.random() < config.crop:
        image, mask = _crop(image, mask, height, width, config, rng)
    if rng.random() < config.transpose:
        image, mask = image.transpose(1, 0, 2), mask.T
    if rng.random() < config.flip_horizontal:
        image, mask = image[:, ::-1], mask[:, ::-1]
    if rng.random() < config.flip_vertical:
        image, mask = image[::-1], mask[::-1]
    image, mask = np.ascontiguousarray(image), np.ascontiguousarray(mask)
    if mask.size > height * width:
        side *= math.sqrt(height * width / mask.size)
        image, mask = _resize(image, mask, height, width)
        return _degrade(image, mask, side, config, rng)
    image, mask = _degrade(image, mask, side, config, rng)
    return _resize(image, mask, height, width)


def _resize(image, mask, height, width):
    return processing.resize(image, height, width), processing.resize_mask(mask, height, width)


def _degrade(image, mask, side, config, rng):
    choice = rng.random()
    if choice < config.whole_frame_blur:
        image, mask = synthesis.whole_frame_blur(image, mask, rng, config.whole_frame_radii, side)
    elif choice < config.whole_frame_blur + config.object_blur:
        image, mask = synthesis.object_blur(image, mask, rng, side=side)
    return _change_colours(image, config, rng), mask


def _crop(image, mask, height, width, config, rng):
    full_rows, full_columns = mask.shape
    if config.native_crop:
        rows, columns = min(height, full_rows), min(width, full_columns)
    else:
        scale = rng.uniform(config.crop_scale, 1.0)
        aspect = np.exp(rng.uniform(-config.crop_aspect, config.crop_aspect))
        rows = max(1, min(full_rows, round(full_rows * scale * aspect)))
        columns = max(1, min(full_columns, round(full_columns * scale / aspect)))
    top, left = rng.integers(0, full_rows - rows + 1), rng.integers(0, full_columns - columns + 1)
    window = np.s_[top : top + rows, left : left + columns]
    return image[window], mask[window]


def _change_colours(image, config, rng):
    if rng.random() < config.colour:
        strength = config.colour_strength
        level = rng.uniform(1 - strength, 1 + strength, 3 if rng.random() < 0.5 else 1)
        mean = image.mean(axis=(0, 1))
        contrast = rng.uniform(1 - strength, 1 + strength)
        scale = np.broadcast_to(np.float64(contrast), 3)
        image = cv2.transform(image, np.column_stack([np.diag(scale), mean * (level - contrast)]))
    if rng.random() < config.grey:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    if rng.random() < config.noise:
        noise = rng.standard_normal(image.shape, dtype=np.float32) * np.float32(
            rng.uniform(0, config.noise_level)
        )
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    if rng.random() < config.jpeg:
        image = camera.jpeg(image, int(rng.integers(40, 96)))
    return image
