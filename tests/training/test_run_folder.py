"""Who may use the folder of a run, and what is left in it."""

import os
import signal
import subprocess
import sys

import pytest

from keras_blur import files
from keras_blur.errors import BlurError, UsageError
from keras_blur.training.config import Config, override
from keras_blur.training.run_folder import RunFolder

LEFTOVERS = (".state.0123abcd.npz", ".log.89abcdef.csv", ".config.00000000.json", ".best.partial/x.h5")
HOLD = """
import sys, time
from keras_blur import files

with files.lock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def scatter(folder):
    for name in (*LEFTOVERS, "state.npz", ".hidden", "best/network.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")


def test_the_owner_removes_what_a_killed_training_left(tmp_path):
    scatter(tmp_path)
    with RunFolder(tmp_path, Config()).own(resume=False):
        left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"state.npz", ".hidden", "best/network.json"}


@pytest.mark.parametrize("resume", [False, True])
def test_a_second_training_is_refused_and_touches_nothing(resume, tmp_path):
    run = RunFolder(tmp_path, Config())
    with run.own(resume=False):
        scatter(tmp_path)
        with (
            pytest.raises(BlurError, match=f"another run works in {tmp_path}; wait until it has finished"),
            run.own(resume),
        ):
            raise AssertionError("both own the folder")
        assert all((tmp_path / name).exists() for name in LEFTOVERS)


def test_a_folder_whose_owner_was_killed_is_free(tmp_path):
    owner = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert owner.stdout.readline() == b"held\n"
    with pytest.raises(BlurError, match="another run works"), files.lock(tmp_path):
        pass
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()
    with files.lock(tmp_path):
        pass


def test_folders_that_cannot_be_made_are_named(read_only):
    with (
        pytest.raises(BlurError, match=r"cannot write .*/run"),
        RunFolder(read_only / "run", Config()).own(False),
    ):
        pass


def test_a_run_of_an_earlier_version_is_the_same_experiment(tmp_path):
    """Its configuration has the old names, and lacks what is younger."""
    config = override(
        Config(),
        [
            "model.name=kim2018",
            "model.use_batch_norm=true",
            "optimizer.ema_momentum=0.9",
            "training.wise_ft_alpha=0.75",
            "data.extras=[['one', 0.5]]",
        ],
    )
    stored = config.to_dict()
    stored["model"]["options"] = {"normalise": True}
    stored["optimizer"]["average"] = stored["optimizer"].pop("ema_momentum")
    stored["optimizer"]["encoder_rate"] = stored["optimizer"].pop("encoder_lr_multiplier")
    stored["training"]["anchor"] = 1 - stored["training"].pop("wise_ft_alpha")
    stored["data"] |= {"extra": "one", "extra_share": 0.5}
    del stored["data"]["extras"], stored["distillation"]
    files.write_json(tmp_path / "config.json", stored)
    RunFolder(tmp_path, config).check(resume=True)
    for change in ("optimizer.ema_momentum=0.8", "training.wise_ft_alpha=1.0", "data.extra_share=0.25"):
        with pytest.raises(UsageError, match="was started with another"):
            RunFolder(tmp_path, override(config, [change])).check(resume=True)
