"""What the builders that make their pictures share: sources, determinism, splits, errors."""

import dataclasses
import itertools
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("tensorflow_datasets")

import tensorflow_datasets as tfds

from keras_blur import labels
from keras_blur.errors import BlurError, UsageError
from keras_blur.labels import DEFOCUS, MOTION, SHARP, VOID
from keras_blur.synthesis.light import to_linear
from tfds_builders import __main__ as command
from tfds_builders import building, dummy, generated
from tfds_builders.cuhk_blur import dummy_photos

MADE = [
    name for name in command.BUILDERS if issubclass(command.builder_class(name), generated.GeneratedBuilder)
]
SMALL = {  # attributes that make the data sets small
    "kim_composites": {"repeats": {"train": 2, "validation": 1, "test": 1}},
    "purohit_patches": {"counts": {"train": 8, "validation": 4, "test": 4}},
    "schuster_patches": {"counts": {"train": 24, "validation": 12, "test": 12}},
    "realistic_composites": {"counts": {"train": 4, "validation": 2, "test": 2}},
    "schuster_composites": {"counts": {"train": 4, "validation": 2, "test": 2}},
    "field_scenes": {"counts": {"train": 4, "validation": 2, "test": 2}},
}
LEAK_FREE = {name: None for name in MADE} | {"blur_db1": "by_photo", "blur_db2": "by_photo"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A CUHK of nine photos of 260x300 pixels, its manifest, and a folder of objects."""
    root = tmp_path_factory.mktemp("sources")
    manifest = dummy_photos.make(root / "manual", size=(260, 300))
    return root / "manual", manifest, dummy.make_objects(root / "objects")


@pytest.fixture
def made(folders, tmp_path, monkeypatch):
    """Makes a small builder by name."""
    manual, manifest, objects = folders

    def make(name, config=None):
        make_class = command.builder_class(name)
        for attribute, value in {"manifest": manifest, **SMALL.get(name, {})}.items():
            monkeypatch.setattr(make_class, attribute, value, raising=False)
        builder = make_class(data_dir=str(tmp_path), config=config, file_format="array_record")
        builder.options = generated.Options(objects_dir=objects, photos_dir=objects / "image")
        return builder, manual

    return make


def plan(made, name, config=None):
    builder, manual = made(name, config)
    return builder.plan(manual)


def decoded(data):
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


@pytest.mark.parametrize("name", MADE)
def test_examples_depend_on_their_recipe_alone(name, made):
    maker, recipes = plan(made, name)
    first = maker(recipes["train"][0])
    for recipe in recipes["train"][1:3] + list(recipes["test"][:1]):
        maker(recipe)
    again_maker, again = plan(made, name)
    assert again_maker(again["train"][0]) == first and again == recipes


@pytest.mark.parametrize("name", MADE)
def test_examples_hold_what_is_promised(name, made):
    maker, recipes = plan(made, name)
    keys = set()
    for recipe in itertools.chain.from_iterable(list(part[:2]) for part in recipes.values()):
        for key, example in maker(recipe):
            assert key == example["name"] and key not in keys
            keys.add(key)
            image, mask = decoded(example["image"]), decoded(example["mask"])
            assert image.shape[:2] == mask.shape and image.shape[2] == 3 and mask.ndim == 2
            assert set(np.unique(mask)) <= {SHARP, MOTION, DEFOCUS, VOID}
            assert example["type"] == labels.photo_type(mask)
            if name == "realistic_composites":
                sizes = decoded(example["size_map"])
                assert sizes.shape == mask.shape
                assert (sizes[(mask == SHARP) & (sizes < 255)] <= 5).all()
                assert (sizes[(mask == MOTION) | (mask == DEFOCUS)] >= 12).all()
            if name == "schuster_patches":
                assert mask.shape == (31, 31) and example["label"] == mask[15, 15]
            elif "label" in example:
                assert (mask == example["label"]).mean() >= 0.9
    assert keys


@pytest.mark.parametrize("name", ["blur_db1", "blur_db2", "schuster_patches", "zeng_patches"])
def test_masks_belong_to_their_crops_and_patches(name, made):
    maker, recipes = plan(made, name)
    examples = [example for recipe in recipes["validation"] for _, example in maker(recipe)]
    assert len(examples) >= 4
    for example in examples:
        image, mask = decoded(example["image"]), decoded(example["mask"])
        assert ((image.mean(axis=-1) > 125) == (mask != SHARP)).mean() > 0.97


def slopes(example):
    """The gradients of each class in an example."""
    grey = decoded(example["image"]).astype(float).mean(axis=-1)
    mask = decoded(example["mask"])
    same = (mask[1:, 1:] == mask[:-1, 1:]) & (mask[1:, 1:] == mask[1:, :-1])
    slope = np.hypot(np.diff(grey, axis=0)[:, 1:], np.diff(grey, axis=1)[1:])
    return {blur_class: slope[same & (mask[1:, 1:] == blur_class)] for blur_class in (SHARP, MOTION, DEFOCUS)}


@pytest.mark.parametrize(
    ("name", "config", "blurred"),
    [
        ("schuster_composites", "motion", [MOTION]),
        ("schuster_composites", "defocus", [DEFOCUS]),
        ("kim_composites", None, [MOTION, DEFOCUS]),
        ("purohit_patches", None, [MOTION, DEFOCUS]),
        ("realistic_composites", "cuhk", [MOTION, DEFOCUS]),
        ("realistic_composites", "photos", [MOTION, DEFOCUS]),
        ("realistic_composites", "soft_subjects", [MOTION]),
        ("realistic_composites", "motion", [MOTION]),
    ],
)
def test_masks_tell_where_detail_is(name, config, blurred, made, monkeypatch):
    monkeypatch.setitem(SMALL, "purohit_patches", {"counts": {"train": 80, "validation": 4, "test": 4}})
    monkeypatch.setitem(SMALL, "realistic_composites", {"counts": {"train": 16, "validation": 2, "test": 2}})
    maker, recipes = plan(made, name, config)
    found = [slopes(example) for recipe in recipes["train"] for _, example in maker(recipe)]
    detail = {kind: np.concatenate([slope[kind] for slope in found]).mean() for kind in (SHARP, *blurred)}
    for kind in blurred:
        assert detail[SHARP] > 1.5 * detail[kind]


@pytest.mark.parametrize("name", ["kim_composites", "schuster_patches"])
def test_workers_make_the_same_bytes_in_the_same_order(name, made):
    maker, recipes = plan(made, name)
    assert list(generated.made(maker, recipes["train"], workers=2)) == list(
        generated.made(maker, recipes["train"])
    )


def test_a_killed_worker_is_an_error():
    with pytest.raises(BlurError, match=r"worker process was killed.* fewer workers"):
        list(generated.made(os._exit, [9] * 20, workers=2))


def sources_of(maker, recipes):
    """Names of all photos and objects that each split's maker may use."""
    found = {}
    for split, part in recipes.items():
        names = set()
        for attribute in ("objects", "photos", "backgrounds"):
            names |= {photo.name for photo in getattr(maker, attribute, {}).get(split, ())}
        names |= {photo.name for photo in getattr(maker, "real", {}).get(split, ())}
        for recipe in part:
            for value in recipe if isinstance(recipe, tuple) else (recipe,):
                names |= {value.name} if hasattr(value, "image_sha256") else set()
                names |= {value.stem} if isinstance(value, Path) else set()
        found[split] = names
    return found


@pytest.mark.parametrize("name", [name for name in MADE if name != "field_scenes"])  # it has its own test
def test_no_photo_or_object_is_in_two_splits(name, made):
    found = sources_of(*plan(made, name, LEAK_FREE[name]))
    assert all(found.values())
    for first, second in itertools.combinations(found.values(), 2):
        assert not first & second


@pytest.mark.parametrize("name", ["blur_db1", "blur_db2"])
def test_split_of_the_paper_takes_crops_of_a_photo_apart(name, made):
    _, paper = plan(made, name, "paper")
    _, by_photo = plan(made, name, "by_photo")
    crops = [
        {(crop[0].name, *crop[1:]) for part in split.values() for crop in part} for split in (paper, by_photo)
    ]
    assert crops[0] == crops[1]  # the same crops, divided in two ways
    trained = {crop[0].name for crop in paper["train"]}
    assert any(crop[0].name in trained for crop in paper["test"])


def test_moving_objects_are_labelled_motion_on_defocus(made):
    maker, recipes = plan(made, "kim_composites")
    for recipe in recipes["train"][:3]:
        ((_, example),) = maker(recipe)
        ids = set(np.unique(decoded(example["mask"])))
        assert {MOTION, DEFOCUS, VOID} <= ids and example["type"] == "mixed"


def test_patches_are_balanced(made):
    maker, recipes = plan(made, "schuster_patches")
    count = {}
    for example in (example for recipe in recipes["train"] for _, example in maker(recipe)):
        mask = decoded(example["mask"])
        motion = example["name"].startswith("motion")
        kind = "sharp" if (mask == SHARP).all() else "blurred" if (mask != SHARP).all() else "mixed"
        count[motion, kind] = count.get((motion, kind), 0) + 1
    assert len(count) == 6 and set(count.values()) == {4}


@pytest.fixture
def plan_composite_patches(made, tmp_path, monkeypatch):
    """The maker and the recipes of patches of a few composites, whose objects hold a sharp patch."""
    few = SMALL["schuster_composites"]["counts"]
    monkeypatch.setattr(command.builder_class("schuster_composites"), "counts", few)
    objects = dummy.make_objects(tmp_path / "large_objects", size=(180, 220))

    def plan(name, config):
        builder, _ = made(name, config)
        builder.options = generated.Options(objects_dir=objects)
        return builder.plan(None)

    return plan


def test_patches_of_composites_are_balanced_and_keep_to_their_split(plan_composite_patches):
    maker, recipes = plan_composite_patches("schuster_patches", "composites")
    examples = {
        split: [example for recipe in part for _, example in maker(recipe)] for split, part in recipes.items()
    }
    kinds = [example["name"].split("_")[0] for example in examples["train"]]
    assert kinds.count("motion") == kinds.count("defocus") == 12
    for split, part in examples.items():
        assert part and all(f"_{split}_" in example["name"] for example in part)
        for example in part:
            blurred = MOTION if example["name"].startswith("motion") else DEFOCUS
            assert set(np.unique(decoded(example["mask"]))) <= {SHARP, blurred}
            assert example["label"] == decoded(example["mask"])[15, 15]


def test_patches_of_composites_are_parts_of_them(plan_composite_patches):
    maker, recipes = plan_composite_patches("schuster_patches", "composites")
    name, example = maker(recipes["test"][0])[0]
    kind, split, number, top, left = name.split("_")
    composites, _ = plan_composite_patches("schuster_composites", kind)
    ((_, whole),) = composites((split, int(number)))
    box = np.s_[int(top) : int(top) + 31, int(left) : int(left) + 31]
    assert (decoded(whole["image"])[box] == decoded(example["image"])).all()
    assert (decoded(whole["mask"])[box] == decoded(example["mask"])).all()


def test_purohit_patches_have_detail_and_every_class(made):
    from tfds_builders.purohit_patches.purohit_patches_dataset_builder import ENTROPY, entropy

    maker, recipes = plan(made, "purohit_patches")
    examples = [example for recipe in recipes["train"] for _, example in maker(recipe)]
    assert [example["label"] for example in examples].count(SHARP) == 4
    assert {example["label"] for example in examples} == {SHARP, MOTION, DEFOCUS}
    assert all(entropy(decoded(example["image"])) > ENTROPY for example in examples)
    flat = np.full((30, 30, 3), 7, np.uint8)
    assert entropy(flat) == 0
    flat[:15] = 9
    assert entropy(flat) == pytest.approx(1)  # two levels, alike often: one bit


def test_purohit_kernels_are_of_their_class():
    from tfds_builders.purohit_patches.purohit_patches_dataset_builder import _kernel

    rng = np.random.default_rng(0)
    assert _kernel(rng, SHARP).size == 1
    for _ in range(5):  # Gaussians are alike in rows and columns, traces of a hand are not
        defocus, motion = (_kernel(rng, blur_class) for blur_class in (DEFOCUS, MOTION))
        assert defocus.size > 1 and np.allclose(defocus, defocus.T, atol=1e-6)
        assert not np.allclose(motion, motion.T, atol=1e-3)


def test_schuster_labels_what_moves_and_what_is_behind():
    from tfds_builders.schuster_composites.schuster_composites_dataset_builder import (
        VISIBLE,
        before_soft,
        moving,
    )

    where = np.zeros((80, 90), bool)
    where[20:50, 30:70] = True
    noise = np.random.default_rng(0).integers(0, 256, (*where.shape, 3), dtype=np.uint8)
    white, black = np.full_like(noise, 255), np.zeros_like(noise)
    picture, mask = moving(np.random.default_rng(1), white, where, black)
    np.testing.assert_array_equal(mask, np.where(picture[..., 0] > 255 * VISIBLE, MOTION, SHARP))
    assert (mask[where] == MOTION).all() and 0 < (mask[~where] == MOTION).mean() < 0.3
    picture, mask = before_soft(np.random.default_rng(1), noise, where, noise)
    np.testing.assert_array_equal(mask, np.where(where, SHARP, DEFOCUS))
    changed = np.abs(picture - noise).max(axis=-1) > 1
    assert not changed[25:45, 35:65].any() and changed[~where].mean() > 0.9


def test_a_real_background_keeps_its_own_mask(folders):
    from tfds_builders.realistic_composites.scenes import Background, _real

    manual, manifest, _ = folders
    image, mask = generated.read_cuhk(manual, generated.cuhk_photos(manifest, manual)["train"][1])
    blurred_again = []
    for seed in range(12):
        picture, truth = _real(np.random.default_rng(seed), Background(image, mask))
        found, bright = truth.mask(), picture.mean(axis=-1) > to_linear(np.uint8(125))
        blurred_again.append(SHARP not in found)
        if not blurred_again[-1]:
            assert ((found != SHARP) == bright)[found != VOID].mean() > 0.99
    assert {True, False} == set(blurred_again)


def test_the_truth_of_an_object_lies_where_it_is_seen():
    from keras_blur.synthesis.cutout import Cutout
    from keras_blur.synthesis.truth import Truth
    from tfds_builders.realistic_composites.scenes import STYLES, _with_object

    style = dataclasses.replace(STYLES["mixed"], lamps=0.0)  # which shine through where they are few
    cutout = Cutout(np.full((40, 50, 3), 0.5, np.float32), np.tri(40, 50, dtype=np.float32))
    for seed in range(8):
        truth = Truth.sharp(90, 120)
        truth.given[:] = DEFOCUS  # of a photo without light
        black = np.zeros((90, 120, 3), np.float32)
        picture = _with_object(np.random.default_rng(seed), black, truth, cutout, style)
        owned = truth.given != DEFOCUS
        assert owned.any() and picture[owned, 0].min() > picture[~owned, 0].max() - 1e-4


def test_soft_subjects_stand_before_sharp_photos():
    from keras_blur.synthesis.cutout import Cutout
    from tfds_builders.realistic_composites.scenes import STYLES, Background, scene

    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (560, 800, 3), dtype=np.uint8)
    subject = Cutout(rng.random((300, 340, 3), np.float32), np.ones((300, 340), np.float32))
    found = set()
    for seed in range(8):
        chance = np.random.default_rng(seed)
        _, truth = scene(chance, Background(photo), [subject], STYLES["soft_subjects"])
        mask = truth.mask()
        assert (mask == SHARP).mean() > 0.15 and ((mask == MOTION) | (mask == DEFOCUS)).mean() > 0.1
        found |= set(np.unique(mask))
    assert {SHARP, MOTION, DEFOCUS} <= found


