"""The command `show`."""

import numpy as np
import pytest
from PIL import Image

from keras_blur import labels
from keras_blur.commands import show
from keras_blur.data.catalog import Example


def example(side=40, mask_id=labels.MOTION):
    mask = np.full((side, 2 * side), labels.SHARP, np.uint8)
    mask[:, side:] = mask_id
    return Example(np.full((side, 2 * side, 3), 90, np.uint8), mask, "motion", "one")


def test_draws_a_sheet_of_a_prepared_data_set(tiny_data, tmp_path, capsys):
    output = tmp_path / "sheet.png"
    assert (
        show.main(["tiny_blur", "--count", "3", "--data-dir", str(tiny_data), "--output", str(output)]) == 0
    )
    assert "3 of 12 pictures" in capsys.readouterr().out
    with Image.open(output) as sheet:
        assert sheet.width > 4 * show.CELL and sheet.height > 3 * 100


def test_names_its_picture_after_the_data_set(tiny_data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert show.main(["tiny_blur", "--split", "test", "--data-dir", str(tiny_data)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["tiny_blur_test.png"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["tiny_blurr"], "did you mean 'tiny_blur'"),
        (["tiny_blur", "--split", "tests"], "did you mean 'test'"),
        (["tiny_blur", "--split", "test[2:1]"], "expected parts such as train[:10]"),
        (["tiny_blur", "--count", "0"], "--count: expected 1 or more, received 0"),
        (["tiny_blur", "--seed", "-1"], "--seed: expected 0 or more, received -1"),
        (["tiny_blur", "--output", "sheet.txt"], "--output: expected a .png"),
    ],
)
def test_wrong_usage_is_one_line(arguments, expected, tiny_data, capsys):
    assert show.main([*arguments, "--data-dir", str(tiny_data)]) == 2
    error = capsys.readouterr().err
    assert expected in error and error.count("\n") == 1


def test_unwritable_output_is_one_line(tiny_data, tmp_path, capsys):
    (tmp_path / "file").touch()
    output = tmp_path / "file" / "sheet.png"
    assert show.main(["tiny_blur", "--data-dir", str(tiny_data), "--output", str(output)]) == 1
    assert "cannot write" in capsys.readouterr().err


def test_samples_follow_the_seed_and_differ():
    assert show.chosen_indices(100, 10, 1) == show.chosen_indices(100, 10, 1)
    assert show.chosen_indices(100, 10, 1) != show.chosen_indices(100, 10, 2)
    assert len(set(show.chosen_indices(100, 10, 1))) == 10
    assert show.chosen_indices(3, 10, 0) == [0, 1, 2]


def test_class_shares():
    mask = np.uint8([[0, 0, 1, 255], [2, 2, 2, 255]])
    assert show.class_shares(mask) == {0: 0.25, 1: 0.125, 2: 0.375, 255: 0.25}
    with pytest.raises(ValueError, match=r"received also.*7"):
        show.class_shares(np.uint8([[7]]))


def test_mask_and_overlay_show_the_classes():
    painted = labels.painted(np.uint8([[0, 1, 2, 255]]))[0]
    expected = [*(labels.COLOURS[name] for name in labels.CLASS_NAMES), labels.VOID_GREY]
    np.testing.assert_array_equal(painted, expected)
    overlay = show._cells(example(), show.class_shares(example().mask))[2]
    middle = overlay.shape[0] // 2
    assert overlay[middle, 10].tolist() == [90, 90, 90]  # sharp parts stay as they are
    assert overlay[middle, -10, 0] > overlay[middle, -10, 2]


def test_patches_are_enlarged_by_whole_factors():
    patch = np.random.default_rng(0).integers(0, 256, (31, 31, 3), dtype=np.uint8)
    cell = show.fitted(patch)
    left = (show.CELL - 31 * 7) // 2
    np.testing.assert_array_equal(cell[3 : 31 * 7 : 7, left + 3 : left + 31 * 7 : 7], patch)
    assert show.fitted(np.zeros((2000, 30, 3), np.uint8)).shape == (show.CELL, show.CELL, 3)


def test_bars_are_as_long_as_the_shares():
    drawn = show.bars({0: 0.5, 1: 0.25, 2: 0.25, 255: 0.0}, 120)
    lengths = [(drawn == show.COLOURS[identity]).all(axis=-1).any(axis=0).sum() for identity in (0, 1, 255)]
    assert lengths[0] == pytest.approx(2 * lengths[1], abs=2) and lengths[2] <= 2


def test_empty_splits_are_refused(monkeypatch, capsys):
    from keras_blur.data import catalog

    monkeypatch.setattr(catalog, "load", lambda *_: [])
    assert show.main(["tiny_blur"]) == 2
    assert "is empty" in capsys.readouterr().err


def test_shares_of_a_whole_split(tiny_data, capsys):
    assert show.main(["tiny_blur", "--shares", "--data-dir", str(tiny_data)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("12 pictures\n")
    assert "motion        4 pictures" in out and "defocus       8 pictures" in out
    assert show.shares_table([example()]).splitlines()[1:3] == [
        "sharp     50.0% of the pixels",
        "motion    50.0% of the pixels",
    ]
