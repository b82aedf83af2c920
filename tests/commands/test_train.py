"""The command itself, in processes of its own."""

import csv
import os
import signal
import subprocess
import sys
import time

import pytest

ARGUMENTS = [
    "--config=unet",
    "--dataset=tiny_blur",
    "--epochs=3",
    "--set=model.filters=2",
    "--set=model.depth=2",
    "--set=data.crop=32",
    "--set=data.workers=1",
    "--set=data.samples_per_epoch=240",
    "--set=training.batch_size=4",
    "--set=training.validate_every=1",
    "--set=training.deterministic=true",
    "--set=training.panels_every=0",
]


def command(tiny_data, run_dir, *more):
    where = [f"--data-dir={tiny_data}", f"--run-dir={run_dir}"]
    return [sys.executable, "-m", "keras_blur.train", *ARGUMENTS, *where, *more]


def log(run_dir):
    with open(run_dir / "log.csv") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_kill_in_the_middle_of_an_epoch_and_resume_equals_an_uninterrupted_run(tiny_data, tmp_path):
    subprocess.run(command(tiny_data, tmp_path / "whole"), check=True, capture_output=True, timeout=300)

    process = subprocess.Popen(
        command(tiny_data, tmp_path / "cut"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not (tmp_path / "cut" / "log.csv").exists():
        assert process.poll() is None, "ended before it could be killed"
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert len(log(tmp_path / "cut")) < 3

    subprocess.run(
        command(tiny_data, tmp_path / "cut", "--resume"), check=True, capture_output=True, timeout=300
    )
    assert log(tmp_path / "cut") == log(tmp_path / "whole")


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "keras_blur.train", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=120,
    )


def test_training_says_nothing_on_stderr(tiny_data, tmp_path):
    more = [
        "--epochs=1",
        "--set=data.samples_per_epoch=8",
        f"--data-dir={tiny_data}",
        f"--run-dir={tmp_path}",
    ]
    done = run(*ARGUMENTS, *more, TF_CPP_MIN_LOG_LEVEL="2")
    assert (done.returncode, done.stderr) == (0, "")


def test_help_teaches_and_loads_neither_keras_nor_tensorflow():
    code = (
        "import sys; from keras_blur import train\n"
        "try: train.main(['--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'keras', 'tensorflow', 'jax'} & set(sys.modules), 'heavy imports'"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert "--set optimizer" in done.stdout or "optimizer.learning_rate" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--config", "mobil"], "did you mean 'mobile'"),
        (["--config", "unet", "--dataset", "tiny_blurr"], "did you mean 'tiny_blur'"),
        (["--config", "unet", "--set", "model.filter=2"], "did you mean 'filters'"),
        (["--set", "optimizer.rate=1"], "unknown key 'rate' of 'optimizer'"),
        (["--set", "epochs=1"], "--set: expected group.key=value, received 'epochs=1'"),
        (["--set", "model.initial_weights=gone"], "model.initial_weights: unknown system 'gone'"),
        (["--epochs", "0"], "training.epochs: expected at least 1"),
        (["--set", "optimizer.average=1.5"], "optimizer.ema_momentum: expected at least 0 and below 1"),
        (["--strategy", "many"], "expected one of auto, mirrored, none"),
        (["--data-dir", "/nowhere/at/all"], "data folder /nowhere/at/all is not there"),
    ],
)
def test_usage_errors_are_one_line_and_exit_2(arguments, message, tiny_data, tmp_path, capsys):
    from keras_blur.commands import train

    where = ["--data-dir", str(tiny_data), "--run-dir", str(tmp_path / "run")]
    assert train.main([*where, *arguments]) == 2
    captured = capsys.readouterr().err
    assert message in captured
    assert "Traceback" not in captured
    assert len([line for line in captured.splitlines() if line.startswith("error:")]) == 1


@pytest.mark.parametrize("backend", ["torch", "jaxx"])
def test_backends_that_do_not_train_are_named(backend, monkeypatch, capsys):
    from keras_blur.commands import train

    monkeypatch.setenv("KERAS_BACKEND", backend)
    assert train.main([]) == 2
    assert capsys.readouterr().err.startswith(f"error: unknown KERAS_BACKEND '{backend}': ")


@pytest.mark.parametrize(
    ("panels", "printed"), [(0, "(curves in curves.png)"), (4, "(pictures in panels/ and")]
)
def test_runs_lie_where_they_are_looked_up(panels, printed, monkeypatch, tmp_path, capsys):
    from keras_blur.commands import train
    from keras_blur.training import trainer

    monkeypatch.setenv("KERAS_BLUR_RUNS", str(tmp_path))
    monkeypatch.setattr(trainer, "train", lambda config, run_dir, *_: {"epoch": len(run_dir.parts)})
    assert train.main([f"--set=training.panels_every={panels}"]) == 0
    assert f"run folder: {tmp_path / 'demo'} {printed}" in capsys.readouterr().out


def test_ctrl_c_is_quiet_and_exits_130(monkeypatch, tmp_path, capsys):
    from keras_blur.commands import train
    from keras_blur.training import trainer

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer, "train", interrupted)
    assert train.main(["--run-dir", str(tmp_path / "run")]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "interrupted"


def test_list_names_every_experiment(capsys):
    from keras_blur import configs
    from keras_blur.commands import train

    assert train.main(["--list"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in configs.CONFIGS)


def test_run_folders_that_cannot_be_written_are_named(tiny_data, tmp_path, read_only, capsys):
    from keras_blur.commands import train

    (tmp_path / "file").write_text("in the way")
    for run_dir in (tmp_path / "file", read_only / "run"):
        arguments = [*ARGUMENTS, f"--data-dir={tiny_data}", f"--run-dir={run_dir}"]
        arguments.remove("--set=training.deterministic=true")
        assert train.main(arguments) == 1
        error = capsys.readouterr().err.splitlines()[-1]
        assert error.startswith(f"error: cannot write {run_dir}") and "choose an output folder" in error