def test_shaken_pictures_move_near_objects_farther():
    from keras_blur.synthesis.cutout import Cutout
    from tfds_builders.realistic_composites.scenes import STYLES, Background, scene

    style = dataclasses.replace(
        STYLES["mixed"], backgrounds={"sharp": 1.0}, objects={SHARP: 1.0}, shake=1.0, lamps=0.0
    )
    subject = Cutout(np.full((80, 90, 3), 0.5, np.float32), np.ones((80, 90), np.float32))
    photo = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    for seed in range(4):
        _, truth = scene(np.random.default_rng(seed), Background(photo), [subject], style)
        sizes = truth.sizes().astype(int)
        known = np.unique(sizes[sizes < 255])
        assert len(known) == 2 and 1 < known[1] / known[0] < 2.6  # the background's, and the object's


def test_blurred_windows_are_parts_of_the_blurred_photo():
    from keras_blur.synthesis import kernels
    from keras_blur.synthesis.blur import blur
    from keras_blur.synthesis.light import to_srgb
    from tfds_builders.purohit_patches.purohit_patches_dataset_builder import blurred_window

    linear = np.random.default_rng(0).random((80, 90, 3), np.float32)
    kernel = kernels.line(17, 30)
    whole = to_srgb(blur(linear, kernel)).astype(int)
    for top, left in ((0, 0), (3, 40), (50, 60), (25, 25)):
        patch = blurred_window(linear, kernel, top, left)
        assert np.abs(patch - whole[top : top + 30, left : left + 30]).max() <= 1


