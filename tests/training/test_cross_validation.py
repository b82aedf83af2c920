"""Cross-validation by the command."""

import json

import pytest

from keras_blur.commands import train
from keras_blur.data import catalog
from keras_blur.training import inputs
from keras_blur.training.config import DataConfig

ARGUMENTS = [
    "--config=unet",
    "--dataset=tiny_blur",
    "--epochs=1",
    "--folds=2",
    "--set=model.filters=2",
    "--set=model.depth=2",
    "--set=data.crop=32",
    "--set=data.workers=1",
    "--set=training.batch_size=4",
    "--set=training.panels_every=0",
    "--set=training.validate_every=1",
]


@pytest.fixture(scope="module")
def trained(tiny_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("folds")
    arguments = [*ARGUMENTS, f"--data-dir={tiny_data}", f"--run-dir={folder}"]
    assert train.main(arguments) == 0
    return folder, arguments


def test_every_fold_has_a_run_and_a_score(trained):
    folder, _ = trained
    summary = json.loads((folder / "summary.json").read_text())
    assert [fold["photos"] for fold in summary["folds"]] == [9, 8]
    assert "±" in (folder / "summary.md").read_text()
    weights = [(folder / f"fold_{k}/best/weights.weights.h5").read_bytes() for k in range(2)]
    assert weights[0] != weights[1]


def test_the_reported_fold_is_unseen_by_every_choice(trained, tiny_data):
    """Not even the best epoch is chosen on it: the photos of the three parts have no photo in common."""
    folder, _ = trained
    for number in range(2):
        data = json.loads((folder / f"fold_{number}/run.json").read_text())["data"]
        fold = {"number": number, "count": 2}
        assert [(entry["use"], entry["fold"]) for entry in data] == [
            ("training", {**fold, "part": "training"}),
            ("validation", {**fold, "part": "validation"}),
        ]
        seen = {photo for entry in data for photo in catalog.load_identity(entry, tiny_data).photos}
        config = json.loads((folder / f"fold_{number}/config.json").read_text())["data"]
        reported = inputs.load_fold(DataConfig(**config), "held_out", tiny_data)
        assert not seen & set(reported.photos) and len(seen) + len(reported) == 17


def test_the_help_says_what_chooses_the_epoch(capsys):
    with pytest.raises(SystemExit):
        train.main(["--help"])
    assert "an eighth of the other photos chooses its best epoch" in " ".join(
        capsys.readouterr().out.lower().split()
    )


def test_resume_does_only_what_is_missing(trained):
    folder, arguments = trained
    summary = json.loads((folder / "summary.json").read_text())
    (folder / "summary.json").unlink()
    (folder / "fold_1" / train.FOLD_SCORE).unlink()  # as if it had been stopped while measuring
    states = [folder / f"fold_{k}" / "state.npz" for k in range(2)]
    before = [state.stat().st_mtime_ns for state in states]
    assert train.main([*arguments, "--resume"]) == 0
    assert json.loads((folder / "summary.json").read_text()) == summary
    assert [state.stat().st_mtime_ns for state in states] == before


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--folds=3"], "was started with another data.folds"),
        (["--set=optimizer.learning_rate=0.5"], "was started with another optimizer.learning_rate"),
    ],
)
def test_resume_averages_no_folds_of_another_experiment(more, message, trained, capsys):
    before = (trained[0] / "summary.json").read_bytes()
    assert train.main([*trained[1], *more, "--resume"]) == 2
    assert message in capsys.readouterr().err
    assert (trained[0] / "summary.json").read_bytes() == before and not (trained[0] / "fold_2").exists()


def test_a_folder_holds_folds_or_a_run(trained, tmp_path, capsys):
    arguments = [argument for argument in trained[1] if argument != "--folds=2"]
    assert train.main([*arguments, "--resume"]) == 2
    assert "holds a cross-validation; add its --folds" in capsys.readouterr().err
    assert train.main([*trained[1], f"--run-dir={trained[0] / 'fold_0'}"]) == 2
    assert "holds a run without folds" in capsys.readouterr().err


def test_without_resume_nothing_is_overwritten(trained, capsys):
    assert train.main(trained[1]) == 2
    assert "holds a run already; add --resume" in capsys.readouterr().err


def test_one_fold_is_refused(capsys):
    assert train.main(["--folds=1"]) == 2
    assert "--folds: expected at least 2" in capsys.readouterr().err
