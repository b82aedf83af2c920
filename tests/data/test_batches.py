import dataclasses
import json
from pathlib import Path

import keras
import numpy as np
import pytest
from made_up import PLAIN, TURNS, make_moving_photos, make_patches, make_squares

from keras_blur import data
from keras_blur.contract import Contract
from keras_blur.data import augmentation, catalog, photos
from keras_blur.data.augmentation import AugmentationConfig
from keras_blur.data.sampler import FixedOrder, Sampler, make_pools
from keras_blur.errors import UsageError


@pytest.fixture(scope="module")
def split(tiny_data):
    return catalog.load("tiny_blur", "train", tiny_data)


def shuffled(split, size=4, side=32, **options):
    return data.make_training_batches(split, side, side, size, **options)


def images_of(batches, epoch=0):
    batches.epoch = epoch
    return np.concatenate([images for images, _ in batches])


def test_shapes_and_types(split):
    images, masks = data.make_validation_batches(split, 32, 48, 5)[0]
    assert images.shape == (5, 32, 48, 3) and images.dtype == np.uint8
    assert masks.shape == (5, 32, 48) and masks.dtype == np.uint8
    assert set(np.unique(masks)) <= {0, 1, 2, 255}


def test_validation_batches_hold_every_photo_once(split):
    batches = data.make_validation_batches(split, 64, 80, 5)
    images, masks = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    assert len(batches) == 3 and len(images) == len(masks) == 15
    np.testing.assert_array_equal(images[:12], [e.image for e in split])
    np.testing.assert_array_equal(masks[:12], [e.mask for e in split])
    assert (masks[12:] == 255).all()


def test_training_epochs_differ_and_end(split):
    batches = shuffled(split)
    assert len(batches) == batches.num_batches == len(list(batches)) == 3
    assert (images_of(batches, 0) != images_of(batches, 1)).any()
    assert (images_of(batches) != images_of(shuffled(split, seed=1))).any()
    with pytest.raises(IndexError, match="expected 0 to 2, received 3"):
        batches[3]


def test_a_batch_depends_on_its_number_and_epoch_alone(split):
    one, other = shuffled(split, workers=1), shuffled(split, workers=3)
    expected = {epoch: images_of(one, epoch) for epoch in (0, 1)}
    for epoch, number in ((1, 2), (0, 1), (1, 0), (0, 0), (1, 1), (0, 2)):
        other.epoch = epoch
        np.testing.assert_array_equal(other[number][0], expected[epoch][4 * number : 4 * number + 4])


def test_the_parts_of_all_hosts_make_up_the_whole_batch(split):
    """The last validation batch too, of which the second host has nothing but filling."""
    for make, size in (
        (shuffled, 6),
        (lambda *a, **o: data.make_validation_batches(a[0], 32, 32, a[1], **o), 10),
    ):
        whole, first, second = (
            make(split, size),
            make(split, size, hosts=2),
            make(split, size, host=1, hosts=2),
        )
        assert len(whole) == len(first) == len(second) == 2
        for number in range(2):
            for parts in zip(whole[number], first[number], second[number], strict=True):
                np.testing.assert_array_equal(parts[0], np.concatenate(parts[1:]))


def test_fit_in_a_notebook_ends_and_learns_from_a_new_order_in_every_epoch(split, monkeypatch):
    drawn = []
    order = Sampler.order
    monkeypatch.setattr(Sampler, "order", lambda self, epoch: drawn.append(epoch) or order(self, epoch))
    model = keras.Sequential(
        [keras.Input((32, 32, 3)), keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(3, 1)]
    )
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255))
    validation = data.make_validation_batches(split, 32, 32, 5)
    history = model.fit(shuffled(split), validation_data=validation, epochs=3, verbose=0).history
    assert len(history["loss"]) == len(history["val_loss"]) == 3
    assert len(set(drawn)) >= 3


def test_motion_share_is_exact(split):
    order = Sampler(make_pools(split, 0.7), 40).order(0)
    motion = np.array(split.types) == "motion"
    assert motion[order].sum() == 28
    counts = np.bincount(order, minlength=12)
    assert counts[motion].tolist() == [7] * 4
    assert set(counts[~motion]) == {1, 2}


def test_extra_data_sets_get_their_shares(split, tiny_data):
    extras = [
        (catalog.load("tiny_blur", part, tiny_data), share)
        for part, share in (("validation", 0.25), ("test", 0.1))
    ]
    order = Sampler(make_pools(split, 0.5, extras), 40).order(0)
    assert ((order >= 12) & (order < 17)).sum() == 10 and (order >= 17).sum() == 4 and order.max() < 20
    assert (np.array(split.types) == "motion")[order[order < 12]].sum() == 13
    batches = shuffled(split, 10, extras=extras, motion_share=0.5, samples=40, config=augmentation.NONE)
    shown = {image.tobytes() for image in images_of(batches)}
    for extra, _ in extras:
        own = [
            augmentation.augment(e.image, e.mask, 32, 32, augmentation.NONE, np.random.default_rng())[0]
            for e in extra
        ]
        assert shown & {image.tobytes() for image in own}