def test_ambiguous_windows_are_dropped():
    from tfds_builders.zeng_patches.zeng_patches_dataset_builder import window_label

    mask = np.zeros((10, 10), np.uint8)
    assert window_label(mask, MOTION) == SHARP
    mask[:5] = MOTION
    assert window_label(mask, MOTION) is None
    mask[:9] = MOTION
    assert window_label(mask, MOTION) == MOTION


def test_shared_out_evenly():
    from tfds_builders.patches import shared_out

    assert shared_out(10, [100, 100, 100]).tolist() == [4, 3, 3]
    assert shared_out(10, [1, 100, 0]).tolist() == [1, 9, 0]
    assert shared_out(10, [2, 3]).tolist() == [2, 3]


def test_names_are_divided_the_same_in_any_order():
    from tfds_builders.photo_folder import divide

    names = [f"photo{number}" for number in range(50)]
    divided = divide(names)
    assert divided == divide(reversed(names))
    assert [len(part) for part in divided.values()] == [40, 5, 5]
    assert sorted(sum(divided.values(), [])) == sorted(names)  # noqa: RUF017 - three parts
    assert [len(part) for part in divide(names[:3]).values()] == [1, 1, 1]


def test_count_thins_every_split_evenly(made):
    assert generated.thinned(range(10), 0.5) == [0, 2, 4, 6, 8]
    assert generated.thinned(range(3), 0.01) == [0] and list(generated.thinned(range(3), 9.0)) == [0, 1, 2]


