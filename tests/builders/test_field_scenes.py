import collections
import itertools
import shutil

import cv2
import numpy as np
import pytest

pytest.importorskip("tensorflow_datasets")

from keras_blur.data import catalog
from keras_blur.errors import BlurError
from keras_blur.labels import DEFOCUS, MOTION, SHARP, VOID
from tfds_builders import __main__ as command
from tfds_builders import dummy, generated
from tfds_builders.field_scenes import fonts, pages, photos, scenes, surfaces
from tfds_builders.field_scenes.field_scenes_dataset_builder import Builder


@pytest.fixture(scope="module")
def sources():
    return photos.find_sources()


def make(sources, kind, blur_class, seed=0, split="train"):
    return scenes.make(np.random.default_rng(seed), kind, blur_class, sources[split])


def edges(image):
    """What a band of frequencies without noise holds of every pixel, in grey levels."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    smooth = cv2.GaussianBlur(grey, (0, 0), 1.5)
    return np.abs(smooth - cv2.GaussianBlur(grey, (0, 0), 2.4))


@pytest.mark.parametrize("kind", [kind for kind in scenes.KINDS if kind not in ("featureless", "lines")])
def test_blurred_scenes_say_so_and_have_less_detail(kind, sources):
    for seed in range(2):
        sharp = make(sources, kind, SHARP, seed)
        assert sharp.blur_size == 0 and set(np.unique(sharp.mask)) <= {SHARP, VOID} and sharp.judgeable
        for blur_class in (MOTION, DEFOCUS):
            scene = make(sources, kind, blur_class, seed)
            assert blur_class in scene.mask and set(np.unique(scene.mask)) <= {SHARP, blur_class, VOID}
            assert scene.image.shape == (*scene.mask.shape, 3) and scene.blur_size >= scenes.LEAST_DISC
            if kind not in ("captions", "soft_subject"):
                assert (scene.mask == blur_class).all()
            if kind != "captions":  # what is added there is drawn at random
                assert edges(scene.image).mean() < edges(sharp.image).mean()


def test_featureless_frames_have_nothing_to_judge(sources):
    for seed in range(8):
        scene = make(sources, "featureless", DEFOCUS, seed)
        assert not scene.judgeable and (scene.mask == VOID).all() and scene.blur_size == 0
        grey = cv2.cvtColor(scene.image, cv2.COLOR_RGB2GRAY).astype(np.float32)
        coarse = cv2.GaussianBlur(grey, (0, 0), 6) - cv2.GaussianBlur(grey, (0, 0), 9.6)
        assert np.percentile(np.abs(coarse)[30:-30, 30:-30], 99) < 1  # grey levels


def test_captions_stay_sharp_around_blurred_photos(sources):
    found = set()
    for seed in range(12):
        mask = make(sources, "captions", DEFOCUS, seed).mask
        assert (mask == DEFOCUS).mean() > 0.4
        found |= set(np.unique(mask))
    assert found == {SHARP, DEFOCUS, VOID}


def test_soft_subjects_stand_before_sharp_backgrounds(sources):
    for seed in range(6):
        mask = make(sources, "soft_subject", DEFOCUS, seed).mask
        assert 0.01 < (mask == DEFOCUS).mean() < 0.6 and (mask == SHARP).mean() > 0.3


def test_blur_of_text_grows_with_its_letters(sources):
    for seed in range(4):
        for blur_class, (least, most) in ((DEFOCUS, scenes.TEXT_DISC), (MOTION, scenes.TEXT_MOTION)):
            scene = make(sources, "text", blur_class, seed)
            bounds = np.array([least, most]) * scene.x_height
            assert 4 < scene.x_height < 30 and scene.blur_size <= max(bounds[1], scenes.LEAST_MOTION) + 1e-6
            assert scene.blur_size >= min(bounds[0], scene.blur_size)


def test_x_height_is_that_of_the_picture():
    face = fonts.faces()["train"][0]
    plate = np.full((400, 400, 3), 255, np.uint8)
    from PIL import Image, ImageDraw

    picture = Image.fromarray(plate)
    ImageDraw.Draw(picture).text((120, 150), "xxxx", (0, 0, 0), face.at(60))
    ground = np.zeros((200, 200, 3), np.float32)
    seen, scale = surfaces.seen(np.random.default_rng(3), np.array(picture), ground, tilt=0.0, turn=0.0)
    rows = np.flatnonzero((seen[..., 0] < 0.5)[:, 60:140].sum(axis=1) > 2)
    top, bottom = face.at(60).getbbox("x")[1::2]
    assert abs(len(rows) - (bottom - top) * scale) <= 2 and abs(scale - 0.5) < 0.01


def test_motion_runs_across_lines(sources):
    """Along them no motion could be seen."""
    for seed in range(6):
        sharp, moved = (make(sources, "lines", blur_class, seed) for blur_class in (SHARP, MOTION))
        assert (moved.mask == MOTION).all() and (sharp.mask == SHARP).all()
        strongest, before = (np.percentile(edges(scene.image), 99.5) for scene in (moved, sharp))
        assert strongest < 0.9 * before


def test_splits_share_no_photo_object_or_font(sources, tmp_path):
    objects = dummy.make_objects(tmp_path / "objects", count=40)
    ours = photos.find_sources(objects / "image", objects)
    assert all(len(ours[split].photos) > len(sources[split].photos) for split in generated.SPLITS)
    assert all(len(ours[split].objects) > len(sources[split].objects) for split in generated.SPLITS)
    for found in (sources, ours):
        for first, second in itertools.combinations(found.values(), 2):
            for field in ("photos", "objects", "faces"):
                assert not set(getattr(first, field)) & set(getattr(second, field)), field


def test_every_split_has_several_scripts(sources):
    for part in sources.values():
        assert {"latin", "greek", "cyrillic"} <= {script for face in part.faces for script in face.scripts}


def test_words_are_of_their_script():
    for script, parts in fonts.SCRIPTS.items():
        letters = set("".join(parts)) | set("".join(parts).upper()) | set("0123456789.")
        letters |= set("".join(letter.capitalize() for letter in "".join(parts)))
        assert set("".join(fonts.words(np.random.default_rng(0), script, 200))) <= letters


def test_lines_of_text_fit_their_width():
    for seed in range(6):
        writer = pages.Writer(np.random.default_rng(seed), fonts.faces()["test"], 24)
        from PIL import Image, ImageDraw

        picture = Image.new("L", (600, 60), 0)
        writer.line(ImageDraw.Draw(picture), (0, 10), 400, 255)
        columns = np.flatnonzero(np.asarray(picture).max(axis=0))
        assert columns.size and 100 < columns.max() < 430


def test_kinds_and_blurs_are_balanced_in_every_split(tmp_path):
    for count in Builder.counts.values():
        assert count % (len(scenes.KINDS) * len(scenes.BLURS)) == 0
    builder = Builder(data_dir=str(tmp_path), file_format="array_record")
    builder.options = generated.Options(count=3960)
    assert {split: len(part) for split, part in builder.plan(None)[1].items()} == {
        "train": 3960, "validation": 720, "test": 1260,
    }  # fmt: skip


def test_a_prepared_set_tells_kind_and_blur(tmp_path, monkeypatch):
    monkeypatch.setattr(Builder, "counts", {"train": 18, "validation": 1, "test": 1})
    command.build("field_scenes", tmp_path)
    train = catalog.load("field_scenes", "train", tmp_path)
    kinds, blurs, sizes, judgeable = (
        train.feature(name) for name in ("kind", "blur_type", "blur_size", "judgeable")
    )
    assert sorted(kinds) == sorted(list(scenes.KINDS) * 2)
    assert collections.Counter(blurs) == {"sharp": 10, "motion": 8}  # a frame without features has no blur
    assert [bool(value) for value in judgeable] == [kind != "featureless" for kind in kinds]
    assert [size > 0 for size in sizes] == [blur == "motion" for blur in blurs]
    with pytest.raises(BlurError, match=r"no feature 'kinds'.*prepare"):
        train.feature("kinds")


def test_folders_are_recorded(tmp_path, monkeypatch):
    monkeypatch.setattr(Builder, "counts", {"train": 1, "validation": 1, "test": 1})
    objects = dummy.make_objects(tmp_path / "objects", count=12)
    command.build("field_scenes", tmp_path / "data")
    with pytest.raises(BlurError, match="photos_dir: expected none"):
        command.build("field_scenes", tmp_path / "data", options={"photos_dir": objects / "image"})


def test_without_matplotlib_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(fonts.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BlurError, match=r"ship with Matplotlib, which is not there; install .*\[data\]"):
        fonts.faces(tmp_path)


def test_folders_of_fonts_are_divided_and_checked(tmp_path):
    for split in ("train", "test"):
        for face in fonts.faces()[split]:
            shutil.copy(face.path, tmp_path)
    found = fonts.faces(tmp_path)
    assert all(any(face.path.parent == tmp_path for face in part) for part in found.values())
    few = tmp_path / "few"
    few.mkdir()
    with pytest.raises(BlurError, match="few has 0 fonts: expected 3 at least"):
        fonts.faces(few)
    for name in "abc":
        (few / f"{name}.ttf").write_bytes(b"no font")
    with pytest.raises(BlurError, match=r"cannot use the font .*[abc].ttf"):
        fonts.faces(few)