class Crops(list):
    dataset = "crops"
    types = ("sharp", "motion", "sharp", "defocus", "sharp")
    photos = ("a", "a", "b", "b", "c")


def test_sharp_patches_count_by_the_photo_that_they_were_cut_from():
    pools = make_pools(Crops(range(5)), 0.5)
    assert [pool.indices.tolist() for pool in pools] == [[0, 1], [2, 3, 4]]


@pytest.mark.parametrize(
    ("types", "found"), [(["sharp", "mixed"], "none"), (["motion"] * 2, "only such photos")]
)
def test_a_share_of_motion_that_cannot_be_had_is_refused(types, found):
    crops = Crops(range(2))
    crops.types, crops.photos = types, ("a", "b")
    with pytest.raises(UsageError, match=f"data.motion_share: .*crops has {found}; set it to none"):
        make_pools(crops, 0.5)


@pytest.mark.parametrize(("size", "samples", "share"), [(16, 0, None), (5, 5, 0.5), (1, 1, 0.5)])
def test_every_batch_that_is_learnt_from_is_full_of_photos(size, samples, share, split):
    batches = shuffled(split, size, samples=samples, motion_share=share)
    images, masks = batches[0]
    assert len(batches) == 1 and len(images) == size
    assert images.any(axis=(1, 2, 3)).all() and (masks != 255).any(axis=(1, 2)).all()


def test_a_fixed_order_repeats():
    sampler = FixedOrder(3, 7)
    assert sampler.order(0).tolist() == sampler.order(5).tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert sampler.generator(0, 4).random() == sampler.generator(5, 4).random()


def test_every_output_gets_the_mask(split):
    masks = data.make_validation_batches(split, 32, 32, 2, outputs=4)[0][1]
    assert len(masks) == 4
    np.testing.assert_array_equal(masks[0], masks[3])


def test_unknown_kinds_are_named(split):
    with pytest.raises(UsageError, match="unknown kind of samples 'edges'"):
        shuffled(split, kind="edges")


def test_training_size_is_the_contracts_or_the_crop():
    assert photos.training_size(Contract("a", height=96, width=64), 256) == (96, 64)
    assert photos.training_size(Contract("a", resize="pad", multiple=16), 256) == (256, 256)


def of_each_kind(tiny_data):
    """Batches of every kind, of which `reference_batches.json` holds means, recorded with version 0.1."""
    train, extra = (catalog.load("tiny_blur", part, tiny_data) for part in ("train", "validation"))
    changes = AugmentationConfig(
        flip_vertical=0.3, transpose=0.3, jpeg=0.3, whole_frame_blur=0.2, object_blur=0.2
    )
    windows = dataclasses.replace(augmentation.NONE, crop=1.0, native_crop=True)
    mirrored = dataclasses.replace(PLAIN, flip_horizontal=0.5)
    make = data.make_training_batches
    return {
        "photos": make(train, 32, 48, 4, config=changes, seed=3),
        "motion share and extra": make(
            train, 32, 32, 4, config=changes, motion_share=0.4, extras=[(extra, 0.25)], samples=22
        ),
        "validation": data.make_validation_batches(train, 32, 32, 5, config=windows),
        "patches": make(make_patches(), 31, 31, 4, kind="patches", config=TURNS, seed=1),
        "edge patches": make(
            make_squares(), 27, 27, 8, kind="edge_patches", config=augmentation.NONE, seed=1
        ),
        "motion patches": make(
            make_moving_photos(), 30, 30, 8, kind="motion_patches", config=mirrored, seed=2
        ),
    }


REFERENCE = json.loads((Path(__file__).parent / "reference_batches.json").read_text())


def test_batches_are_those_of_earlier_versions(tiny_data):
    """So that a training which an earlier version began goes on with what that version would have shown."""
    for name, batches in of_each_kind(tiny_data).items():
        last = len(batches) - 1
        places = [(0, 0), (0, last), (1, 0), (2, 1) if last else (3, 0)]
        for (epoch, number), expected in zip(places, REFERENCE[name], strict=False):
            batches.epoch = epoch
            inputs, targets = batches[number]
            parts = [*inputs] if isinstance(inputs, tuple) else [inputs]
            means = [[part[k].mean(dtype=float) for part in (*parts, targets)] for k in range(len(targets))]
            np.testing.assert_allclose(
                means, expected, atol=0.5, rtol=1e-3, err_msg=f"{name} {epoch} {number}"
            )