def test_beam_builds_the_same_files(folders, tmp_path, monkeypatch):
    pytest.importorskip("apache_beam")
    manual, manifest, objects = folders
    make = command.builder_class("kim_composites")
    monkeypatch.setattr(make, "manifest", manifest)
    monkeypatch.setattr(make, "repeats", {"train": 2, "validation": 1, "test": 1})
    parts = []
    for number, options in enumerate(({}, {"beam": True}, {"workers": 2})):
        folder = command.build(
            "kim_composites", tmp_path / str(number), manual, {"objects_dir": objects, **options}
        )
        raw = {"image": tfds.decode.SkipDecoding(), "mask": tfds.decode.SkipDecoding()}
        source = tfds.builder_from_directory(folder).as_data_source(split="train", decoders=raw)
        parts.append([(bytes(example["name"]), example["image"], example["mask"]) for example in source])
    assert parts[0] == parts[1] == parts[2] and len(parts[0]) == 8


def objects_folder(tmp_path):
    return dummy.make_objects(tmp_path / "objects")


def build(tmp_path, **options):
    return command.build("schuster_composites", tmp_path / "data", options=options)


def test_objects_folder_is_asked_for(tmp_path):
    with pytest.raises(UsageError, match=r"add `objects_dir` FOLDER, a folder with image/"):
        build(tmp_path)
    with pytest.raises(UsageError, match=r"add `photos_dir` FOLDER"):
        command.build("purohit_patches", tmp_path / "data")


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda folder: [path.unlink() for path in (folder / "image").iterdir()], "image is empty"),
        (lambda folder: (folder / "gt").rename(folder / "masks"), "gt is not a folder"),
        (
            lambda folder: (folder / "gt" / "object03.png").unlink(),
            r"1 photo \(object03.png\) without a mask",
        ),
        (
            lambda folder: (folder / "image" / "object03.png").write_bytes(b"no photo"),
            r"object03.png\) unreadable",
        ),
        (
            lambda folder: cv2.imwrite(str(folder / "gt" / "object03.png"), np.zeros((9, 9), np.uint8)),
            r"object03.png\) with a mask of another size",
        ),
        (
            lambda folder: [
                cv2.imwrite(str(folder / part / "small.png"), np.zeros((20, 90), np.uint8))
                for part in ("image", "gt")
            ],
            r"small.png\) smaller than 64 pixels",
        ),
        (
            lambda folder: [
                cv2.imwrite(str(path), np.full((90, 110, 3), 90, np.uint8))
                for path in (folder / "image").iterdir()
            ],
            "has 0 usable objects and none of them for train, validation, test",
        ),
    ],
)
def test_unfit_folders_are_one_clear_error(damage, expected, tmp_path):
    folder = objects_folder(tmp_path)
    damage(folder)
    with pytest.raises(BlurError, match=expected) as error:
        build(tmp_path, objects_dir=folder)
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "data").rglob("*.array_record*"))


