import numpy as np
import pytest

pytest.importorskip("tensorflow_datasets")

from keras_blur.errors import BlurError
from keras_blur.labels import DEFOCUS, MOTION, SHARP, VOID
from tfds_builders.blur_demo import sources
from tfds_builders.blur_demo.blur_demo_dataset_builder import Builder
from tfds_builders.blur_demo.scenes import SCENES, scene

SIZE = (96, 128)


def picture(kind, seed=0, split="train"):
    return scene(np.random.default_rng(seed), kind, split, *SIZE)[:2]


def test_no_photo_is_in_two_splits():
    photos = [name for split in sources.PHOTOS.values() for name in split]
    cutouts = [name for split in sources.CUTOUTS.values() for name in split]
    assert len(set(photos)) == len(photos) and len(set(cutouts)) == len(cutouts)
    assert set(sources.PHOTOS) == set(sources.CUTOUTS) == set(Builder.counts)
    # A cut-out of a photo belongs to that photo's split; coins and flower serve as nothing else.
    assert "skimage/motorcycle_left.png" in sources.PHOTOS["train"]
    assert "motorcycle" in sources.CUTOUTS["train"]
    assert not any("coins" in name or "flower" in name for name in photos)


@pytest.mark.parametrize("kind", SCENES)
@pytest.mark.parametrize("split", Builder.counts)
def test_scenes_hold_the_classes_they_promise(kind, split):
    image, mask = picture(kind, 3, split)
    assert image.shape == (*SIZE, 3) and image.dtype == np.uint8
    assert mask.shape == SIZE and mask.dtype == np.uint8
    background, objects = SCENES[kind]
    promised = {SHARP, DEFOCUS} if background is None else {background, *objects[-1:]}
    found = set(np.unique(mask).tolist())
    assert promised <= found <= promised | {VOID, *objects}


@pytest.mark.parametrize("kind", ["portrait", "panning", "passer_by", "too_near"])
def test_masks_tell_where_detail_is(kind):
    ratios = []
    for seed in range(6):
        image, mask = picture(kind, seed)
        slope = np.abs(np.diff(image.astype(float).mean(axis=-1), axis=1))
        sharp, same = mask == SHARP, mask[:, 1:] == mask[:, :-1]
        blurred = (mask == MOTION) | (mask == DEFOCUS)
        ratios.append(slope[same & sharp[:, 1:]].mean() / slope[same & blurred[:, 1:]].mean())
    assert np.median(ratios) > 1.5


def test_a_picture_depends_on_its_seed_only():
    first = picture("two_objects", 7)
    picture("panning", 8)
    again, other = picture("two_objects", 7), picture("two_objects", 9)
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert (first[0] != other[0]).any()


def test_cutouts_are_soft_and_complete():
    for name in (name for split in sources.CUTOUTS.values() for name in split):
        colours, matte = sources.cutout(name)
        assert colours.shape == (*matte.shape, 3) and colours.dtype == matte.dtype == np.float32
        assert ((matte > 0.1) & (matte < 0.9)).any() and 0.2 < matte.mean() < 0.95
        assert min(matte.shape) > 150


def test_a_package_without_its_photo_is_named():
    with pytest.raises(BlurError, match=r"nothing\.png that ship with skimage.*pip install"):
        sources.path("skimage/nothing.png")