@pytest.mark.parametrize("part", ["image", "gt"])
def test_two_pictures_of_one_stem_are_named(part, tmp_path):
    folder = objects_folder(tmp_path)
    shutil.copy(folder / part / "object03.png", folder / part / "object03.bmp")
    with pytest.raises(BlurError, match=rf"{part} holds object03\.bmp and object03\.png: expected one"):
        build(tmp_path, objects_dir=folder)
    if part == "image":
        with pytest.raises(BlurError, match=r"object03\.bmp and object03\.png"):
            command.build("purohit_patches", tmp_path / "data", options={"photos_dir": folder / part})


def test_a_set_that_was_built_with_other_options_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(
        command.builder_class("schuster_composites"), "counts", SMALL["schuster_composites"]["counts"]
    )
    objects = objects_folder(tmp_path)
    folder = build(tmp_path, objects_dir=objects, count=2)
    shutil.copytree(objects, tmp_path / "moved")
    assert build(tmp_path, objects_dir=tmp_path / "moved", count=2, workers=2) == folder
    assert build(tmp_path, count=2) == folder
    for options, expected in (
        ({"count": 3}, "count: expected 2, with which .*, received 3; remove that folder"),
        ({}, "count: expected 2, .* received none"),
        ({"count": 2, "objects_dir": tmp_path / "nowhere"}, "objects_dir: expected "),
    ):
        with pytest.raises(BlurError, match=expected) as error:
            build(tmp_path, **options)
        assert str(folder) in str(error.value)
    (folder / building.OPTIONS_FILE).replace(building._options_beside(folder))  # killed as it became whole
    with pytest.raises(BlurError, match="count: expected 2"):
        build(tmp_path, count=3)
    assert not list(folder.parent.glob(".*.json"))
    (folder / building.OPTIONS_FILE).unlink()  # as sets that were built before
    assert build(tmp_path, count=3) == folder


def test_photos_smaller_than_the_crop_are_named(tmp_path, monkeypatch):
    manifest = dummy_photos.make(tmp_path / "manual")
    monkeypatch.setattr(command.builder_class("blur_db1"), "manifest", manifest)
    with pytest.raises(BlurError, match=r"motion0001.jpg is 32x24 pixels: expected 256 at least"):
        command.build("blur_db1", tmp_path / "data", tmp_path / "manual")
    assert not list((tmp_path / "data").rglob("incomplete*"))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["blur_demo", "--count", "3"], "--count: blur_demo takes no such option"),
        (["kim_composites", "--count", "0"], "--count: expected 1 or more"),
        (["kim_composites", "--workers", "0"], "--workers: expected 1 or more"),
        (["kim_composites", "--objects-dir", "x"], "Then add --manual-dir"),
    ],
)
def test_wrong_options_are_one_line(arguments, expected, tmp_path, capsys):
    assert command.main([*arguments, "--data-dir", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert expected in error and error.count("\n") == 1


def test_beam_is_asked_for_when_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(building.importlib.util, "find_spec", lambda name: None)
    assert command.main(["kim_composites", "--beam", "--data-dir", str(tmp_path)]) == 2
    assert "keras-blur[beam]" in capsys.readouterr().err


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "config", "expected"),
    [
        ("blur_db1", "paper", (6054, 673, 345)),
        ("blur_db1", "by_photo", (5084, 568, 1420)),
        ("blur_db2", "paper", (7399, 822, 913)),
        ("kim_composites", None, (7620, 840, 140)),
    ],
)
def test_counts_are_the_papers(name, config, expected, real_data, tmp_path):
    builder = command.builder_class(name)(data_dir=str(tmp_path), config=config)
    builder.options = generated.Options(objects_dir=real_data / "salient")
    _, recipes = builder.plan(real_data / "cuhk")
    assert tuple(map(len, recipes.values())) == expected


def thumbnail(image):
    """A small grey copy, normalised so that the product of two is their correlation."""
    grey = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (24, 24), interpolation=cv2.INTER_AREA)
    grey = grey.astype(np.float32).ravel() - grey.mean()
    return grey / max(np.linalg.norm(grey), 1e-6)


def most_alike(first, second):
    """The largest correlation of a picture of one list with one of another, mirrored or not."""
    thumbnails = [np.stack([thumbnail(image) for image in part]) for part in (first, second)]
    mirrored = thumbnails[1].reshape(-1, 24, 24)[..., ::-1].reshape(-1, 24 * 24)
    return max(float((thumbnails[0] @ part.T).max()) for part in (thumbnails[1], mirrored))


def test_near_duplicates_are_seen():
    rng = np.random.default_rng(0)
    photos = [cv2.resize(rng.integers(0, 256, (9, 9, 3), dtype=np.uint8), (200, 150)) for _ in range(6)]
    assert most_alike(photos[:3], photos[3:]) < 0.9
    twin = cv2.GaussianBlur(photos[0][2:-2, 4:], (0, 0), 2)
    assert most_alike(photos[:3], [twin[:, ::-1].copy()]) > 0.95


@pytest.mark.realdata
def test_no_near_duplicate_stands_on_both_sides(real_data, tmp_path):
    from tfds_builders.objects import sharp_objects

    folder = real_data / "cuhk"
    cuhk = {
        split: [generated.read_cuhk(folder, photo)[0] for photo in photos]
        for split, photos in generated.cuhk_photos(generated.CuhkBuilder.manifest, folder).items()
    }
    objects = {
        split: [photo.read()[0] for photo in photos]
        for split, photos in sharp_objects(real_data / "salient").items()
    }
    for sources in (cuhk, objects):
        for first, second in itertools.combinations(sources.values(), 2):
            assert most_alike(first, second) < 0.95
    assert most_alike(itertools.chain(*cuhk.values()), itertools.chain(*objects.values())) < 0.95


@pytest.mark.parametrize("name", MADE)
def test_examples_name_their_photos(name, made):
    maker, recipes = plan(made, name, LEAK_FREE[name])
    photos = {
        split: {
            photo
            for recipe in list(part)[:4]
            for _, example in maker(recipe)
            for photo in example["photo"].split("+")
        }
        for split, part in recipes.items()
    }
    assert all(photos.values())
    for first, second in itertools.combinations(photos.values(), 2):
        assert not first & second
    if name != "field_scenes":
        known = sources_of(maker, recipes)
        assert all(photos[split] <= known[split] for split in photos)
